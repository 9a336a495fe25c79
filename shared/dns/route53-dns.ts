import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  DeleteHostedZoneCommand,
  HostedZoneNotEmpty,
  InvalidChangeBatch,
  NoSuchHostedZone,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { busyFor, quotaFor } from '../errors/aws-busy.ts';
import { AlreadyExists, NotFound, PreconditionFailed, TooLarge } from '../errors/errors.ts';
import { type Changes, type Dns, isEmpty, type RecordSet } from './dns.ts';
import { toWire } from './route53-text.ts';
import {
  childZones,
  createHostedZone,
  findParent,
  findZone,
  readRecords,
  type Zone,
} from './route53-zones.ts';
import { checkChanges, checkDomainName } from './zone-rules.ts';

/** How long a resolver may remember a zone's own records, and that a name does not exist. Route 53 begins with more. */
const ZONE_TTL_SECONDS = 60;

/** Route 53, "Quotas": 1,000 records and 32,000 characters of values a request. No plan has an UPSERT, which counts twice. */
const MAX_BATCH_RECORDS = 1000;
const MAX_BATCH_CHARACTERS = 32_000;

export interface Route53DnsOptions {
  client: Route53Client;
  tagsFor?: (zone: string) => Record<string, string>;
}

/**
 * `Dns` on Route 53: a public hosted zone for each zone, with Cottage's mark as its comment. Zones without it, and private
 * ones, are never touched; an apex that others make for Cottage carries `ZONE_COMMENT` too.
 *
 * A plan is one batch of DELETE, of exactly what was read, and CREATE: either fails when something else stands there, and
 * the batch with it, so a plan that is out of date does nothing. When `apply` returns, the change is accepted; name servers
 * have it within a minute or so.
 */
export class Route53Dns implements Dns {
  readonly #client: Route53Client;
  readonly #tagsFor: (zone: string) => Record<string, string>;

  /**
   * @param options.client belongs to the caller, who also destroys it. Route 53 is one service for all regions.
   * @param options.tagsFor tags of a zone, for the bill; none unless told.
   */
  constructor({ client, tagsFor = () => ({}) }: Route53DnsOptions) {
    this.#client = client;
    this.#tagsFor = tagsFor;
  }

  /** SOA and NS first. What others made, and the port has no word for, is listed as well. */
  records(zone: string): Promise<RecordSet[]> {
    return translated(async () => {
      const sets = await readRecords(this.#client, (await this.#zone(zone)).id);
      const own = (type: string) => sets.filter((set) => set.name === zone && set.type === type);
      const first = [...own('SOA'), ...own('NS')];
      return [...first, ...sets.filter((set) => !first.includes(set))];
    });
  }

  /**
   * @throws InvalidRecord when no zone may hold what the plan creates; in particular never SOA or NS.
   * @throws TooLarge when the plan is more than one batch may hold.
   */
  async apply(zone: string, changes: Changes): Promise<void> {
    checkChanges(zone, changes);
    await translated(async () => {
      const { id } = await this.#zone(zone);
      if (isEmpty(changes)) return;
      const children = await childZones(this.#client, zone);
      for (const { name } of changes.create) {
        // Route 53 would take it, and nobody would ever see it.
        if (children.some((child) => name === child || name.endsWith(`.${child}`))) {
          throw new PreconditionFailed(`${name} belongs to a zone of its own`);
        }
      }
      await this.#change(id, [
        ...changes.remove.map((set) => ({ Action: 'DELETE' as const, ResourceRecordSet: toWire(set) })),
        ...changes.create.map((set) => ({ Action: 'CREATE' as const, ResourceRecordSet: toWire(set) })),
      ]);
    });
  }

