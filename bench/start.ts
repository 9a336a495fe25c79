import { join } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { spread } from './figures.ts';
import { removeFolder, Server, tempFolder } from './server.ts';

/** From typing `cottage start` to the ready line. */
export const start: Benchmark = {
  name: 'start',
  summary: 'from starting the process to its ready line',
  async run({ quick }) {
    const first: number[] = [];
    const again: number[] = [];
    for (let run = 0; run < (quick ? 1 : 3); run += 1) first.push(await firstStart());
    const folder = tempFolder();
    // The first makes the data folder, and fills the cache of compiled code.
    await timed(folder);
    for (let run = 0; run < (quick ? 2 : 7); run += 1) again.push(await timed(folder));
    removeFolder(folder);
    return [
      { what: 'on a data folder that is there', unit: 'ms', ...spread(again), aim: { median: 1_200 } },
      {
        what: 'the very first: keys, CA, first app, nothing compiled yet',
        unit: 'ms',
        ...spread(first),
        beside: { what: 'to be ready within', median: 10_000 },
      },
    ];
  },
};

/** On a machine that has never run Cottage: no data folder, and no compiled code from an earlier start. */
async function firstStart(): Promise<number> {
  const folder = tempFolder();
  const variables = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const startMs = await timed(join(folder, 'data'), variables);
  removeFolder(folder);
  return startMs;
}

async function timed(folder: string, variables: Record<string, string> = {}): Promise<number> {
  const server = await Server.start(folder, variables);
  await server.stop();
  return server.startMs;
}
