import { isEmpty, type RecordSet } from '../shared/dns/dns.ts';
import { planAppRecords } from '../shared/dns/plan.ts';
import { instant } from '../shared/ids/ids.ts';
import type { Deps } from '../shared/runtime/deps.ts';
import type { Team } from '../shared/teams/team.ts';

type AddressDeps = Pick<Deps, 'settings' | 'dns' | 'apps' | 'teams' | 'effects' | 'clock'>;

/**
 * Lets every name follow when the machine has another address than at the last start: the name server's own, those of
 * apps, and what new apps of each team get. DNS comes first and the team's record last, so that a start that was broken
 * off goes on the next time.
 */
export async function followAddress(deps: AddressDeps): Promise<void> {
  const { settings, teams } = deps;
  if (settings.hostingEndpoint.kind !== 'address') return;
  await pointNameServer(settings.hostingEndpoint.ipv4, deps);
  for (const { name } of await teams.all()) {
    const read = await teams.find(name);
    if (!read || isSame(read.value, deps)) continue;
    await pointApps(read.value, deps);
    const now = instant(deps.clock.now());
    const next: Team = { ...read.value, hostingEndpoint: settings.hostingEndpoint };
    const happening = { at: now, action: 'address-changed', by: 'cottage' };
    await deps.effects.commit({
      opId: `team/${name}/address/v${read.version}`,
      operations: teams.changing(read, next, happening),
    });
  }
}

const isSame = (team: Team, { settings }: AddressDeps): boolean =>
  JSON.stringify(team.hostingEndpoint) === JSON.stringify(settings.hostingEndpoint);

async function pointNameServer(ipv4: string, { dns, settings }: AddressDeps): Promise<void> {
  const name = `ns.${settings.baseDomain}`;
  const wanted: RecordSet = { name, type: 'A', ttlSeconds: 60, values: [ipv4] };
  const there = (await dns.records(settings.baseDomain)).filter(
    (set) => set.name === name && set.type === 'A',
  );
  if (there.length === 1 && there[0]?.values.join() === ipv4) return;
  await dns.apply(settings.baseDomain, { create: [wanted], remove: there });
}

async function pointApps(team: Team, { dns, apps, settings }: AddressDeps): Promise<void> {
  const named = (await apps.ofTeam(team.name)).filter(({ dnsHost }) => dnsHost !== undefined);
  // The zone of a team that is just being added or removed may not be there.
  if (named.length === 0) return;
  const existing = await dns.records(team.zone);
  const byHost = Map.groupBy(existing, ({ name }) => name.replace(/^_cottage\./, ''));
  for (const { appId, dnsHost } of named) {
    if (dnsHost === undefined) continue;
    const app = { appId, host: dnsHost, zone: team.zone, endpoint: settings.hostingEndpoint };
    const changes = planAppRecords(app, byHost.get(dnsHost) ?? []);
    if (!isEmpty(changes)) await dns.apply(team.zone, changes);
  }
}
