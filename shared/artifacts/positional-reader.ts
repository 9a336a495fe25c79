import { HostileArtifact } from './artifact-faults.ts';

/** Bytes by position; a `BlobReader` is one. */
export interface PositionalReader {
  readonly sizeBytes: number;
  /** Bytes `[start, end)`, clamped to the size. */
  read(start: number, end: number): Promise<Buffer>;
}

/** A reader that has some of its bytes in memory: asking for those costs no turn of the event loop. */
export interface BufferedReader extends PositionalReader {
  /** Bytes `[start, end)` when all of them are in memory. */
  peek(start: number, end: number): Buffer | undefined;
}

const WINDOW_BYTES = 256 * 1024;

/**
 * The same bytes, fetched a window at a time: entries of an archive lie side by side, and asking the disk for each of
 * 10,000 costs more than inflating them. Holds one window; what it returned stays valid. Longer reads go straight through.
 */
export function readAhead(reader: PositionalReader, windowBytes = WINDOW_BYTES): BufferedReader {
  let start = 0;
  let window: Buffer = Buffer.alloc(0);
  let coming: { from: number; to: number; bytes: Promise<Buffer> } | undefined;
  const peek = (from: number, to: number): Buffer | undefined =>
    from >= start && to <= start + window.length ? window.subarray(from - start, to - start) : undefined;
  return {
    sizeBytes: reader.sizeBytes,
    peek,
    async read(from, to) {
      const end = Math.min(to, reader.sizeBytes);
      const held = peek(from, end);
      if (held !== undefined) return held;
      if (end - from > windowBytes) return reader.read(from, end);
      // Readers at the same moment want neighbours, mostly: they wait for one window instead of fetching one each.
      if (coming === undefined || from < coming.from || end > coming.to) {
        const windowEnd = Math.min(from + windowBytes, reader.sizeBytes);
        coming = { from, to: windowEnd, bytes: reader.read(from, windowEnd) };
      }
      const mine = coming;
      try {
        const next = await mine.bytes;
        // Set together after the wait, so that nobody ever sees a window at another's start.
        window = next;
        start = mine.from;
        return next.subarray(from - mine.from, end - mine.from);
      } finally {
        if (coming === mine) coming = undefined;
      }
    },
  };
}

/** The reader itself where it holds a window already: one over another would only copy. */
export const buffered = (reader: PositionalReader): BufferedReader =>
  'peek' in reader ? (reader as BufferedReader) : readAhead(reader);

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
