import { constants, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Durability } from '../../local/durability.ts';
import { closingOnError, codeOf, ifThere } from './disk-errors.ts';
import { openNoFollow } from './local-blob-files.ts';
import { type Folders, isReal } from './local-folders.ts';
import { encodeHeader, type PackedFile, type PackHeader, readPack } from './pack-format.ts';

/** What is to be stored: the bytes, or a file that holds them. */
export interface PackInput {
  path: string;
  sizeBytes: number;
  sha256: string;
  content: Uint8Array | FileHandle;
}

interface Waiting {
  input: PackInput | { path: string; removed: true };
  done: PromiseWithResolvers<void>;
}

/** Written together at most: small files are joined up to this. */
const CHUNK_BYTES = 1_048_576;

/**
 * One release's files in one pack. Puts that come while another batch is written and synced go together into the next
 * one, and share its sync. One process, one object a pack.
 */
export class ReleasePack {
  readonly path: string;
  readonly #folders: Folders;
  readonly #durability: Durability;
  #files: Promise<Map<string, PackedFile> | undefined> | undefined;
  /** Where the next record goes, once `#files` is known. */
  #end = 0;
  #waiting: Waiting[] = [];
  /** Batches and removals, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #busy = 0;

  constructor(path: string, folders: Folders, durability: Durability) {
    this.path = path;
    this.#folders = folders;
    this.#durability = durability;
  }

  /** How many files are known to be in it. */
  fileCount = 0;

  /** Is nothing being written? */
  get isIdle(): boolean {
    return this.#busy === 0;
  }

  /**
   * The files it holds; undefined when there is no pack. A file is in it from the moment its batch is synced.
   * @throws CorruptRecord when it is damaged
   */
  files(): Promise<ReadonlyMap<string, PackedFile> | undefined> {
    return this.#known();
  }

  #known(): Promise<Map<string, PackedFile> | undefined> {
    if (this.#files) return this.#files;
    const reading = this.#read();
    this.#files = reading;
    const forget = () => {
      if (this.#files === reading) this.#files = undefined;
    };
    // What is not there may be there the next time; what could not be read, too.
    reading.then((files) => files ?? forget(), forget);
    return reading;
  }

  /** Opens one of its files for reading by position. The caller closes it. */
  async open(path: string): Promise<{ file: FileHandle; found: PackedFile } | undefined> {
    for (;;) {
      const files = await this.files();
      const found = files?.get(path);
      if (!found) return undefined;
      const file = await ifThere(openNoFollow(this.path));
      // Deleted meanwhile, and perhaps written anew: where things stood says nothing about where they stand.
      if (file && (await this.files()) === files) return { file, found };
      await file?.close();
      if (this.#files === undefined && !file) return undefined;
    }
  }

  /** Stores a file; it is durable, and visible, when this resolves. */
  put(input: PackInput): Promise<void> {
    return this.#enqueue(input);
  }

  /** Takes files away; those that are not there are fine. */
  async remove(isDoomed: (path: string) => boolean): Promise<void> {
    this.#busy += 1;
    try {
      const doomed = [...((await this.files())?.keys() ?? [])].filter(isDoomed);
      await Promise.all(doomed.map((path) => this.#enqueue({ path, removed: true })));
    } finally {
      this.#busy -= 1;
    }
  }

  /** Takes the whole pack out of sight at once, then removes it. What is put later begins a new one. */
  async discard(away: string): Promise<void> {
    await this.#inTurn(async () => {
      const isInside = (await ifThere(isReal(dirname(this.path)))) ?? false;
      const moved = isInside && (await ifThere(rename(this.path, away).then(() => true)));
      this.#files = undefined;
      this.fileCount = 0;
      if (moved) await rm(away, { force: true });
    });
  }

  #enqueue(input: Waiting['input']): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ input, done });
    if (this.#waiting.length === 1) void this.#inTurn(() => this.#writeBatch());
    return done.promise;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#busy += 1;
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    try {
      await turn;
    } finally {
      this.#busy -= 1;
    }
  }

  /** Never rejects: each of its puts is told how it went. */
  async #writeBatch(): Promise<void> {
    const batch = this.#waiting.splice(0);
    try {
      await this.#append(batch.map(({ input }) => input));
      for (const { done } of batch) done.resolve();
    } catch (error) {
      for (const { done } of batch) done.reject(error);
    }
  }

  async #append(inputs: Waiting['input'][]): Promise<void> {
    const known = await this.#known();
    const files = known ?? new Map<string, PackedFile>();
    if (!known) {
      // From now on nobody looks at the disk, where the batch would be seen before it is synced.
      this.#files = Promise.resolve(files);
      this.#end = 0;
    }
    const begin = this.#end;
    const file = await this.#openForWriting();
    try {
      // What a crash left, or a batch that failed.
      if ((await file.stat()).size > begin) await file.truncate(begin);
      const added = await writeRecords(file, begin, inputs);
      await this.#durability.syncFile(file);
      // A pack with nothing in it may be one whose name never became durable.
      if (begin === 0) await this.#folders.sync(dirname(this.path));
      for (const { path, packed } of added.records) {
        files.delete(path);
        if (packed) files.set(path, packed);
      }
      this.#end = added.end;
      this.fileCount = files.size;
    } catch (error) {
      await file.truncate(begin).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  }

  async #openForWriting(): Promise<FileHandle> {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    await this.#folders.ensure(dirname(this.path));
    try {
      return await open(this.path, flags, 0o644);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      // Somebody deleted the folder since we saw to it.
      this.#folders.forget();
      await this.#folders.ensure(dirname(this.path));
      return open(this.path, flags, 0o644);
    }
  }

  async #read(): Promise<Map<string, PackedFile> | undefined> {
    if (!((await ifThere(isReal(dirname(this.path)))) ?? false)) return undefined;
    const file = await ifThere(openNoFollow(this.path));
    if (!file) return undefined;
    const { files, end } = await closingOnError(file, readPack(file));
    await file.close();
    this.#end = end;
    this.fileCount = files.size;
    return files;
  }
}

/** Writes the records from `begin` on, small ones joined. */
async function writeRecords(file: FileHandle, begin: number, inputs: Waiting['input'][]) {
  const records: { path: string; packed: PackedFile | undefined }[] = [];
  let at = begin;
  let joined: Uint8Array[] = [];
  let joinedBytes = 0;
  const flush = async () => {
    if (joinedBytes > 0) await writeAll(file, Buffer.concat(joined, joinedBytes), at - joinedBytes);
    joined = [];
    joinedBytes = 0;
  };
  const add = async (bytes: Uint8Array) => {
    joined.push(bytes);
    joinedBytes += bytes.byteLength;
    at += bytes.byteLength;
    if (joinedBytes >= CHUNK_BYTES) await flush();
  };
  for (const input of inputs) {
    const header: PackHeader =
      'removed' in input
        ? { path: input.path, batch: begin, removed: true }
        : { path: input.path, batch: begin, sizeBytes: input.sizeBytes, sha256: input.sha256 };
    await add(encodeHeader(header));
    const start = at;
    if (!('removed' in input)) for await (const chunk of chunksOf(input)) await add(chunk);
    const packed =
      'removed' in input ? undefined : { start, sizeBytes: input.sizeBytes, sha256: input.sha256 };
    records.push({ path: input.path, packed });
  }
  await flush();
  return { records, end: at };
}

async function* chunksOf({ content, sizeBytes }: PackInput): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield content;
  else if (sizeBytes > 0) {
    yield* content.createReadStream({
      start: 0,
      end: sizeBytes - 1,
      autoClose: false,
    }) as AsyncIterable<Buffer>;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
