import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { PositionalReader } from '../shared/artifacts/positional-reader.ts';
import { readEntry, readListing } from '../shared/artifacts/zip-reader.ts';
import type { Archive, Site } from './site.ts';

/** Opens a zip file somebody exported. It is sent as it is. @throws HostileArtifact as Cottage would refuse it. */
export async function openZip(file: string): Promise<Site> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const reader: PositionalReader = {
      sizeBytes: size,
      async read(start, end) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, end - start)), {
          position: start,
        });
        return buffer.subarray(0, bytesRead);
      },
    };
    const { entries } = await readListing(reader);
    return {
      files: entries.map((entry) => ({
        path: entry.path,
        sizeBytes: entry.sizeBytes,
        read: () => readEntry(reader, entry),
      })),
      leftOut: [],
      links: [],
      pack: () => digest(file, size),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function digest(file: string, sizeBytes: number): Promise<Archive> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { file, sizeBytes, sha256: hash.digest('hex'), dispose: async () => undefined };
}
