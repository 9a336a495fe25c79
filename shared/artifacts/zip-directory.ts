import { HostileArtifact } from './artifact-faults.ts';
import type { ArtifactLimits } from './limits.ts';
import { type PositionalReader, readWhole } from './positional-reader.ts';
import type { Directory } from './zip-end.ts';
import { decodeName, pathFault, unicodePath } from './zip-names.ts';
import {
  ENCRYPTED_FLAGS,
  EXTRA,
  FLAG,
  IN_ZIP64,
  IN_ZIP64_SHORT,
  METHOD,
  parseExtra,
  readUInt64,
  SIGNATURE,
} from './zip-records.ts';

/** One entry as the central directory states it; the local header has yet to agree. */
export interface CentralEntry {
  /** Its checked path, without a folder's trailing slash; a folder that is the root itself has the empty path. */
  path: string;
  isFolder: boolean;
  /** The name as its bytes read, to compare with the local header's. */
  name: string;
  method: number;
  crc32: number;
  compressedSize: number;
  sizeBytes: number;
  /** Position of the local header in the archive. */
  headerAt: number;
}

const HEADER_BYTES = 46;
/** The directory is read in pieces; each is longer than the longest record, which has three fields of 64 kB. */
const PIECE_BYTES = 256 * 1024;

/**
 * Reads the central directory, entry by entry, refusing at the first that must not be unpacked.
 * @throws HostileArtifact
 */
export async function readDirectory(
  reader: PositionalReader,
  directory: Directory,
  limits: ArtifactLimits,
): Promise<CentralEntry[]> {
  const entries: CentralEntry[] = [];
  let at = directory.start;
  while (at < directory.end) {
    const piece = await readWhole(reader, at, Math.min(at + PIECE_BYTES, directory.end));
    const used = parsePiece(piece, directory, limits, entries);
    if (used === 0) break;
    at += used;
  }
  if (at !== directory.end || entries.length !== directory.entries) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'directory', entries: directory.entries });
  }
  return entries;
}

/** Adds the entries whose records are whole in this piece; how many bytes they take. */
function parsePiece(
  piece: Buffer,
  directory: Directory,
  limits: ArtifactLimits,
  entries: CentralEntry[],
): number {
  let at = 0;
  while (at + HEADER_BYTES <= piece.length && entries.length < directory.entries) {
    if (piece.readUInt32LE(at) !== SIGNATURE.central) {
      throw new HostileArtifact('artifact/size-mismatch', { reason: 'directory-entry' });
    }
    const nameEnd = HEADER_BYTES + piece.readUInt16LE(at + 28);
    const extraEnd = nameEnd + piece.readUInt16LE(at + 30);
    const end = extraEnd + piece.readUInt16LE(at + 32);
    if (at + end > piece.length) break;
    const record = piece.subarray(at, at + end);
    const rawName = record.subarray(HEADER_BYTES, nameEnd);
    entries.push(parseEntry(record, rawName, record.subarray(nameEnd, extraEnd), directory.base, limits));
    at += end;
  }
  return at;
}

