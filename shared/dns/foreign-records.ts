import type { RecordSet } from './dns.ts';
import { ownerMarkName } from './plan.ts';
import { certificatesMarked } from './plan-validation.ts';

/**
 * What stands in the zone of a team without apps and is not for its certificate: made by hand, by another program, or
 * left over from an app. `existing` is all of the zone's record sets.
 */
export function foreignRecords(
  { zone, certificateId }: { zone: string; certificateId?: string | undefined },
  existing: RecordSet[],
): RecordSet[] {
  const ours = new Set<string>();
  for (const set of existing) {
    const counted = set.name.startsWith(ownerMarkName('')) ? certificatesMarked(set) : undefined;
    if (counted?.every((id) => id === certificateId)) {
      ours.add(set.name).add(set.name.slice(ownerMarkName('').length));
    }
  }
  const isApex = ({ name, type }: RecordSet) => name === zone && (type === 'SOA' || type === 'NS');
  return existing.filter((set) => !isApex(set) && !ours.has(set.name));
}
