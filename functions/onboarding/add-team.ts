import { CertificatePending } from '../../shared/errors/errors.ts';
import { refuse } from '../../shared/errors/problems.ts';
import { findingOf } from '../../shared/findings/catalogue.ts';
import { instant } from '../../shared/ids/ids.ts';
import { checkTeamName } from '../../shared/names/name.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import type { Team } from '../../shared/teams/team.ts';

/** What an admin says of a new team; all but the name has a default. */
export type NewTeam = { name: string; platforms?: string[] | undefined } & {
  [K in keyof Omit<Team, 'name' | 'zone' | 'hostingEndpoint' | 'certificateId' | 'createdAt'>]?:
    | Team[K]
    | undefined;
};

/**
 * Adds a team: zone, wildcard certificate, record, in that order; a crash in between leaves nothing that adding it again
 * does not pick up. Members default to anybody, leads to the people who run Cottage.
 * @throws RequestRefused `name/...`, `team/exists`; CertificatePending while the certificate is not issued
 */
export async function addTeam(wanted: NewTeam, by: string, deps: Deps): Promise<Team> {
  const { teams, dns, certificates, effects, clock, settings } = deps;
  const fault = checkTeamName(wanted.name, settings.baseDomain);
  if (fault) {
    const found = findingOf(fault.code, fault.data);
    throw refuse(fault.code, `${found.title}. ${found.fix}`, { findings: [found] });
  }
  if (await teams.find(wanted.name)) throw refuse('team/exists', `There is a team ${wanted.name} already.`);
  const zone = `${wanted.name}.${settings.baseDomain}`;
  await dns.createZone(zone);
  const certificateId = await certificates.request([`*.${zone}`]);
  const status = await certificates.status(certificateId);
  if (status.state === 'pending')
    throw new CertificatePending(`the certificate of ${zone} is not issued yet`);
  const now = instant(clock.now());
  const team: Team = {
    name: wanted.name,
    zone,
    certificateId,
    hostingEndpoint: settings.hostingEndpoint,
    createdAt: now,
    title: wanted.title ?? wanted.name,
    businessUnit: wanted.businessUnit ?? wanted.title ?? wanted.name,
    costCenter: wanted.costCenter ?? wanted.name,
    members: wanted.members ?? ['*'],
    leads: wanted.leads ?? settings.admins,
    approvers: wanted.approvers ?? wanted.leads ?? settings.admins,
    standingGrants: wanted.standingGrants ?? [],
    maxApps: wanted.maxApps ?? 200,
    auditSeq: 0,
    auditHash: '',
  };
  const operations = teams.changing(undefined, team, { at: now, action: 'added', by });
  for (const id of new Set(wanted.platforms)) {
    operations.push(...(await allowing(id, team.name, by, now, deps)));
  }
  await effects.commit({
    opId: `team/${team.name}/added`,
    operations,
    effects: [{ kind: 'event', type: 'TeamAdded', detail: { team: team.name, zone } }],
  });
  return team;
}

/** Lets a platform publish for the team. */
async function allowing(platformId: string, team: string, by: string, at: string, { platforms }: Deps) {
  const platform = await platforms.find(platformId);
  if (!platform) throw refuse('body/fields', `There is no platform ${platformId}.`);
  const next = { ...platform.value, teams: [...new Set([...platform.value.teams, team])] };
  return platforms.changing(platform, next, { at, action: 'team-allowed', by, detail: { team } });
}
