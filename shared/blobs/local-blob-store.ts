import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { type Durability, diskDurability } from '../../local/durability.ts';
import { NotFound } from '../errors/errors.ts';
import { base32, sha256 } from '../ids/ids.ts';
import type { Signer } from '../signer/signer.ts';
import { blobKeyFault, blobKeySegments } from './blob-key.ts';
import { compareBytes, entriesOf, type KeyRange, walkKeys } from './blob-listing.ts';
import { checkMetadata } from './blob-metadata.ts';
import type {
  BlobMetadata,
  BlobReader,
  BlobStore,
  BlobVersion,
  UploadLink,
  UploadRequest,
} from './blob-store.ts';
import { closingOnError, codeOf, ifThere, removeIfEmpty, translated } from './disk-errors.ts';
import { blobReader, openNoFollow, readAbout, writeAbout, writeBody } from './local-blob-files.ts';
import { Folders, isReal } from './local-folders.ts';
import { ReleasePacks } from './local-release-packs.ts';
import { checkUploaded, noLargerThan, readUploadFields, uploadFields } from './upload-form.ts';

/** Where puts write before they rename: on the same file system, and empty after a clean start. */
const DRAFTS = '.drafts';

/** A folder that stands in the root once no release is a folder of plain files any more. */
const PACKED = '.packed';

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
 * - `apps/<appId>/<release>/<path>`: the files of a release stand together in one pack,
 *   `apps/<appId>/<release>.pack`, from which the edge streams them. A release is named for its content, so nobody pins
 *   a version of such a file: its version id is its digest, and an older one is gone when other bytes are put. Metadata
 *   is not kept: the edge knows type and caching by the file's name.
 * - everything else: the key is a folder, and each put adds one file to it, named by its version id, whose last bytes
 *   say size, digest and metadata. The latest version is the last by name; older ones stay as they were until the key
 *   is deleted.
 *
 * A blob is visible when it is whole and synced, not before. A reader keeps its file open, so nothing that is put or
 * deleted later changes what it reads.
 */
export class LocalBlobStore implements BlobStore {
  readonly #root: string;
  readonly #options: LocalBlobStoreOptions;
  readonly #durability: Durability;
  readonly #folders: Folders;
  readonly #packs: ReleasePacks;

  private constructor(root: string, options: LocalBlobStoreOptions) {
    this.#root = root;
    this.#options = options;
    this.#durability = options.durability ?? diskDurability;
    this.#folders = new Folders(root, this.#durability);
    this.#packs = new ReleasePacks(root, this.#folders, this.#durability);
  }

  /** Opens the folder, and clears away what a crash left half-written. */
  static async open(options: LocalBlobStoreOptions): Promise<LocalBlobStore> {
    await mkdir(options.root, { recursive: true });
    const root = await realpath(options.root);
    await rm(join(root, DRAFTS), { recursive: true, force: true });
    await mkdir(join(root, DRAFTS));
    const store = new LocalBlobStore(root, options);
    await store.#packFolders();
    return store;
  }

