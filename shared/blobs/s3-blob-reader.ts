import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { asBusy } from '../errors/aws-busy.ts';
import { CorruptRecord, NotFound } from '../errors/errors.ts';
import type { BlobMetadata, BlobReader, BlobVersion } from './blob-store.ts';

/** Blobs up to this size are read whole when they are opened: one request, and S3's checksum of the bytes is checked. */
const WHOLE_BYTES = 1024 * 1024;

/** What S3 says of an object that was put without a content type. */
const NO_TYPE = ['application/octet-stream', 'binary/octet-stream'];

/** Where an object stands. */
export interface S3Place {
  Bucket: string;
  Key: string;
  VersionId?: string | undefined;
}

/** One object of S3, read in ranges. */
export class S3Object {
  readonly at: S3Place;
  readonly #client: S3Client;
  constructor(client: S3Client, at: S3Place) {
    this.#client = client;
    this.at = at;
  }

  /** The same object, from now on in this version only. */
  pinned(VersionId: string): S3Object {
    return new S3Object(this.#client, { ...this.at, VersionId });
  }

  /** Bytes `[start, end)`, of which there is at least one, as they arrive. */
  async *range(start: number, end: number): AsyncGenerator<Uint8Array> {
    try {
      // A range of HTTP names its last byte.
      const Range = `bytes=${start}-${end - 1}`;
      const { Body } = await this.#client.send(new GetObjectCommand({ ...this.at, Range }));
      let left = end - start;
      for await (const chunk of Body as AsyncIterable<Uint8Array>) {
        left -= chunk.byteLength;
        yield chunk;
      }
      if (left !== 0) throw new CorruptRecord(`${this.at.Key} gave ${left} bytes less than it has`);
    } catch (error) {
      throw notFoundOr(asBusy('S3', error), this.at);
    }
  }
}

/** Reads one version of a blob by position. Holds nothing open between two reads. */
export class S3BlobReader implements BlobReader {
  readonly versionId: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly metadata: BlobMetadata;
  readonly #object: S3Object;
  readonly #whole: Buffer | undefined;

  private constructor(
    object: S3Object,
    { versionId, sizeBytes, sha256, metadata }: BlobVersion & { metadata: BlobMetadata },
    whole: Buffer | undefined,
  ) {
    this.versionId = versionId;
    this.sizeBytes = sizeBytes;
    this.sha256 = sha256;
    this.metadata = metadata;
    this.#object = object;
    this.#whole = whole;
  }

  /**
   * @param answer to a GetObject of the whole object; its body is read, or left.
   * @throws CorruptRecord when this is no blob of ours: without a version, or without the checksum it was put with.
   */
  static async open(object: S3Object, answer: GetObjectCommandOutput): Promise<S3BlobReader> {
    const body = answer.Body as Readable;
    const { VersionId, ContentLength, ChecksumSHA256 = '' } = answer;
    const digest = Buffer.from(ChecksumSHA256, 'base64');
    if (VersionId === undefined || ContentLength === undefined || digest.length !== 32) {
      body.destroy();
      throw new CorruptRecord(
        `${object.at.Key} in ${object.at.Bucket} has no version or no SHA-256 checksum`,
      );
    }
    const about = {
      versionId: VersionId,
      sizeBytes: ContentLength,
      sha256: digest.toString('hex'),
      metadata: metadataOf(answer),
    };
    if (ContentLength <= WHOLE_BYTES) {
      const whole = await buffer(body).catch((error: unknown) => {
        throw asBusy('S3', error);
      });
      return new S3BlobReader(object, about, whole);
    }
    // Sooner or later the other bytes are read in ranges; having S3 send them now, unread, would hold a connection.
    body.once('error', () => {});
    body.destroy();
    return new S3BlobReader(object.pinned(VersionId), about, undefined);
  }

  stream(start = 0, end = this.sizeBytes): Readable {
    const [from, to] = [this.#clamped(start), this.#clamped(end)];
    if (from >= to) return Readable.from([]);
    if (this.#whole) return Readable.from([this.#whole.subarray(from, to)]);
    return Readable.from(this.#object.range(from, to));
  }

  read(start: number, end: number): Promise<Buffer> {
    return buffer(this.stream(start, end));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #clamped(position: number): number {
    return Math.min(Math.max(position, 0), this.sizeBytes);
  }
}

/** The error of a read, or the `NotFound` that stands for it: said only when S3 said so. */
export function notFoundOr(error: unknown, { Bucket, Key, VersionId }: S3Place): unknown {
  if (!(error instanceof Error)) return error;
  const isNot =
    // A mark of a deletion has a version of its own, and nothing in it.
    ['NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'].includes(error.name) ||
    // What can't be a version id at all.
    (VersionId !== undefined && error.name === 'InvalidArgument' && /version id/i.test(error.message));
  if (!isNot) return error;
  const version = VersionId === undefined ? '' : ` in version ${VersionId}`;
  return new NotFound(`no blob ${Key}${version} in ${Bucket}`, { cause: error });
}

function metadataOf({ ContentType, CacheControl, Metadata = {} }: GetObjectCommandOutput): BlobMetadata {
  return {
    ...(ContentType !== undefined && !NO_TYPE.includes(ContentType) && { contentType: ContentType }),
    ...(CacheControl !== undefined && { cacheControl: CacheControl }),
    ...(Object.keys(Metadata).length > 0 && { named: Metadata }),
  };
}
