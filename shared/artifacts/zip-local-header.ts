import { HostileArtifact } from './artifact-faults.ts';
import type { CentralEntry } from './zip-directory.ts';
import { decodeName } from './zip-names.ts';
import { ENCRYPTED_FLAGS, EXTRA, FLAG, parseExtra } from './zip-records.ts';
import { couldBe, unicodePath } from './zip-unicode-path.ts';
import { resolveZip64 } from './zip64-sizes.ts';

/** Of a local header, before its name. */
export const LOCAL_HEADER_BYTES = 30;

/** What a local header that agrees with the directory says besides. */
export interface LocalHeader {
  /** A data descriptor is to follow the data. */
  streamed: boolean;
  /** It says everything a descriptor would say. */
  complete: boolean;
}

/**
 * Holds a local header, with its name and extra fields, against the directory.
 * @throws HostileArtifact where a reader of the one would see something else than a reader of the other.
 */
export function checkLocalHeader(entry: CentralEntry, header: Buffer): LocalHeader {
  const flags = header.readUInt16LE(6);
  if ((flags & ENCRYPTED_FLAGS) !== 0) throw new HostileArtifact('artifact/encrypted', {}, entry.name);
  const method = header.readUInt16LE(8);
  const isPatch = (flags & FLAG.patch) !== 0;
  if (method !== entry.method || isPatch)
    throw new HostileArtifact('artifact/unknown-method', { method }, entry.name);
  const nameEnd = LOCAL_HEADER_BYTES + header.readUInt16LE(26);
  const raw = header.subarray(LOCAL_HEADER_BYTES, nameEnd);
  const extra = parseExtra(header.subarray(nameEnd));
  if (typeof extra === 'string') {
    throw new HostileArtifact('artifact/size-mismatch', { reason: `extra-${extra}` }, entry.name);
  }
  refuseOtherName(entry, raw, flags, unicodePath(extra.get(EXTRA.unicodePath), raw));
  const streamed = (flags & FLAG.descriptor) !== 0;
  const complete = agreesWholly(entry, header, extra.get(EXTRA.zip64), streamed);
  return { streamed, complete };
}

/** Names are compared as read, not as bytes: some tools write each header in its own encoding. */
function refuseOtherName(entry: CentralEntry, raw: Buffer, flags: number, better: Buffer | undefined): void {
  const name = decodeName(raw, (flags & FLAG.utf8) !== 0);
  const sameName = name !== undefined && name === entry.name;
  if (!(better === undefined ? sameName : sameUnicodeName(entry, raw, sameName, decodeName(better, true)))) {
    throw new HostileArtifact('artifact/name-invalid', { reason: 'two-names' }, entry.name);
  }
}

/**
 * A Unicode name may stand in one of the headers only, as long as the other says the same without it; and where it does,
 * the raw name here may be what an old tool made of it.
 */
const sameUnicodeName = (
  entry: CentralEntry,
  raw: Buffer,
  sameName: boolean,
  unicodeName: string | undefined,
): boolean =>
  unicodeName !== undefined &&
  unicodeName === (entry.unicodeName ?? entry.name) &&
  (sameName || couldBe(raw, unicodeName));

/**
 * Whether sizes and sum are all as in the directory. What was streamed into the archive may leave a field empty here, and
 * tell it in the descriptor.
 */
function agreesWholly(
  entry: CentralEntry,
  header: Buffer,
  zip64: Buffer | undefined,
  streamed: boolean,
): boolean {
  const short = { sizeBytes: header.readUInt32LE(22), compressedSize: header.readUInt32LE(18) };
  const stated = resolveZip64(short, zip64);
  if (stated === undefined) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'zip64-extra' }, entry.name);
  }
  const crc32 = header.readUInt32LE(14);
  const agrees = (here: number, there: number) => here === there || (streamed && here === 0);
  if (!agrees(stated.compressedSize, entry.compressedSize) || !agrees(stated.sizeBytes, entry.sizeBytes)) {
    throw new HostileArtifact(
      'artifact/size-mismatch',
      { statedBytes: stated.sizeBytes, sizeBytes: entry.sizeBytes },
      entry.name,
    );
  }
  if (!agrees(crc32, entry.crc32)) {
    throw new HostileArtifact('artifact/crc', { reason: 'headers-differ' }, entry.name);
  }
  const { compressedSize, sizeBytes } = stated;
  return crc32 === entry.crc32 && compressedSize === entry.compressedSize && sizeBytes === entry.sizeBytes;
}