  /**
   * As the port says; when it died half-way, doing it again does the rest.
   * @throws InvalidRecord when it is not a zone's name.
   * @throws QuotaReached when the account has as many zones as it may.
   * @throws AlreadyExists when the parent has records at or below the name, which the new zone would hide, or another
   * delegation; or when there is a public zone with this name that Cottage did not make.
   */
  async createZone(zone: string): Promise<void> {
    // As long as the longest name that a zone has on one machine: a team may move from one edition to the other.
    checkDomainName(`hostmaster.${zone}`);
    await translated(async () => {
      const parent = await findParent(this.#client, zone);
      const found = await findZone(this.#client, zone);
      if (!found && parent) await this.#checkHidesNothing(parent, zone);
      const { id } = found ?? (await createHostedZone(this.#client, zone));
      await this.#tag(id, zone);
      await this.#shortenTtls(id, zone);
      if (parent) await this.#delegate(parent, zone, id);
      for (const child of await childZones(this.#client, zone)) {
        const childZone = await findZone(this.#client, child);
        if (childZone) await this.#delegate({ id }, child, childZone.id);
      }
    });
  }

  /** Takes the zone's delegation out of its parent, where that is ours. Gone already: nothing happens. */
  undelegate(zone: string): Promise<void> {
    return translated(async () => {
      const found = await findZone(this.#client, zone);
      if (found) await this.#undelegate(zone, await readRecords(this.#client, found.id, zone));
    });
  }

  /** The delegation goes first: a name that leads to no zone can be taken over. Gone already: nothing happens. */
  deleteZone(zone: string): Promise<void> {
    return translated(async () => {
      const found = await findZone(this.#client, zone);
      if (!found) return;
      const sets = await readRecords(this.#client, found.id);
      const left = sets.filter(({ name, type }) => !(name === zone && (type === 'SOA' || type === 'NS')));
      if (left.length > 0) throw new PreconditionFailed(`${zone} still has ${left.length} record sets`);
      await this.#undelegate(zone, sets);
      try {
        await this.#client.send(new DeleteHostedZoneCommand({ Id: found.id }));
      } catch (error) {
        if (!(error instanceof NoSuchHostedZone)) throw error;
      }
    });
  }

  async #zone(name: string): Promise<Zone> {
    const zone = await findZone(this.#client, name);
    if (!zone) throw new NotFound(`no zone ${name}`);
    return zone;
  }

  /** Not while it is created: Route 53 takes tags by a call of their own. */
  async #tag(id: string, zone: string): Promise<void> {
    const AddTags = Object.entries(this.#tagsFor(zone)).map(([Key, Value]) => ({ Key, Value }));
    if (AddTags.length === 0) return;
    const ResourceId = id.replace('/hostedzone/', '');
    await this.#client.send(
      new ChangeTagsForResourceCommand({ ResourceType: 'hostedzone', ResourceId, AddTags }),
    );
  }

  async #checkHidesNothing(parent: Pick<Zone, 'id'>, zone: string): Promise<void> {
    if ((await readRecords(this.#client, parent.id, zone)).length > 0) {
      throw new AlreadyExists(`there are records at or below ${zone}, which the zone would hide`);
    }
  }

  /** A new zone lets resolvers remember for two days where it is, and for a quarter of an hour what is not there. */
  async #shortenTtls(id: string, zone: string): Promise<void> {
    const own = await readRecords(this.#client, id, zone);
    const changes = own.flatMap((set): Change[] => {
      if (set.name !== zone || (set.type !== 'SOA' && set.type !== 'NS')) return [];
      const values = set.type === 'SOA' ? set.values.map(withShortMinimum) : set.values;
      if (set.ttlSeconds === ZONE_TTL_SECONDS && values.join() === set.values.join()) return [];
      // These two are the zone's own, and can be changed, but not removed.
      return [
        { Action: 'UPSERT', ResourceRecordSet: toWire({ ...set, ttlSeconds: ZONE_TTL_SECONDS, values }) },
      ];
    });
    if (changes.length > 0) await this.#change(id, changes);
  }

  async #delegate(parent: Pick<Zone, 'id'>, zone: string, id: string): Promise<void> {
    const nameServers = delegationIn(zone, await readRecords(this.#client, id, zone));
    if (!nameServers) throw new NotFound(`the hosted zone ${zone} has no name servers`);
    const standing = delegationIn(zone, await readRecords(this.#client, parent.id, zone));
    if (standing && sameValues(standing, nameServers)) return;
    await this.#checkHidesNothing(parent, zone);
    const delegation = { ...nameServers, ttlSeconds: ZONE_TTL_SECONDS };
    await this.#change(parent.id, [{ Action: 'CREATE', ResourceRecordSet: toWire(delegation) }]);
  }

  /** `sets`: the zone's own. A delegation to anywhere else is somebody else's, and stays. */
  async #undelegate(zone: string, sets: RecordSet[]): Promise<void> {
    const nameServers = delegationIn(zone, sets);
    const parent = await findParent(this.#client, zone);
    if (!parent || !nameServers) return;
    const standing = delegationIn(zone, await readRecords(this.#client, parent.id, zone));
    if (!standing || !sameValues(standing, nameServers)) return;
    await this.#change(parent.id, [{ Action: 'DELETE', ResourceRecordSet: toWire(standing) }]);
  }

  async #change(HostedZoneId: string, changes: Change[]): Promise<void> {
    const records = changes.flatMap(({ ResourceRecordSet }) => ResourceRecordSet?.ResourceRecords ?? []);
    const values = records.map(({ Value = '' }) => Value);
    const characters = values.reduce((sum, value) => sum + value.length, 0);
    if (values.length > MAX_BATCH_RECORDS || characters > MAX_BATCH_CHARACTERS) {
      throw new TooLarge(
        `a batch has at most ${MAX_BATCH_RECORDS} records and ${MAX_BATCH_CHARACTERS} characters`,
      );
    }
    const ChangeBatch = { Changes: changes };
    await this.#client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
  }
}

const delegationIn = (zone: string, sets: RecordSet[]): RecordSet | undefined =>
  sets.find(({ name, type }) => name === zone && type === 'NS');

const sameValues = (a: RecordSet, b: RecordSet): boolean =>
  a.values.toSorted().join(' ') === b.values.toSorted().join(' ');

/** The last of an SOA's seven fields says how long it may be remembered that a name does not exist (RFC 2308). */
const withShortMinimum = (soa: string): string => [...soa.split(' ').slice(0, 6), ZONE_TTL_SECONDS].join(' ');

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translationOf(error) ?? error;
  }
}

/** The error of the port that this one of Route 53 stands for; undefined when none does. */
function translationOf(error: unknown): Error | undefined {
  if (error instanceof InvalidChangeBatch) {
    const reasons = [error.message, ...(error.messages ?? [])].filter((text) => text !== '');
    return new PreconditionFailed(`Route 53 refused the batch: ${reasons.join('; ')}`, { cause: error });
  }
  if (error instanceof HostedZoneNotEmpty) return new PreconditionFailed(error.message, { cause: error });
  if (error instanceof NoSuchHostedZone) return new NotFound(error.message, { cause: error });
  return quotaFor('Route 53', error, ['TooManyHostedZones', 'LimitsExceeded']) ?? busyFor('Route 53', error);
}
