import type { Benchmark, RunOptions } from './benchmark.ts';
import { Client, type Published, Visitor } from './client.ts';
import { type Figure, median, spread } from './figures.ts';
import { type Server, withServer } from './server.ts';
import { markOf, siteZip } from './site.ts';

const APP = 'lunch';
/** Often enough to see a release within 5 ms, seldom enough to leave the processor to the publish. */
const ASK_EVERY_MS = 5;

/** Changes one page of a site of 25 files again and again, and waits each time until a visitor sees it. */
export const publishToLive: Benchmark = {
  name: 'publish',
  summary: 'from the webhook to the first 200 of the new release at its name',
  run: (options) => withServer((server) => measure(server, options)),
};

interface Run {
  /** From sending the webhook to the first byte of the new first page. */
  seenMs: number;
  publish: Published;
}

async function measure(server: Server, { quick, progress }: RunOptions): Promise<Figure[]> {
  const [runs, compared, early, late, window] = quick ? [20, 20, 10, 20, 10] : [1_200, 300, 100, 1_200, 50];
  const client = new Client(server);
  const first = await client.publish(APP, await siteZip(0));
  const visitor = new Visitor(server, first.app.host);
  try {
    const all: Run[] = [];
    const processorAtStart = server.processorMs();
    let shown = await visitor.release();
    for (let number = 1; number <= runs; number += 1) {
      const run = await once(client, visitor, number, shown);
      shown = run.publish.release ?? '';
      all.push(run);
      if (number % 100 === 0) progress(`${number} of ${runs} publishes`);
    }
    const processorMs = (server.processorMs() - processorAtStart) / runs;
    return [
      {
        what: 'webhook to first 200 of the new release',
        unit: 'ms',
        ...spread(all.slice(0, compared).map(({ seenMs }) => seenMs)),
        aim: { median: 120, tail: 350 },
        note: stagesOf(all.slice(0, compared).map(({ publish }) => publish)),
      },
      {
        what: 'webhook accepted to registered in the catalog',
        unit: 'ms',
        ...spread(all.slice(0, compared).map(({ publish }) => publish.timing.durationMs ?? Infinity)),
      },
      {
        what: 'processor time of the server for each',
        unit: 'ms',
        runs,
        median: processorMs,
        note: 'a mean, over all threads; others at work on the machine change it less than they change the time',
      },
      {
        what: `the ${late}th beside the ${early}th`,
        unit: 'times',
        runs: window,
        median: around(all, late, window) / around(all, early, window),
        aim: { median: 1.2 },
        note: `medians of ${window} publishes: ${around(all, early, window).toFixed(0)} ms and ${around(all, late, window).toFixed(0)} ms`,
      },
    ];
  } finally {
    visitor.close();
    client.close();
  }
}

async function once(client: Client, visitor: Visitor, number: number, shown: string): Promise<Run> {
  const prepared = client.prepare(APP, await siteZip(number));
  const startedAt = performance.now();
  const accepted = await client.send(prepared);
  const seenAt = await visitor.untilShown(markOf(number), shown, ASK_EVERY_MS);
  // The next publish begins when this one has ended, so that they do not share the processor.
  const publish = await client.untilLive(accepted, ASK_EVERY_MS);
  return { seenMs: seenAt - startedAt, publish };
}

/** The median of the `window` publishes around the `number`th, as far as there are so many after it. */
function around(runs: readonly Run[], number: number, window: number): number {
  const end = Math.min(runs.length, number + window / 2);
  return median(runs.slice(end - window, end).map(({ seenMs }) => seenMs));
}

/** How long each stage took, by the publish's own account. */
function stagesOf(publishes: readonly Published[]): string {
  const names = publishes[0]?.stages.map(({ name }) => name) ?? [];
  const parts = names.map((name) => {
    const times = publishes.map(({ stages }) => {
      const { startedAt, endedAt } = stages.find((stage) => stage.name === name) ?? {};
      return startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : 0;
    });
    return `${name} ${median(times)}`;
  });
  return `median of each stage in ms: ${parts.join(', ')}`;
}
