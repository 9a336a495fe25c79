import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ObjectVersion,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { notFoundOr } from '../blobs/s3-blob-reader.ts';
import { orBusy } from '../errors/aws-busy.ts';
import { Busy, NotFound } from '../errors/errors.ts';
import { sha256 } from '../ids/ids.ts';
import { checkHeadName, HEAD_NAME, type KeptHeads } from './kept-heads.ts';

/** Keys of heads begin so, and a role may be held to that. */
export const HEADS_PREFIX = 'heads/';

/** S3 has seen another write of this key at the same moment (API reference, PutObject, `IfNoneMatch`): to be tried again. */
const AT_ONCE = ['ConditionalRequestConflict'];

export interface S3KeptHeadsOptions {
  /** Belongs to the caller, who also destroys it. */
  client: S3Client;
  /** The bucket, with object lock and a default retention; versioned, as such a bucket always is. */
  bucket: string;
}

/**
 * `KeptHeads` in an S3 bucket with object lock, an object each. How long nobody can take one back is the bucket's default
 * retention, which S3 gives every object that says none.
 *
 * Object lock protects versions, not keys: a deletion without a version leaves a mark before the head, and a put another
 * version (S3 user guide, "Object Lock considerations", on delete markers). So the head of a name is the *oldest* version
 * there is of its key, and neither hides it. Writing is conditional besides: nobody adds a version by mistake.
 *
 * Throttling, lost connections and errors of the service are `Busy`. What else S3 refuses (no such bucket, no permission)
 * is thrown as it came.
 */
export class S3KeptHeads implements KeptHeads {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor({ client, bucket }: S3KeptHeadsOptions) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async keep(name: string, text: string): Promise<boolean> {
    const key = keyOf(name);
    // Behind the mark of a deletion there may be one that the condition of a put does not see.
    const there = await this.#oldest(key);
    if (!there && (await this.#create(key, text))) return true;
    const version = there ?? (await this.#oldest(key));
    if (!version) throw new Busy(`S3 says that there is a head ${name}, and shows none yet`);
    return (await this.#textOf(version)) === text;
  }

  async names(): Promise<string[]> {
    const names = new Set<string>();
    for await (const { Key = '' } of this.#versions(HEADS_PREFIX)) names.add(nameOf(Key));
    return [...names].filter((name) => HEAD_NAME.test(name)).toSorted();
  }

  async read(name: string): Promise<string> {
    const version = await this.#oldest(keyOf(name));
    if (!version) throw new NotFound(`no head was kept as ${name}`);
    return this.#textOf(version);
  }

  async #textOf({ Key = '', VersionId }: ObjectVersion): Promise<string> {
    const at = { Bucket: this.#bucket, Key, VersionId };
    // The client asks for S3's checksum by itself, and holds the bytes to it.
    const { Body } = await s3(this.#client.send(new GetObjectCommand(at))).catch((error: unknown) => {
      throw notFoundOr(error, at);
    });
    return s3(Body?.transformToString() ?? Promise.resolve(''));
  }

  /** False when there is an object of this key. An upload to a bucket with object lock must carry a checksum. */
  async #create(key: string, text: string): Promise<boolean> {
    const bytes = Buffer.from(text);
    try {
      await s3(
        this.#client.send(
          new PutObjectCommand({
            Bucket: this.#bucket,
            Key: key,
            Body: bytes,
            ContentLength: bytes.byteLength,
            ContentType: 'application/json',
            ChecksumAlgorithm: 'SHA256',
            ChecksumSHA256: Buffer.from(sha256(bytes), 'hex').toString('base64'),
            IfNoneMatch: '*',
          }),
        ),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'PreconditionFailed') return false;
      throw error;
    }
  }

  /** The first version that was put under a key. */
  async #oldest(key: string): Promise<ObjectVersion | undefined> {
    let oldest: ObjectVersion | undefined;
    // Of one key the newest comes first (S3 user guide, "Listing objects in a versioning-enabled bucket").
    for await (const version of this.#versions(key)) if (version.Key === key) oldest = version;
    return oldest;
  }

  /** Every version of every key that begins so, and no marks of deletions. */
  async *#versions(Prefix: string): AsyncGenerator<ObjectVersion> {
    let from: Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'> = {};
    for (;;) {
      const page = await s3(
        this.#client.send(new ListObjectVersionsCommand({ Bucket: this.#bucket, Prefix, ...from })),
      );
      yield* page.Versions ?? [];
      if (!page.IsTruncated) return;
      from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }
}

const s3 = <T>(call: Promise<T>): Promise<T> => orBusy('S3', call, AT_ONCE);

function keyOf(name: string): string {
  checkHeadName(name);
  return `${HEADS_PREFIX}${name}.json`;
}

/** Empty for what is no head's key. */
const nameOf = (key: string): string =>
  key.endsWith('.json') ? key.slice(HEADS_PREFIX.length, -'.json'.length) : '';
