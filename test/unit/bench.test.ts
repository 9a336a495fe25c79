import { describe, expect, it, test } from 'vitest';
import { type Figure, isMet, median, percentile, spread } from '../../bench/figures.ts';
import { type Report, toJson, toTable } from '../../bench/report.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => count - i);

describe('a percentile', () => {
  it.each([
    [[7], 0.5, 7],
    [[1, 2], 0.5, 1],
    [[3, 1, 2], 0.5, 2],
    [upTo(300), 0.99, 297],
    [upTo(300), 1, 300],
    [[10, 9], 0.99, 10],
  ])('of %j at %d is %d', (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });

  it('is none of no values', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

test('the tail of fewer than a hundred runs is the worst of them, of more the p99', () => {
  expect(spread(upTo(99))).toEqual({ runs: 99, median: 50, tail: { of: 'max', value: 99 } });
  expect(spread(upTo(100))).toEqual({ runs: 100, median: 50, tail: { of: 'p99', value: 99 } });
});

const figure = (fields: Partial<Figure>): Figure => ({
  what: 'a thing',
  unit: 'ms',
  runs: 5,
  median: 10,
  ...fields,
});

describe('an aim', () => {
  const tail = { of: 'max', value: 20 } as const;
  it.each<[boolean | undefined, string, Partial<Figure>]>([
    [undefined, 'that is not there', {}],
    [true, 'for the median, just kept', { aim: { median: 10 } }],
    [false, 'for the median, missed', { aim: { median: 9.9 } }],
    [true, 'for the tail, just kept', { tail, aim: { tail: 20 } }],
    [false, 'for the tail, missed', { tail, aim: { median: 10, tail: 19 } }],
    [false, 'for a tail that was not measured', { aim: { tail: 20 } }],
  ])('is met (%s): one %s', (met, _, fields) => {
    expect(isMet(figure(fields))).toBe(met);
  });
});

const cells = (row = '') => row.split(/ {2,}/);

describe('the report', () => {
  const report: Report = {
    machine: { cores: 2, processor: 'P', memoryMB: 8, system: 'S', node: 'v24', folder: 'F' },
    load: { before: 0.2, after: 1.26 },
    quick: false,
    outcomes: [
      {
        benchmark: 'one',
        figures: [
          figure({ median: 123.4, tail: { of: 'max', value: 0.1234 }, aim: { median: 120, tail: 350 } }),
          figure({ what: 'another', beside: { what: 'the best', median: 2 }, note: 'what to know' }),
        ],
      },
      { benchmark: 'two', figures: [figure({ unit: 'MB', aim: { median: 11 } })] },
      { benchmark: 'three', figures: [], error: 'it did not start' },
    ],
  };

  it('is a document that says of each figure whether its aim is met, and null where there is none', () => {
    const { figures, failures, load, machine } = JSON.parse(toJson(report));
    expect({ load, machine }).toEqual({ load: report.load, machine: report.machine });
    expect(figures.map(({ benchmark, met }: Record<string, unknown>) => [benchmark, met])).toEqual([
      ['one', false],
      ['one', null],
      ['two', true],
    ]);
    expect(figures[0]).toMatchObject({ what: 'a thing', unit: 'ms', runs: 5, median: 123.4 });
    expect(failures).toEqual([{ benchmark: 'three', error: 'it did not start' }]);
  });

  it('is a table with the aim or the comparison beside each figure', () => {
    const [machine, load, empty, head, , ...rows] = toTable(report).split('\n');
    expect([machine, load, empty]).toEqual([
      '2 cores (P), 8 MB, S, Node v24',
      'data in F; load average 0.2 before, 1.3 after',
      '',
    ]);
    expect(cells(head)).toEqual(['benchmark', 'what', 'runs', 'p50', 'tail', 'aim or comparison', 'met']);
    expect(rows.slice(0, 4).map(cells)).toEqual([
      ['one', 'a thing', '5', '123 ms', 'max 0.123 ms', 'aim 120 ms / 350 ms', 'no'],
      ['one', 'another', '5', '10 ms', 'the best: 2 ms'],
      ['two', 'a thing', '5', '10 MB', 'aim 11 MB', 'yes'],
      ['three', 'could not be run', 'no'],
    ]);
    expect(rows.slice(4)).toEqual(['', 'one, another: what to know', 'three: it did not start']);
  });

  it('says when others were at work, and when there were few runs', () => {
    const text = toTable({ ...report, load: { before: 1.1, after: 2 }, quick: true });
    expect(text).toContain('Others are at work on this machine');
    expect(text).toContain('Few runs (--quick)');
    expect(toTable({ ...report, load: { before: 1, after: 2 } })).not.toContain('Others are at work');
  });
});
