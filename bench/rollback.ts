import type { Benchmark, RunOptions } from './benchmark.ts';
import { Client, Visitor } from './client.ts';
import { type Figure, spread } from './figures.ts';
import { type Server, withServer } from './server.ts';
import { markOf, siteZip } from './site.ts';

const APP = 'lunch';
const ASK_EVERY_MS = 2;

/** Goes back and forth between two releases. */
export const rollback: Benchmark = {
  name: 'rollback',
  summary: 'from asking for an older release to its first byte at the name',
  run: (options) => withServer((server) => measure(server, options)),
};

async function measure(server: Server, { quick }: RunOptions): Promise<Figure[]> {
  const client = new Client(server);
  const older = await client.publish(APP, await siteZip(1));
  const newer = await client.publish(APP, await siteZip(2));
  const visitor = new Visitor(server, newer.app.host);
  const sites = [
    { mark: markOf(1), release: older.release ?? '' },
    { mark: markOf(2), release: newer.release ?? '' },
  ] as const;
  try {
    await visitor.release();
    const times: number[] = [];
    for (let run = 0; run < (quick ? 10 : 200); run += 1) {
      const [from, to] = run % 2 === 0 ? [sites[1], sites[0]] : [sites[0], sites[1]];
      const startedAt = performance.now();
      // The name may show the older release before the call has its answer: a visitor does not wait for that.
      const [seenAt] = await Promise.all([
        visitor.untilShown(to.mark, from.release, ASK_EVERY_MS),
        client.rollback(APP, to.release),
      ]);
      times.push(seenAt - startedAt);
    }
    return [
      {
        what: 'asked to first byte of the older release',
        unit: 'ms',
        ...spread(times),
        aim: { median: 50, tail: 50 },
      },
    ];
  } finally {
    visitor.close();
    client.close();
  }
}
