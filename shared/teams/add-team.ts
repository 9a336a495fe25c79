import { refuse } from '../errors/problems.ts';
import { findingOf } from '../findings/catalogue.ts';
import { instant } from '../ids/ids.ts';
import { checkTeamName } from '../names/name.ts';
import type { Deps } from '../runtime/deps.ts';
import { isAtWork, startEffect } from './start.ts';
import type { Team } from './team.ts';

/** What an admin says of a new team; all but the name has a default. */
export type NewTeam = { name: string; platforms?: string[] | undefined } & {
  [K in
    | 'title'
    | 'businessUnit'
    | 'costCenter'
    | 'members'
    | 'leads'
    | 'approvers'
    | 'standingGrants'
    | 'maxApps']?: Team[K] | undefined;
};

/**
 * Begins to add a team: its record says `adding`, and the workflow does the rest. One whose adding or removing has come
 * to a halt is taken up as it was, with what is said now; one that was removed begins anew, its history behind it.
 * Members default to anybody, leads to the people who run Cottage.
 * @throws RequestRefused `name/...`, `team/exists`, `team/not-ready`
 */
export async function addTeam(wanted: NewTeam, by: string, deps: Deps): Promise<Team> {
  const { teams, effects, clock, settings } = deps;
  const fault = checkTeamName(wanted.name, settings.baseDomain);
  if (fault) {
    const found = findingOf(fault.code, fault.data);
    throw refuse(fault.code, `${found.title}. ${found.fix}`, { findings: [found] });
  }
  const read = await teams.findRecord(wanted.name);
  await refuseKnown(read?.value, deps);
  const now = instant(clock.now());
  const team = newTeam(wanted, read?.value, by, now, deps);
  const happening = { at: now, action: 'adding', by };
  const operations = teams.changing(read, team, happening);
  for (const id of new Set(wanted.platforms))
    operations.push(...(await allowing(id, team.name, by, now, deps)));
  await effects.commit({
    opId: `team/${team.name}/${team.attempt}/adding/v${read?.version ?? 0}`,
    operations,
    effects: [startEffect('add-team', team)],
  });
  return (await teams.findRecord(team.name))?.value ?? team;
}

async function refuseKnown(team: Team | undefined, { engine }: Deps): Promise<void> {
  if (!team || team.state === 'removed') return;
  const { name, state } = team;
  if (state === 'ready') throw refuse('team/exists', `There is a team ${name} already.`);
  if (!(await isAtWork(team, engine))) return;
  if (state === 'adding') throw refuse('team/exists', `Team ${name} is being added already.`);
  throw refuse('team/not-ready', `Team ${name} is being removed. Add it again once it is gone.`);
}

function newTeam(
  wanted: NewTeam,
  before: Team | undefined,
  by: string,
  now: string,
  { settings }: Deps,
): Team {
  // What came to a halt goes on as it was; what was ordered for it already is waited for, not ordered once more.
  const halted = before?.state === 'removed' ? undefined : before;
  const leads = wanted.leads ?? halted?.leads ?? settings.admins;
  const title = wanted.title ?? halted?.title ?? wanted.name;
  return {
    name: wanted.name,
    state: 'adding',
    stateSince: now,
    stateBy: by,
    attempt: (before?.attempt ?? 0) + 1,
    zone: `${wanted.name}.${settings.baseDomain}`,
    hostingEndpoint: settings.hostingEndpoint,
    ...(halted?.certificateId === undefined ? {} : { certificateId: halted.certificateId }),
    createdAt: halted?.createdAt ?? now,
    title,
    businessUnit: wanted.businessUnit ?? halted?.businessUnit ?? title,
    costCenter: wanted.costCenter ?? halted?.costCenter ?? wanted.name,
    members: wanted.members ?? halted?.members ?? ['*'],
    leads,
    approvers: wanted.approvers ?? halted?.approvers ?? leads,
    standingGrants: wanted.standingGrants ?? halted?.standingGrants ?? [],
    maxApps: wanted.maxApps ?? halted?.maxApps ?? 200,
    auditSeq: before?.auditSeq ?? 0,
    auditHash: before?.auditHash ?? '',
  };
}

/** Lets a platform publish for the team. */
async function allowing(platformId: string, team: string, by: string, at: string, { platforms }: Deps) {
  const read = await platforms.find(platformId);
  if (!read) throw refuse('body/fields', `There is no platform ${platformId}.`);
  if (read.value.teams.includes(team)) return [];
  const next = { ...read.value, teams: [...read.value.teams, team] };
  return platforms.changing(read, next, { at, action: 'team-allowed', by, detail: { team } });
}
