import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { RecordSet, RecordType } from './dns.ts';

/*
 * How Route 53 writes names and values. Names end in a dot, and anything but letters, digits, `-`, `_` and `.` is read as
 * `\` and three octal digits, an asterisk too ("DNS domain name format", Route 53 Developer Guide). TXT values are
 * quoted strings of at most 255 octets, with the same escapes ("TXT record type", there).
 */

const MAX_STRING_OCTETS = 255;

const octal = (character: string): string => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;

const fromOctal = (digits: string): string => String.fromCharCode(Number.parseInt(digits, 8));

/** A name as requests have it. */
export function toName(name: string): string {
  return `${name.replaceAll(/[^a-z0-9*._\\-]/gi, octal)}.`;
}

/** A name as the port has it. What is no separator (an escaped dot), and the escape itself, stay escaped. */
export function fromName(name: string): string {
  return name
    .replace(/\.$/, '')
    .replaceAll(/\\([0-3][0-7]{2})/g, (escape, digits: string) =>
      /^[.\\]$/.test(fromOctal(digits)) ? escape : fromOctal(digits),
    )
    .toLowerCase();
}

/** A TXT value of one character per octet, in strings of at most 255 of them. */
export function toText(value: string): string {
  const strings = value.match(new RegExp(`[^]{1,${MAX_STRING_OCTETS}}`, 'g')) ?? [''];
  return strings.map((string) => `"${string.replaceAll(/[^\x20-\x7e]|["\\]/g, octal)}"`).join(' ');
}

const unescaped = (_: string, digits: string | undefined, other: string): string =>
  digits === undefined ? other : fromOctal(digits);

/** The octets of a TXT value, its strings one after the other. */
export function fromText(value: string): string {
  const strings = value.match(/"(?:[^"\\]|\\[^])*"/g) ?? [];
  return strings
    .map((string) => string.slice(1, -1).replaceAll(/\\(?:([0-3][0-7]{2})|([^]))/g, unescaped))
    .join('');
}

/** How many names a value begins with. */
const NAMES: Record<string, number> = { CNAME: 1, NS: 1, SOA: 2 };

function mapNames(type: string, value: string, map: (name: string) => string): string {
  return value
    .split(' ')
    .map((field, index) => (index < (NAMES[type] ?? 0) ? map(field) : field))
    .join(' ');
}

export function toWire({ name, type, ttlSeconds, values }: RecordSet): ResourceRecordSet {
  const write = type === 'TXT' ? toText : (value: string) => mapNames(type, value, toName);
  return {
    Name: toName(name),
    Type: type,
    TTL: ttlSeconds,
    ResourceRecords: values.map((value) => ({ Value: write(value) })),
  };
}

/**
 * A record set as the port has it. Others may have made what the port has no word for (an alias, a weighted set, a type of
 * its own): it is shown for what it is, so that no plan takes its place for free, and can't be removed by what is shown.
 */
export function fromWire(set: ResourceRecordSet): RecordSet {
  const { Type: type = '' } = set;
  const read = type === 'TXT' ? fromText : (value: string) => mapNames(type, value, fromName);
  const alias = set.AliasTarget && [`ALIAS ${set.AliasTarget.HostedZoneId} ${set.AliasTarget.DNSName}`];
  return {
    name: fromName(set.Name ?? ''),
    type: type as RecordType,
    ttlSeconds: set.TTL ?? 0,
    values: alias ?? (set.ResourceRecords ?? []).map(({ Value = '' }) => read(Value)),
  };
}
