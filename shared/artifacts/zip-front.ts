import { HostileArtifact } from './artifact-faults.ts';
import { type PositionalReader, readWhole } from './positional-reader.ts';
import { SIGNATURE } from './zip-records.ts';

const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const PIECE_BYTES = 64 * 1024;
/** So many things that look like ends of archives are in front of no honest one, and each costs a read to look at. */
const MAX_LOOKED_AT = 16;

/**
 * In front of the first file may be anything, such as a program that unpacks the archive, but neither a file that the
 * directory does not list nor another whole archive: some readers begin at the front, and would take that one.
 * @throws HostileArtifact
 */
export async function refuseArchiveInFront(reader: PositionalReader, to: number): Promise<void> {
  if (to < END_BYTES) return;
  const first = await readWhole(reader, 0, 4);
  if (first.readUInt32LE() === SIGNATURE.local) throw unlisted(0);
  let lookedAt = 0;
  for (let start = 0; start + END_BYTES <= to; start += PIECE_BYTES - END_BYTES + 1) {
    const piece = await readWhole(reader, start, Math.min(start + PIECE_BYTES, to));
    for (const at of endMarks(piece)) {
      const directoryBytes = statedDirectory(piece.subarray(at, at + END_BYTES), start + at);
      if (directoryBytes === undefined) continue;
      lookedAt += 1;
      const mark = await readWhole(reader, start + at - directoryBytes, start + at - directoryBytes + 4);
      if (lookedAt > MAX_LOOKED_AT || mark.readUInt32LE() === SIGNATURE.central) throw unlisted(start + at);
    }
  }
}

const unlisted = (at: number) =>
  new HostileArtifact('artifact/size-mismatch', { reason: 'archive-in-front', at });

/** Places in a piece where a whole end record may begin. */
function* endMarks(piece: Buffer): Generator<number> {
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(SIGNATURE.end);
  for (let at = piece.indexOf(signature); at >= 0; at = piece.indexOf(signature, at + 1)) {
    if (at + END_BYTES <= piece.length) yield at;
  }
}

/** The length of the directory that would end here, if this says so and there is room for it. */
function statedDirectory(record: Buffer, position: number): number | undefined {
  const entries = record.readUInt16LE(10);
  const directoryBytes = record.readUInt32LE(12);
  const fits = directoryBytes >= entries * CENTRAL_BYTES && directoryBytes <= position;
  return fits ? directoryBytes : undefined;
}
