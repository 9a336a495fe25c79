import { type FileHandle, open } from 'node:fs/promises';

/**
 * What makes a write survive the loss of power. A file's bytes are safe once the file is synced; its name is safe once
 * the folder that holds it is. Adapters take this as an argument, so that a test can see that neither is forgotten.
 */
export interface Durability {
  syncFile(file: FileHandle): Promise<void>;
  syncFolder(path: string): Promise<void>;
}

export const diskDurability: Durability = {
  syncFile: (file) => file.sync(),
  syncFolder: async (path) => {
    // Windows journals names by itself and refuses to open a folder.
    if (process.platform === 'win32') return;
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};
