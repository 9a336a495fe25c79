import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, realpath, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Durability, diskDurability } from '../../local/durability.ts';
import { NotFound } from '../errors/errors.ts';
import { base32 } from '../ids/ids.ts';
import type { Signer } from '../signer/signer.ts';
import { blobKeyFault, blobKeySegments } from './blob-key.ts';
import { entriesOf, walkKeys } from './blob-listing.ts';
import type {
  BlobMetadata,
  BlobReader,
  BlobStore,
  BlobVersion,
  UploadLink,
  UploadRequest,
} from './blob-store.ts';
import { closingOnError, codeOf, ifThere, translated } from './disk-errors.ts';
import { blobReader, measure, openNoFollow, readAbout, writeAbout, writeBody } from './local-blob-files.ts';
import { Folders, isReal } from './local-folders.ts';
import { checkUploaded, noLargerThan, readUploadFields, uploadFields } from './upload-form.ts';

/** Where puts write before they rename: on the same file system, and empty after a clean start. */
const DRAFTS = '.drafts';

const VERSION_ID = /^\d{12}-[a-z2-7]{16}$/;

/** S3 lists as many at a time. */
const PAGE_SIZE = 1000;

export interface LocalBlobStoreOptions {
  /** The folder that holds the blobs; made when there is none. One process at a time. */
  root: string;
  /** Where upload forms are posted to; asked at each link, for the port may not be known before. */
  uploadUrl: () => string;
  signer: Signer;
  durability?: Durability;
  pageSize?: number;
}

type Written = Omit<BlobVersion, 'versionId'>;

/**
 * `BlobStore` in a folder. There are two kinds of keys, told apart by their first segment:
 *
 * - `apps/<appId>/<release>/<path>`: a file of a release is a plain file at its key, because the edge streams it from
 *   there. A release is named for its content, so nobody pins a version of such a file: its version id is its digest,
 *   an older one is gone when other bytes are put, and the digest is found by reading it. Metadata is not kept: the
 *   edge knows type and caching by the file's name.
 * - everything else: the key is a folder, and each put adds one file to it, named by its version id, whose last bytes
 *   say size, digest and metadata. The latest version is the last by name; older ones stay as they were until the key
 *   is deleted.
 *
 * Both ways one rename makes a blob visible, whole; then its folder is synced. A reader keeps its file open, so nothing
 * that is put or deleted later changes what it reads.
 */
export class LocalBlobStore implements BlobStore {
  readonly #root: string;
  readonly #options: LocalBlobStoreOptions;
  readonly #durability: Durability;
  readonly #folders: Folders;

  private constructor(root: string, options: LocalBlobStoreOptions) {
    this.#root = root;
    this.#options = options;
    this.#durability = options.durability ?? diskDurability;
    this.#folders = new Folders(root, this.#durability);
  }

  /** Opens the folder, and clears away what a crash left half-written. */
  static async open(options: LocalBlobStoreOptions): Promise<LocalBlobStore> {
    await mkdir(options.root, { recursive: true });
    const root = await realpath(options.root);
    await rm(join(root, DRAFTS), { recursive: true, force: true });
    await mkdir(join(root, DRAFTS));
    return new LocalBlobStore(root, options);
  }

  /**
   * As the port says.
   * @throws TypeError when the key is none, Busy when the disk is full or too many files are open, AlreadyExists when
   * a release would have a file and a folder of one name.
   */
  put(key: string, body: Uint8Array | Readable, metadata: BlobMetadata = {}): Promise<BlobVersion> {
    return this.#put(key, body, metadata, () => Promise.resolve(undefined));
  }

  async get(key: string, versionId?: string): Promise<BlobReader> {
    const path = this.#path(key);
    const found = isReleaseFile(key)
      ? await this.#openReleaseFile(path)
      : await this.#openVersion(path, versionId);
    if (found && (versionId ?? found.versionId) === found.versionId) return found;
    await found?.close();
    throw new NotFound(`no blob ${key}${versionId === undefined ? '' : ` in version ${versionId}`}`);
  }

