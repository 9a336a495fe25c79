import { createHash, randomBytes } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HOUR_MS } from '../../shared/clock/clock.ts';
import { diskDurability } from '../durability.ts';
import { BACKUP_FORMAT, type BackupHead, DATA_FOLDER, HEAD_FILE, isSafePath, SUMS_FILE } from './format.ts';
import { namedFiles } from './named-files.ts';
import { BackupRefused, diskRefusal } from './refused.ts';
import { END_OF_ARCHIVE, encodeTarHeader, paddingOf, type TarEntry } from './tar.ts';

const CHUNK_BYTES = 1_048_576;

/** What a file is called until it is whole. */
const DRAFT = '.cottage-backup-';

export interface BackupMade {
  file: string;
  /** When the picture was taken. */
  createdAt: string;
  files: number;
  sizeBytes: number;
}

export interface WriteOptions {
  /** A folder `takeSnapshot` made. */
  snapshot: string;
  /** May not be there yet. */
  file: string;
  /** Not written into: the backup would hold itself the next time. */
  dataFolder: string;
  /** Told now and then how many bytes of how many are written. */
  onProgress?: (writtenBytes: number, totalBytes: number) => void;
  /** Breaks it off; nothing is left of it. */
  signal?: AbortSignal | undefined;
}

/**
 * Writes a snapshot to one file that only its owner may read: whole, checked and durable when this resolves, and not
 * there at all otherwise.
 * @throws BackupRefused `backup/exists`, `backup/inside-data`, `backup/database-damaged`, `backup/path`, `backup/disk`,
 * `backup/stopped`
 */
