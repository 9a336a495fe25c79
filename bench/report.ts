import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform, release, tmpdir, totalmem } from 'node:os';
import { type Figure, isMet } from './figures.ts';

/** What one benchmark came to; `error` where it could not be run. */
export interface Outcome {
  benchmark: string;
  figures: Figure[];
  error?: string;
}

export interface Report {
  machine: Machine;
  /** Runnable processes on average over one minute, before and after. Over the number of cores: others were at work. */
  load: { before: number; after: number };
  quick: boolean;
  outcomes: Outcome[];
}

export interface Machine {
  cores: number;
  processor: string;
  memoryMB: number;
  system: string;
  node: string;
  /** Where the data folders of the run were. */
  folder: string;
}

export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    cores: cpus().length,
    processor: first?.model.trim() ?? 'unknown',
    memoryMB: Math.round(totalmem() / 1_000_000),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    folder: `${tmpdir()} (${fileSystemOf(tmpdir())})`,
  };
}

/** The one-minute load average; the run itself is part of it. */
export const load = (): number => loadavg()[0] ?? 0;

/** The kind of file system a folder is on, where the system says so (Linux). */
function fileSystemOf(folder: string): string {
  let mounts: string;
  try {
    mounts = readFileSync('/proc/mounts', 'utf8');
  } catch {
    return 'file system unknown';
  }
  const holders = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at = '-']) => folder === at || folder.startsWith(at.endsWith('/') ? at : `${at}/`));
  const nearest = holders.toSorted(([, a = ''], [, b = '']) => b.length - a.length)[0];
  return nearest?.[2] ?? 'file system unknown';
}

/** The report as a document: each figure with `met`, which is null where there is no aim. */
export function toJson({ machine, load: loads, quick, outcomes }: Report): string {
  const figures = outcomes.flatMap(({ benchmark, figures: found }) =>
    found.map((figure) => ({ benchmark, ...figure, met: isMet(figure) ?? null })),
  );
  const failures = outcomes.flatMap(({ benchmark, error }) =>
    error === undefined ? [] : [{ benchmark, error }],
  );
  return JSON.stringify({ machine, load: loads, quick, figures, failures }, null, 2);
}

const HEAD = ['benchmark', 'what', 'runs', 'p50', 'tail', 'aim or comparison', 'met'];

/** The report as people read it. */
export function toTable({ machine, load: loads, quick, outcomes }: Report): string {
  const rows = outcomes.flatMap(({ benchmark, figures, error }) => [
    ...figures.map((figure) => rowOf(benchmark, figure)),
    ...(error === undefined ? [] : [[benchmark, 'could not be run', '', '', '', '', 'no']]),
  ]);
  const widths = HEAD.map((_, column) => Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const notes = outcomes.flatMap(({ benchmark, figures, error }) => [
    ...figures.flatMap(({ what, note }) => (note === undefined ? [] : [`${benchmark}, ${what}: ${note}`])),
    ...(error === undefined ? [] : [`${benchmark}: ${error}`]),
  ]);
  return [
    `${machine.cores} cores (${machine.processor}), ${machine.memoryMB} MB, ${machine.system}, Node ${machine.node}`,
    `data in ${machine.folder}; load average ${loads.before.toFixed(1)} before, ${loads.after.toFixed(1)} after`,
    ...(loads.before > machine.cores / 2
      ? ['Others are at work on this machine: the times are too long.']
      : []),
    ...(quick ? ['Few runs (--quick): this shows that the benchmarks work, not how fast anything is.'] : []),
    '',
    line(HEAD),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
    '',
    ...notes,
  ].join('\n');
}

const isNumber = (column: number): boolean => column >= 2 && column <= 4;

function rowOf(benchmark: string, figure: Figure): string[] {
  const { what, runs, median, tail, unit, aim, beside } = figure;
  const aims = [aim?.median, aim?.tail].flatMap((value) =>
    value === undefined ? [] : [`${rounded(value)} ${unit}`],
  );
  const held = [
    ...(aims.length > 0 ? [`aim ${aims.join(' / ')}`] : []),
    ...(beside ? [`${beside.what}: ${rounded(beside.median)} ${unit}`] : []),
  ];
  const met = isMet(figure);
  return [
    benchmark,
    what,
    String(runs),
    `${rounded(median)} ${unit}`,
    tail ? `${tail.of} ${rounded(tail.value)} ${unit}` : '',
    held.join('; '),
    met === undefined ? '' : met ? 'yes' : 'no',
  ];
}

/** Three digits that count, and no zeros behind them. */
const rounded = (value: number): string =>
  value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
