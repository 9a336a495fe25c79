import {
  CreateHostedZoneCommand,
  DeleteHostedZoneCommand,
  type HostedZone,
  HostedZoneAlreadyExists,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  paginateListHostedZones,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { AlreadyExists } from '../errors/errors.ts';
import type { RecordSet } from './dns.ts';
import { fromName, fromWire, toName } from './route53-text.ts';

/** The owner mark of a hosted zone, its comment: zones without it are nobody's business here. */
export const ZONE_COMMENT = 'heritage=cottage';

/** A hosted zone of ours. */
export interface Zone {
  id: string;
  name: string;
  /** Which of the zones that had this name it is; 0 for one that others made for us. */
  generation: number;
}

/** How often one name may be a zone anew. */
const MAX_GENERATIONS = 100;

const isBelow = (name: string, zone: string): boolean => name.endsWith(`.${zone}`);

/** The hosted zone of ours with this name; undefined when there is none. */
export async function findZone(client: Route53Client, name: string): Promise<Zone | undefined> {
  return (await zonesNamed(client, name)).ours[0];
}

/** The zone of ours that is nearest above a name. */
export async function findParent(client: Route53Client, name: string): Promise<Zone | undefined> {
  for (let rest = parentName(name); rest !== ''; rest = parentName(rest)) {
    const found = await findZone(client, rest);
    if (found) return found;
  }
  return undefined;
}

/** The names of the zones of ours below a name that have no other zone of ours between. */
export async function childZones(client: Route53Client, name: string): Promise<string[]> {
  const children: string[] = [];
  for await (const zone of zonesFrom(client, name)) {
    const found = fromName(zone.Name ?? '');
    if (found === name) continue;
    if (!isBelow(found, name)) break;
    // In order, a zone comes before those below it.
    const nested = children.some((child) => found === child || isBelow(found, child));
    if (isOurs(zone) && !nested) children.push(found);
  }
  return children;
}

/** The names of all zones of ours at a name and below it, each once: of every zone that the account has. */
export async function zonesAtOrBelow(client: Route53Client, name: string): Promise<string[]> {
  const zones = new Set<string>();
  for await (const { HostedZones = [] } of paginateListHostedZones({ client }, {})) {
    for (const zone of HostedZones.filter(isOurs)) {
      const found = fromName(zone.Name ?? '');
      if (found === name || isBelow(found, name)) zones.add(found);
    }
  }
  return [...zones];
}

/**
 * Creates a hosted zone. Asked twice at once, it is one zone, since the caller reference is made of the name and of how
 * many zones have had it: a reference is never good again, not even after its zone is gone.
 * @throws AlreadyExists when there is a public zone with this name that is not ours, which would answer beside it.
 */
export async function createHostedZone(client: Route53Client, name: string): Promise<Zone> {
  if ((await zonesNamed(client, name)).foreign) {
    throw new AlreadyExists(`there is a public hosted zone ${name} that Cottage did not make`);
  }
  for (let generation = 1; generation <= MAX_GENERATIONS; generation += 1) {
    const created = await tryCreate(client, name, generation);
    // Somebody may have been faster, with this reference or, where a listing was late, with the one before.
    const [first] = (await zonesNamed(client, name)).ours;
    if (created && first && first.id !== created.id) {
      await client.send(new DeleteHostedZoneCommand({ Id: created.id }));
    }
    const zone = first ?? created;
    if (zone) return zone;
  }
  throw new AlreadyExists(`${name} was a zone ${MAX_GENERATIONS} times already`);
}

/** Undefined when the reference was used before. */
async function tryCreate(client: Route53Client, name: string, generation: number): Promise<Zone | undefined> {
  try {
    const { HostedZone: zone } = await client.send(
      new CreateHostedZoneCommand({
        Name: toName(name),
        CallerReference: `cottage/${name}/${generation}`,
        HostedZoneConfig: { Comment: ZONE_COMMENT },
      }),
    );
    return zone && zoneOf(zone);
  } catch (error) {
    if (error instanceof HostedZoneAlreadyExists) return undefined;
    throw error;
  }
}

async function zonesNamed(client: Route53Client, name: string) {
  const ours: Zone[] = [];
  let foreign = false;
  for await (const zone of zonesFrom(client, name)) {
    if (fromName(zone.Name ?? '') !== name) break;
    if (isOurs(zone)) ours.push(zoneOf(zone));
    else foreign ||= zone.Config?.PrivateZone !== true;
  }
  return { ours: ours.toSorted((a, b) => a.generation - b.generation || (a.id < b.id ? -1 : 1)), foreign };
}

/**
 * All hosted zones from this name on. They come in the order of their names with the labels reversed, so that the zones
 * of one name, and then those below it, stand together (API reference, ListHostedZonesByName).
 */
async function* zonesFrom(client: Route53Client, name: string): AsyncGenerator<HostedZone> {
  let from: { DNSName: string | undefined; HostedZoneId?: string | undefined } = { DNSName: toName(name) };
  for (;;) {
    const page = await client.send(new ListHostedZonesByNameCommand(from));
    yield* page.HostedZones ?? [];
    if (page.IsTruncated !== true) return;
    from = { DNSName: page.NextDNSName, HostedZoneId: page.NextHostedZoneId };
  }
}

/** The record sets of a hosted zone: all of them, or those at a name and below it, which stand together. */
export async function readRecords(
  client: Route53Client,
  zoneId: string,
  atOrBelow?: string,
): Promise<RecordSet[]> {
  const sets: RecordSet[] = [];
  let from: Omit<ListResourceRecordSetsCommandInput, 'HostedZoneId'> =
    atOrBelow === undefined ? {} : { StartRecordName: toName(atOrBelow) };
  for (;;) {
    const page = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, ...from }));
    for (const set of (page.ResourceRecordSets ?? []).map(fromWire)) {
      if (atOrBelow !== undefined && set.name !== atOrBelow && !isBelow(set.name, atOrBelow)) return sets;
      sets.push(set);
    }
    if (page.IsTruncated !== true) return sets;
    from = {
      StartRecordName: page.NextRecordName,
      StartRecordType: page.NextRecordType,
      StartRecordIdentifier: page.NextRecordIdentifier,
    };
  }
}

const isOurs = ({ Config }: HostedZone): boolean =>
  Config?.PrivateZone !== true && Config?.Comment === ZONE_COMMENT;

function zoneOf({ Id = '', Name = '', CallerReference = '' }: HostedZone): Zone {
  const [, generation = 0] = /^cottage\/.*\/(\d+)$/.exec(CallerReference) ?? [];
  return { id: Id, name: fromName(Name), generation: Number(generation) };
}

const parentName = (name: string): string => {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
};
