import { HostileArtifact } from './artifact-faults.ts';
import { type BufferedReader, type PositionalReader, readWhole } from './positional-reader.ts';
import { descriptorBytes, LEAST_DESCRIPTOR_BYTES } from './zip-descriptor.ts';
import type { CentralEntry } from './zip-directory.ts';
import { refuseArchiveInFront } from './zip-front.ts';
import { checkLocalHeader, LOCAL_HEADER_BYTES } from './zip-local-header.ts';
import { holdsRecord, SIGNATURE } from './zip-records.ts';

/** An entry whose local header, data and descriptor agree with the central directory. */
export interface LocatedEntry extends CentralEntry {
  /** Position of the first compressed byte. */
  dataAt: number;
}

/**
 * Walks the archive from front to back, holding every local header and data descriptor against the directory. No two
 * entries may share a byte, and no entry may stand between them that the directory does not know.
 * @throws HostileArtifact
 */
export async function locateEntries(
  reader: BufferedReader,
  entries: readonly CentralEntry[],
  directoryStart: number,
): Promise<LocatedEntry[]> {
  const ordered = entries.toSorted((a, b) => a.headerAt - b.headerAt);
  const located: LocatedEntry[] = [];
  let cursor = 0;
  for (const [index, entry] of ordered.entries()) {
    const next = ordered[index + 1]?.headerAt ?? directoryStart;
    const { dataAt, end } = await checkLocal(reader, entry, next);
    if (index === 0) await refuseArchiveInFront(reader, entry.headerAt);
    else if (cursor < entry.headerAt) await refuseRecords(reader, cursor, entry.headerAt);
    cursor = end;
    located.push({ ...entry, dataAt });
  }
  if (cursor < directoryStart) await refuseRecords(reader, cursor, directoryStart);
  return located;
}

const unlisted = (at: number) =>
  new HostileArtifact('artifact/size-mismatch', { reason: 'unlisted-entry', at });

const PIECE_BYTES = 64 * 1024;
/** A record that begins in one piece may end in the next. */
const OVERLAP_BYTES = 3;

/** Between entries may be padding, but nothing that other readers would find and take for a record. */
async function refuseRecords(reader: PositionalReader, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += PIECE_BYTES - OVERLAP_BYTES) {
    const piece = await readWhole(reader, at, Math.min(at + PIECE_BYTES, to));
    if (holdsRecord(piece)) throw unlisted(from);
  }
}

async function checkLocal(
  reader: BufferedReader,
  entry: CentralEntry,
  next: number,
): Promise<{ dataAt: number; end: number }> {
  const fixedEnd = entry.headerAt + LOCAL_HEADER_BYTES;
  // What is in memory is not waited for: that is what makes many files quick, here and below.
  const fixed =
    reader.peek(entry.headerAt, fixedEnd) ?? (await readWhole(reader, entry.headerAt, fixedEnd, entry.name));
  // Before anything else, so that one local header under many names is called what it is.
  if (next === entry.headerAt) throw new HostileArtifact('artifact/overlap', {}, entry.name);
  if (fixed.readUInt32LE() !== SIGNATURE.local) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'local-header' }, entry.name);
  }
  const dataAt = fixedEnd + fixed.readUInt16LE(26) + fixed.readUInt16LE(28);
  const header =
    reader.peek(entry.headerAt, dataAt) ?? (await readWhole(reader, entry.headerAt, dataAt, entry.name));
  const { streamed, complete } = checkLocalHeader(entry, header);
  const dataEnd = dataAt + entry.compressedSize;
  if (dataEnd > reader.sizeBytes) {
    throw new HostileArtifact(
      'artifact/truncated',
      { endsAt: reader.sizeBytes, neededTo: dataEnd },
      entry.name,
    );
  }
  // Many tools leave the descriptor out where it has nothing to add: for folders, and where the header says it all.
  const described = streamed && !entry.isFolder && !(complete && dataEnd === next);
  // What is announced and finds no room would lie upon the next entry.
  if (described && dataEnd + LEAST_DESCRIPTOR_BYTES > next) {
    throw new HostileArtifact('artifact/overlap', { reason: 'descriptor' }, entry.name);
  }
  const end = dataEnd + (described ? await descriptorBytes(reader, entry, dataEnd) : 0);
  if (end > next) throw new HostileArtifact('artifact/overlap', {}, entry.name);
  return { dataAt, end };
}
