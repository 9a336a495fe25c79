import { isIPv4, isIPv6 } from 'node:net';
import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { AwsFault } from './aws-errors.ts';

/** "Quotas", Route 53 Developer Guide. */
const MAX_ZONE_RECORDS = 10_000;
const MAX_BATCH_RECORDS = 1000;
const MAX_BATCH_CHARACTERS = 32_000;
const MAX_VALUES = 400;

/** A name as Route 53 keeps it: lower-case, with its final dot, what is unusual in octal. */
export function nameOf(name: string): string {
  const dotted = name.endsWith('.') ? name : `${name}.`;
  return dotted
    .toLowerCase()
    .replaceAll(/[^a-z0-9._\\-]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

export const isZoneName = (name: string): boolean =>
  /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+$/.test(name) && name.length <= 255;

/** Listings are in the order of the labels, reversed, each with its dot: `com.example.www.` */
export const orderOf = (name: string): string => `${name.split('.').slice(0, -1).toReversed().join('.')}.`;

/** The record sets of a zone after a batch: all of it, or an error. */
export function changed(zone: string, before: ResourceRecordSet[], changes: Change[]): ResourceRecordSet[] {
  if (changes.length === 0) throw new AwsFault('InvalidInput', 400, 'a batch has at least one change');
  checkSize(changes);
  const faults: string[] = [];
  const sets = [...before];
  const deleted = new Set<string>();
  for (const { Action, ResourceRecordSet: asked } of changes) {
    if (!asked) throw new AwsFault('InvalidInput', 400, 'a change has a record set');
    const set = { ...asked, Name: nameOf(asked.Name ?? '') };
    const what = `[name='${set.Name}', type='${set.Type}']`;
    if (set.Name !== zone && !set.Name.endsWith(`.${zone}`)) {
      faults.push(`RRSet with DNS name ${set.Name} is not permitted in zone ${zone}`);
      continue;
    }
    const at = sets.findIndex((other) => keyOf(other) === keyOf(set));
    const found = sets[at];
    if (Action === 'DELETE') {
      if (deleted.has(keyOf(set))) faults.push(`The request contains an invalid set of changes for ${what}`);
      deleted.add(keyOf(set));
      if (!found) faults.push(`Tried to delete resource record set ${what} but it was not found`);
      else if (!isSame(found, set)) {
        faults.push(
          `Tried to delete resource record set ${what} but the values provided do not match the current values`,
        );
      } else sets.splice(at, 1);
      continue;
    }
    faults.push(...faultsOf(set).map((fault) => `${what}: ${fault}`));
    if (Action === 'CREATE' && found) {
      faults.push(`Tried to create resource record set ${what} but it already exists`);
    } else sets.splice(at < 0 ? sets.length : at, at < 0 ? 0 : 1, set);
  }
  faults.push(...faultsTogether(zone, sets));
  if (faults.length > 0) throw invalidBatch(faults);
  if (sets.length > MAX_ZONE_RECORDS) throw invalidBatch(['Number of records limit of 10000 exceeded']);
  return sets;
}

function invalidBatch(faults: string[]): AwsFault {
  return new AwsFault('InvalidChangeBatch', 400, `[${faults.join(', ')}]`, { messages: faults });
}

function checkSize(changes: Change[]): void {
  const values = changes.flatMap(({ Action, ResourceRecordSet }) => {
    const own = (ResourceRecordSet?.ResourceRecords ?? []).map(({ Value = '' }) => Value);
    return Action === 'UPSERT' ? [...own, ...own] : own;
  });
  if (values.length > MAX_BATCH_RECORDS) throw invalidBatch(['Number of records limit of 1000 exceeded']);
  if (values.join('').length > MAX_BATCH_CHARACTERS) {
    throw invalidBatch(['Number of characters limit of 32000 exceeded']);
  }
}

const keyOf = ({ Name, Type, SetIdentifier }: ResourceRecordSet): string =>
  [Name, Type, SetIdentifier].join(' ');

const isSame = (a: ResourceRecordSet, b: ResourceRecordSet): boolean => contentOf(a) === contentOf(b);

function contentOf({ TTL, ResourceRecords = [], AliasTarget, Weight }: ResourceRecordSet): string {
  const values = ResourceRecords.map(({ Value = '' }) => Value).toSorted();
  return JSON.stringify([TTL, values, AliasTarget, Weight]);
}

/** What is wrong with a set by itself. */
function faultsOf({
  Name = '',
  Type,
  TTL,
  ResourceRecords: records = [],
  AliasTarget,
}: ResourceRecordSet): string[] {
  if (AliasTarget) return ['this fake makes no aliases'];
  const faults: string[] = [];
  if (Name.length > 255 || Name.split('.').some((label) => label.length > 63))
    faults.push('not a domain name');
  if (TTL === undefined || TTL < 0 || TTL > 2 ** 31 - 1) faults.push('no TTL');
  if (records.length === 0 || records.length > MAX_VALUES) faults.push('no values, or too many');
  const values = records.map(({ Value = '' }) => Value);
  if (new Set(values).size < values.length) faults.push('Duplicate Resource Record');
  if (Type === 'CNAME' && values.length > 1) faults.push('a CNAME has one value');
  const holds = VALUES[Type ?? ''];
  if (!holds) faults.push('this fake does not know the type');
  for (const value of values) if (holds && !holds(value)) faults.push(`Invalid Resource Record: ${value}`);
  return faults;
}

const isName = (value: string): boolean =>
  /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+$/i.test(value) && value.length <= 254;

/** One quoted string, of at most 255 characters once its escapes are read; nothing but printable ASCII. */
const STRING = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[0-3][0-7]{2}|\\["\\]){0,255}"$/;

/** What the service takes for a value. Names end in a dot: one without might be meant as relative. */
const VALUES: Record<string, (value: string) => boolean> = {
  A: isIPv4,
  AAAA: isIPv6,
  CNAME: isName,
  NS: isName,
  SOA: (value) => /^\S+\. \S+\. \d+ \d+ \d+ \d+ \d+$/.test(value),
  TXT: (value) =>
    (value.match(/"(?:[^"\\]|\\[^])*"/g) ?? []).join(' ') === value &&
    value.split(/(?<=") (?=")/).every((one) => STRING.test(one)),
  CAA: (value) => /^\d{1,3} [a-z0-9]+ "[^"]*"$/.test(value),
};

/** What is wrong with a zone's sets together. */
function faultsTogether(zone: string, sets: ResourceRecordSet[]): string[] {
  const faults: string[] = [];
  for (const type of ['SOA', 'NS']) {
    const own = sets.filter(({ Name, Type }) => Name === zone && Type === type);
    if (own.length !== 1)
      faults.push(`A HostedZone must contain exactly one ${type} record for the zone itself`);
  }
  if (sets.some(({ Name, Type }) => Name !== zone && Type === 'SOA')) faults.push('an SOA below the apex');
  for (const { Name } of sets.filter(({ Type }) => Type === 'CNAME')) {
    if (Name === zone)
      faults.push(`RRSet of type CNAME with DNS name ${Name} is not permitted at apex in zone ${zone}`);
    if (sets.filter((other) => other.Name === Name).length > 1) {
      faults.push(
        `RRSet of type CNAME with DNS name ${Name} is not permitted as it conflicts with other records with the same DNS name`,
      );
    }
  }
  return faults;
}
