import { HostileArtifact } from './artifact-faults.ts';

/** Bytes by position; a `BlobReader` is one. */
export interface PositionalReader {
  readonly sizeBytes: number;
  /** Bytes `[start, end)`, clamped to the size. */
  read(start: number, end: number): Promise<Buffer>;
}

/**
 * The same bytes, fetched a window at a time: entries of an archive lie side by side, and asking the disk for each of
 * 10,000 costs more than inflating them. Holds one window; what it returned stays valid. Longer reads go straight through.
 */
export function readAhead(reader: PositionalReader, windowBytes = 256 * 1024): PositionalReader {
  let start = 0;
  let window: Buffer = Buffer.alloc(0);
  return {
    sizeBytes: reader.sizeBytes,
    async read(from, to) {
      const end = Math.min(to, reader.sizeBytes);
      if (from >= start && end <= start + window.length) return window.subarray(from - start, end - start);
      if (end - from > windowBytes) return reader.read(from, end);
      const next = await reader.read(from, Math.min(from + windowBytes, reader.sizeBytes));
      // Set together after the wait, so that readers at the same moment never see a window at another's start.
      window = next;
      start = from;
      return next.subarray(0, end - from);
    },
  };
}

/**
 * Bytes `[start, end)`, all of them.
 * @throws HostileArtifact `artifact/truncated` when the archive ends before.
 */
export async function readWhole(
  reader: PositionalReader,
  start: number,
  end: number,
  entry?: string,
): Promise<Buffer> {
  const bytes = start >= 0 && end <= reader.sizeBytes ? await reader.read(start, end) : undefined;
  if (bytes?.length !== end - start) {
    throw new HostileArtifact('artifact/truncated', { endsAt: reader.sizeBytes, neededTo: end }, entry);
  }
  return bytes;
}
