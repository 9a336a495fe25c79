import { Resolver } from 'node:dns/promises';
import type { Benchmark, RunOptions } from './benchmark.ts';
import { Client } from './client.ts';
import { type Figure, spread } from './figures.ts';
import { type Server, withServer } from './server.ts';
import { siteZip } from './site.ts';

const APP = 'lunch';
const ASK_EVERY_MS = 2;

/** The states that ask hosting, DNS or certificates for something, unless what they want is there already. */
const OUTSIDE = ['Deploy release', 'Ensure certificate', 'Bind name', 'Ensure DNS', 'Go live', 'Verify'];

/** Publishes what is live already: nothing but the catalog is to change. */
export const sameBytes: Benchmark = {
  name: 'same-bytes',
  summary: 'the same files again, from the webhook to the end of the publish',
  run: (options) => withServer((server) => measure(server, options)),
};

async function measure(server: Server, { quick }: RunOptions): Promise<Figure[]> {
  const client = new Client(server);
  const zip = await siteZip(0);
  try {
    const { app } = await client.publish(APP, zip);
    const zone = app.host.slice(app.host.indexOf('.') + 1);
    const before = await serialOf(zone, server);
    const times: number[] = [];
    const called: string[] = [];
    for (let run = 0; run < (quick ? 10 : 100); run += 1) {
      const prepared = client.prepare(APP, zip);
      const startedAt = performance.now();
      const { publishId } = await client.untilLive(await client.send(prepared), ASK_EVERY_MS);
      times.push(performance.now() - startedAt);
      const outcomes = await client.outcomes(publishId);
      called.push(...OUTSIDE.filter((state) => outcomes.get(state) !== 'unchanged'));
    }
    const serials = (await serialOf(zone, server)) - before;
    return [
      { what: 'webhook to the end of the publish', unit: 'ms', ...spread(times), aim: { median: 30 } },
      {
        what: 'calls of hosting, DNS and certificates',
        unit: 'times',
        runs: times.length,
        median: called.length + serials,
        aim: { median: 0 },
        note:
          called.length + serials === 0
            ? `every history says “unchanged” for ${OUTSIDE.join(', ')}, and the zone's serial stayed`
            : `the zone's serial moved by ${serials}; not “unchanged”: ${[...new Set(called)].join(', ')}`,
      },
    ];
  } finally {
    client.close();
  }
}

/** The zone's serial, which every change of its records raises. */
async function serialOf(zone: string, { ready }: Server): Promise<number> {
  const resolver = new Resolver({ timeout: 5_000, tries: 2 });
  resolver.setServers([ready.dns]);
  return (await resolver.resolveSoa(zone)).serial;
}
