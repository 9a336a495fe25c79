import type { FileHandle } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import { type Encoding, isNegotiable } from '../../shared/hosting/content-encoding.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import type { Answer } from './answer.ts';
import { compress } from './compress.ts';

/** A file of a release: `sizeBytes` from `start` on of an open file, which holds others too. */
export interface ReleaseFile {
  file: FileHandle;
  start: number;
  sizeBytes: number;
}

/** Where the files of releases are; undefined when there is no such file. Whoever opens one closes it. */
export interface ReleaseFiles {
  openReleaseFile(key: string): Promise<ReleaseFile | undefined>;
}

/** The bytes of a file in one encoding, in memory. */
export interface KeptFile {
  bytes: Buffer;
  /** Are there other encodings of this file? */
  negotiable: boolean;
  /** The answer that was made with them last, and the site it was made for: the next visitor gets the same. */
  answered?: { site: Site; answer: Answer };
}

export interface CacheLimits {
  /** Everything kept in memory, in all encodings together. */
  cacheBytes: number;
  /** Files up to this are kept as they are; larger ones are read from disk each time. */
  keptBytes: number;
  /** Compressed at a time, each on a thread of its own. */
  compressions: number;
  /** Waiting to be compressed; what comes on top is sent as it is. */
  waitingCompressions: number;
}

/** Roughly what an entry costs beside its bytes and its key: most of it are the headers of its answer. */
const ENTRY_BYTES = 2_000;

/**
 * Files of releases, kept in memory as they are sent: small ones as they are, others compressed, made when first asked
 * for. A key names the app, the release and the file, and a release never changes, so nothing here is ever out of date.
 * Who may see a file is not known here and has to be settled before.
 */
export class FileCache {
  readonly #files: ReleaseFiles;
  readonly #limits: CacheLimits;
  readonly #kept: LRUCache<string, KeptFile>;
  /** What is being read or compressed, so that nothing is done twice at a time. */
  readonly #underWay = new Map<string, Promise<KeptFile | undefined>>();
  readonly #queue: (() => void)[] = [];
  #compressing = 0;

  constructor(files: ReleaseFiles, limits: CacheLimits) {
    this.#files = files;
    this.#limits = limits;
    this.#kept = new LRUCache({
      maxSize: limits.cacheBytes,
      sizeCalculation: ({ bytes }, key) => ENTRY_BYTES + 2 * key.length + bytes.length,
    });
  }

  /** What all that is kept takes, in bytes. */
  get sizeBytes(): number {
    return this.#kept.calculatedSize;
  }

  /** The file in this encoding, if it is kept. */
  kept(key: string, encoding: Encoding): KeptFile | undefined {
    return this.#kept.get(nameOf(key, encoding));
  }

  /** The file as it is, from memory or opened, in which case the caller closes it; undefined when there is none. */
  async open(key: string): Promise<KeptFile | ReleaseFile | undefined> {
    const name = nameOf(key, 'identity');
    const known = this.#kept.get(name) ?? (await this.#underWay.get(name));
    if (known) return known;
    const opened = await this.#files.openReleaseFile(key);
    if (!opened || opened.sizeBytes > this.#limits.keptBytes) return opened;
    const others = this.#kept.get(name) ?? this.#underWay.get(name);
    if (!others) return this.#once(name, isNegotiable(key, opened.sizeBytes), () => readWhole(opened));
    await opened.file.close();
    return others;
  }

  /**
   * The file, which is there, compressed. Undefined when so much is to be compressed that this one has to be sent as it
   * is.
   * @throws Error when it can't be read to its end
   */
  async compressed(key: string, encoding: Exclude<Encoding, 'identity'>): Promise<KeptFile | undefined> {
    const name = nameOf(key, encoding);
    const known = this.#kept.get(name) ?? this.#underWay.get(name);
    if (known) return known;
    if (this.#queue.length >= this.#limits.waitingCompressions) return undefined;
    return this.#once(name, true, () => this.#inTurn(() => this.#compress(key, encoding)));
  }

  async #compress(key: string, encoding: Exclude<Encoding, 'identity'>): Promise<Buffer | undefined> {
    const content = await this.open(key);
    if (!content) return undefined;
    return compress('bytes' in content ? content.bytes : await readWhole(content), encoding);
  }

  async #once(
    name: string,
    negotiable: boolean,
    make: () => Promise<Buffer | undefined>,
  ): Promise<KeptFile | undefined> {
    const making = make().then((bytes) => bytes && { bytes, negotiable });
    this.#underWay.set(name, making);
    try {
      const file = await making;
      if (file) this.#kept.set(name, file);
      return file;
    } finally {
      this.#underWay.delete(name);
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#compressing < this.#limits.compressions) this.#compressing += 1;
    // Whoever ends hands its place on, so that nobody slips in between.
    else await new Promise<void>((resolve) => this.#queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#compressing -= 1;
    }
  }
}

/** The encoding, which has no space, goes first: no file's name can look like another's encoding. */
function nameOf(key: string, encoding: Encoding): string {
  return `${encoding} ${key}`;
}

/** Reads it all into memory of its own and closes it. @throws Error when it has lost its end */
async function readWhole({ file, start, sizeBytes }: ReleaseFile): Promise<Buffer> {
  try {
    // Not of the pool, whose slabs would be kept with it.
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    let read = 0;
    while (read < sizeBytes) {
      const { bytesRead } = await file.read(bytes, read, sizeBytes - read, start + read);
      if (bytesRead === 0) throw new Error('a file of a release has lost its end');
      read += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
