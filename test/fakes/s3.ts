import { createHash } from 'node:crypto';
import type {
  CreateBucketCommandInput,
  DeleteObjectsCommandInput,
  GetObjectCommandInput,
  ListObjectsV2CommandInput,
  ListObjectVersionsCommandInput,
  ObjectIdentifier,
  PutBucketVersioningCommandInput,
  PutObjectCommandInput,
  PutObjectLockConfigurationCommandInput,
} from '@aws-sdk/client-s3';
import type { WireAnswer } from './aws-answer.ts';
import { AwsFault } from './aws-errors.ts';
import type { WireRequest } from './aws-request.ts';
import type { Fake } from './aws-server.ts';
import { byBytes, FakeBucket, type ObjectVersion } from './s3-bucket.ts';
import { readForm } from './s3-form.ts';

/** The secret of `clientConfig`, which forms are signed with. */
const SECRET = 'example';

const MAX_KEYS = 1000;
/** "Working with object metadata": names and values of what users define. */
const MAX_METADATA_BYTES = 2048;

/** Ways in which S3 may behave at any time, and this fake when told to. */
export interface S3Unkindness {
  /** 0 to 1, from a seeded source: cuts pages short, down to nothing. */
  cutPages?: () => number;
}

/** S3: the operations that Cottage uses, and the form of an upload. Stricter than the service, never kinder. */
export class FakeS3 implements Fake {
  readonly operations = {
    CreateBucket: (input: CreateBucketCommandInput) => this.#createBucket(input),
    PutBucketVersioning: (input: PutBucketVersioningCommandInput) => this.#version(input),
    PutObjectLockConfiguration: (input: PutObjectLockConfigurationCommandInput) => this.#lock(input),
    PutObject: (input: PutObjectCommandInput) => this.#put(input),
    GetObject: (input: GetObjectCommandInput) => this.#get(input),
    ListObjectsV2: (input: ListObjectsV2CommandInput) => this.#list(input),
    ListObjectVersions: (input: ListObjectVersionsCommandInput) => this.#listVersions(input),
    DeleteObjects: (input: DeleteObjectsCommandInput) => this.#deleteObjects(input),
  };
  readonly form = (request: WireRequest) => this.#form(request);
  readonly #unkindness: S3Unkindness;
  readonly #buckets = new Map<string, FakeBucket>();
  readonly #undeletable = new Map<string, string>();
  readonly #refusals: AwsFault[] = [];

  constructor(unkindness: S3Unkindness = {}) {
    this.#unkindness = unkindness;
  }

  snapshot(): () => void {
    const restores = [...this.#buckets.values()].map((bucket) => bucket.snapshot());
    return () => restores.forEach((restore) => restore());
  }

  bucket(name = ''): FakeBucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new AwsFault('NoSuchBucket', 404, 'The specified bucket does not exist');
    return bucket;
  }

  /** From now on this key is not deleted, for the reason given, in an answer that is a success. */
  refuseDelete(key: string, code: string): void {
    this.#undeletable.set(key, code);
  }

  /** The next put fails with this error. */
  refusePut(fault: AwsFault): void {
    this.#refusals.push(fault);
  }

  #createBucket({ Bucket = '', ObjectLockEnabledForBucket }: CreateBucketCommandInput) {
    if (this.#buckets.has(Bucket)) throw new AwsFault('BucketAlreadyOwnedByYou', 409, 'it is there');
    const bucket = new FakeBucket();
    if (ObjectLockEnabledForBucket) Object.assign(bucket, { isVersioned: true, lock: {} });
    this.#buckets.set(Bucket, bucket);
    return { Location: `/${Bucket}` };
  }

