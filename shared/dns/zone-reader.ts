import type { RecordSet } from './dns.ts';

/** What a DNS server needs to know of the zones it answers for. */
export interface ZoneReader {
  /** What stands at a name (lower-case, no final dot) in the deepest of our zones that holds it. */
  lookup(name: string): Lookup;
  /** All record sets of the zone of this name, its SOA first; undefined when it is none of ours. */
  whole(zone: string): RecordSet[] | undefined;
  /** Another than before when anything in any zone may have changed, by whomever. */
  version(): string;
}

export type Lookup =
  /** In none of our zones. */
  | { kind: 'outside' }
  /** `exists` with no `sets`: only names below it have records. */
  | { kind: 'inside'; soa: RecordSet; exists: boolean; sets: RecordSet[] };
