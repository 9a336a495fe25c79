import type { Changes, RecordSet } from './dns.ts';
import { NotOurs, ownerMarkName, RECORD_TTL_SECONDS, sameSet } from './plan.ts';

/**
 * What a certificate authority wants to find in a zone. Certificates share such records (`*.x` and `x` ask for the same
 * one), so that each record's owner mark counts who needs it: one value for each certificate. The record goes with the
 * last of them, and never before, because a certificate is renewed by it.
 */
const PREFIX = 'heritage=cottage,certificate=';

/** One value of the owner mark of a validation record. */
export const validationMark = (certificateId: string): string => `${PREFIX}${certificateId}`;

/** The certificates this owner mark counts; undefined when it is the mark of something else. */
export function certificatesMarked(mark: Pick<RecordSet, 'type' | 'values'>): string[] | undefined {
  if (mark.type !== 'TXT' || !mark.values.every((value) => value.startsWith(PREFIX))) return undefined;
  return mark.values.map((value) => value.slice(PREFIX.length));
}

/**
 * The changes after which every record that the certificate's authority asks for stands in the zone and counts the
 * certificate. Nothing when they do already. `existing` is all of the zone's record sets.
 * @throws NotOurs when a record asked for is not inside the zone, or something of another kind stands there
 */
export function planValidation(
  { certificateId, zone, validation }: { certificateId: string; zone: string; validation: RecordSet[] },
  existing: RecordSet[],
): Changes {
  const changes: Changes = { create: [], remove: [] };
  // By name: a certificate for `*.x` and `x` asks for the same record twice.
  for (const wanted of new Map(validation.map((set) => [set.name, set])).values()) {
    if (!wanted.name.endsWith(`.${zone}`)) throw new NotOurs(`${wanted.name} is not inside the zone ${zone}`);
    const standing = existing.filter(({ name }) => name === wanted.name);
    const marks = existing.filter(({ name }) => name === ownerMarkName(wanted.name));
    const counted = marks.length === 1 && marks[0] ? certificatesMarked(marks[0]) : undefined;
    if (!counted && marks.length + standing.length > 0) {
      throw new NotOurs(`${wanted.name} has records that Cottage did not make`);
    }
    const mark = markSet(wanted.name, [...(counted ?? []), certificateId]);
    replace(changes, standing, wanted);
    replace(changes, marks, mark);
  }
  return changes;
}

/** The changes after which no record of the zone counts this certificate, and none stands that counts nobody. */
export function planValidationRemoval(certificateId: string, existing: RecordSet[]): Changes {
  const changes: Changes = { create: [], remove: [] };
  for (const mark of existing) {
    const counted = mark.name.startsWith(ownerMarkName('')) ? certificatesMarked(mark) : undefined;
    if (!counted?.includes(certificateId)) continue;
    const left = counted.filter((id) => id !== certificateId);
    const name = mark.name.slice(ownerMarkName('').length);
    changes.remove.push(mark);
    if (left.length > 0) changes.create.push(markSet(name, left));
    else changes.remove.push(...existing.filter((set) => set.name === name));
  }
  return changes;
}

function replace(changes: Changes, standing: RecordSet[], wanted: RecordSet): void {
  if (!standing.some((set) => sameSet(set, wanted))) changes.create.push(wanted);
  changes.remove.push(...standing.filter((set) => !sameSet(set, wanted)));
}

function markSet(name: string, certificateIds: string[]): RecordSet {
  const values = [...new Set(certificateIds)].toSorted().map(validationMark);
  return { name: ownerMarkName(name), type: 'TXT', ttlSeconds: RECORD_TTL_SECONDS, values };
}