  /** A file of a release for streaming; undefined when there is none. The caller closes it. */
  async openReleaseFile(key: string): Promise<{ file: FileHandle; sizeBytes: number } | undefined> {
    if (blobKeyFault(key) !== undefined || !isReleaseFile(key)) return undefined;
    return this.#openPlain(this.#path(key));
  }

  async list(
    prefix: string,
    cursor?: string,
  ): Promise<{ blobs: { key: string; sizeBytes: number }[]; next?: string }> {
    const below = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const start = below === '' ? this.#root : this.#path(below.slice(0, -1));
    const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
    const blobs: { key: string; sizeBytes: number }[] = [];
    if (!(await this.#isInside(start))) return { blobs };
    for await (const { key, path } of walkKeys(start, below, { prefix, after }, isReleaseFile)) {
      const sizeBytes = await this.#size(key, path);
      if (sizeBytes !== undefined) blobs.push({ key, sizeBytes });
      if (blobs.length === (this.#options.pageSize ?? PAGE_SIZE)) {
        return { blobs, next: Buffer.from(key).toString('base64url') };
      }
    }
    return { blobs };
  }

  async delete(key: string, options: { prefix?: boolean } = {}): Promise<void> {
    const path = this.#path(options.prefix && key.endsWith('/') ? key.slice(0, -1) : key);
    for (const doomed of await this.#doomed(key, path, options.prefix ?? false)) await this.#discard(doomed);
    if (!isReleaseFile(key) && (await this.#isInside(path))) await removeIfEmpty(path);
    const nearest = (await this.#isInside(path)) ? path : dirname(path);
    if (await this.#isInside(nearest)) await this.#folders.sync(nearest);
  }

  async uploadLink(request: UploadRequest): Promise<UploadLink> {
    blobKeySegments(request.key);
    return {
      url: this.#options.uploadUrl(),
      fields: await uploadFields(this.#options.signer, request),
    };
  }

  /**
   * Takes an upload: the form's fields, then the file as it arrives. The same file sent again is the upload that there
   * is, so a client whose answer got lost may repeat it, and a link can't be used to fill the disk.
   * @throws RequestRefused `upload/form-invalid`, `upload/expired`, `upload/too-large`, `upload/digest-mismatch`;
   * nothing is kept then, and the file is read no further.
   */
  async receiveUpload(
    fields: Record<string, string>,
    file: Readable,
  ): Promise<BlobVersion & { key: string }> {
    const request = await readUploadFields(this.#options.signer, fields);
    const version = await this.#put(request.key, noLargerThan(file, request.sizeBytes), {}, (written) => {
      checkUploaded(request, written);
      return this.#latestWith(request.key, request.sha256);
    });
    return { key: request.key, ...version };
  }

  /** Writes a draft, asks `existing` whether it is wanted at all, and gives it its name. */
  async #put(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    metadata: BlobMetadata,
    existing: (written: Written) => Promise<BlobVersion | undefined>,
  ): Promise<BlobVersion> {
    const path = this.#path(key);
    const draft = join(this.#root, DRAFTS, base32(randomBytes(10)));
    let isDraft = true;
    try {
      const written = await this.#writeDraft(draft, body, isReleaseFile(key) ? undefined : metadata);
      const found = await existing(written);
      if (found) return found;
      const versionId = isReleaseFile(key) ? written.sha256 : await nextVersionId(path);
      const named = isReleaseFile(key) ? path : join(path, versionId);
      await this.#rename(draft, named);
      isDraft = false;
      // A folder that is gone by now was deleted after our put.
      await ifThere(this.#folders.sync(dirname(named)));
      return { versionId, ...written };
    } catch (error) {
      throw translated(error, key);
    } finally {
      // Not for one that has its name: a publish has dozens, and looking for each again takes as long as naming it.
      if (isDraft) await rm(draft, { force: true });
    }
  }

  async #writeDraft(
    draft: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    metadata: BlobMetadata | undefined,
  ): Promise<Written> {
    const file = await open(draft, 'wx');
    try {
      const written = await writeBody(file, body);
      if (metadata) await writeAbout(file, { ...written, metadata });
      await this.#durability.syncFile(file);
      return written;
    } finally {
      await file.close();
    }
  }

  async #rename(draft: string, path: string): Promise<void> {
    const folder = dirname(path);
    const attempt = async () => {
      await this.#folders.ensure(folder);
      await rename(draft, path);
    };
    try {
      await attempt();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      // Somebody deleted the folder since we saw to it.
      this.#folders.forget();
      await attempt();
    }
  }

  async #openReleaseFile(path: string): Promise<BlobReader | undefined> {
    const found = await this.#openPlain(path);
    if (!found) return undefined;
    const measured = await closingOnError(found.file, measure(found.file));
    return blobReader(found.file, { versionId: measured.sha256, ...measured }, {});
  }

  async #openPlain(path: string): Promise<{ file: FileHandle; sizeBytes: number } | undefined> {
    if (!(await this.#isInside(dirname(path)))) return undefined;
    const file = await ifThere(openNoFollow(path));
    if (!file) return undefined;
    const stats = await closingOnError(file, file.stat());
    if (stats.isFile()) return { file, sizeBytes: stats.size };
    await file.close();
    return undefined;
  }

  async #openVersion(folder: string, versionId?: string): Promise<BlobReader | undefined> {
    if (!(await this.#isInside(folder))) return undefined;
    // Only a name found here is opened: a version id from outside is no path.
    const versions = await versionsIn(folder);
    const name = versionId === undefined ? versions.at(-1) : versions.find((found) => found === versionId);
    const file = name === undefined ? undefined : await ifThere(openNoFollow(join(folder, name)));
    if (name === undefined || !file) return undefined;
    const { metadata, ...written } = await closingOnError(file, readAbout(file));
    return blobReader(file, { versionId: name, ...written }, metadata);
  }

  async #size(key: string, path: string): Promise<number | undefined> {
    const found = isReleaseFile(key) ? await this.#openPlain(path) : await this.#openVersion(path);
    await (found && 'file' in found ? found.file : found)?.close();
    return found?.sizeBytes;
  }

  async #latestWith(key: string, sha256: string): Promise<BlobVersion | undefined> {
    const latest = await this.#openVersion(this.#path(key));
    await latest?.close();
    if (latest?.sha256 !== sha256) return undefined;
    return { versionId: latest.versionId, sizeBytes: latest.sizeBytes, sha256 };
  }

  /** What stands on disk for a key, or for all keys below it. */
  async #doomed(key: string, path: string, below: boolean): Promise<string[]> {
    const folder = isReleaseFile(key) ? dirname(path) : path;
    if (!(await this.#isInside(folder))) return [];
    return (await entriesOf(folder))
      .filter((entry) => (below ? entry.isDirectory() : entry.isFile()))
      .map((entry) => join(folder, entry.name))
      .filter((found) => !isReleaseFile(key) || found === path);
  }

  /** Takes a file or folder out of sight at once, then removes it. */
  async #discard(path: string): Promise<void> {
    const away = join(this.#root, DRAFTS, base32(randomBytes(10)));
    const moved = await ifThere(rename(path, away).then(() => true));
    if (moved) await rm(away, { recursive: true, force: true });
  }

  #path(key: string): string {
    return join(this.#root, ...blobKeySegments(key));
  }

  /** Is this folder there, with no symbolic link on the way to it? */
  async #isInside(folder: string): Promise<boolean> {
    return (await ifThere(isReal(folder))) ?? false;
  }
}

function isReleaseFile(key: string): boolean {
  return key === 'apps' || key.startsWith('apps/');
}

async function versionsIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  return entries
    .filter((entry) => entry.isFile() && VERSION_ID.test(entry.name))
    .map((entry) => entry.name)
    .toSorted();
}

/** One more than the latest. What is random in it keeps ids from coming back after a key was deleted. */
async function nextVersionId(folder: string): Promise<string> {
  const latest = (await versionsIn(folder)).at(-1);
  const sequence = latest === undefined ? 1 : Number(latest.slice(0, 12)) + 1;
  return `${String(sequence).padStart(12, '0')}-${base32(randomBytes(10))}`;
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    // POSIX allows either code for a folder that is not empty.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
  }
}
