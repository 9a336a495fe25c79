import type {
  BlobMetadata,
  BlobReader,
  BlobStore,
  BlobVersion,
  UploadLink,
  UploadRequest,
} from '../../shared/blobs/blob-store.ts';

/**
 * A `BlobStore` whose removals wait while somebody takes a picture of everything: what the database named a moment ago
 * must still be there when the files are looked at. Everything else goes on as ever. Removals wait and are not put off:
 * what a release's removal was decided on may not be true any more later.
 */
export class HeldBlobs implements BlobStore {
  readonly #blobs: BlobStore;
  #holds = 0;
  #released = Promise.withResolvers<void>();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
    this.#released.resolve();
  }

  /** Nothing is removed while `work` runs; removals that have begun may end. */
  async while<T>(work: () => Promise<T>): Promise<T> {
    if (this.#holds === 0) this.#released = Promise.withResolvers();
    this.#holds += 1;
    try {
      return await work();
    } finally {
      this.#holds -= 1;
      if (this.#holds === 0) this.#released.resolve();
    }
  }

  async delete(key: string, options?: { prefix?: boolean }): Promise<void> {
    // A hold may have begun anew by the time the one before it is over.
    while (this.#holds > 0) await this.#released.promise;
    await this.#blobs.delete(key, options);
  }

  put(key: string, body: Parameters<BlobStore['put']>[1], metadata?: BlobMetadata): Promise<BlobVersion> {
    return this.#blobs.put(key, body, metadata);
  }

  get(key: string, versionId?: string): Promise<BlobReader> {
    return this.#blobs.get(key, versionId);
  }

  list(prefix: string, cursor?: string): ReturnType<BlobStore['list']> {
    return this.#blobs.list(prefix, cursor);
  }

  uploadLink(request: UploadRequest): Promise<UploadLink> {
    return this.#blobs.uploadLink(request);
  }
}
