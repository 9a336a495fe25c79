/** One line of the table: what was measured, what it came to, and what it is to be held against. */
export interface Figure {
  what: string;
  unit: 'ms' | 'µs' | 's' | 'MB' | 'times' | 'per s' | '$';
  /** Over how many runs. */
  runs: number;
  /** The p50; where there is one run, that run. */
  median: number;
  tail?: { of: 'p99' | 'max'; value: number };
  /** What it should be at most. */
  aim?: { median?: number; tail?: number };
  /** A figure of the same run that says what could be had at best. */
  beside?: { what: string; median: number };
  /** What a reader has to know to read the figure right. */
  note?: string;
}

/** Whether the figure keeps its aim; undefined where it has none. */
export function isMet({ median, tail, aim }: Figure): boolean | undefined {
  if (aim === undefined) return undefined;
  const medianKept = aim.median === undefined || median <= aim.median;
  const tailKept = aim.tail === undefined || (tail !== undefined && tail.value <= aim.tail);
  return medianKept && tailKept;
}

/**
 * The smallest value that at least `share` (above 0, at most 1) of all values do not exceed.
 * @throws RangeError when there are no values.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.ceil(share * sorted.length) - 1];
  if (value === undefined) throw new RangeError(`no percentile ${share} of ${values.length} values`);
  return value;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** p99 needs a hundred values to mean anything; with fewer, the worst of them is said. */
export function tailOf(values: readonly number[]): { of: 'p99' | 'max'; value: number } {
  return values.length >= 100
    ? { of: 'p99', value: percentile(values, 0.99) }
    : { of: 'max', value: percentile(values, 1) };
}

/** Median and tail of these runs. */
export const spread = (values: readonly number[]): Pick<Figure, 'runs' | 'median' | 'tail'> => ({
  runs: values.length,
  median: median(values),
  tail: tailOf(values),
});