  #version({ Bucket, VersioningConfiguration }: PutBucketVersioningCommandInput): void {
    const bucket = this.bucket(Bucket);
    const isVersioned = VersioningConfiguration?.Status === 'Enabled';
    if (bucket.lock && !isVersioned) {
      const message =
        'An Object Lock configuration is present on this bucket, so versioning cannot be suspended.';
      throw new AwsFault('InvalidBucketState', 409, message);
    }
    bucket.isVersioned = isVersioned;
  }

  #lock({ Bucket, ObjectLockConfiguration }: PutObjectLockConfigurationCommandInput) {
    const bucket = this.bucket(Bucket);
    if (!bucket.lock) {
      throw new AwsFault('InvalidBucketState', 409, 'Object Lock is not enabled for this bucket');
    }
    const { Mode, Days } = ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
    if (Mode === undefined || Days === undefined) {
      throw new AwsFault('MalformedXML', 400, 'The XML you provided was not well-formed');
    }
    bucket.lock = { retention: { mode: Mode, days: Days } };
    return {};
  }

  #put(input: PutObjectCommandInput) {
    const { Bucket, Key = '', Body, ContentLength, ContentType, CacheControl, Metadata, ...more } = input;
    const { ChecksumSHA256, ChecksumCRC32, ChecksumAlgorithm: _, IfNoneMatch, ...unknown } = more;
    knowsAll(unknown);
    const refusal = this.#refusals.shift();
    if (refusal) throw refusal;
    if (IfNoneMatch !== undefined && IfNoneMatch !== '*') {
      const message = 'A header you provided implies functionality that is not implemented';
      throw new AwsFault('NotImplemented', 501, message);
    }
    const body = Buffer.from((Body as Uint8Array | undefined) ?? []);
    if (ContentLength === undefined) {
      throw new AwsFault('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.');
    }
    const named = Object.entries(Metadata ?? {}).reduce((sum, each) => sum + each.join('').length, 0);
    if (named > MAX_METADATA_BYTES) {
      throw new AwsFault('MetadataTooLarge', 400, 'Your metadata headers exceed the maximum allowed size');
    }
    const headers = { ContentType: ContentType ?? 'application/octet-stream', CacheControl, Metadata };
    const sums = { ChecksumSHA256, ChecksumCRC32 };
    const put = this.bucket(Bucket).put(Key, body, headers, sums, IfNoneMatch === '*');
    return { ETag: etagOf(body), ChecksumSHA256, ...this.#versionIn(Bucket, put) };
  }

  #get({ Bucket, Key = '', VersionId, Range, ChecksumMode, ...unknown }: GetObjectCommandInput) {
    knowsAll(unknown);
    const found = this.bucket(Bucket).find(Key, VersionId);
    const { ChecksumSHA256, ...headers } = found.headers;
    const { lock } = this.bucket(Bucket);
    const retained = found.retainUntil && {
      ObjectLockMode: lock?.retention?.mode,
      ObjectLockRetainUntilDate: found.retainUntil,
    };
    const common = { ETag: etagOf(found.body), ...headers, ...retained, ...this.#versionIn(Bucket, found) };
    if (Range === undefined) {
      const checksum = ChecksumMode === 'ENABLED' ? { ChecksumSHA256 } : {};
      return { ...common, ...checksum, Body: found.body, ContentLength: found.body.length };
    }
    // A part of an object comes without its checksum.
    const [start, end] = rangeOf(Range, found.body.length);
    return {
      ...common,
      Body: found.body.subarray(start, end),
      ContentLength: end - start,
      ContentRange: `bytes ${start}-${end - 1}/${found.body.length}`,
    };
  }

  #list({
    Bucket,
    Prefix = '',
    MaxKeys,
    StartAfter,
    ContinuationToken,
    ...unknown
  }: ListObjectsV2CommandInput) {
    knowsAll(unknown);
    // A token goes before a key to start after, and says how far the pages before it went.
    const after = ContinuationToken === undefined ? StartAfter : fromToken(ContinuationToken);
    const all = this.bucket(Bucket)
      .current()
      .filter(({ key }) => key.startsWith(Prefix) && (after === undefined || byBytes(key, after) > 0));
    const page = all.slice(0, this.#pageSize(MaxKeys));
    const isTruncated = page.length < all.length;
    return {
      Name: Bucket,
      Contents: page.map(({ key, body, at }) => ({ Key: key, Size: body.length, LastModified: at })),
      KeyCount: page.length,
      IsTruncated: isTruncated,
      ...(isTruncated && { NextContinuationToken: toToken(page.at(-1)?.key ?? after ?? '') }),
    };
  }

  #listVersions(input: ListObjectVersionsCommandInput) {
    const { Bucket, Prefix = '', MaxKeys, KeyMarker, VersionIdMarker, ...unknown } = input;
    knowsAll(unknown);
    const all = this.bucket(Bucket)
      .all()
      .filter(({ key }) => key.startsWith(Prefix));
    const rest = all.slice(startOf(all, KeyMarker, VersionIdMarker));
    const page = rest.slice(0, this.#pageSize(MaxKeys));
    const isTruncated = page.length < rest.length;
    const shown = page.map(({ key, versionId, at }) => ({
      Key: key,
      VersionId: versionId,
      LastModified: at,
    }));
    const last = page.at(-1);
    return {
      Name: Bucket,
      Versions: shown.filter((_, i) => page[i]?.body !== undefined),
      DeleteMarkers: shown.filter((_, i) => page[i]?.body === undefined),
      IsTruncated: isTruncated,
      ...(isTruncated && {
        NextKeyMarker: last?.key ?? KeyMarker ?? '',
        NextVersionIdMarker: last?.versionId ?? VersionIdMarker ?? '',
      }),
    };
  }

  #deleteObjects({ Bucket, Delete, ChecksumAlgorithm: _, ...unknown }: DeleteObjectsCommandInput) {
    const { ChecksumCRC32: __, ...others } = unknown as { ChecksumCRC32?: string };
    knowsAll(others);
    const { Objects = [], Quiet } = Delete ?? {};
    if (Objects.length === 0 || Objects.length > MAX_KEYS) {
      throw new AwsFault('MalformedXML', 400, 'The XML you provided was not well-formed');
    }
    const bucket = this.bucket(Bucket);
    const refusalOf = ({ Key = '', VersionId }: ObjectIdentifier) =>
      this.#undeletable.get(Key) ?? (bucket.isLocked(Key, VersionId) ? 'AccessDenied' : undefined);
    const asked = Objects.map((each) => ({ ...each, Code: refusalOf(each) }));
    const [kept, gone] = [asked.filter(({ Code }) => Code), asked.filter(({ Code }) => !Code)];
    for (const { Key = '', VersionId } of gone) bucket.delete(Key, VersionId);
    return {
      Deleted: Quiet ? [] : gone.map(({ Key, VersionId }) => ({ Key, VersionId })),
      Errors: kept.map(({ Key = '', VersionId, Code }) => ({
        Key,
        VersionId,
        Code,
        Message: this.#undeletable.has(Key) ? 'planned by the test' : 'object protected by object lock',
      })),
    };
  }

  async #form(request: WireRequest): Promise<WireAnswer> {
    const name = decodeURIComponent(request.url.pathname.slice(1).replace(/\/$/, ''));
    const bucket = this.bucket(name);
    const { key, file, fields } = await readForm(request, name, SECRET);
    const headers = { ContentType: fields['content-type'] ?? 'binary/octet-stream' };
    const sums = { ChecksumSHA256: fields['x-amz-checksum-sha256'] };
    bucket.put(key, file, headers, sums);
    return { status: 204, headers: {} };
  }

  #pageSize(MaxKeys = MAX_KEYS): number {
    const size = Math.min(MaxKeys, MAX_KEYS);
    const { cutPages } = this.#unkindness;
    return cutPages ? Math.floor(cutPages() * (size + 1)) : size;
  }

  #versionIn(bucket: string | undefined, { versionId }: ObjectVersion) {
    return this.bucket(bucket).isVersioned ? { VersionId: versionId } : {};
  }
}

