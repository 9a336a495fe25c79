import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const BENCH = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

const bench = (...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const child = execFile(process.execPath, [BENCH, ...args], (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });

test('the bench measures a server of its own and prints one document', async () => {
  const { code, out } = await bench('--quick', '--json', '--only', 'rollback', '--only', 'same-bytes');
  const { quick, figures, failures } = JSON.parse(out);
  expect({ code, quick, failures }).toEqual({ code: 0, quick: true, failures: [] });
  const shown = figures.map(({ benchmark, runs }: Record<string, unknown>) => [benchmark, runs]);
  expect(shown).toEqual([
    ['same-bytes', 10],
    ['same-bytes', 10],
    ['rollback', 10],
  ]);
  // The one figure that no machine changes: what is live already is not asked for again.
  expect(figures[1]).toMatchObject({ median: 0, met: true });
});

test('the bench asks Cottage and a bare server for the same, and sets them beside one another', async () => {
  const { code, out } = await bench('--quick', '--json', '--only', 'dns');
  const { figures, failures } = JSON.parse(out);
  expect({ code, failures }).toEqual({ code: 0, failures: [] });
  expect(figures.map(({ unit, runs }: Record<string, unknown>) => [unit, runs])).toEqual([
    ['per s', 2],
    ['times', 2],
    ['times', 2],
  ]);
  expect(Math.min(figures[0].median, figures[0].beside.median)).toBeGreaterThan(0);
});

test('the bench says which benchmarks there are', async () => {
  expect(await bench('--help')).toMatchObject({ code: 0, out: expect.stringContaining('many-apps') });
  expect(await bench('--only', 'nothing')).toMatchObject({
    code: 1,
    out: '',
    err: 'There is no benchmark nothing. Add --help to see which there are.\n',
  });
});
