import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { zipFiles } from '../cli/zip-folder.ts';
import { digestFiles } from '../shared/artifacts/digest-files.ts';
import { type PositionalReader, readAhead } from '../shared/artifacts/positional-reader.ts';
import { readListing } from '../shared/artifacts/zip-reader.ts';
import type { Benchmark, RunOptions } from './benchmark.ts';
import { type Figure, median, spread } from './figures.ts';
import { manyFiles } from './many-files.ts';
import { type Ended, publishUpload } from './send.ts';
import { removeFolder, tempFolder, withServer } from './server.ts';

const FILES = 10_001;

/** What Unpack and Deploy do with an archive of many files, beside the least that anybody could do with it. */
export const archive: Benchmark = {
  name: 'archive',
  summary:
    'an archive of 10,001 files: check, inflate, hash and store, beside a bare walk that only inflates',
  async run(options) {
    const folder = tempFolder();
    try {
      const file = join(folder, 'many.zip');
      const count = options.quick ? 500 : FILES;
      const { sizeBytes } = await zipFiles(manyFiles(count), file, 1_000_000_000);
      options.progress(`${count} files, ${Math.round(sizeBytes / 100_000) / 10} MB`);
      return [...(await checkingFigures(file, options)), ...(await storingFigures(file, options))];
    } finally {
      removeFolder(folder);
    }
  },
};

/** Check, inflate and hash, in this process. */
async function checkingFigures(file: string, { quick }: RunOptions): Promise<Figure[]> {
  const [bare, checked, ratios]: [number[], number[], number[]] = [[], [], []];
  // In turn, so that whoever else is at work on the machine is in the way of both. The first of each is to warm up.
  for (let run = 0; run < (quick ? 4 : 16); run += 1) {
    const bareMs = timed(() => inflateAll(file));
    const checkedMs = await timedAsync(() => reading(file, checkAll));
    if (run === 0) continue;
    bare.push(bareMs);
    checked.push(checkedMs);
    ratios.push(checkedMs / bareMs);
  }
  const what = 'check, inflate and hash';
  return [
    {
      what,
      unit: 'ms',
      ...spread(checked),
      beside: { what: 'a bare walk that inflates', median: median(bare) },
    },
    {
      what: `${what}, over the bare walk right before it`,
      unit: 'times',
      ...spread(ratios),
      aim: { median: 2 },
    },
  ];
}

/**
 * The same in a real publish, and every file of the release durable on the disk: the time that its stages Unpack and
 * Deploy say they took. Each publish is of an app of its own, so that nothing is there yet.
 */
async function storingFigures(file: string, { quick }: RunOptions): Promise<Figure[]> {
  const zip = readFileSync(file);
  const [unpacked, deployed, ratios]: [number[], number[], number[]] = [[], [], []];
  await withServer(async (server) => {
    for (let run = 0; run < (quick ? 2 : 6); run += 1) {
      const bareMs = timed(() => inflateAll(file));
      const ended = await publishUpload(zip, `many-${run}`, server);
      if (ended.status !== 'live') throw new Error(`the publish ended ${ended.status}`);
      if (run === 0) continue;
      unpacked.push(stageMs(ended, 'unpack'));
      deployed.push(stageMs(ended, 'deploy'));
      ratios.push((stageMs(ended, 'unpack') + stageMs(ended, 'deploy')) / bareMs);
    }
  });
  return [
    { what: 'unpack, in a publish', unit: 'ms', ...spread(unpacked) },
    {
      what: 'deploy, in a publish: every file durable',
      unit: 'ms',
      ...spread(deployed),
      note: 'most pages get the telemetry hook meanwhile',
    },
    {
      what: 'unpack and deploy, over the bare walk right before them',
      unit: 'times',
      ...spread(ratios),
      aim: { median: 10 },
    },
  ];
}

function stageMs({ stages }: Ended, name: string): number {
  const { startedAt = '', endedAt = '' } = stages.find((stage) => stage.name === name) ?? {};
  return Date.parse(endedAt) - Date.parse(startedAt);
}

async function timedAsync(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function timed(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

async function reading(file: string, work: (reader: PositionalReader) => Promise<void>): Promise<void> {
  const handle = await open(file);
  try {
    const reader = readAhead({
      sizeBytes: (await handle.stat()).size,
      async read(start, end) {
        const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(end - start), { position: start });
        return buffer.subarray(0, bytesRead);
      },
    });
    await work(reader);
  } finally {
    await handle.close();
  }
}

/** The product's own way: every check, every sum, and a digest of every file. */
async function checkAll(reader: PositionalReader): Promise<void> {
  const { entries } = await readListing(reader);
  await digestFiles(reader, entries);
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
