import type { RecordSet } from '../dns/dns.ts';
import { foreignRecords } from '../dns/foreign-records.ts';
import { NotFound } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import { instant } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { isAtWork, startEffect } from './start.ts';
import type { Team } from './team.ts';

/**
 * Begins to remove a team: from here on it takes no new app, and the workflow does the rest. Asked again while that runs,
 * nothing happens; once it has come to a halt, it is taken up again. Names that are not free yet stay so: they are kept
 * with the names, not with the team, and nobody gets one before its time when the team is added again.
 * @throws RequestRefused `team/unknown`, `team/not-ready`, `team/not-empty`
 */
export async function removeTeam(name: string, by: string, deps: Deps): Promise<Team> {
  const { teams, effects, clock } = deps;
  const read = await teams.find(name);
  if (!read) throw refuse('team/unknown', `There is no team ${name}.`);
  const { state } = read.value;
  if (state === 'adding' && (await isAtWork(read.value, deps.engine)))
    throw refuse('team/not-ready', `Team ${name} is just being added. Remove it once it is ready.`);
  if (state === 'removing' && (await isAtWork(read.value, deps.engine))) return read.value;
  const kept = await whatKeeps(read.value, deps);
  if (kept !== undefined) throw refuse('team/not-empty', `${kept.why}. ${kept.next}`);
  const now = instant(clock.now());
  const { summary: _, ...rest } = read.value;
  const team: Team = {
    ...rest,
    state: 'removing',
    stateSince: state === 'removing' ? rest.stateSince : now,
    stateBy: by,
    attempt: rest.attempt + 1,
  };
  await effects.commit({
    opId: `team/${name}/${team.attempt}/removing/v${read.version}`,
    operations: teams.changing(read, team, { at: now, action: 'removing', by }),
    effects: [startEffect('remove-team', team)],
  });
  return (await teams.findRecord(name))?.value ?? team;
}

const MOST_NAMED = 3;

/** What stands in the way of a removal: a sentence about it, and one about what to do, neither with its full stop. */
export interface Kept {
  why: string;
  next: string;
}

/**
 * Why the team can not be removed, and what to do: it has apps, or something stands in its zone that Cottage did not
 * make. The list of apps is an index read: a hint.
 */
export async function whatKeeps(team: Team, deps: Pick<Deps, 'apps' | 'dns'>): Promise<Kept | undefined> {
  const { name, zone } = team;
  const apps = (await deps.apps.ofTeam(name)).filter(({ state }) => state !== 'retired');
  const [first] = apps;
  if (first) {
    const named = apps.slice(0, MOST_NAMED).map((app) => app.name);
    const more = apps.length > MOST_NAMED ? ` and ${apps.length - MOST_NAMED} more` : '';
    const has = apps.length === 1 ? 'an app' : `${apps.length} apps`;
    return {
      why: `Team ${name} has ${has}: ${named.join(', ')}${more}`,
      next: `Retire first what it has: cottage retire ${name}/${first.name}`,
    };
  }
  const [foreign] = foreignRecords(team, await recordsOf(zone, deps));
  return (
    foreign && {
      why: `In the zone of team ${name} stands ${foreign.type} ${foreign.name}, which Cottage did not make`,
      next: 'Find out who did, and remove it first',
    }
  );
}

async function recordsOf(zone: string, { dns }: Pick<Deps, 'dns'>): Promise<RecordSet[]> {
  try {
    return await dns.records(zone);
  } catch (error) {
    // Its adding came to a halt before the zone was made, or an earlier attempt has removed it.
    if (error instanceof NotFound) return [];
    throw error;
  }
}
