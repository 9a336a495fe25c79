import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { DATA_VERSION } from '../migrations.ts';
import { BACKUP_FORMAT, BackupHead, DATA_FOLDER, HEAD_FILE, isSafePath, SUMS_FILE } from './format.ts';
import { BackupRefused } from './refused.ts';
import { BLOCK_BYTES, decodeTarHeader, paddingOf, type TarEntry } from './tar.ts';

const CHUNK_BYTES = 1_048_576;
const MAX_HEAD_BYTES = 65_536;
/** A line for each of two million files. */
const MAX_SUMS_BYTES = 400_000_000;

/** What is done with a file or folder of the archive. The path begins with `data/` and is safe. */
export interface Receiver {
  folder(path: string): Promise<void>;
  file(path: string, content: AsyncIterable<Buffer>): Promise<void>;
}

/**
 * Reads a backup from its beginning to its end, as if an enemy had written it, and hands on what is in it. What was
 * handed on is good only when this resolves: the digests come last.
 * @throws BackupRefused `restore/not-a-backup`, `restore/newer`, `restore/damaged`, `restore/unsafe`
 */
export async function readBackup(input: FileHandle, receiver: Receiver): Promise<BackupHead> {
  const reader = new Reader(input, (await input.stat()).size);
  const head = await readHead(reader);
  const found = new Map<string, string>([[HEAD_FILE, reader.lastDigest]]);
  for (;;) {
    const entry = await reader.next();
    if (entry.path === SUMS_FILE) {
      compare(found, (await reader.bytes(entry, MAX_SUMS_BYTES)).toString());
      await reader.expectEnd();
      return head;
    }
    if (!isSafePath(entry.path) || !entry.path.startsWith(`${DATA_FOLDER}/`)) throw unsafe(entry.path);
    if (found.has(entry.path)) throw damaged(`${entry.path} is in it twice`);
    if (entry.kind === 'folder') {
      await receiver.folder(entry.path);
      continue;
    }
    await receiver.file(entry.path, reader.content(entry));
    found.set(entry.path, reader.lastDigest);
  }
}

async function readHead(reader: Reader): Promise<BackupHead> {
  const message = 'This is no backup that Cottage made.';
  const notOurs = new BackupRefused('restore/not-a-backup', message);
  const entry = await reader.next().catch(() => undefined);
  if (entry?.path !== HEAD_FILE || entry.kind !== 'file') throw notOurs;
  const value = parseJson((await reader.bytes(entry, MAX_HEAD_BYTES)).toString());
  const format = Number((value as { format?: unknown } | undefined)?.format);
  if (format > BACKUP_FORMAT) throw newer('was made by a newer version of Cottage');
  const head = BackupHead.safeParse(value);
  if (!head.success) throw notOurs;
  if (head.data.dataVersion > DATA_VERSION) throw newer('holds data of a newer version of Cottage');
  return head.data;
}

const newer = (how: string) =>
  new BackupRefused('restore/newer', `This backup ${how}. Restore it with that version, or a later one.`);

const damaged = (how: string) =>
  new BackupRefused(
    'restore/damaged',
    `This backup is damaged: ${how}. Nothing was restored; take another one.`,
  );

const unsafe = (path: string) =>
  new BackupRefused(
    'restore/unsafe',
    `This backup holds ${JSON.stringify(path.slice(0, 300))}, which Cottage would never write: somebody has changed ` +
      'it. Nothing was restored.',
  );

/** What was found is what the list says, no more and no less. */
function compare(found: Map<string, string>, list: string): void {
  const left = new Map(found);
  for (const line of list.split('\n').slice(0, -1)) {
    const [, digest, path = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (digest === undefined || !left.has(path)) throw damaged(`${path || 'a file'} is missing`);
    if (left.get(path) !== digest) throw damaged(`${path} is not as it was written`);
    left.delete(path);
  }
  for (const path of left.keys()) throw damaged(`${path} is on no list`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Goes through an archive from front to back. */
class Reader {
  readonly #input: FileHandle;
  readonly #size: number;
  #at = 0;
  /** Hex; of the content read last. */
  lastDigest = '';

  constructor(input: FileHandle, size: number) {
    this.#input = input;
    this.#size = size;
  }

  async next(): Promise<TarEntry> {
    const header = decodeTarHeader(await this.#take(BLOCK_BYTES));
    if (header === 'end') throw damaged('its list of digests is missing');
    if (header === 'bad') throw damaged('the head of a file can not be read');
    if (header === 'other') throw unsafe('a link or a device');
    if (this.#at + header.sizeBytes > this.#size) throw damaged('it ends too early');
    return header;
  }

  /** Must be read to its end before the next entry. */
  async *content({ sizeBytes }: TarEntry): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    for (let left = sizeBytes; left > 0; ) {
      const bytes = await this.#take(Math.min(CHUNK_BYTES, left));
      hash.update(bytes);
      left -= bytes.length;
      yield bytes;
    }
    await this.#take(paddingOf(sizeBytes));
    this.lastDigest = hash.digest('hex');
  }

  async bytes(entry: TarEntry, atMost: number): Promise<Buffer> {
    if (entry.kind !== 'file' || entry.sizeBytes > atMost) throw damaged(`${entry.path} is too large`);
    const chunks: Buffer[] = [];
    for await (const chunk of this.content(entry)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async expectEnd(): Promise<void> {
    for (let i = 0; i < 2; i += 1) {
      if (decodeTarHeader(await this.#take(BLOCK_BYTES)) !== 'end')
        throw damaged('there is more behind its end');
    }
    if (this.#at !== this.#size) throw damaged('there is more behind its end');
  }

  async #take(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await this.#input.read(bytes, filled, length - filled, this.#at + filled);
      if (bytesRead === 0) throw damaged('it ends too early');
      filled += bytesRead;
    }
    this.#at += length;
    return bytes;
  }
}
