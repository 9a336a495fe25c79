import {
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandOutput,
  paginateListHostedZones,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import type { Observed } from './dns.suite.ts';

interface SeenZone {
  name: string;
  nameServers: string[];
  sets: ResourceRecordSet[];
}

/**
 * What a resolver would be told by the public hosted zones of an account, were each of the topmost known to it. It goes down
 * by delegations alone: a zone that nothing leads to does not answer.
 */
export async function observeRoute53(client: Route53Client, name: string, type: string): Promise<Observed> {
  const zones = await publicZones(client);
  const isIn = (zone: string) => `${name}.` === zone || `.${name}.`.endsWith(`.${zone}`);
  let zone = zones
    .filter((each) => isIn(each.name))
    .toSorted((a, b) => a.name.length - b.name.length)
    .at(0);
  while (zone) {
    const { sets, name: top } = zone;
    const cut = sets.find((set) => set.Type === 'NS' && set.Name !== top && isIn(set.Name ?? ''));
    if (!cut) return answerFrom(sets, `${name}.`, type);
    const servers = (cut.ResourceRecords ?? []).map(({ Value = '' }) => Value.replace(/\.$/, '')).toSorted();
    zone = zones.find((each) => each.name === cut.Name && each.nameServers.join() === servers.join());
    if (!zone) return { rcode: 'SERVFAIL', records: [] };
  }
  return { rcode: 'REFUSED', records: [] };
}

function answerFrom(sets: ResourceRecordSet[], name: string, type: string): Observed {
  const asked = sets.filter((set) => set.Name === name && set.Type === type);
  const exists = sets.some((set) => set.Name === name || set.Name?.endsWith(`.${name}`));
  const records = asked.flatMap(({ TTL, ResourceRecords = [] }) =>
    ResourceRecords.map(({ Value = '' }) => `${TTL} ${presented(type, Value)}`),
  );
  return { rcode: exists ? 'NOERROR' : 'NXDOMAIN', records };
}

/** A value as the DNS client of the tests shows it. */
function presented(type: string, value: string): string {
  if (type === 'TXT') {
    const strings = value.slice(1, -1).split('" "').join('');
    return strings.replaceAll(/\\(\d{3})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
  }
  if (type === 'AAAA') {
    const [before = '', after = ''] = value.split('::').map((half) => half);
    const left = before.split(':').filter(Boolean);
    const right = after.split(':').filter(Boolean);
    const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
    return groups.map((group) => group.padStart(4, '0')).join(':');
  }
  return value.replaceAll(/\.(?= |$)/g, '');
}

async function publicZones(client: Route53Client): Promise<SeenZone[]> {
  const zones: SeenZone[] = [];
  for await (const { HostedZones = [] } of paginateListHostedZones({ client }, {})) {
    for (const { Id = '', Name = '', Config } of HostedZones) {
      if (Config?.PrivateZone === true) continue;
      const { DelegationSet } = await client.send(new GetHostedZoneCommand({ Id }));
      const nameServers = (DelegationSet?.NameServers ?? []).map((server) => server.replace(/\.$/, ''));
      zones.push({ name: Name, nameServers: nameServers.toSorted(), sets: await allSets(client, Id) });
    }
  }
  return zones;
}

async function allSets(client: Route53Client, HostedZoneId: string): Promise<ResourceRecordSet[]> {
  const sets: ResourceRecordSet[] = [];
  let page: ListResourceRecordSetsCommandOutput | undefined;
  while (page === undefined || page.IsTruncated === true) {
    page = await client.send(
      new ListResourceRecordSetsCommand({
        HostedZoneId,
        StartRecordName: page?.NextRecordName,
        StartRecordType: page?.NextRecordType,
        StartRecordIdentifier: page?.NextRecordIdentifier,
      }),
    );
    sets.push(...(page.ResourceRecordSets ?? []));
  }
  return sets;
}
