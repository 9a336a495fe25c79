import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { orBusy, partFailed } from '../errors/aws-busy.ts';
import { TooLarge } from '../errors/errors.ts';
import { sha256 } from '../ids/ids.ts';
import { blobKeySegments } from './blob-key.ts';
import { compareBytes } from './blob-listing.ts';
import type {
  BlobMetadata,
  BlobReader,
  BlobStore,
  BlobVersion,
  UploadLink,
  UploadRequest,
} from './blob-store.ts';
import { notFoundOr, S3BlobReader, S3Object } from './s3-blob-reader.ts';

/** Keys below this are archives, which strangers made; they stand in a bucket of their own. */
export const INCOMING_PREFIX = 'incoming/';

const MAX_PUT_BYTES = 100_000_000;
/** S3 lists, and deletes, at most as many at a time. */
const PAGE_SIZE = 1000;

export interface S3BlobStoreOptions {
  /** Belongs to the caller, who also destroys it. Upload links carry its endpoint and its credentials' signature. */
  client: S3Client;
  /** The name of the bucket that uploads arrive in: every key below `incoming/`. Versioned. */
  incomingBucket: string;
  /** The name of the bucket of everything else, `apps/` among it. Versioned. */
  releaseBucket: string;
  /** The largest body of a put; 100 MB, the largest file of an artifact, unless told. */
  maxPutBytes?: number;
  /** Keys to a page; 1,000 unless told. */
  pageSize?: number;
}

/**
 * `BlobStore` on S3, in two buckets: what is in `incoming/`, which comes from strangers, and all the rest.
 *
 * - A version is S3's, so both buckets are versioned. What a key was before stays until the key is deleted, and deleting
 *   removes every version of it for good: what an owner retires is gone. A lifecycle rule is only for what nobody
 *   deleted: expire `incoming/` and versions that are not current. A reader of a blob of more than 1 MiB finds out when its
 *   version is deleted (`NotFound`); smaller ones are read whole when opened.
 * - The digest is S3's own checksum, which it verifies on the way in. For SHA-256 S3 has it of a whole object only, not of
 *   one put in parts (S3: "Checking object integrity"), and wants it before the first byte. So a put is one request, and a
 *   stream is held in memory until its end; `maxPutBytes` is the limit.
 * - S3 lists in the order of UTF-8 bytes and is strongly consistent.
 * - S3 has a content type for everything: its own default, `application/octet-stream`, reads as none.
 *
 * Throttling, lost connections and errors of the service are `Busy`. What else S3 refuses (no such bucket, no permission)
 * is thrown as it came.
 */
export class S3BlobStore implements BlobStore {
  readonly #options: S3BlobStoreOptions;
  readonly #client: S3Client;

  constructor(options: S3BlobStoreOptions) {
    this.#options = options;
    this.#client = options.client;
  }

  /**
   * As the port says.
   * @throws TypeError when the key is none, TooLarge when the body is larger than `maxPutBytes`.
   */
  async put(key: string, body: Uint8Array | Readable, metadata: BlobMetadata = {}): Promise<BlobVersion> {
    blobKeySegments(key);
    const bytes = await wholeOf(key, body, this.#options.maxPutBytes ?? MAX_PUT_BYTES);
    const digest = sha256(bytes);
    const { VersionId } = await s3(
      this.#client.send(
        new PutObjectCommand({
          Bucket: this.#bucketOf(key),
          Key: key,
          Body: bytes,
          ContentLength: bytes.byteLength,
          ChecksumAlgorithm: 'SHA256',
          ChecksumSHA256: asBase64(digest),
          ContentType: metadata.contentType,
          CacheControl: metadata.cacheControl,
        }),
      ),
    );
    if (VersionId === undefined) throw new Error(`the bucket ${this.#bucketOf(key)} is not versioned`);
    return { versionId: VersionId, sizeBytes: bytes.byteLength, sha256: digest };
  }

