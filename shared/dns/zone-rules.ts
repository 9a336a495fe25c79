import { isIPv4 } from 'node:net';
import { CottageError } from '../errors/errors.ts';
import type { Changes, RecordSet, RecordType } from './dns.ts';

/** A name, a record set or a plan that no zone may hold, whatever stands there now. */
export class InvalidRecord extends CottageError {
  override readonly name = 'InvalidRecord';
}

/** RFC 1035: 63 octets a label, 253 characters a name. The underscore begins names of marks and validations. */
const LABEL = /^_?[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const MAX_LABEL = 63;
const MAX_NAME = 253;

/** RFC 2181: 31 bits. */
const MAX_TTL_SECONDS = 2 ** 31 - 1;

/** The size of an answer is bounded where a record is written, not where it is read by anybody. */
const MAX_VALUES = 20;

/** `flags tag "value"`, as in a zone file. */
export const CAA_VALUE = /^(\d{1,3}) ([a-z0-9]{1,15}) "([\x20\x21\x23-\x5b\x5d-\x7e]{0,255})"$/;

/** One character-string: 255 octets (RFC 1035), of printable ASCII, so that octets and characters are the same. */
const TXT_VALUE = /^[\x20-\x7e]{0,255}$/;

const isDomainName = (name: string): boolean =>
  name.length <= MAX_NAME && name.split('.').every((label) => label.length <= MAX_LABEL && LABEL.test(label));

/** @throws InvalidRecord on upper case, a final dot, a wildcard, a label or a name too long. */
export function checkDomainName(name: string): void {
  if (!isDomainName(name)) throw new InvalidRecord(`not a domain name: ${name}`);
}

/**
 * Checks what can be said of a plan without knowing what the zone holds.
 * @throws InvalidRecord
 */
export function checkChanges(zone: string, { create, remove }: Changes): void {
  for (const set of [...create, ...remove]) checkWritable(zone, set);
  for (const set of create) checkContent(zone, set);
  for (const [index, set] of create.entries()) {
    const others = create.slice(index + 1).filter((other) => other.name === set.name);
    if (others.some((other) => other.type === set.type)) {
      throw new InvalidRecord(`created twice: ${describe(set)}`);
    }
    if ([set, ...others].length > 1 && [set, ...others].some((each) => each.type === 'CNAME')) {
      throw new InvalidRecord(`a CNAME stands alone: ${describe(set)}`);
    }
  }
}

function checkWritable(zone: string, set: RecordSet): void {
  if (set.name !== zone && !set.name.endsWith(`.${zone}`)) {
    throw new InvalidRecord(`not inside ${zone}: ${describe(set)}`);
  }
  if (VALUE_RULES[set.type] === undefined) {
    throw new InvalidRecord(`made by creating a zone only: ${describe(set)}`);
  }
}

function checkContent(zone: string, set: RecordSet): void {
  checkDomainName(set.name);
  if (!Number.isInteger(set.ttlSeconds) || set.ttlSeconds < 0 || set.ttlSeconds > MAX_TTL_SECONDS) {
    throw new InvalidRecord(`not a time to live: ${describe(set)}`);
  }
  const most = set.type === 'CNAME' ? 1 : MAX_VALUES;
  if (set.values.length === 0 || set.values.length > most) {
    throw new InvalidRecord(`1 to ${most} values, not ${set.values.length}: ${describe(set)}`);
  }
  if (new Set(set.values).size < set.values.length) {
    throw new InvalidRecord(`a value twice: ${describe(set)}`);
  }
  if (set.type === 'CNAME' && set.name === zone) {
    throw new InvalidRecord(`a CNAME stands alone, and SOA is here: ${describe(set)}`);
  }
  const wrong = set.values.find((value) => VALUE_RULES[set.type]?.(value) !== true);
  if (wrong !== undefined) throw new InvalidRecord(`not a ${set.type} value: ${describe(set)} ${wrong}`);
}

/** The types a plan may write, and what a value of each looks like. */
const VALUE_RULES: Partial<Record<RecordType, (value: string) => boolean>> = {
  A: isIPv4,
  AAAA: isCanonicalIpv6,
  CNAME: isDomainName,
  TXT: (value) => TXT_VALUE.test(value),
  CAA: (value) => Number(CAA_VALUE.exec(value)?.[1] ?? Number.NaN) <= 255,
};

/** One spelling per address, or the same value could stand twice; an embedded IPv4 address has no place here. */
function isCanonicalIpv6(value: string): boolean {
  return URL.parse(`http://[${value}]`)?.hostname === `[${value}]`;
}

const describe = (set: RecordSet): string => `${set.name} ${set.type}`;