/** What the fake does not know it must not be silent about: the service would do something of it. */
function knowsAll(unknown: object): void {
  const names = Object.entries(unknown).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (names.length > 0) throw new TypeError(`the fake of S3 does not know ${names.join(', ')}`);
}

const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

/** `[start, end)` of `bytes=first-last`, whose end may lie behind the object's, and whose start may not. */
function rangeOf(range: string, sizeBytes: number): [start: number, end: number] {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  if (first === undefined || last === undefined)
    throw new TypeError(`the fake of S3 reads no range ${range}`);
  if (Number(first) >= sizeBytes || Number(last) < Number(first)) {
    throw new AwsFault('InvalidRange', 416, 'The requested range is not satisfiable');
  }
  return [Number(first), Math.min(Number(last) + 1, sizeBytes)];
}

const toToken = (key: string): string => `1${Buffer.from(key).toString('base64')}`;
const fromToken = (token: string): string => Buffer.from(token.slice(1), 'base64').toString();

/** Where the versions behind a mark begin, also when the version it names is gone. */
function startOf(all: ObjectVersion[], key: string | undefined, versionId: string | undefined): number {
  if (key === undefined) return 0;
  const at = all.findIndex((version) => version.key === key && version.versionId === versionId);
  if (at >= 0) return at + 1;
  const next = all.findIndex((version) => byBytes(version.key, key) >= (versionId === undefined ? 1 : 0));
  return next === -1 ? all.length : next;
}
