import { existsSync, readdirSync, readlinkSync } from 'node:fs';

/** Names of the files this process has open, where the system tells. */
export function openFiles(): string[] {
  if (!existsSync('/proc/self/fd')) return [];
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The one the list itself was read by.
      return '';
    }
  });
}
