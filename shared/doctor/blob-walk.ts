import type { BlobStore } from '../blobs/blob-store.ts';

/** The keys that begin so, in order, page by page. */
export async function* keysBelow(
  blobs: BlobStore,
  prefix: string,
): AsyncGenerator<{ key: string; sizeBytes: number }> {
  let cursor: string | undefined;
  do {
    const page = await blobs.list(prefix, cursor);
    yield* page.blobs;
    cursor = page.next;
  } while (cursor !== undefined);
}

export interface ReleaseOnDisk {
  appId: string;
  release: string;
  /** By path within the release. */
  sizes: Map<string, number>;
}

/** Every release that has files, one at a time: keys come in order, so that a release's stand together. */
export async function* releasesOnDisk(blobs: BlobStore): AsyncGenerator<ReleaseOnDisk> {
  let current: ReleaseOnDisk | undefined;
  for await (const { key, sizeBytes } of keysBelow(blobs, 'apps/')) {
    const [, appId = '', release = '', ...path] = key.split('/');
    if (current?.appId !== appId || current.release !== release) {
      if (current) yield current;
      current = { appId, release, sizes: new Map() };
    }
    current.sizes.set(path.join('/'), sizeBytes);
  }
  if (current) yield current;
}
