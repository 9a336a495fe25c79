import { expect, test } from 'vitest';
import { tempFolder } from '../builders/temp.ts';
import { drill } from '../drill/drill.ts';

const LONG_MS = 240_000;

test(
  'a process killed in the middle of its work, again and again, loses nothing and leaves nothing behind',
  async () => {
    const { reports, states } = await drill({
      folder: tempFolder(),
      kills: 4,
      publishers: 8,
      seed: 20_261_125,
    });
    expect(reports.flatMap(({ kill, faults }) => faults.map((fault) => `${kill}: ${fault}`))).toEqual([]);
    expect(reports.at(-1)?.accepted).toBeGreaterThan(8);
    // Where it dies is up to the machine; that it dies in the middle of something is not.
    expect(states.length).toBeGreaterThan(2);
  },
  LONG_MS,
);
