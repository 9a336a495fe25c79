import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where files are written under another name first; the blobs clear up their own. */
const FOLDERS = ['.', 'certificates', 'audit-heads', 'mailbox'];

/** Removes what a process that died was writing. Nobody else may be at work in the folder. */
export async function removeDrafts(dataFolder: string): Promise<void> {
  for (const name of FOLDERS) {
    const folder = join(dataFolder, name);
    const names = await readdir(folder).catch(absent);
    for (const draft of names.filter((one) => one.endsWith('.draft')))
      await rm(join(folder, draft), { force: true });
  }
}

function absent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