export async function writeBackup(options: WriteOptions): Promise<BackupMade> {
  const file = await checkedTarget(options.file, options.dataFolder);
  const { dataVersion, entries } = lookInto(options.snapshot);
  const createdAt = (await stat(options.snapshot)).mtime.toISOString();
  const draft = join(dirname(file), `${DRAFT}${randomBytes(6).toString('hex')}`);
  await removeForgotten(dirname(file));
  try {
    const output = await open(draft, 'wx', 0o600);
    let sizeBytes: number;
    try {
      const archive = new Archive(output, Date.parse(createdAt), options.signal);
      const head: BackupHead = { format: BACKUP_FORMAT, createdAt, dataVersion };
      await archive.addText(HEAD_FILE, `${JSON.stringify(head, null, 2)}\n`);
      const totalBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
      for (const entry of entries) {
        await archive.add(
          { ...entry, path: `${DATA_FOLDER}/${entry.path}` },
          join(options.snapshot, entry.path),
        );
        options.onProgress?.(archive.sizeBytes, totalBytes);
      }
      sizeBytes = await archive.end();
      await output.sync();
    } finally {
      await output.close();
    }
    await giveName(draft, file);
    return { file, createdAt, files: entries.filter(({ kind }) => kind === 'file').length, sizeBytes };
  } catch (error) {
    if (options.signal?.aborted) throw new BackupRefused('backup/stopped', 'Stopped. Nothing is left of it.');
    throw diskRefusal('backup/disk', error);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes what a process that was killed left beside a backup: nobody has written to it for an hour. */
async function removeForgotten(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((one) => one.startsWith(DRAFT))) {
    const stats = await lstat(join(folder, name)).catch(() => undefined);
    if (stats && Date.now() - stats.mtimeMs > HOUR_MS) await rm(join(folder, name), { force: true });
  }
}

async function checkedTarget(name: string, dataFolder: string): Promise<string> {
  const there = await lstat(name).catch(() => undefined);
  if (there) throw exists(name);
  const folder = await realpath(dirname(resolve(name))).catch((error: unknown) => {
    throw diskRefusal('backup/disk', error);
  });
  const data = await realpath(dataFolder);
  if (folder === data || folder.startsWith(data + sep)) {
    const message = `${name} is inside the data folder. A backup belongs elsewhere, best on another disk.`;
    throw new BackupRefused('backup/inside-data', message);
  }
  return join(folder, basename(name));
}

const exists = (name: string) =>
  new BackupRefused('backup/exists', `${name} is there already. Choose another name, or remove it first.`);

/** What the snapshot holds of the instant it speaks of. */
function lookInto(snapshot: string): { dataVersion: number; entries: TarEntry[] } {
  const database = new DatabaseSync(join(snapshot, 'cottage.db'));
  try {
    return { dataVersion: checkDatabase(database), entries: entriesIn(snapshot, namedFiles(database)) };
  } finally {
    database.close();
  }
}

/** A damaged database is found when it is copied, and not when the copy is needed. */
function checkDatabase(database: DatabaseSync): number {
  try {
    // Everything in the one file: a copy has no log beside it.
    database.exec('PRAGMA journal_mode = DELETE');
    const [found] = database.prepare('PRAGMA quick_check(1)').all();
    if (found?.['quick_check'] !== 'ok') throw new Error(String(found?.['quick_check']));
    if (!database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'records'").get()) throw notOurs();
    return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  } catch (cause) {
    if (cause instanceof BackupRefused) throw cause;
    const message = 'The database is damaged, so no backup was made. Put the latest good backup back.';
    throw new BackupRefused('backup/database-damaged', message, { cause });
  }
}

const isDatabase = ({ path }: TarEntry) => path === 'cottage.db';

const notOurs = () =>
  new BackupRefused(
    'backup/no-data',
    'The file cottage.db in the data folder is the database of something else.',
  );

/** Every file that counts, and every folder that has nothing in it; the database first. */
function entriesIn(folder: string, isNamed: (path: string) => boolean): TarEntry[] {
  const found: TarEntry[] = [];
  const walk = (below: string): void => {
    const names = readdirSync(join(folder, below)).toSorted();
    if (names.length === 0 && below !== '') found.push({ path: below, kind: 'folder', sizeBytes: 0 });
    for (const name of names) {
      const path = below === '' ? name : `${below}/${name}`;
      const stats = lstatSync(join(folder, path));
      if (stats.isDirectory()) walk(path);
      else if (isNamed(path)) found.push({ path, kind: 'file', sizeBytes: stats.size });
    }
  };
  walk('');
  return [...found.filter(isDatabase), ...found.filter((entry) => !isDatabase(entry))];
}

/** A link never replaces what is there; where there are none, a rename must do. */
async function giveName(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists(file);
    if (code === 'ENOENT') throw error;
    await rename(draft, file);
  }
  await diskDurability.syncFolder(dirname(file));
}

/** Writes entries one behind the other, and keeps their digests. */
class Archive {
  readonly #output: FileHandle;
  readonly #mtimeMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #sums: string[] = [];
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  sizeBytes = 0;

  constructor(output: FileHandle, mtimeMs: number, signal?: AbortSignal) {
    this.#output = output;
    this.#mtimeMs = mtimeMs;
    this.#signal = signal;
  }

  /** A file that grows meanwhile is written as far as it went; it is one that nothing names yet. */
  async add(entry: TarEntry, path: string): Promise<void> {
    const header = isSafePath(entry.path) ? encodeTarHeader(entry, this.#mtimeMs) : undefined;
    if (!header) {
      const message = `The name of ${entry.path} has no place in a backup. It is none of Cottage's files: move it away.`;
      throw new BackupRefused('backup/path', message);
    }
    await this.#write(header);
    if (entry.kind === 'folder') return;
    const hash = createHash('sha256');
    // Read call by call: this process has nothing else to do, and ways through other threads take longer.
    const input = openSync(path, 'r');
    try {
      for (let at = 0; at < entry.sizeBytes; ) {
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, entry.sizeBytes - at));
        const read = readSync(input, chunk, 0, chunk.length, at);
        // Cut off by whoever wrote it: nothing names it yet, and zeros read as torn.
        const bytes = read === 0 ? chunk.fill(0) : chunk.subarray(0, read);
        hash.update(bytes);
        await this.#write(bytes);
        at += bytes.length;
      }
    } finally {
      closeSync(input);
    }
    await this.#write(Buffer.alloc(paddingOf(entry.sizeBytes)));
    this.#sums.push(`${hash.digest('hex')}  ${entry.path}\n`);
  }

  async addText(path: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const header = encodeTarHeader({ path, kind: 'file', sizeBytes: bytes.length }, this.#mtimeMs);
    if (!header) throw new TypeError(`too long: ${path}`);
    await this.#write(Buffer.concat([header, bytes, Buffer.alloc(paddingOf(bytes.length))]));
    this.#sums.push(`${createHash('sha256').update(bytes).digest('hex')}  ${path}\n`);
  }

  /** The digests, and the end of the archive; how large it is. */
  async end(): Promise<number> {
    await this.addText(SUMS_FILE, this.#sums.join(''));
    await this.#write(END_OF_ARCHIVE);
    await this.#flush();
    return this.sizeBytes;
  }

  /** Small pieces are written together. */
  async #write(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.sizeBytes += bytes.length;
    if (this.#waitingBytes >= CHUNK_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    this.#signal?.throwIfAborted();
    await this.#output.writeFile(Buffer.concat(this.#waiting.splice(0), this.#waitingBytes));
    this.#waitingBytes = 0;
  }
}
