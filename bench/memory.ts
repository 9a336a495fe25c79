import type { Benchmark, RunOptions } from './benchmark.ts';
import { Client } from './client.ts';
import type { Figure } from './figures.ts';
import { type Server, withServer } from './server.ts';
import { siteZip } from './site.ts';

/** What a process that has been left alone for so long still holds is what it keeps. */
const QUIET_MS = 10_000;
const ASK_EVERY_MS = 20;

/** Resident memory of a server that is left alone: after its start, and after many publishes. Nothing is forced. */
export const memory: Benchmark = {
  name: 'memory',
  summary: 'resident memory after the start, after 120 publishes and after 1,200',
  run: (options) => withServer((server) => measure(server, options)),
};

async function measure(server: Server, { quick, progress }: RunOptions): Promise<Figure[]> {
  const [some, many, quietMs] = quick ? [5, 10, 500] : [120, 1_200, QUIET_MS];
  let number = 0;
  const settledAfter = async (count: number) => {
    // A connection of its own each time: the server closes one that was quiet for long.
    const client = new Client(server);
    for (; number < count; number += 1) {
      await client.publish('lunch', await siteZip(number), ASK_EVERY_MS);
      if (number % 100 === 0) progress(`${number} of ${many} publishes`);
    }
    client.close();
    return server.settledMB(quietMs);
  };
  const atStart = await settledAfter(0);
  const afterSome = await settledAfter(some);
  const afterMany = await settledAfter(many);
  return [
    { what: 'after the start', unit: 'MB', runs: 1, median: atStart, aim: { median: 150 } },
    { what: `after ${some} publishes`, unit: 'MB', runs: 1, median: afterSome, aim: { median: 220 } },
    {
      what: `after ${many} publishes`,
      unit: 'MB',
      runs: 1,
      median: afterMany,
      aim: { median: 1.1 * afterSome },
    },
  ];
}
