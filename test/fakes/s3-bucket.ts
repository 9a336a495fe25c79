import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsFault } from './aws-errors.ts';

/** What was put with an object, and comes back with it. */
export interface ObjectHeaders {
  ContentType?: string | undefined;
  CacheControl?: string | undefined;
  Metadata?: Record<string, string> | undefined;
  ChecksumSHA256?: string | undefined;
}

/** One version of a key; a mark of a deletion has no body. */
export interface ObjectVersion {
  key: string;
  versionId: string;
  body?: Buffer;
  headers: ObjectHeaders;
  at: Date;
  /** Until then nobody deletes this version; a deletion that names none still leaves its mark. */
  retainUntil?: Date;
}

/** What S3 gives each new version of a bucket with object lock; nothing until it is told. */
export interface ObjectLock {
  retention?: { mode: 'COMPLIANCE' | 'GOVERNANCE'; days: number };
}

export interface Checksums {
  ChecksumSHA256?: string | undefined;
  ChecksumCRC32?: string | undefined;
}

const DAY_MS = 86_400_000;
const MAX_KEY_BYTES = 1024;
const VERSION_ID = /^[\w-]{32}$/;

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A bucket: versions of keys, the latest of each last. */
export class FakeBucket {
  isVersioned = false;
  lock: ObjectLock | undefined;
  readonly #versions: ObjectVersion[] = [];

  snapshot(): () => void {
    // No version ever changes.
    const kept = [...this.#versions];
    return () => this.#versions.splice(0, this.#versions.length, ...kept);
  }

  /** @param isNew whether there must be none of this key; the mark of a deletion is none. */
  put(key: string, body: Buffer, headers: ObjectHeaders, sums: Checksums, isNew = false): ObjectVersion {
    if (key === '' || Buffer.byteLength(key) > MAX_KEY_BYTES) {
      throw new AwsFault('KeyTooLongError', 400, 'Your key is too long');
    }
    if (this.lock && Object.values(sums).every((sum) => sum === undefined)) {
      const message =
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters';
      throw new AwsFault('InvalidRequest', 400, message);
    }
    checkSums(body, sums);
    if (isNew && this.#versions.findLast((version) => version.key === key)?.body !== undefined) {
      const message = 'At least one of the pre-conditions you specified did not hold';
      throw new AwsFault('PreconditionFailed', 412, message);
    }
    return this.#add({ key, body, headers: { ...headers, ChecksumSHA256: sums.ChecksumSHA256 } });
  }

  /** May this version not be deleted yet? */
  isLocked(key: string, versionId: string | undefined): boolean {
    const found = this.#versions.find((version) => version.key === key && version.versionId === versionId);
    return (found?.retainUntil?.getTime() ?? 0) > Date.now();
  }

  /** Without a version it leaves a mark, as S3 does where versions are kept; in no case is there an error. */
  delete(key: string, versionId?: string): void {
    if (versionId === undefined) {
      this.#add({ key, headers: {} });
      return;
    }
    const at = this.#versions.findIndex((version) => version.key === key && version.versionId === versionId);
    if (at >= 0) this.#versions.splice(at, 1);
  }

  /** @throws AwsFault as GetObject does. */
  find(key: string, versionId?: string): ObjectVersion & { body: Buffer } {
    if (versionId !== undefined && versionId !== 'null' && !VERSION_ID.test(versionId)) {
      throw new AwsFault('InvalidArgument', 400, 'Invalid version id specified');
    }
    const all = this.#versions.filter((version) => version.key === key);
    const found =
      versionId === undefined ? all.at(-1) : all.find((version) => version.versionId === versionId);
    if (found === undefined && versionId !== undefined) {
      throw new AwsFault('NoSuchVersion', 404, 'The specified version does not exist.');
    }
    if (found?.body === undefined) {
      if (versionId !== undefined) throw new AwsFault('MethodNotAllowed', 405, 'a delete marker');
      throw new AwsFault('NoSuchKey', 404, 'The specified key does not exist.');
    }
    return { ...found, body: found.body };
  }

  /** The latest of every key that has one, by bytes. */
  current(): (ObjectVersion & { body: Buffer })[] {
    const latest = new Map(this.#versions.map((version) => [version.key, version]));
    return [...latest.values()]
      .flatMap((version) => (version.body ? [{ ...version, body: version.body }] : []))
      .toSorted((a, b) => byBytes(a.key, b.key));
  }

  /** Every version, by the bytes of their keys, the newest of a key first. */
  all(): ObjectVersion[] {
    return this.#versions.toReversed().toSorted((a, b) => byBytes(a.key, b.key));
  }

  #add(added: Omit<ObjectVersion, 'versionId' | 'at'>): ObjectVersion {
    const versionId = this.isVersioned ? randomBytes(24).toString('base64url') : 'null';
    if (!this.isVersioned) this.delete(added.key, 'null');
    const { retention } = this.lock ?? {};
    const version = {
      ...added,
      versionId,
      at: new Date(),
      ...(retention && added.body && { retainUntil: new Date(Date.now() + retention.days * DAY_MS) }),
    };
    this.#versions.push(version);
    return version;
  }
}

export const sha256Of = (body: Buffer): string => createHash('sha256').update(body).digest('base64');

function checkSums(body: Buffer, { ChecksumSHA256, ChecksumCRC32 }: Checksums): void {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  const isRight =
    (ChecksumSHA256 ?? sha256Of(body)) === sha256Of(body) &&
    (ChecksumCRC32 ?? crc.toString('base64')) === crc.toString('base64');
  if (!isRight) {
    throw new AwsFault('BadDigest', 400, 'The checksum you specified did not match the calculated checksum.');
  }
}
