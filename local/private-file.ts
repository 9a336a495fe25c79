import { randomBytes } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Durability, diskDurability } from './durability.ts';

/**
 * Creates a file that only its owner may read: whole or not at all, durable when it resolves. A file that is there
 * already is left as it is, and the answer is false.
 */
export async function createPrivateFile(
  path: string,
  content: string,
  durability: Durability = diskDurability,
): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await durability.syncFile(file);
    } finally {
      await file.close();
    }
    // A link, unlike a rename, never replaces what another process has put there meanwhile.
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
    await durability.syncFolder(dirname(path));
  }
}

/** The same for a file that may be there already: it is replaced, whole or not at all. */
export async function replacePrivateFile(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.draft`;
  try {
    await createPrivateFile(draft, content);
    await rename(draft, path);
    await diskDurability.syncFolder(dirname(path));
  } finally {
    await rm(draft, { force: true });
  }
}
