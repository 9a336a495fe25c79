import type { Benchmark, RunOptions } from './benchmark.ts';
import { Client } from './client.ts';
import { type Figure, median, spread } from './figures.ts';
import { type Server, withServer } from './server.ts';
import { siteZip } from './site.ts';

const AT_A_TIME = 8;
/** Eight that ask more often would take the time of the publishes they ask about. */
const ASK_EVERY_MS = 25;

/** A morning on which everybody publishes: apps that were not there before, several at once. */
export const manyApps: Benchmark = {
  name: 'many-apps',
  summary: 'different new apps, 8 at a time, until the last is live',
  async run(options) {
    const repeats = options.quick ? 1 : 3;
    const runs: { totalS: number; each: number[] }[] = [];
    for (let run = 0; run < repeats; run += 1)
      runs.push(await withServer((server) => measure(server, options)));
    return figuresOf(runs, options);
  },
};

async function measure(server: Server, { quick }: RunOptions) {
  const client = new Client(server);
  const count = quick ? 16 : 120;
  const sites: { name: string; zip: Buffer }[] = [];
  for (let i = 1; i <= count; i += 1) sites.push({ name: `lunch-${i}`, zip: await siteZip(i) });
  const waiting = sites.values();
  const each: number[] = [];
  const worker = async () => {
    for (const { name, zip } of waiting) {
      const startedAt = performance.now();
      await client.publish(name, zip, ASK_EVERY_MS);
      each.push(performance.now() - startedAt);
    }
  };
  try {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
    return { totalS: (performance.now() - startedAt) / 1000, each };
  } finally {
    client.close();
  }
}

function figuresOf(runs: { totalS: number; each: number[] }[], { quick }: RunOptions): Figure[] {
  const totals = runs.map(({ totalS }) => totalS);
  const each = runs.flatMap((run) => run.each);
  return [
    {
      what: quick ? '16 apps, all of them' : '120 apps, all of them',
      unit: 's',
      ...spread(totals),
      aim: { median: quick ? (8 * 16) / 120 : 8 },
      note: `that is ${((1000 * median(totals)) / (each.length / runs.length)).toFixed(0)} ms an app`,
    },
    { what: 'webhook to live, one of them', unit: 'ms', ...spread(each) },
  ];
}
