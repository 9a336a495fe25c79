import * as z from 'zod';
import { refuse } from '../../shared/errors/problems.ts';
import { Email } from '../../shared/manifest/fields.ts';
import type { Versioned } from '../../shared/records/record-type.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { addTeam } from '../../shared/teams/add-team.ts';
import { removeTeam } from '../../shared/teams/remove-team.ts';
import { type Team, TeamSchema } from '../../shared/teams/team.ts';
import { endpoint } from './endpoint.ts';
import { attempts, executionsOf, History } from './history.ts';
import { PlatformId } from './platforms.ts';

const Member = z.union([Email, z.string().regex(/^\*(@[a-z0-9.-]+)?$/, 'a mail address, *@domain, or *')]);

const TeamView = TeamSchema.omit({ auditSeq: true, auditHash: true }).meta({ id: 'Team' });

const Params = z.object({ team: z.string() });

export const listTeams = endpoint({
  method: 'get',
  path: '/v1/teams',
  operationId: 'listTeams',
  summary: 'The teams',
  auth: 'admin',
  answers: { 200: { description: 'By name.', schema: z.object({ teams: z.array(TeamView) }) } },
  run: async (_, { teams }) => ({
    status: 200,
    body: { teams: (await teams.all()).map((team) => TeamView.parse(team)) },
  }),
});

export const getTeam = endpoint({
  method: 'get',
  path: '/v1/teams/{team}',
  operationId: 'getTeam',
  summary: 'One team, as far as it is added or removed',
  auth: 'admin',
  params: Params,
  answers: { 200: { description: 'The team; one that was removed as well.', schema: TeamView } },
  run: async ({ params }, deps) => ({
    status: 200,
    body: TeamView.parse((await findRecord(params.team, deps)).value),
  }),
});

export const createTeam = endpoint({
  method: 'post',
  path: '/v1/teams',
  operationId: 'createTeam',
  summary: 'Add a team: its zone, its certificate, its record',
  auth: 'admin',
  body: z.object({
    name: z.string(),
    title: z.string().min(1).max(80).optional(),
    businessUnit: z.string().max(80).optional(),
    costCenter: z.string().max(40).optional(),
    members: z.array(Member).max(200).optional(),
    leads: z.array(Email).max(20).optional(),
    approvers: z.array(Email).max(20).optional(),
    standingGrants: z.array(z.string().max(40)).max(10).optional(),
    maxApps: z.int().min(1).max(1000).optional(),
    // Team, platforms and their audit entries are one transaction, of 25 operations at most.
    platforms: z.array(PlatformId).max(10).optional(),
  }),
  answers: { 202: { description: 'The team; it can publish once its state is ready.', schema: TeamView } },
  run: async ({ body, principal }, deps) => ({
    status: 202,
    body: TeamView.parse(await addTeam(body, `person:${principal?.email ?? ''}`, deps)),
  }),
});

export const deleteTeam = endpoint({
  method: 'delete',
  path: '/v1/teams/{team}',
  operationId: 'deleteTeam',
  summary: 'Remove a team that has no apps: its delegation, its zone, its certificate',
  auth: 'admin',
  params: Params,
  answers: { 202: { description: 'The team; it is gone once its state is removed.', schema: TeamView } },
  run: async ({ params, principal }, deps) => {
    const { name } = (await findRecord(params.team, deps)).value;
    return {
      status: 202,
      body: TeamView.parse(await removeTeam(name, `person:${principal?.email ?? ''}`, deps)),
    };
  },
});

export const teamHistory = endpoint({
  method: 'get',
  path: '/v1/teams/{team}/history',
  operationId: 'teamHistory',
  summary: 'What adding and removing the team did, state by state',
  auth: 'admin',
  params: Params,
  answers: { 200: { description: 'One execution for each attempt.', schema: History } },
  run: async ({ params }, deps) => {
    const { name, attempt: last } = (await findRecord(params.team, deps)).value;
    const names = attempts(last).flatMap((attempt) => [
      ['add-team', `${name}-${attempt}`] as const,
      ['remove-team', `${name}-${attempt}`] as const,
    ]);
    return { status: 200, body: await executionsOf(names, deps) };
  },
});

/** @throws RequestRefused `team/unknown` */
async function findRecord(team: string, { teams }: Deps): Promise<Versioned<Team>> {
  const read = /^[a-z0-9-]{1,63}$/.test(team) ? await teams.findRecord(team) : undefined;
  if (!read) throw refuse('team/unknown', `There is no team ${team.slice(0, 63)}.`);
  return read;
}
