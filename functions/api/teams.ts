import * as z from 'zod';
import { Email } from '../../shared/manifest/fields.ts';
import { TeamSchema } from '../../shared/teams/team.ts';
import { addTeam } from '../onboarding/add-team.ts';
import { endpoint } from './endpoint.ts';
import { PlatformId } from './platforms.ts';

const Member = z.union([Email, z.string().regex(/^\*(@[a-z0-9.-]+)?$/, 'a mail address, *@domain, or *')]);

const TeamView = TeamSchema.omit({ auditSeq: true, auditHash: true }).meta({ id: 'Team' });

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
    // Two operations each, of the 25 that one transaction may have.
    platforms: z.array(PlatformId).max(10).optional(),
  }),
  answers: { 201: { description: 'The team.', schema: TeamView } },
  run: async ({ body, principal }, deps) => ({
    status: 201,
    body: TeamView.parse(await addTeam(body, `person:${principal?.email ?? ''}`, deps)),
  }),
});
