import type { Readable } from 'node:stream';

/**
 * Bytes by key. Keys are `/`-separated printable paths without `.` or `..` segments; a put is durable when it
 * resolves, and a reader sees the whole of it or nothing.
 */
export interface BlobStore {
  /** Writes the whole blob. The same key may be written again; each write has its own `versionId`. */
  put(key: string, body: Uint8Array | Readable, metadata?: BlobMetadata): Promise<BlobVersion>;
  /**
   * Opens one version for reading by position (the latest unless `versionId` is given).
   * @throws NotFound when there is no such key or version.
   */
  get(key: string, versionId?: string): Promise<BlobReader>;
  /** Keys with this prefix, ordered by bytes, a page at a time. */
  list(
    prefix: string,
    cursor?: string,
  ): Promise<{ blobs: { key: string; sizeBytes: number }[]; next?: string }>;
  /** Removes a key, or with `prefix: true` everything below it. Removing what is not there is fine. */
  delete(key: string, options?: { prefix?: boolean }): Promise<void>;
  /** A form anyone may post one file to, once, until it expires. */
  uploadLink(request: UploadRequest): Promise<UploadLink>;
}

export interface BlobMetadata {
  contentType?: string;
  cacheControl?: string;
  /** What else its writer says of it, as `checkMetadata` allows: short texts by name. Absent rather than empty. */
  named?: Record<string, string>;
}

export interface BlobVersion {
  versionId: string;
  sizeBytes: number;
  /** Hex. */
  sha256: string;
}

export interface BlobReader extends BlobVersion {
  metadata: BlobMetadata;
  /** Bytes `[start, end)` of this version; the whole of it unless told. */
  stream(start?: number, end?: number): Readable;
  /** Bytes `[start, end)`, clamped to the blob's size, in memory. */
  read(start: number, end: number): Promise<Buffer>;
  /** Frees what reading holds open. Safe to call twice. */
  close(): Promise<void>;
}

export interface UploadRequest {
  key: string;
  /** The exact size and digest the upload must have. */
  sizeBytes: number;
  sha256: string;
  /** System time, epoch milliseconds. */
  expiresAt: number;
}

/** A `multipart/form-data` POST: every field first, then `file`. */
export interface UploadLink {
  url: string;
  fields: Record<string, string>;
}
