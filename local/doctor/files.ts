import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../shared/clock/clock.ts';
import type { Found } from '../../shared/doctor/problems.ts';
import type { World } from '../../shared/doctor/world.ts';
import { SNAPSHOTS } from '../backup/snapshot.ts';

/** What the checks ask the system for; a test puts others in. */
export interface FileSystemView {
  /** Bytes that are free for us on the disk of this folder. */
  freeBytes(folder: string): Promise<number>;
  /** System time, epoch milliseconds. */
  now(): number;
}

export const realFileSystem: FileSystemView = {
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  now: () => Date.now(),
};

/** Two of the largest archives with what is unpacked from them, beside the database's own needs. */
const LEAST_FREE_BYTES = 500_000_000;
/** A write takes seconds. */
const FORGOTTEN_MS = HOUR_MS;
const FUTURE_MS = 5 * MINUTE_MS;

const KeyFile = z.object({ current: z.string(), keys: z.record(z.string(), z.string()) });
const Credentials = z.object({
  api: z.string(),
  platform: z.string(),
  secret: z.string(),
  adminToken: z.string(),
});

/** Files of the data folder that must be there, be whole, and be nobody else's to read. */
export async function checkFiles(folder: string, world: World, view: FileSystemView): Promise<Found[]> {
  return [
    ...(await checkJson(folder, 'keys.json', KeyFile)),
    ...(await checkCredentials(folder, world)),
    ...(await checkPermissions(folder)),
    ...(await checkDrafts(folder, view)),
    ...(await checkSnapshots(folder, view)),
    ...(await checkMailbox(folder)),
    ...(await checkDisk(folder, view)),
    ...(await checkTimes(folder, view)),
  ];
}

async function checkJson<T>(folder: string, name: string, schema: z.ZodType<T>): Promise<Found[]> {
  const value = await readJson(join(folder, name), schema);
  return typeof value === 'string' ? [fileFault(name, value)] : [];
}

const fileFault = (subject: string, fault: 'missing' | 'damaged'): Found => ({
  code: `file/${fault}`,
  subject,
  text:
    fault === 'missing'
      ? `The file ${subject} is not there.`
      : `The file ${subject} is not what it should be.`,
});

async function readJson<T>(
  path: string,
  schema: z.ZodType<T>,
): Promise<{ value: T } | 'missing' | 'damaged'> {
  const text = await readFile(path, 'utf8').catch(absent);
  if (text === undefined) return 'missing';
  try {
    return { value: schema.parse(JSON.parse(text)) };
  } catch {
    return 'damaged';
  }
}

/** What the command line on this machine goes by must be what the platform it names goes by. */
async function checkCredentials(folder: string, { platforms }: World): Promise<Found[]> {
  const name = 'credentials.json';
  const read = await readJson(join(folder, name), Credentials);
  if (typeof read === 'string') return [fileFault(name, read)];
  const { platform, secret } = read.value;
  const known = platforms.get(platform);
  if (!known || known.secrets.some((one) => one.secret === secret)) return [];
  const text = `The secret in ${name} is none of the platform ${platform}: publishing from here is refused.`;
  return [{ code: 'credentials/differ', subject: name, text }];
}

const PRIVATE = [
  'keys.json',
  'credentials.json',
  'ca-key.pem',
  'cottage.db',
  'cottage.db-wal',
  'cottage.db-shm',
];

async function checkPermissions(folder: string): Promise<Found[]> {
  // Windows keeps other lists of who may read what.
  if (process.platform === 'win32') return [];
  const found: Found[] = [];
  const below = [...(await namesIn(folder, 'certificates')), ...(await namesIn(folder, 'audit-heads'))];
  // Copies that a start has made before it brought the data up.
  const copies = (await namesIn(folder, '.')).filter((name) => name.startsWith('cottage.db.'));
  for (const name of ['.', ...PRIVATE, ...copies, ...below]) {
    const mode = (await stat(join(folder, name)).catch(absent))?.mode ?? 0;
    if ((mode & 0o077) === 0) continue;
    const subject = name === '.' ? folder : name;
    const text = `Others on this machine may read or change ${subject} (${(mode & 0o777).toString(8)}).`;
    found.push({ code: 'file/permissions', subject, text });
  }
  return found;
}

/** What is written under another name first, and was left when the process ended. */
async function checkDrafts(folder: string, view: FileSystemView): Promise<Found[]> {
  const found: Found[] = [];
  const folders = ['.', 'certificates', 'audit-heads', 'mailbox'];
  const drafts = (await Promise.all(folders.map((name) => namesIn(folder, name))))
    .flat()
    .filter((name) => name.endsWith('.draft'));
  for (const name of [...drafts, ...(await namesIn(folder, join('blobs', '.drafts')))]) {
    const stats = await stat(join(folder, name)).catch(absent);
    if (!stats || view.now() - stats.mtimeMs < FORGOTTEN_MS) continue;
    found.push({ code: 'leftover/draft', subject: name, text: `${name} was begun and never finished.` });
  }
  return found;
}

/** A backup of a very large Cottage takes hours. */
async function checkSnapshots(folder: string, view: FileSystemView): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of await namesIn(folder, SNAPSHOTS)) {
    const stats = await stat(join(folder, name)).catch(absent);
    if (!stats || view.now() - stats.mtimeMs < DAY_MS) continue;
    const text = `${name} is what a backup copies from, and the backup was broken off.`;
    found.push({ code: 'leftover/snapshot', subject: name, text });
  }
  return found;
}

/** Each mail has what the mailbox page shows of it. */
async function checkMailbox(folder: string): Promise<Found[]> {
  const names = new Set(await namesIn(folder, 'mailbox'));
  const found: Found[] = [];
  for (const name of names) {
    if (!name.endsWith('.eml')) continue;
    const page = name.replace(/\.eml$/, '.json');
    const read = names.has(page)
      ? await readJson(join(folder, page), z.object({ id: z.string() }))
      : 'missing';
    if (typeof read !== 'string') continue;
    found.push({
      code: 'mail/damaged',
      subject: name,
      text: `What the mailbox page shows of ${name} is ${read}.`,
    });
  }
  return found;
}

async function checkDisk(folder: string, view: FileSystemView): Promise<Found[]> {
  const free = await view.freeBytes(folder);
  if (free >= LEAST_FREE_BYTES) return [];
  const text = `There are less than ${LEAST_FREE_BYTES / 1_000_000} MB free on the disk of the data folder.`;
  return [{ code: 'disk/low', subject: folder, text }];
}

/** Files from the future: the clock of this machine went back, and certificates and links go by it. */
async function checkTimes(folder: string, view: FileSystemView): Promise<Found[]> {
  const names = [
    'cottage.db',
    'cottage.db-wal',
    'keys.json',
    'ca.pem',
    ...(await namesIn(folder, 'audit-heads')),
  ];
  for (const name of names) {
    const stats = await stat(join(folder, name)).catch(absent);
    if (!stats || stats.mtimeMs <= view.now() + FUTURE_MS) continue;
    const text = `${name} was written at ${stats.mtime.toISOString()}, which has not come yet.`;
    return [{ code: 'clock/behind', subject: name, text }];
  }
  return [];
}

async function namesIn(folder: string, name: string): Promise<string[]> {
  const names = await readdir(join(folder, name)).catch((error: unknown) => absent(error) ?? []);
  return names.map((one) => join(name, one));
}

/** Takes "no such file" for an answer, and no other error. */
function absent(error: unknown): undefined {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
}
