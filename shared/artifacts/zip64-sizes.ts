import { IN_ZIP64, IN_ZIP64_SHORT, readUInt64 } from './zip-records.ts';

/** What a header says of an entry's sizes; the central directory says besides where it is. */
export interface HeaderSizes {
  sizeBytes: number;
  compressedSize: number;
  offset?: number;
  disk?: number;
}

/** The order in which a zip64 field holds what does not fit into the header (APPNOTE 4.5.3). */
const ORDER = [
  { name: 'sizeBytes', deferred: IN_ZIP64, bytes: 8 },
  { name: 'compressedSize', deferred: IN_ZIP64, bytes: 8 },
  { name: 'offset', deferred: IN_ZIP64, bytes: 8 },
  { name: 'disk', deferred: IN_ZIP64_SHORT, bytes: 4 },
] as const;

/**
 * The header's sizes, each that is deferred taken from the zip64 field. Undefined when the field is too short, or says
 * something else than the header where the header defers nothing: some readers believe the one, some the other.
 */
export function resolveZip64<Sizes extends HeaderSizes>(
  header: Sizes,
  field: Buffer | undefined,
): Sizes | undefined {
  const deferrals = ORDER.filter(({ name, deferred }) => header[name] === deferred);
  if (deferrals.length === 0 && field === undefined) return header;
  const resolved = { ...header };
  let at = 0;
  for (const { name, bytes } of deferrals) {
    if (field === undefined || at + bytes > field.length) return undefined;
    resolved[name] = readNumber(field, at, bytes);
    at += bytes;
  }
  // Longer than it need be: then it must be one of those that hold everything, deferred or not.
  return field === undefined || field.length <= at || holdsAll(field, resolved) ? resolved : undefined;
}

function holdsAll(field: Buffer, sizes: HeaderSizes): boolean {
  let at = 0;
  for (const { name, bytes } of ORDER) {
    if (sizes[name] === undefined || at + bytes > field.length) return true;
    if (readNumber(field, at, bytes) !== sizes[name]) return false;
    at += bytes;
  }
  return true;
}

const readNumber = (field: Buffer, at: number, bytes: 4 | 8): number =>
  bytes === 8 ? readUInt64(field, at) : field.readUInt32LE(at);
