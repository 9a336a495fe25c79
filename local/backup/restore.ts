import { randomBytes } from 'node:crypto';
import { chmod, type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { diskDurability } from '../durability.ts';
import { DATA_FOLDER, REQUIRED_FILES } from './format.ts';
import { readBackup } from './read-backup.ts';
import { BackupRefused, diskRefusal } from './refused.ts';

/** Syncs that wait together share the disk's time. */
const SYNCED_AT_ONCE = 32;

export interface Restored {
  dataFolder: string;
  /** When the backup was made. */
  createdAt: string;
  files: number;
}

/**
 * Puts a backup back as the data folder, which must be empty or not there yet. Everything is written beside it and
 * checked first; one rename makes it count. What fails leaves nothing behind.
 * @param signal breaks it off
 * @throws BackupRefused `restore/no-file`, `restore/not-empty`, `restore/disk`, `restore/stopped`, and as `readBackup` does
 */
export async function restoreBackup(file: string, folder: string, signal?: AbortSignal): Promise<Restored> {
  const dataFolder = resolve(folder);
  const input = await openBackup(file);
  const beside = `${dataFolder}.restoring-${randomBytes(6).toString('hex')}`;
  try {
    await checkEmpty(dataFolder);
    await mkdir(dirname(dataFolder), { recursive: true });
    await mkdir(beside, { mode: 0o700 });
    const written = new Written(beside, signal);
    const head = await readBackup(input, written);
    const files = await finish(written, beside);
    await giveName(join(beside, DATA_FOLDER), dataFolder);
    return { dataFolder, createdAt: head.createdAt, files };
  } catch (error) {
    if (signal?.aborted) throw new BackupRefused('restore/stopped', 'Stopped. Nothing was restored.');
    throw diskRefusal('restore/disk', error);
  } finally {
    await input.close();
    await rm(beside, { recursive: true, force: true });
  }
}

async function openBackup(file: string): Promise<FileHandle> {
  const input = await open(file, 'r').catch(() => undefined);
  if (input && (await input.stat()).isFile()) return input;
  await input?.close();
  throw new BackupRefused('restore/no-file', `There is no file ${file} that can be read.`);
}

async function checkEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0) return;
  throw new BackupRefused(
    'restore/not-empty',
    `${folder} is not empty. Cottage puts a backup only where there is nothing it could overwrite: move that folder ` +
      'away first, or name another one with COTTAGE_DATA.',
  );
}

/** Checks what must be there, makes everything durable, and counts the files. */
async function finish({ files, folders }: Written, beside: string): Promise<number> {
  for (const path of REQUIRED_FILES) {
    if (files.has(path)) continue;
    throw new BackupRefused(
      'restore/damaged',
      `This backup is damaged: ${path} is missing. Nothing was restored.`,
    );
  }
  await inParallel([...files], SYNCED_AT_ONCE, async (path) => {
    const file = await open(join(beside, path), 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    // As they were made: nobody writes to a head that is kept.
    if (path.startsWith(`${DATA_FOLDER}/audit-heads/`)) await chmod(join(beside, path), 0o400);
  });
  await inParallel([...folders], SYNCED_AT_ONCE, (path) => diskDurability.syncFolder(join(beside, path)));
  return files.size;
}

async function giveName(from: string, dataFolder: string): Promise<void> {
  try {
    await rename(from, dataFolder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') await checkEmpty(dataFolder);
    if (code !== 'EBUSY' && code !== 'EXDEV') throw error;
    const message = `${dataFolder} is where a disk is mounted. Name a folder in it with COTTAGE_DATA, such as ${dataFolder}/data.`;
    throw new BackupRefused('restore/disk', message, { cause: error });
  }
  await diskDurability.syncFolder(dirname(dataFolder));
}

/** Writes what it is given below a folder, readable for its owner only. */
class Written {
  readonly #root: string;
  readonly #signal: AbortSignal | undefined;
  readonly files = new Set<string>();
  readonly folders = new Set<string>();

  constructor(root: string, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#signal = signal;
  }

  async folder(path: string): Promise<void> {
    const made = await mkdir(join(this.#root, path), { recursive: true, mode: 0o700 }).catch(clash(path));
    if (made === undefined && !this.folders.has(path)) clash(path)({ code: 'EEXIST' });
    for (let at = path; at !== '.'; at = dirname(at)) this.folders.add(at);
  }

  async file(path: string, content: AsyncIterable<Buffer>): Promise<void> {
    if (!this.folders.has(dirname(path))) await this.folder(dirname(path));
    const file = await open(join(this.#root, path), 'wx', 0o600).catch(clash(path));
    try {
      for await (const chunk of content) {
        this.#signal?.throwIfAborted();
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
    this.files.add(path);
  }
}

/** Two entries that can't stand side by side: a file where the other has a folder. */
function clash(path: string) {
  return (error: { code?: string | undefined }): never => {
    if (error.code !== 'EEXIST' && error.code !== 'ENOTDIR' && error.code !== 'EISDIR') throw error;
    throw new BackupRefused(
      'restore/damaged',
      `This backup is damaged: ${path} can not stand beside what came before. Nothing was restored.`,
    );
  };
}
