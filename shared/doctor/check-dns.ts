import { type App, isRetiring } from '../apps/app.ts';
import type { RecordSet } from '../dns/dns.ts';
import { ownerMark, ownerMarkName, planAppRecords, sameSet } from '../dns/plan.ts';
import { certificatesMarked } from '../dns/plan-validation.ts';
import { NotFound } from '../errors/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Inspection } from './inspection.ts';
import type { Found } from './problems.ts';
import { nameOf, type World } from './world.ts';

/** Every zone: the one of the base domain, and each team's. */
export async function checkDns(world: World, inspection: Inspection, deps: Deps): Promise<Found[]> {
  const { baseDomain } = deps.settings;
  const base = await recordsOf(baseDomain, deps);
  const zones = new Map([...world.teams.values()].map((team) => [team.zone, team]));
  const found: Found[] = base ? [] : [missing(baseDomain)];
  const delegated = new Set<string>();
  for (const set of base ?? []) {
    if (set.type === 'NS' && set.name !== baseDomain) delegated.add(set.name);
    else if (!isOfZone(set, baseDomain) && !isLaidOut(set, baseDomain)) found.push(extra(set));
  }
  if (base) found.push(...apexFaults(baseDomain, base, deps), ...addressFaults(world, base, deps));
  for (const zone of new Set([...delegated, ...(await inspection.zones())])) {
    if (zone === baseDomain || zones.has(zone)) continue;
    found.push({
      code: 'dns/zone-orphan',
      subject: zone,
      text: `${zone} is a zone, and there is no team it is of.`,
    });
  }
  const apps = Map.groupBy(
    [...world.apps.values()].filter((app) => app.dnsHost !== undefined),
    ({ team }) => team,
  );
  const certificates = certificatesOf(world);
  for (const [zone, team] of zones) {
    const records = await recordsOf(zone, deps);
    if (!records) {
      // Not made yet, or deleted already.
      if (team.state === 'ready') found.push(missing(zone));
      continue;
    }
    if (base && !delegated.has(zone) && team.state === 'ready') {
      found.push({
        code: 'dns/delegation',
        subject: zone,
        text: `${baseDomain} does not say who answers for ${zone}.`,
      });
    }
    found.push(...apexFaults(zone, records, deps));
    found.push(...zoneFaults(zone, team.hostingEndpoint, apps.get(team.name) ?? [], records, certificates));
  }
  return found;
}

/** Those of teams and apps: records stand in zones that they were issued by. */
const certificatesOf = ({ teams, apps }: World): Set<string> =>
  new Set([...teams.values(), ...apps.values()].flatMap(({ certificateId }) => certificateId ?? []));

