import { costOf, priced, sum, times, type Usage } from './aws-prices.ts';
import { BilledWorld, type Used } from './aws-rehearsal.ts';
import { usageOfColdStarts } from './aws-usage.ts';
import type { Benchmark } from './benchmark.ts';
import type { Figure } from './figures.ts';

const RELEASES = 10;
const RELEASE_BYTES = 400_000;
const DAYS = 30;
const SWEEPS_A_MONTH = DAYS * 24 * 60;
/** One night is like the other; with three, what one of them does more does not count for thirty. */
const NIGHTS = 3;

/** US dollars, at the most. */
export const AIMS = { publish: 0.001, appMonth: 0.15 };

/** What a publish and an app cost on AWS: the calls of a rehearsal, priced. No account is asked. */
export const awsCost: Benchmark = {
  name: 'aws-cost',
  summary: 'what a publish and an app-month cost on AWS: a rehearsal, counted and priced',
  run: async ({ quick, progress }) =>
    figuresOf(await rehearseCosts({ progress, nights: quick ? 1 : NIGHTS })),
};

/** What was used; of months, in one of thirty days. */
export interface Costs {
  /** The first publish of an app, which an approver is asked about. */
  approved: Usage;
  /** The first, of a team that need not ask. */
  first: Usage;
  later: Usage;
  look: Usage;
  /** What an app of ten releases adds to a month in which nobody publishes or visits. */
  appMonth: Usage;
  /** A month without any app. */
  emptyMonth: Usage;
}

/**
 * Everything that is priced. Every function that a publish calls is taken to start cold, as it does for whoever publishes
 * seldom.
 * @param options.handlerMs how long every function works beside waiting for AWS; absent, as long as it does here.
 */
export async function rehearseCosts({
  handlerMs,
  nights = NIGHTS,
  progress = () => undefined,
}: {
  handlerMs?: number;
  nights?: number;
  progress?: (text: string) => void;
}): Promise<Costs> {
  const empty = await BilledWorld.open({ handlerMs });
  progress('nights without an app');
  const emptyNights = await empty.idle(nights);
  const sweep = await empty.sweep();
  const approved = await empty.publish();
  await empty.close();

  const world = await BilledWorld.open({ handlerMs, standingGrants: ['public'] });
  const keptBefore = world.keptBytes;
  const first = await world.publish();
  let later = first;
  for (let release = 1; release < RELEASES; release += 1) {
    progress(`${release} of ${RELEASES} releases`);
    later = await world.publish();
  }
  const look = await world.look();
  const keptBytes = world.keptBytes - keptBefore;
  progress('nights with an app');
  const appNights = await world.idle(nights);
  await world.close();

  return {
    approved: withColdStarts(approved),
    first: withColdStarts(first),
    later: withColdStarts(later),
    look: look.usage,
    appMonth: sum(
      { tenantMonths: 1, fileByteMonths: RELEASES * RELEASE_BYTES, recordByteMonths: keptBytes },
      times(DAYS / nights, sum(appNights.usage, times(-1, emptyNights.usage))),
    ),
    emptyMonth: sum(times(DAYS / nights, emptyNights.usage), times(SWEEPS_A_MONTH, sweep.usage)),
  };
}

const withColdStarts = ({ usage, functions }: Used): Usage => sum(usage, usageOfColdStarts(functions));

function figuresOf({ approved, first, later, look, appMonth, emptyMonth }: Costs): Figure[] {
  return [
    figure('the first publish of an app, approved by somebody', approved),
    figure('the first publish of an app that needs no approval', first, AIMS.publish),
    figure('a later publish', later, AIMS.publish),
    figure('a look at how a publish goes', look),
    figure('an app for a month without traffic', appMonth, AIMS.appMonth),
    figure('a month without any app, beside what is fixed', emptyMonth),
  ];
}

const figure = (what: string, usage: Usage, aim?: number): Figure => ({
  what,
  unit: '$',
  runs: 1,
  median: costOf(usage),
  ...(aim === undefined ? {} : { aim: { median: aim } }),
  note: priced(usage)
    .filter(([, usd]) => usd > 0)
    .map(([service, usd]) => `${service} ${usd.toFixed(6)}`)
    .join(', '),
});