  async get(key: string, versionId?: string): Promise<BlobReader> {
    blobKeySegments(key);
    const at = { Bucket: this.#bucketOf(key), Key: key, VersionId: versionId };
    const answer = await s3(
      this.#client.send(new GetObjectCommand({ ...at, ChecksumMode: 'ENABLED' })),
    ).catch((error: unknown) => {
      throw notFoundOr(error, at);
    });
    return S3BlobReader.open(new S3Object(this.#client, at), answer);
  }

  async list(
    prefix: string,
    cursor?: string,
  ): Promise<{ blobs: { key: string; sizeBytes: number }[]; next?: string }> {
    const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
    const pages = await Promise.all(
      this.#bucketsOf(prefix).map((Bucket) => this.#page(Bucket, prefix, after)),
    );
    // What comes after the end of a page is known of its own bucket only once the next one is read.
    const ends = pages.flatMap(({ end }) => end ?? []).toSorted(compareBytes);
    const end = ends[0];
    const blobs = pages
      .flatMap((page) => page.blobs)
      .filter(({ key }) => end === undefined || compareBytes(key, end) <= 0)
      .toSorted((a, b) => compareBytes(a.key, b.key));
    return end === undefined ? { blobs } : { blobs, next: Buffer.from(end).toString('base64url') };
  }

  async delete(key: string, options: { prefix?: boolean } = {}): Promise<void> {
    const isPrefix = options.prefix ?? false;
    const bare = isPrefix && key.endsWith('/') ? key.slice(0, -1) : key;
    blobKeySegments(bare);
    if (isPrefix && bare === 'apps') throw new TypeError('nobody deletes every release at once');
    const prefix = isPrefix ? `${bare}/` : bare;
    const isDoomed = (found: string) => (isPrefix ? found.startsWith(prefix) : found === bare);
    for (const Bucket of this.#bucketsOf(prefix)) await this.#deleteAll(Bucket, prefix, isDoomed);
  }

  /**
   * A form as the port says. Whoever has it may post the same file again until it expires, or until the credentials that
   * signed it do; each time is a version of the same bytes, and deleting the key takes them all.
   * @throws TypeError when the key is none, or one in which S3 would put the file's name.
   */
  async uploadLink({ key, sizeBytes, sha256: digest, expiresAt }: UploadRequest): Promise<UploadLink> {
    blobKeySegments(key);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: S3 puts the file's name in its place.
    if (key.includes('${filename}')) throw new TypeError(`not a key for an upload: ${key}`);
    const Fields = {
      'x-amz-checksum-algorithm': 'SHA256',
      'x-amz-checksum-sha256': asBase64(digest),
    };
    // The SDK makes a condition of every field, and of bucket and key.
    return createPresignedPost(this.#client, {
      Bucket: this.#bucketOf(key),
      Key: key,
      Fields,
      Conditions: [['content-length-range', sizeBytes, sizeBytes]],
      Expires: (expiresAt - Date.now()) / 1000,
    });
  }

  #bucketOf(key: string): string {
    return key.startsWith(INCOMING_PREFIX) ? this.#options.incomingBucket : this.#options.releaseBucket;
  }

  /** The buckets that may hold keys with this prefix. */
  #bucketsOf(prefix: string): string[] {
    const { incomingBucket, releaseBucket } = this.#options;
    if (prefix.startsWith(INCOMING_PREFIX)) return [incomingBucket];
    return INCOMING_PREFIX.startsWith(prefix) ? [releaseBucket, incomingBucket] : [releaseBucket];
  }

  /** `end` is the last key, when more may follow. */
  async #page(Bucket: string, Prefix: string, StartAfter: string | undefined) {
    let from: { StartAfter?: string | undefined; ContinuationToken?: string | undefined } = { StartAfter };
    for (;;) {
      const answer = await s3(
        this.#client.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix,
            MaxKeys: this.#options.pageSize ?? PAGE_SIZE,
            ...from,
          }),
        ),
      );
      const blobs = (answer.Contents ?? []).map(({ Key = '', Size = 0 }) => ({ key: Key, sizeBytes: Size }));
      if (!answer.IsTruncated) return { blobs };
      const end = blobs.at(-1)?.key;
      if (end !== undefined) return { blobs, end };
      // A page may be empty and still not the last one.
      from = { ContinuationToken: answer.NextContinuationToken };
    }
  }

  /** Removes every version, and every mark of an earlier deletion, of the keys that are doomed. */
  async #deleteAll(Bucket: string, Prefix: string, isDoomed: (key: string) => boolean): Promise<void> {
    let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await s3(
        this.#client.send(
          new ListObjectVersionsCommand({
            Bucket,
            Prefix,
            MaxKeys: this.#options.pageSize ?? PAGE_SIZE,
            ...from,
          }),
        ),
      );
      const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
      const doomed = found.filter(({ Key = '' }) => isDoomed(Key));
      if (doomed.length > 0) {
        await this.#deleteVersions(
          Bucket,
          doomed.map(({ Key, VersionId }) => ({ Key, VersionId })),
        );
      }
      // The key itself is the first of all that begin with it: what follows is others'.
      if (!page.IsTruncated || doomed.length < found.length) return;
      from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }

  async #deleteVersions(Bucket: string, Objects: ObjectIdentifier[]): Promise<void> {
    const { Errors = [] } = await s3(
      this.#client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })),
    );
    const [first] = Errors;
    if (first === undefined) return;
    const { Code = 'Unknown', Message = '', Key = '' } = first;
    throw partFailed('S3', Code, `${Errors.length} not deleted, ${Key} among them: ${Message}`);
  }
}

const s3 = <T>(call: Promise<T>): Promise<T> => orBusy('S3', call);

const asBase64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

async function wholeOf(key: string, body: Uint8Array | Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body instanceof Readable ? (body as AsyncIterable<Uint8Array>) : [body]) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    sizeBytes += bytes.byteLength;
    if (sizeBytes > maxBytes) throw new TooLarge(`${key} is larger than ${maxBytes} bytes`);
    chunks.push(bytes);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
