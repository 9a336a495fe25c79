import { HostileArtifact } from './artifact-faults.ts';
import { type PositionalReader, readWhole } from './positional-reader.ts';
import { holdsRecord, SIGNATURE } from './zip-records.ts';

const END_BYTES = 22;
const LOCATOR64_BYTES = 20;
const MAX_COMMENT_BYTES = 0xffff;
/** More marks of an end record than that are in no honest comment, and each costs two reads to look at. */
const MAX_LOOKED_AT = 16;

export interface EndRecordFound {
  position: number;
  /** The record, without its comment. */
  record: Buffer;
}

/** The last bytes of the archive, where the end record must be. */
interface Tail {
  reader: PositionalReader;
  start: number;
  bytes: Buffer;
}

/**
 * The one end record: the one whose comment ends with the archive, or, when there is something behind it, the last that
 * leads to a directory. Undefined when there is none.
 * @throws HostileArtifact when another reader could take another one, or when a comment holds a part of an archive.
 */
export async function findEndRecord(reader: PositionalReader): Promise<EndRecordFound | undefined> {
  const start = Math.max(0, reader.sizeBytes - END_BYTES - MAX_COMMENT_BYTES);
  const tail = { reader, start, bytes: await readWhole(reader, start, reader.sizeBytes) };
  const candidates = endMarks(tail.bytes);
  const exact = candidates.filter((at) => commentEnd(tail, at) === tail.bytes.length);
  const at = exact[0] ?? (await firstThatLeads(tail, candidates));
  if (at === undefined) return undefined;
  if (commentEnd(tail, at) > tail.bytes.length) {
    throw new HostileArtifact('artifact/truncated', { reason: 'comment' });
  }
  // An end record may hide in another one's comment, with a directory of its own; which one counts, readers differ on.
  const rivals = candidates.filter((other) => other > at || (other < at && commentEnd(tail, other) > at));
  if ((await firstThatLeads(tail, rivals)) !== undefined) throw twoEnds();
  if (holdsRecord(tail.bytes.subarray(at + END_BYTES))) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'comment' });
  }
  return { position: start + at, record: tail.bytes.subarray(at, at + END_BYTES) };
}

const twoEnds = () =>
  new HostileArtifact('artifact/not-a-zip', { reason: 'two-ends', kind: 'two zip files in one' });

/** Where the comment of the end record at this place ends, both in the tail. */
const commentEnd = ({ bytes }: Tail, at: number) => at + END_BYTES + bytes.readUInt16LE(at + 20);

/** Places in the tail that look like an end record, last first. */
function endMarks(tail: Buffer): number[] {
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(SIGNATURE.end);
  const found: number[] = [];
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    at = tail.lastIndexOf(signature, at);
    if (at < 0) break;
    found.push(at);
  }
  return found;
}

async function firstThatLeads(tail: Tail, candidates: readonly number[]): Promise<number | undefined> {
  if (candidates.length > MAX_LOOKED_AT) throw twoEnds();
  for (const at of candidates) if (await leads(tail, at)) return at;
  return undefined;
}

/** Would anybody who took this for the end record find a directory, if only an empty one? */
async function leads({ reader, start, bytes }: Tail, at: number): Promise<boolean> {
  const [entries, directoryBytes, offset] = [
    bytes.readUInt16LE(at + 10),
    bytes.readUInt32LE(at + 12),
    bytes.readUInt32LE(at + 16),
  ];
  if (entries === 0 && directoryBytes === 0) return true;
  return (
    (await isRecord(reader, start + at - directoryBytes, SIGNATURE.central)) ||
    (await isRecord(reader, offset, SIGNATURE.central)) ||
    (await isRecord(reader, start + at - LOCATOR64_BYTES, SIGNATURE.locator64))
  );
}

async function isRecord(reader: PositionalReader, at: number, signature: number): Promise<boolean> {
  if (at < 0 || at + 4 > reader.sizeBytes) return false;
  return (await readWhole(reader, at, at + 4)).readUInt32LE() === signature;
}
