import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { zipFiles } from '../cli/zip-folder.ts';
import { digestFiles } from '../shared/artifacts/digest-files.ts';
import { readAhead } from '../shared/artifacts/positional-reader.ts';
import { readListing } from '../shared/artifacts/zip-reader.ts';
import type { Benchmark } from './benchmark.ts';
import { median, spread } from './figures.ts';
import { removeFolder, tempFolder } from './server.ts';

const FILES = 10_001;

/** What Unpack does with an archive of many files, beside the least that anybody could do with it. */
export const archive: Benchmark = {
  name: 'archive',
  summary: 'an archive of 10,001 files: check, inflate and hash, beside a bare walk that only inflates',
  async run({ quick, progress }) {
    const folder = tempFolder();
    try {
      const file = join(folder, 'many.zip');
      const { sizeBytes } = await zipFiles(quick ? manyFiles(500) : manyFiles(FILES), file, 1_000_000_000);
      progress(`${quick ? 500 : FILES} files, ${Math.round(sizeBytes / 100_000) / 10} MB`);
      const [bare, checked, ratios]: [number[], number[], number[]] = [[], [], []];
      // In turn, so that whoever else is at work on the machine is in the way of both. The first of each is to warm up.
      for (let run = 0; run < (quick ? 4 : 16); run += 1) {
        const bareMs = timed(() => inflateAll(file));
        const startedAt = performance.now();
        await checkAll(file);
        const checkedMs = performance.now() - startedAt;
        if (run === 0) continue;
        bare.push(bareMs);
        checked.push(checkedMs);
        ratios.push(checkedMs / bareMs);
      }
      return [
        {
          what: 'check, inflate and hash',
          unit: 'ms',
          ...spread(checked),
          beside: { what: 'a bare walk that inflates', median: median(bare) },
        },
        {
          what: 'check, inflate and hash, over the bare walk right before it',
          unit: 'times',
          ...spread(ratios),
          aim: { median: 2 },
        },
      ];
    } finally {
      removeFolder(folder);
    }
  },
};

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

/** The product's own way: every check, every sum, and a digest of every file. */
async function checkAll(file: string): Promise<void> {
  const handle = await open(file);
  try {
    const reader = readAhead({
      sizeBytes: (await handle.stat()).size,
      async read(start, end) {
        const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(end - start), { position: start });
        return buffer.subarray(0, bytesRead);
      },
    });
    const { entries } = await readListing(reader);
    await digestFiles(reader, entries);
  } finally {
    await handle.close();
  }
}

/** Central directory, then each entry by its place in the file. Believes everything, and keeps nothing. */
function inflateAll(file: string): void {
  const descriptor = openSync(file, 'r');
  const read = (bytes: number, position: number): Buffer => {
    const buffer = Buffer.allocUnsafe(bytes);
    readSync(descriptor, buffer, 0, bytes, position);
    return buffer;
  };
  try {
    const end = read(22, fstatSync(descriptor).size - 22);
    const directory = read(end.readUInt32LE(12), end.readUInt32LE(16));
    for (let at = 0, left = end.readUInt16LE(10); left > 0; left -= 1) {
      const offset = directory.readUInt32LE(at + 42);
      const header = read(30, offset);
      const dataAt = offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
      const packed = read(directory.readUInt32LE(at + 20), dataAt);
      if (directory.readUInt16LE(at + 10) === 8) inflateRawSync(packed);
      at +=
        46 +
        directory.readUInt16LE(at + 28) +
        directory.readUInt16LE(at + 30) +
        directory.readUInt16LE(at + 32);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Files of half a kilobyte to eight, four on average, as documentation made by a tool has them; one in five is a picture. */
function manyFiles(count: number) {
  return Array.from({ length: count }, (_, number) => {
    const sizeBytes = 500 + ((number * 7919) % 7_000);
    const isPicture = number % 5 === 4;
    return {
      path: `part-${number % 50}/file-${number}.${isPicture ? 'png' : 'html'}`,
      read: async () => (isPicture ? noise(number, sizeBytes) : page(number, sizeBytes)),
    };
  });
}

function noise(number: number, sizeBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, i) =>
    hash('sha256', `${number} ${i}`, 'buffer'),
  );
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}

const WORDS = 'soup salad bread cheese apple plum cake rice bean corn'.split(' ');

function page(number: number, sizeBytes: number): Buffer {
  let text = '<!doctype html>\n';
  for (let i = 0; text.length < sizeBytes; i += 1) {
    const [one, two] = [WORDS[(number + i) % 10], WORDS[(i * 13 + number) % 10]];
    text += `<p class="${one}">${one} ${number * i} ${two}</p>\n`;
  }
  return Buffer.from(text);
}
