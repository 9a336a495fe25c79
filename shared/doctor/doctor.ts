import { setTimeout as delay } from 'node:timers/promises';
import type { TrailFault } from '../audit/compare.ts';
import { trailFaults } from '../audit/report.ts';
import { describeFault } from '../audit/words.ts';
import { type Instant, instant } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { checkCertificates } from './check-certificates.ts';
import { checkDns } from './check-dns.ts';
import { checkEdge } from './check-edge.ts';
import { checkLeftovers } from './check-leftovers.ts';
import { checkBelongings, checkClock, checkNames, checkSequences, checkTeams } from './check-names.ts';
import { checkDecisions, checkDue, checkPublishes } from './check-publishes.ts';
import { checkReleases, type ReleaseChecks } from './check-releases.ts';
import { checkUnfinished } from './check-unfinished.ts';
import { type Found, type Problem, problemOf } from './problems.ts';
import { readWorld } from './world.ts';

export interface Examination {
  /** When it began, in business time. */
  at: Instant;
  ok: boolean;
  checked: Record<string, number>;
  problems: Problem[];
}

/** What is in motion between two things that are compared looks wrong once, and is right a moment later. */
const PAUSES_MS = [100, 400, 1_000] as const;

/**
 * Compares everything with everything: records, catalog, names, edge, DNS, certificates, files, publishes and their
 * executions, questions, what is due, the audit trail, and what only this edition has. Changes nothing. It may run while
 * apps are published: what it finds is told only when it is still there, unchanged, look after look.
 *
 * @param deep every byte of every release is compared, however long it takes
 */
export async function examine(
  deps: Deps,
  { deep = false, pauses = PAUSES_MS }: { deep?: boolean; pauses?: readonly number[] } = {},
): Promise<Examination> {
  const at = instant(deps.clock.now());
  const releases: ReleaseChecks = { deep, read: new Set(), files: 0 };
  const { found, checked } = await look(releases, deps);
  for (const pauseMs of pauses) {
    // What found nothing is not asked again: a look at everything may take minutes.
    const open = [...found].flatMap(([check, each]) => (each.length > 0 ? [check] : []));
    if (open.length === 0) break;
    await delay(pauseMs);
    const again = await look(releases, deps, new Set(open));
    for (const [check, each] of found) {
      const still = new Set(again.found.get(check)?.map(keyOf));
      found.set(
        check,
        each.filter((one) => still.has(keyOf(one))),
      );
    }
  }
  const problems = [...new Map([...found.values()].flat().map((one) => [keyOf(one), one])).values()]
    .map(problemOf)
    .toSorted((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
  return { at, ok: problems.length === 0, checked, problems };
}

const keyOf = ({ code, subject, text }: Found): string => JSON.stringify([code, subject, text]);

/** One look, by all checks or by some; what each found, by its name. */
async function look(
  releases: ReleaseChecks,
  deps: Deps,
  only?: ReadonlySet<string>,
): Promise<{ found: Map<string, Found[]>; checked: Record<string, number> }> {
  const { inspection } = deps;
  const { world, found: ofRecords } = await readWorld(inspection);
  let auditEntries = 0;
  const checks: Record<string, () => Found[] | Promise<Found[]>> = {
    teams: () => checkTeams(world),
    names: () => checkNames(world),
    unfinished: () => checkUnfinished(world, deps),
    belongings: () => checkBelongings(world, deps),
    counters: () => checkSequences(world, inspection),
    clock: () => checkClock(world, deps),
    edge: () => checkEdge(world, deps),
    dns: () => checkDns(world, inspection, deps),
    certificates: () => checkCertificates(world, deps),
    releases: () => checkReleases(world, releases, deps),
    leftovers: () => checkLeftovers(world, deps),
    publishes: () => checkPublishes(world, inspection, deps),
    decisions: () => checkDecisions(world, deps),
    due: () => checkDue(world, deps),
    audit: async () => {
      const { entries, faults } = await trailFaults(deps);
      auditEntries = entries;
      return faults.map(auditProblem);
    },
    edition: () => inspection.ownProblems(world),
  };
  const asked = Object.keys(checks).filter((subject) => !only || only.has(subject));
  // In this order, whichever ends first.
  const found = new Map([['records', ofRecords], ...asked.map((one): [string, Found[]] => [one, []])]);
  // Side by side: what they wait for is not the same, and a look has to end within a quarter of an hour on AWS.
  const perform = async (subject: string) => {
    try {
      found.set(subject, (await checks[subject]?.()) ?? []);
    } catch (error) {
      // Damage that stops one check must not hide what the others find.
      deps.log.warn('a check of the doctor failed', { check: subject, error: String(error) });
      const text = `It could not be looked at: ${error instanceof Error ? error.message : String(error)}`;
      found.set(subject, [{ code: 'check/failed', subject, text }]);
    }
  };
  await Promise.all(asked.map(perform));
  const checked = {
    teams: world.teams.size,
    apps: world.apps.size,
    records: world.records,
    publishes: world.publishes.size,
    releases: [...world.releases.values()].reduce((sum, ofApp) => sum + ofApp.size, 0),
    files: releases.files,
    auditEntries,
  };
  return { found, checked };
}

const auditProblem = (fault: TrailFault): Found => ({
  code: `audit/${fault.fault}`,
  subject: fault.name,
  text: `The audit trail: ${describeFault(fault)}.`,
});
