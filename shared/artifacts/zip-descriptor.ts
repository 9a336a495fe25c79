import { HostileArtifact } from './artifact-faults.ts';
import type { PositionalReader } from './positional-reader.ts';
import type { CentralEntry } from './zip-directory.ts';
import { SIGNATURE } from './zip-records.ts';

/** A sum and two short sizes, without a signature. */
export const LEAST_DESCRIPTOR_BYTES = 12;

/**
 * Length of the data descriptor at `at`: with or without a signature, with 32-bit or 64-bit sizes.
 * @throws HostileArtifact when what stands there says something else than the directory.
 */
export async function descriptorBytes(
  reader: PositionalReader,
  entry: CentralEntry,
  at: number,
): Promise<number> {
  const found = await reader.read(at, at + 24);
  const match = layouts(entry).find((layout) => found.subarray(0, layout.length).equals(layout));
  if (match !== undefined) return match.length;
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(entry.crc32);
  const sameCrc = found.subarray(0, 4).equals(crc) || found.subarray(4, 8).equals(crc);
  const code = sameCrc ? 'artifact/size-mismatch' : 'artifact/crc';
  throw new HostileArtifact(code, { reason: 'descriptor' }, entry.name);
}

function layouts(entry: CentralEntry): Buffer[] {
  const wide = Buffer.alloc(24);
  wide.writeUInt32LE(SIGNATURE.descriptor, 0);
  wide.writeUInt32LE(entry.crc32, 4);
  wide.writeBigUInt64LE(BigInt(entry.compressedSize), 8);
  wide.writeBigUInt64LE(BigInt(entry.sizeBytes), 16);
  const short = Buffer.alloc(16);
  wide.copy(short, 0, 0, 12);
  wide.copy(short, 12, 16, 20);
  return [wide, short, wide.subarray(4), short.subarray(4)];
}