function parseEntry(
  header: Buffer,
  rawName: Buffer,
  extraBlock: Buffer,
  base: number,
  limits: ArtifactLimits,
): CentralEntry {
  const flags = header.readUInt16LE(8);
  const name = decodeName(rawName, (flags & FLAG.utf8) !== 0);
  const shown = name ?? rawName.toString('latin1');
  const refuse = (code: HostileArtifact['code'], detail: HostileArtifact['detail'] = {}) =>
    new HostileArtifact(code, detail, shown);

  if (rawName.length > limits.pathBytes) {
    throw refuse('artifact/path-too-long', { limit: limits.pathBytes });
  }
  const extra = parseExtra(extraBlock);
  if (typeof extra === 'string') throw refuse('artifact/size-mismatch', { reason: `extra-${extra}` });

  const method = header.readUInt16LE(10);
  if ((flags & ENCRYPTED_FLAGS) !== 0 || method === METHOD.aes) throw refuse('artifact/encrypted');
  const { compressedSize, sizeBytes, offset, disk } = readSizes(header, extra.get(EXTRA.zip64), refuse);
  if (disk !== 0) throw refuse('artifact/multi-disk', { disk });

  const better = unicodePath(extra.get(EXTRA.unicodePath), rawName);
  const fullName = better === undefined ? name : decodeName(better, true);
  if (name === undefined || fullName === undefined)
    throw refuse('artifact/name-invalid', { reason: 'encoding' });
  const isFolder = kindOf(header, fullName, sizeBytes, refuse);
  const path = checkedPath(fullName, limits);

  if (method !== METHOD.stored && method !== METHOD.deflated) {
    throw refuse('artifact/unknown-method', { method });
  }
  if (method === METHOD.stored && compressedSize !== sizeBytes) {
    throw refuse('artifact/size-mismatch', { compressedSize, sizeBytes });
  }
  return {
    path,
    isFolder,
    name,
    method,
    crc32: header.readUInt32LE(16),
    compressedSize,
    sizeBytes,
    headerAt: base + offset,
  };
}

type Refuse = (code: HostileArtifact['code'], detail?: HostileArtifact['detail']) => HostileArtifact;

/** Sizes, offset and disk; each that does not fit its field stands in the zip64 field, in this order. */
function readSizes(header: Buffer, zip64: Buffer | undefined, refuse: Refuse) {
  let at = 0;
  const wide = (short: number, deferred: number, bytes: 4 | 8): number => {
    if (short !== deferred) return short;
    if (zip64 === undefined || at + bytes > zip64.length) {
      throw refuse('artifact/size-mismatch', { reason: 'zip64-extra' });
    }
    at += bytes;
    return bytes === 8 ? readUInt64(zip64, at - 8) : zip64.readUInt32LE(at - 4);
  };
  const sizeBytes = wide(header.readUInt32LE(24), IN_ZIP64, 8);
  const compressedSize = wide(header.readUInt32LE(20), IN_ZIP64, 8);
  const offset = wide(header.readUInt32LE(42), IN_ZIP64, 8);
  const disk = wide(header.readUInt16LE(34), IN_ZIP64_SHORT, 4);
  return { sizeBytes, compressedSize, offset, disk };
}

/** The file type of a Unix mode, which stands in the upper half of the external attributes. */
const TYPE = { mask: 0o170000, none: 0, file: 0o100000, folder: 0o040000, link: 0o120000 } as const;
const DOS_FOLDER = 0x10;

/** Is it a folder? Anything but a folder or a plain file is refused, whichever system it claims to come from. */
function kindOf(header: Buffer, name: string, sizeBytes: number, refuse: Refuse): boolean {
  const attributes = header.readUInt32LE(38);
  const type = (attributes >>> 16) & TYPE.mask;
  if (type === TYPE.link) throw refuse('artifact/link');
  if (type !== TYPE.none && type !== TYPE.file && type !== TYPE.folder) {
    throw refuse('artifact/special-file', { type: type.toString(8) });
  }
  const isFolder = name.endsWith('/') || type === TYPE.folder || (attributes & DOS_FOLDER) !== 0;
  if (isFolder && sizeBytes > 0) throw refuse('artifact/special-file', { type: 'folder-with-content' });
  return isFolder;
}

function checkedPath(name: string, limits: ArtifactLimits): string {
  // `./` in front is what archiving the current folder gives; a slash at the end only marks a folder.
  const path = name.replace(/^(\.\/)+/, '').replace(/\/$/, '');
  if (path === '' && name.startsWith('./')) return path;
  const fault = pathFault(path === '' ? name : path, limits);
  if (fault !== undefined) throw new HostileArtifact(fault.code, fault.detail, name);
  return path;
}
