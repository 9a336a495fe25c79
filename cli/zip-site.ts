import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ArtifactLimits } from '../shared/artifacts/limits.ts';
import type { PositionalReader } from '../shared/artifacts/positional-reader.ts';
import { readEntry, readListing } from '../shared/artifacts/zip-reader.ts';
import { INLINE_LIMIT_BYTES } from './send-publish.ts';
import type { Archive, Site } from './site.ts';
import type { AskLimits } from './site-limits.ts';

/** Opens a zip file somebody exported. It is sent as it is. @throws HostileArtifact as Cottage would refuse it. */
export async function openZip(file: string, limits: ArtifactLimits, askLimits: AskLimits): Promise<Site> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const reader = positional(handle, size);
    const { entries } = await readListing(reader, limits);
    return {
      files: entries.map((entry) => ({
        path: entry.path,
        sizeBytes: entry.sizeBytes,
        read: () => readEntry(reader, entry),
      })),
      leftOut: [],
      links: [],
      pack: async () => {
        await checkBeforeUpload(reader, limits, askLimits);
        return digest(file, size);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Looks at a zip file that was just made. @throws HostileArtifact as Cottage would refuse it. */
export async function checkZip(file: string, limits: ArtifactLimits, askLimits: AskLimits): Promise<void> {
  const site = await openZip(file, limits, askLimits);
  try {
    await site.pack();
  } finally {
    await site.close();
  }
}

/** What takes long to send is held against the limits of this very Cottage; with the rest, it is quicker to send it. */
async function checkBeforeUpload(
  reader: PositionalReader,
  limits: ArtifactLimits,
  askLimits: AskLimits,
): Promise<void> {
  if (reader.sizeBytes <= INLINE_LIMIT_BYTES) return;
  const itsOwn = await askLimits();
  if (itsOwn !== limits) await readListing(reader, itsOwn);
}

function positional(handle: FileHandle, sizeBytes: number): PositionalReader {
  return {
    sizeBytes,
    async read(start, end) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, end - start)), {
        position: start,
      });
      return buffer.subarray(0, bytesRead);
    },
  };
}

async function digest(file: string, sizeBytes: number): Promise<Archive> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { file, sizeBytes, sha256: hash.digest('hex'), dispose: async () => undefined };
}
