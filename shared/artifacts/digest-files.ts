import { createHash, hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { PositionalReader } from './positional-reader.ts';
import { buffered } from './positional-reader.ts';
import { type ListedFile, openEntry, peekEntry } from './zip-content.ts';

/** A file of an archive that was read to its end and is what the archive says. */
export interface DigestedFile extends ListedFile {
  /** Hex. */
  sha256: string;
}

/** After so much without a wait, others get a turn: an archive can hold much that is small and quick to read. */
const TURN_BYTES = 4_000_000;

/**
 * Reads every file of a listing once, in its order, checks it as `openEntry` does, and takes its digest. Holds no more
 * than a window of the archive and one small file, or one chunk of a large one.
 * @throws HostileArtifact as `openEntry`
 */
export async function digestFiles(
  reader: PositionalReader,
  files: readonly ListedFile[],
): Promise<DigestedFile[]> {
  const source = buffered(reader);
  const digested: DigestedFile[] = [];
  let sinceTurn = 0;
  for (const file of files) {
    sinceTurn += file.sizeBytes;
    if (sinceTurn > TURN_BYTES) {
      sinceTurn = 0;
      await turn();
    }
    // Small files are many: a digest in one call, and no waiting for what is in memory already.
    const content = peekEntry(source, file);
    const sha256 = content === undefined ? await streamed(source, file) : hash('sha256', content);
    digested.push({ ...file, sha256 });
  }
  return digested;
}

async function streamed(reader: PositionalReader, file: ListedFile): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of openEntry(reader, file)) digest.update(chunk);
  return digest.digest('hex');
}
