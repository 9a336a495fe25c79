import { expect, test } from 'vitest';
import { ahead } from '../../shared/runtime/ahead.ts';
import { turn } from '../workflows/runner-harness.ts';

async function* upTo(count: number) {
  for (let n = 1; n <= count; n += 1) yield n;
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

test.each([1, 3, 100])('all is done in order, and at most %i at once', async (width) => {
  const at = { once: 0, most: 0 };
  const doubled = ahead(upTo(20), width, async (n) => {
    at.once += 1;
    at.most = Math.max(at.most, at.once);
    // The later ones are ready first.
    for (let i = n; i < 20; i += 1) await turn();
    at.once -= 1;
    return 2 * n;
  });
  expect(await collect(doubled)).toEqual(Array.from({ length: 20 }, (_, i) => 2 * (i + 1)));
  expect(at.most).toBe(Math.min(width, 20));
});

test('a failure is thrown in its turn, and those behind it bother nobody', async () => {
  const done: number[] = [];
  const failing = ahead(upTo(9), 5, async (n) => {
    if (n >= 4) throw new RangeError(`no ${n}`);
    return n;
  });
  const read = async () => {
    for await (const n of failing) done.push(n);
  };
  await expect(read()).rejects.toThrow('no 4');
  expect(done).toEqual([1, 2, 3]);
});
