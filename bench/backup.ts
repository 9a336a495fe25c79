import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Benchmark, RunOptions } from './benchmark.ts';
import { Client } from './client.ts';
import { type Figure, median, spread } from './figures.ts';
import { removeFolder, runCommand, type Server, tempFolder, timed, withServer } from './server.ts';
import { smallZip } from './site.ts';

const TEAM = 'kitchen';
const AT_A_TIME = 8;
const ASK_EVERY_MS = 25;
/** As often as somebody could notice. */
const HEALTH_EVERY_MS = 5;

/** A thousand apps, published as ever, and then copied to one file while somebody goes on publishing. */
export const backup: Benchmark = {
  name: 'backup',
  summary: 'a backup of 1,000 apps while one of them is published again and again, and its restore',
  run: (options) => withServer((server) => measure(server, options)),
};

async function measure(server: Server, options: RunOptions): Promise<Figure[]> {
  const client = new Client(server);
  const folder = tempFolder();
  const apps = options.quick ? 30 : 1_000;
  try {
    await publishAll(client, apps, options);
    const runs = await backups(server, client, folder, options);
    return figures(apps, runs);
  } finally {
    client.close();
    removeFolder(folder);
  }
}

async function publishAll(client: Client, count: number, { progress }: RunOptions): Promise<void> {
  await client.addTeam(TEAM, count);
  const numbers = Array.from({ length: count }, (_, i) => i).values();
  const worker = async () => {
    for (const number of numbers) {
      await client.publish(`lunch-${number}`, await smallZip(number), ASK_EVERY_MS, TEAM);
      if (number % 250 === 249) progress(`${number + 1} apps are live`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

interface Runs {
  backupMs: number[];
  restoreMs: number[];
  /** The same bytes, by `tar`. */
  packMs: number[];
  unpackMs: number[];
  sizeBytes: number;
  /** Publishes alone, and while backups were made. */
  alone: number[];
  beside: number[];
  /** Longest a question whether it is up had to wait, for each backup. */
  pausesMs: number[];
}

async function backups(server: Server, client: Client, folder: string, { quick }: RunOptions): Promise<Runs> {
  const runs: Runs = {
    backupMs: [],
    restoreMs: [],
    packMs: [],
    unpackMs: [],
    sizeBytes: 0,
    alone: [],
    beside: [],
    pausesMs: [],
  };
  let number = 1_000_000;
  const publishOnce = async () => {
    const zip = await smallZip((number += 1));
    const startedAt = performance.now();
    await client.publish('lunch-0', zip, 2, TEAM);
    return performance.now() - startedAt;
  };
  for (let run = 0; run < (quick ? 3 : 30); run += 1) runs.alone.push(await publishOnce());
  const repeats = quick ? 1 : 5;
  for (let run = 0; run < repeats; run += 1) {
    const file = join(folder, `${run}.tar`);
    const [data, copy] = [join(folder, 'restored'), join(folder, 'copy')];
    const state = { over: false };
    const others = [whilePublishing(state, publishOnce), whileAsking(state, client)] as const;
    // From the instant somebody types it: half a second of it is Node, reading the program.
    runs.backupMs.push(await runCommand(['backup', file], { COTTAGE_DATA: server.folder }));
    state.over = true;
    runs.beside.push(...(await others[0]));
    runs.pausesMs.push(Math.max(...(await others[1])));
    runs.restoreMs.push(await runCommand(['restore', file], { COTTAGE_DATA: data }));
    // Both begin with what was just read, and end when the disk has it.
    const packed = join(folder, 'bare.tar');
    runs.packMs.push(
      await timed('/bin/sh', ['-c', 'tar -cf "$1" -C "$2" . && sync "$1"', 'sh', packed, data]),
    );
    const unpack = 'mkdir "$2" && tar -xf "$1" -C "$2" && sync -f "$2"';
    runs.unpackMs.push(await timed('/bin/sh', ['-c', unpack, 'sh', packed, copy]));
    runs.sizeBytes = statSync(file).size;
    for (const path of [file, packed, data, copy]) rmSync(path, { recursive: true, force: true });
  }
  return runs;
}

async function whilePublishing(state: { over: boolean }, publish: () => Promise<number>): Promise<number[]> {
  const times: number[] = [];
  while (!state.over) times.push(await publish());
  return times;
}

async function whileAsking(state: { over: boolean }, client: Client): Promise<number[]> {
  const times: number[] = [];
  while (!state.over) {
    const startedAt = performance.now();
    await client.health();
    times.push(performance.now() - startedAt);
    await pause(HEALTH_EVERY_MS);
  }
  return times;
}

function figures(apps: number, runs: Runs): Figure[] {
  const megabytes = runs.sizeBytes / 1_000_000;
  const rate = (ms: number) => `${((1000 * megabytes) / ms).toFixed(0)} MB/s`;
  return [
    {
      what: `cottage backup of ${apps} apps`,
      unit: 's',
      ...inSeconds(runs.backupMs),
      beside: { what: 'tar, same bytes', median: median(runs.packMs) / 1000 },
      note: `${megabytes.toFixed(0)} MB: ${rate(median(runs.backupMs))}, tar ${rate(median(runs.packMs))}`,
    },
    { what: 'backup over tar', ...ratios(runs.backupMs, runs.packMs) },
    {
      what: `cottage restore of ${apps} apps`,
      unit: 's',
      ...inSeconds(runs.restoreMs),
      beside: { what: 'tar, same bytes', median: median(runs.unpackMs) / 1000 },
    },
    { what: 'restore over tar', ...ratios(runs.restoreMs, runs.unpackMs) },
    {
      what: 'a publish while a backup is made',
      unit: 'ms',
      ...spread(runs.beside),
      beside: { what: 'without', median: median(runs.alone) },
    },
    {
      what: 'longest the API was silent during a backup',
      unit: 'ms',
      ...spread(runs.pausesMs),
      note: `asked every ${HEALTH_EVERY_MS} ms whether it is up, while one app is published again and again`,
    },
  ];
}

const inSeconds = (timesMs: number[]) => spread(timesMs.map((ms) => ms / 1000));

/** How many times longer ours took than the bare one right after it. */
const ratios = (ours: number[], bare: number[]): Omit<Figure, 'what'> => ({
  unit: 'times',
  ...spread(ours.map((ms, i) => ms / (bare[i] ?? NaN))),
});
