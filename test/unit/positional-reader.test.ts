import { describe, expect, test } from 'vitest';
import { readAhead, readWhole } from '../../shared/artifacts/positional-reader.ts';
import { bufferReader } from '../builders/zip.ts';

const bytes = Buffer.from(Array.from({ length: 256 }, (_, n) => n));

describe('reading ahead', () => {
  test('fetches neighbours once', async () => {
    const reader = bufferReader(bytes);
    const ahead = readAhead(reader, 64);
    for (let at = 0; at < 256; at += 8) {
      expect(await ahead.read(at, at + 8)).toEqual(bytes.subarray(at, at + 8));
    }
    expect(reader.reads).toBe(4);
    expect(reader.longest).toBe(64);
  });

  test('goes back, and across the border of a window', async () => {
    const ahead = readAhead(bufferReader(bytes), 64);
    for (const [start, end] of [
      [100, 110],
      [90, 101],
      [150, 164],
      [163, 165],
      [0, 64],
    ] as const) {
      expect(await ahead.read(start, end)).toEqual(bytes.subarray(start, end));
    }
  });

  test('passes longer reads straight through, and keeps its window', async () => {
    const reader = bufferReader(bytes);
    const ahead = readAhead(reader, 16);
    await ahead.read(0, 1);
    expect(await ahead.read(10, 200)).toEqual(bytes.subarray(10, 200));
    expect(await ahead.read(0, 16)).toEqual(bytes.subarray(0, 16));
    expect(reader.reads).toBe(2);
  });

  test('stops at the end, as the reader itself', async () => {
    const ahead = readAhead(bufferReader(bytes), 64);
    expect(ahead.sizeBytes).toBe(256);
    expect(await ahead.read(250, 400)).toEqual(bytes.subarray(250));
    expect(await ahead.read(256, 300)).toHaveLength(0);
  });

  test('fetches one window for many who ask for neighbours at the same moment', async () => {
    const reader = bufferReader(bytes);
    const ahead = readAhead(reader, 64);
    const starts = Array.from({ length: 32 }, (_, n) => n * 8);
    const read = await Promise.all(starts.map((start) => ahead.read(start, start + 8)));
    expect(read).toEqual(starts.map((start) => bytes.subarray(start, start + 8)));
    expect(reader.reads).toBe(4);
  });

  test('asks again after a read that failed, which all who waited for it are told', async () => {
    let failures = 1;
    const ahead = readAhead({
      sizeBytes: 256,
      async read(start, end) {
        if (failures-- > 0) throw new Error('the disk is busy');
        return bytes.subarray(start, end);
      },
    });
    const told = await Promise.allSettled([ahead.read(0, 8), ahead.read(8, 16)]);
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await ahead.read(8, 16)).toEqual(bytes.subarray(8, 16));
  });

  test('gives readers at the same moment their own bytes', async () => {
    const ahead = readAhead(bufferReader(bytes), 16);
    const starts = [0, 100, 8, 200, 104, 3];
    const read = await Promise.all(starts.map((start) => ahead.read(start, start + 4)));
    expect(read).toEqual(starts.map((start) => bytes.subarray(start, start + 4)));
  });
});

describe('reading exactly', () => {
  test('gives all the bytes asked for', async () => {
    expect(await readWhole(bufferReader(bytes), 250, 256)).toEqual(bytes.subarray(250));
  });

  test.each([
    [250, 257],
    [-1, 4],
  ])('from %i to %i is refused: it is not all there', async (start, end) => {
    await expect(readWhole(bufferReader(bytes), start, end, 'a')).rejects.toMatchObject({
      code: 'artifact/truncated',
      entry: 'a',
    });
  });

  test('is refused when fewer bytes come than the size promised', async () => {
    const shrunk = { sizeBytes: 300, read: bufferReader(bytes).read.bind(bufferReader(bytes)) };
    await expect(readWhole(shrunk, 250, 260)).rejects.toMatchObject({ code: 'artifact/truncated' });
  });
});