  /** Earlier versions kept the files of a release as plain files in a folder of its own. Safe to break off and repeat. */
  async #packFolders(): Promise<void> {
    const done = join(this.#root, PACKED);
    if (await ifThere(isReal(done))) return;
    const apps = join(this.#root, 'apps');
    for (const app of (await entriesOf(apps)).filter((entry) => entry.isDirectory())) {
      const folder = join(apps, app.name);
      for (const release of (await entriesOf(folder)).filter((entry) => entry.isDirectory())) {
        await this.#packFolder(`apps/${app.name}/${release.name}`, join(folder, release.name));
      }
    }
    await mkdir(done, { recursive: true });
  }

  async #packFolder(key: string, folder: string): Promise<void> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const file = await openNoFollow(path);
      try {
        const name = relative(folder, path).split(sep).join('/');
        await this.#packStream(`${key}/${name}`, file.createReadStream({ autoClose: false }));
      } finally {
        await file.close();
      }
    }
    await this.#discard(folder);
  }

  /**
   * As the port says.
   * @throws TypeError when the key or the metadata is none, Busy when the disk is full or too many files are open.
   */
  async put(key: string, body: Uint8Array | Readable, metadata: BlobMetadata = {}): Promise<BlobVersion> {
    checkMetadata(metadata);
    return isReleaseFile(key)
      ? this.#putReleaseFile(key, body)
      : this.#put(key, body, metadata, () => Promise.resolve(undefined));
  }

  async get(key: string, versionId?: string): Promise<BlobReader> {
    const found = isReleaseFile(key)
      ? await this.#openPacked(key)
      : await this.#openVersion(this.#path(key), versionId);
    if (found && (versionId ?? found.versionId) === found.versionId) return found;
    await found?.close();
    throw new NotFound(`no blob ${key}${versionId === undefined ? '' : ` in version ${versionId}`}`);
  }

  /** A file of a release for streaming from `start` on; undefined when there is none. The caller closes it. */
  async openReleaseFile(
    key: string,
  ): Promise<{ file: FileHandle; start: number; sizeBytes: number } | undefined> {
    if (blobKeyFault(key) !== undefined || !isReleaseFile(key)) return undefined;
    const opened = await this.#packs.open(key);
    return opened && { file: opened.file, start: opened.found.start, sizeBytes: opened.found.sizeBytes };
  }

  async list(
    prefix: string,
    cursor?: string,
  ): Promise<{ blobs: { key: string; sizeBytes: number }[]; next?: string }> {
    const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
    const blobs: { key: string; sizeBytes: number }[] = [];
    for await (const blob of this.#walk({ prefix, after })) {
      blobs.push(blob);
      if (blobs.length === (this.#options.pageSize ?? PAGE_SIZE)) {
        return { blobs, next: Buffer.from(blob.key).toString('base64url') };
      }
    }
    return { blobs };
  }

  async delete(key: string, options: { prefix?: boolean } = {}): Promise<void> {
    const path = this.#path(options.prefix && key.endsWith('/') ? key.slice(0, -1) : key);
    if (key.startsWith('apps/')) {
      const away = () => join(this.#root, DRAFTS, base32(randomBytes(10)));
      await this.#packs.delete(key, options.prefix ?? false, away);
      return;
    }
    if (options.prefix && key === 'apps') throw new TypeError('nobody deletes every release at once');
    for (const doomed of await this.#doomed(path, options.prefix ?? false)) await this.#discard(doomed);
    if (await this.#isInside(path)) await removeIfEmpty(path);
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

  /** Every blob of the range, in order: releases stand in packs, all else in folders. */
  async *#walk(range: KeyRange): AsyncGenerator<{ key: string; sizeBytes: number }> {
    const below = range.prefix.slice(0, range.prefix.lastIndexOf('/') + 1);
    if (below.startsWith('apps/')) {
      yield* this.#packs.list(range);
      return;
    }
    const start = below === '' ? this.#root : this.#path(below.slice(0, -1));
    if (!(await this.#isInside(start))) return;
    const packed = 'apps/'.startsWith(range.prefix) ? this.#packs.list(range) : undefined;
    let isPackedGiven = false;
    for await (const { key, path } of walkKeys(start, below, range)) {
      if (packed && !isPackedGiven && compareBytes(key, 'apps/') > 0) {
        isPackedGiven = true;
        yield* packed;
      }
      const found = await this.#openVersion(path);
      await found?.close();
      if (found) yield { key, sizeBytes: found.sizeBytes };
    }
    if (packed && !isPackedGiven) yield* packed;
  }

  async #putReleaseFile(key: string, body: Uint8Array | Readable): Promise<BlobVersion> {
    blobKeySegments(key);
    try {
      if (body instanceof Uint8Array) {
        const written = { sizeBytes: body.byteLength, sha256: sha256(body) };
        await this.#packs.put(key, { ...written, content: body });
        return { versionId: written.sha256, ...written };
      }
      return await this.#packStream(key, body);
    } catch (error) {
      throw translated(error, key);
    }
  }

  /** By way of a draft: how long it is stands before it in the pack. */
  async #packStream(key: string, body: Readable): Promise<BlobVersion> {
    const draft = join(this.#root, DRAFTS, base32(randomBytes(10)));
    const file = await open(draft, 'wx+');
    try {
      const written = await writeBody(file, body);
      await this.#packs.put(key, { ...written, content: file });
      return { versionId: written.sha256, ...written };
    } finally {
      await file.close();
      await rm(draft, { force: true });
    }
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
      const written = await this.#writeDraft(draft, body, metadata);
      const found = await existing(written);
      if (found) return found;
      const versionId = await nextVersionId(path);
      const named = join(path, versionId);
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
    metadata: BlobMetadata,
  ): Promise<Written> {
    const file = await open(draft, 'wx');
    try {
      const written = await writeBody(file, body);
      await writeAbout(file, { ...written, metadata });
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

  async #openPacked(key: string): Promise<BlobReader | undefined> {
    blobKeySegments(key);
    const opened = await this.#packs.open(key);
    if (!opened) return undefined;
    const { start, sizeBytes, sha256: digest } = opened.found;
    return blobReader(opened.file, { versionId: digest, sizeBytes, sha256: digest }, {}, start);
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

  async #latestWith(key: string, digest: string): Promise<BlobVersion | undefined> {
    const latest = await this.#openVersion(this.#path(key));
    await latest?.close();
    if (latest?.sha256 !== digest) return undefined;
    return { versionId: latest.versionId, sizeBytes: latest.sizeBytes, sha256: digest };
  }

  /** What stands on disk for a key, or for all keys below it. */
  async #doomed(folder: string, below: boolean): Promise<string[]> {
    if (!(await this.#isInside(folder))) return [];
    return (await entriesOf(folder))
      .filter((entry) => (below ? entry.isDirectory() : entry.isFile()))
      .map((entry) => join(folder, entry.name));
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
  return key.startsWith('apps/');
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
