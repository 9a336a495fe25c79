import { mkdir } from 'node:fs/promises';
import { lockData } from './data-lock.ts';
import { removeDrafts } from './drafts.ts';
import { startFault } from './start-faults.ts';

export type Closing = () => Promise<void>;

/**
 * Starts something as the only one on the data folder, which is made when there is none. What could not start leaves
 * nothing open.
 * @throws DataRefused when the folder can't be used, or is in use; else what `start` throws
 */
export async function withData<T>(
  dataFolder: string,
  lockPatienceMs: number | undefined,
  start: (opened: Closing[]) => Promise<T>,
): Promise<T> {
  const opened: Closing[] = [];
  try {
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    const unlock = await lockData(dataFolder, lockPatienceMs);
    opened.push(async () => unlock());
    await removeDrafts(dataFolder);
    return await start(opened);
  } catch (error) {
    await closeAll(opened);
    throw startFault(error, dataFolder);
  }
}

/** What was opened last is closed first. */
export async function closeAll(opened: Closing[]): Promise<void> {
  for (const close of opened.splice(0).toReversed()) await close();
}
