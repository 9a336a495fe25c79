import { setImmediate } from 'node:timers/promises';

/** Longest one long piece of work keeps everything else in the process waiting. */
const LONGEST_MS = 20;

/**
 * For long walks over a store that answers at once, as SQLite does: without a pause they would keep the servers in the
 * same process from answering anybody. Call what this returns between the steps; it pauses when it is time to.
 */
export function breather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < LONGEST_MS) return;
    await setImmediate();
    since = performance.now();
  };
}
