import type {
  ChangeResourceRecordSetsCommandInput,
  ChangeTagsForResourceCommandInput,
  CreateHostedZoneCommandInput,
  DeleteHostedZoneCommandInput,
  GetChangeCommandInput,
  GetHostedZoneCommandInput,
  HostedZone,
  ListHostedZonesByNameCommandInput,
  ListHostedZonesCommandInput,
  ListResourceRecordSetsCommandInput,
  ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { AwsFault } from './aws-errors.ts';
import type { Fake } from './aws-server.ts';
import { snapshotOf } from './aws-snapshot.ts';
import { changed, isZoneName, nameOf, orderOf } from './route53-rules.ts';

/** Ways in which Route 53 may behave at any time, and this fake when told to. */
export interface Route53Unkindness {
  /** No more than so many things a page, whatever was asked for. */
  pageSize?: number;
  /** A change is PENDING for so many calls of GetChange. */
  pendingReads?: number;
  /** "Quotas": 500 hosted zones an account. */
  maxZones?: number;
}

interface FakeZone {
  id: string;
  name: string;
  reference: string;
  config: NonNullable<HostedZone['Config']>;
  nameServers: string[];
  tags: Record<string, string>;
  sets: ResourceRecordSet[];
}

/** Route 53: the operations that Cottage uses. Stricter than the service, never kinder. */
export class FakeRoute53 implements Fake {
  readonly operations = {
    ChangeResourceRecordSets: (input: ChangeResourceRecordSetsCommandInput) => this.#change(input),
    ChangeTagsForResource: (input: ChangeTagsForResourceCommandInput) => this.#tag(input),
    CreateHostedZone: (input: CreateHostedZoneCommandInput) => this.#create(input),
    DeleteHostedZone: (input: DeleteHostedZoneCommandInput) => this.#delete(input),
    GetChange: (input: GetChangeCommandInput) => this.#getChange(input),
    GetHostedZone: ({ Id }: GetHostedZoneCommandInput) => {
      const zone = this.#zone(Id);
      return { HostedZone: described(zone), DelegationSet: { NameServers: zone.nameServers } };
    },
    ListHostedZones: (input: ListHostedZonesCommandInput) => this.#listAllZones(input),
    ListHostedZonesByName: (input: ListHostedZonesByNameCommandInput) => this.#listZones(input),
    ListResourceRecordSets: (input: ListResourceRecordSetsCommandInput) => this.#listSets(input),
  };
  readonly #unkindness: Route53Unkindness;
  readonly #zones = new Map<string, FakeZone>();
  /** Every reference there ever was: none is good twice. */
  readonly #references = new Set<string>();
  /** By change, how many more times it is pending. */
  readonly #pending = new Map<string, number>();
  readonly #refusals: AwsFault[] = [];
  #made = 0;

  constructor(unkindness: Route53Unkindness = {}) {
    this.#unkindness = unkindness;
  }

  snapshot(): () => void {
    return snapshotOf(this.#zones, this.#references, this.#pending);
  }

  /** The next change of records fails with this error. */
  refuseChange(fault: AwsFault): void {
    this.#refusals.push(fault);
  }

  /** Puts a hosted zone there that others have made. */
  plantZone(name: string, config: HostedZone['Config'] = {}): void {
    this.#add(`${name}.`, `theirs/${this.#made}`, config);
  }

  /** Puts a record set there, past every rule. */
  plantSet(zone: string, set: ResourceRecordSet): void {
    const found = [...this.#zones.values()].find(({ name }) => name === `${zone}.`);
    if (!found) throw new TypeError(`no zone ${zone}`);
    found.sets.push(set);
  }

  /** The public record sets with this name, in zones of anybody. */
  setsNamed(name: string): ResourceRecordSet[] {
    return [...this.#zones.values()].flatMap(({ sets }) => sets.filter((set) => set.Name === `${name}.`));
  }

  /** The id of the zone of this name; empty when there is none. */
  zoneId(name: string): string {
    return [...this.#zones.values()].find((zone) => zone.name === `${name}.`)?.id ?? '';
  }

  zoneNames(): string[] {
    return [...this.#zones.values()].map(({ name }) => name.slice(0, -1));
  }

  /** The tags of the zone of this name. */
  tagsOf(name: string): Record<string, string> {
    return [...this.#zones.values()].find((zone) => zone.name === `${name}.`)?.tags ?? {};
  }

  /** An id without its path here, unlike everywhere else (API Reference, "ChangeTagsForResource"). */
  #tag({ ResourceType, ResourceId = '', AddTags = [] }: ChangeTagsForResourceCommandInput) {
    if (ResourceType !== 'hostedzone' || ResourceId.includes('/')) {
      throw new AwsFault('InvalidInput', 400, `no resource to tag: ${ResourceType} ${ResourceId}`);
    }
    const zone = this.#zone(ResourceId);
    for (const { Key = '', Value = '' } of AddTags) zone.tags[Key] = Value;
    return {};
  }

  #zone(id = ''): FakeZone {
    const zone = this.#zones.get(id.replace(/^\/hostedzone\//, ''));
    if (!zone) throw new AwsFault('NoSuchHostedZone', 404, `No hosted zone found with ID: ${id}`);
    return zone;
  }

  #create({ Name = '', CallerReference = '', HostedZoneConfig }: CreateHostedZoneCommandInput) {
    if (this.#references.has(CallerReference)) {
      const message = `A hosted zone has already been created with the specified caller reference: ${CallerReference}`;
      throw new AwsFault('HostedZoneAlreadyExists', 409, message);
    }
    const name = nameOf(Name);
    if (!isZoneName(name)) throw new AwsFault('InvalidDomainName', 400, `${Name} is not a valid domain name`);
    if (this.#zones.size >= (this.#unkindness.maxZones ?? 500)) {
      throw new AwsFault('TooManyHostedZones', 400, 'This operation would create too many hosted zones');
    }
    const zone = this.#add(name, CallerReference, { PrivateZone: false, ...HostedZoneConfig });
    return {
      HostedZone: described(zone),
      ChangeInfo: this.#newChange(),
      DelegationSet: { NameServers: zone.nameServers },
      Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}`,
    };
  }

  #add(name: string, reference: string, config: HostedZone['Config']): FakeZone {
    this.#made += 1;
    const id = `Z${String(this.#made).padStart(12, '0')}`;
    const nameServers = ['com', 'net', 'org', 'co.uk'].map(
      (end) => `ns-${this.#made}.awsdns-0${end.length}.${end}`,
    );
    // It names one of the servers, and nobody says which.
    const soa = `${nameServers[1]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`;
    const own = (Type: 'NS' | 'SOA', TTL: number, values: string[]): ResourceRecordSet => ({
      Name: name,
      Type,
      TTL,
      ResourceRecords: values.map((Value) => ({ Value })),
    });
    const sets = [
      own(
        'NS',
        172_800,
        nameServers.map((server) => `${server}.`),
      ),
      own('SOA', 900, [soa]),
    ];
    const zone = { id, name, reference, config: config ?? {}, nameServers, tags: {}, sets };
    this.#zones.set(id, zone);
    this.#references.add(reference);
    return zone;
  }

  #delete({ Id }: DeleteHostedZoneCommandInput) {
    const zone = this.#zone(Id);
    if (zone.sets.some(({ Name, Type }) => Name !== zone.name || (Type !== 'NS' && Type !== 'SOA'))) {
      const message =
        'The specified hosted zone contains non-required resource record sets and so cannot be deleted.';
      throw new AwsFault('HostedZoneNotEmpty', 400, message);
    }
    this.#zones.delete(zone.id);
    return { ChangeInfo: this.#newChange() };
  }

  #change({ HostedZoneId, ChangeBatch }: ChangeResourceRecordSetsCommandInput) {
    const zone = this.#zone(HostedZoneId);
    const refusal = this.#refusals.shift();
    if (refusal) throw refusal;
    zone.sets = changed(zone.name, zone.sets, ChangeBatch?.Changes ?? []);
    return { ChangeInfo: this.#newChange() };
  }

  #newChange() {
    const Id = `/change/C${this.#pending.size + 1}`;
    this.#pending.set(Id, this.#unkindness.pendingReads ?? 0);
    return { Id, Status: 'PENDING', SubmittedAt: new Date(0) };
  }

  #getChange({ Id = '' }: GetChangeCommandInput) {
    const id = `/change/${Id.replace(/^\/change\//, '')}`;
    const left = this.#pending.get(id);
    if (left === undefined) throw new AwsFault('NoSuchChange', 404, `no change ${Id}`);
    this.#pending.set(id, left - 1);
    return { ChangeInfo: { Id: id, Status: left > 0 ? 'PENDING' : 'INSYNC', SubmittedAt: new Date(0) } };
  }

  #listZones({ DNSName, HostedZoneId, MaxItems }: ListHostedZonesByNameCommandInput) {
    const from = DNSName === undefined ? '' : `${orderOf(nameOf(DNSName))} ${HostedZoneId ?? ''}`;
    const all = [...this.#zones.values()].toSorted((a, b) => (placeOfZone(a) < placeOfZone(b) ? -1 : 1));
    const [page, next] = this.#page(
      all.filter((zone) => placeOfZone(zone) >= from),
      MaxItems,
      100,
    );
    return {
      HostedZones: page.map(described),
      ...(DNSName !== undefined && { DNSName }),
      IsTruncated: next !== undefined,
      ...(next && { NextDNSName: next.name, NextHostedZoneId: next.id }),
      MaxItems: MaxItems ?? 100,
    };
  }

  #listAllZones({ Marker = '', MaxItems }: ListHostedZonesCommandInput) {
    const all = [...this.#zones.values()].filter(({ id }) => id >= Marker);
    const [page, next] = this.#page(all, MaxItems, 100);
    return {
      HostedZones: page.map(described),
      Marker,
      IsTruncated: next !== undefined,
      ...(next && { NextMarker: next.id }),
      MaxItems: MaxItems ?? 100,
    };
  }

  #listSets(input: ListResourceRecordSetsCommandInput) {
    const { HostedZoneId, StartRecordName, StartRecordType, StartRecordIdentifier, MaxItems } = input;
    const zone = this.#zone(HostedZoneId);
    if (StartRecordName === undefined && StartRecordType !== undefined) {
      throw new AwsFault('InvalidInput', 400, 'a type to begin with needs a name');
    }
    const start = StartRecordName === undefined ? '' : orderOf(nameOf(StartRecordName));
    const from = StartRecordType ? `${start} ${StartRecordType} ${StartRecordIdentifier ?? ''}` : start;
    const all = zone.sets.toSorted((a, b) => (placeOfSet(a) < placeOfSet(b) ? -1 : 1));
    const [page, next] = this.#page(
      all.filter((set) => placeOfSet(set) >= from),
      MaxItems,
      300,
    );
    return {
      ResourceRecordSets: page,
      IsTruncated: next !== undefined,
      ...(next && {
        NextRecordName: next.Name,
        NextRecordType: next.Type,
        ...(next.SetIdentifier !== undefined && { NextRecordIdentifier: next.SetIdentifier }),
      }),
      MaxItems: MaxItems ?? 300,
    };
  }

  #page<T>(all: T[], asked: number | undefined, most: number): [page: T[], next: T | undefined] {
    const size = Math.min(asked ?? most, most, this.#unkindness.pageSize ?? most);
    return [all.slice(0, size), all[size]];
  }
}

const placeOfZone = ({ name, id }: FakeZone): string => `${orderOf(name)} ${id}`;

const placeOfSet = ({ Name = '', Type, SetIdentifier = '' }: ResourceRecordSet): string =>
  `${orderOf(Name)} ${Type} ${SetIdentifier}`;

const described = (zone: FakeZone): HostedZone => ({
  Id: `/hostedzone/${zone.id}`,
  Name: zone.name,
  CallerReference: zone.reference,
  Config: zone.config,
  ResourceRecordSetCount: zone.sets.length,
});
