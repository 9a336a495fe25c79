import { HostileArtifact } from './artifact-faults.ts';
import type { ArtifactLimits } from './limits.ts';
import { type PositionalReader, readWhole } from './positional-reader.ts';
import type { Directory } from './zip-end.ts';
import { decodeName, pathFault } from './zip-names.ts';
import { ENCRYPTED_FLAGS, EXTRA, FLAG, holdsRecord, METHOD, parseExtra, SIGNATURE } from './zip-records.ts';
import { couldBe, unicodePath } from './zip-unicode-path.ts';
import { resolveZip64 } from './zip64-sizes.ts';

/** One entry as the central directory states it; the local header has yet to agree. */
export interface CentralEntry {
  /** Its checked path, without a folder's trailing slash; a folder that is the root itself has the empty path. */
  path: string;
  isFolder: boolean;
  /** The name as its bytes read, to compare with the local header's. */
  name: string;
  /** The name in the Unicode path field, where there is a valid one. */
  unicodeName: string | undefined;
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
  if (entries.length === directory.entries && (await isSignature(reader, at, directory.end)))
    at = directory.end;
  if (at !== directory.end || entries.length !== directory.entries) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'directory', entries: directory.entries });
  }
  return entries;
}

/** A digital signature may stand behind the last entry (APPNOTE 4.3.13). Whom it names is nobody's question here. */
async function isSignature(reader: PositionalReader, start: number, end: number): Promise<boolean> {
  const headBytes = 6;
  if (end - start < headBytes) return false;
  const head = await readWhole(reader, start, start + headBytes);
  return head.readUInt32LE() === SIGNATURE.digital && start + headBytes + head.readUInt16LE(4) === end;
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
    const entry = parseEntry(record, rawName, record.subarray(nameEnd, extraEnd), directory.base, limits);
    // A comment says something to people. Records in it are there for a reader that looks for them elsewhere.
    if (holdsRecord(record.subarray(extraEnd))) {
      throw new HostileArtifact('artifact/size-mismatch', { reason: 'comment' }, entry.name);
    }
    entries.push(entry);
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
  if ((flags & FLAG.patch) !== 0) throw refuse('artifact/unknown-method', { reason: 'patch' });
  const sizes = resolveZip64(statedSizes(header), extra.get(EXTRA.zip64));
  if (sizes === undefined) throw refuse('artifact/size-mismatch', { reason: 'zip64-extra' });
  const { compressedSize, sizeBytes, offset, disk } = sizes;
  if (disk !== 0) throw refuse('artifact/multi-disk', { disk });

  const better = unicodePath(extra.get(EXTRA.unicodePath), rawName);
  const unicodeName = better === undefined ? undefined : decodeName(better, true);
  const fullName = better === undefined ? name : unicodeName;
  if (name === undefined || fullName === undefined)
    throw refuse('artifact/name-invalid', { reason: 'encoding' });
  const isFolder = kindOf(header, fullName, sizeBytes, refuse);
  const path = checkedPath(fullName, limits);
  if (unicodeName !== undefined && !couldBe(rawName, unicodeName)) {
    throw refuse('artifact/name-invalid', { reason: 'two-names' });
  }

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
    unicodeName,
    method,
    crc32: header.readUInt32LE(16),
    compressedSize,
    sizeBytes,
    headerAt: base + offset,
  };
}

type Refuse = (code: HostileArtifact['code'], detail?: HostileArtifact['detail']) => HostileArtifact;

const statedSizes = (header: Buffer) => ({
  sizeBytes: header.readUInt32LE(24),
  compressedSize: header.readUInt32LE(20),
  offset: header.readUInt32LE(42),
  disk: header.readUInt16LE(34),
});

/** The file type of a Unix mode, which stands in the upper half of the external attributes. */
const TYPE = {
  mask: 0o170000,
  none: 0,
  /** All bits set: a tool that filled the attributes with ones. */
  unset: 0o170000,
  file: 0o100000,
  folder: 0o040000,
  link: 0o120000,
  pipe: 0o010000,
} as const;
const DOS_FOLDER = 0x10;
/** What zip tools call a file that came to them through a pipe, whose mode they write down besides. */
const FROM_A_PIPE = '-';

/** Is it a folder? Anything but a folder or a plain file is refused, whichever system it claims to come from. */
function kindOf(header: Buffer, name: string, sizeBytes: number, refuse: Refuse): boolean {
  const attributes = header.readUInt32LE(38);
  const stated = (attributes >>> 16) & TYPE.mask;
  const type = stated === TYPE.unset ? TYPE.none : stated;
  if (type === TYPE.link) throw refuse('artifact/link');
  const isPiped = type === TYPE.pipe && name === FROM_A_PIPE;
  if (!isPiped && type !== TYPE.none && type !== TYPE.file && type !== TYPE.folder) {
    throw refuse('artifact/special-file', { type: type.toString(8) });
  }
  // The DOS attribute counts where there is no Unix mode; some tools fill it with anything.
  const isDosFolder = type === TYPE.none && (attributes & DOS_FOLDER) !== 0;
  const isFolder = name.endsWith('/') || type === TYPE.folder || isDosFolder;
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