async function recordsOf(zone: string, { dns }: Deps): Promise<RecordSet[] | undefined> {
  try {
    return await dns.records(zone);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

const missing = (zone: string): Found => ({
  code: 'dns/zone-missing',
  subject: zone,
  text: `There is no zone ${zone}.`,
});

const extra = ({ name, type }: RecordSet): Found => ({
  code: 'dns/extra',
  subject: `${name} ${type}`,
  text: `There is a record ${type} at ${name} that Cottage did not make.`,
});

const isOfZone = ({ name, type }: RecordSet, zone: string): boolean =>
  name === zone && (type === 'NS' || type === 'SOA');

/** Made with the base domain itself: the name server's address, and who may issue certificates for all of it. */
const isLaidOut = ({ name, type }: RecordSet, baseDomain: string): boolean =>
  name === `ns.${baseDomain}` || (name === baseDomain && type === 'CAA');

/** A zone's own records: who answers for it, and its SOA, with a serial that began to count. */
function apexFaults(zone: string, records: RecordSet[], { settings }: Deps): Found[] {
  const say = (text: string): Found[] => [{ code: 'dns/delegation', subject: zone, text }];
  const at = (type: string) => records.find((set) => set.name === zone && set.type === type)?.values ?? [];
  const [soa = ''] = at('SOA');
  if (!(Number(soa.split(' ')[2]) >= 0)) return say(`${zone} has no SOA, or none that counts.`);
  const servers = at('NS');
  // Of several in any order, the SOA names one.
  if (!servers.some((server) => soa.startsWith(`${server} `))) {
    return say(`${zone} does not say who answers for it, or not the same twice.`);
  }
  // On AWS the provider names four servers; on one machine there is one, below the base domain.
  const own = settings.hostingEndpoint.kind === 'address';
  return own && servers.join() !== `ns.${settings.baseDomain}`
    ? say(`${zone} says that ${servers.join(', ')} answers for it, which is not this server.`)
    : [];
}

/** On one machine: the name server's address, and the one that teams hand to their apps, are this machine's. */
function addressFaults({ teams }: World, base: RecordSet[], { settings }: Deps): Found[] {
  const { hostingEndpoint, baseDomain } = settings;
  if (hostingEndpoint.kind !== 'address') return [];
  const name = `ns.${baseDomain}`;
  const found: Found[] = [];
  const values = base.find((set) => set.name === name && set.type === 'A')?.values.join();
  if (values !== hostingEndpoint.ipv4) {
    const text = `${name} leads to ${values ?? 'nothing'}, and this machine is ${hostingEndpoint.ipv4}.`;
    found.push({ code: 'dns/address', subject: name, text });
  }
  for (const { zone, hostingEndpoint: endpoint } of teams.values()) {
    if (endpoint.kind === 'address' && endpoint.ipv4 === hostingEndpoint.ipv4) continue;
    const text = `The team's apps are given another address than this machine's, ${hostingEndpoint.ipv4}.`;
    found.push({ code: 'dns/address', subject: zone, text });
  }
  return found;
}

type KnownApp = Pick<App, 'team' | 'name' | 'appId' | 'dnsHost' | 'state' | 'retirement'>;

function zoneFaults(
  zone: string,
  endpoint: Parameters<typeof planAppRecords>[0]['endpoint'],
  apps: KnownApp[],
  records: RecordSet[],
  certificates: Set<string>,
): Found[] {
  const found: Found[] = [];
  // By name: a zone of thousands is looked through once, not once for every app.
  const byName = Map.groupBy(records, ({ name }) => name);
  for (const app of apps) {
    const host = app.dnsHost ?? '';
    const subject = nameOf(app);
    const [standing, marks] = [byName.get(host) ?? [], byName.get(ownerMarkName(host)) ?? []];
    byName.delete(host);
    byName.delete(ownerMarkName(host));
    const fault = hostFault({ appId: app.appId, host, zone, endpoint }, standing, marks);
    // What takes an app down removes its records before it says so.
    if (fault && !isRetiring(app)) found.push({ ...fault, subject });
  }
  for (const set of [...byName.values()].flat()) {
    if (isOfZone(set, zone)) continue;
    if (!set.name.startsWith('_cottage.')) {
      if (!byName.has(ownerMarkName(set.name))) found.push(extra(set));
      continue;
    }
    if (certificatesMarked(set)?.every((id) => certificates.has(id))) continue;
    const text = `${set.name} carries our mark, and nothing is known of what it is for.`;
    found.push({ code: 'dns/orphan', subject: set.name, text });
  }
  return found;
}

function hostFault(
  app: Parameters<typeof planAppRecords>[0],
  standing: RecordSet[],
  marks: RecordSet[],
): Omit<Found, 'subject'> | undefined {
  const { appId, host } = app;
  const desired = planAppRecords(app, []).create;
  const present = [...standing, ...marks];
  const [mark] = marks;
  if (mark && !(mark.type === 'TXT' && mark.values.join() === ownerMark(appId))) {
    return {
      code: 'dns/foreign-mark',
      text: `${host} carries the mark of another app: ${mark.values.join(', ')}.`,
    };
  }
  const lacking = desired.find(
    (set) => !present.some(({ name, type }) => name === set.name && type === set.type),
  );
  if (lacking) return { code: 'dns/missing', text: `There is no record ${lacking.type} at ${lacking.name}.` };
  const other =
    desired.find((set) => !present.some((one) => sameSet(one, set))) ??
    present.find((one) => !desired.some((set) => sameSet(one, set)));
  if (!other) return undefined;
  return { code: 'dns/differs', text: `The record ${other.type} at ${other.name} is not as it should be.` };
}
