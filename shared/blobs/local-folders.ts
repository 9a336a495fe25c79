import { mkdir, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Durability } from '../../local/durability.ts';

/** Folders known to be durable are remembered up to this many; asking again costs one sync each. */
const MAX_KNOWN = 10_000;

/** The folders below one root: made durably, synced in groups, and never a way out through a symbolic link. */
export class Folders {
  readonly #root: string;
  readonly #durability: Durability;
  /** Folders whose own name is synced in their parent, or is about to be. */
  readonly #known = new Map<string, Promise<void>>();
  readonly #syncing = new Map<string, Promise<void>>();
  readonly #queued = new Map<string, Promise<void>>();

  /** @param root an existing folder, with no symbolic link in its path. */
  constructor(root: string, durability: Durability) {
    this.#root = root;
    this.#durability = durability;
  }

  /**
   * Makes the folder and those above it, and resolves when their names are durable.
   * @throws Error when the way there leads through a symbolic link.
   */
  ensure(folder: string): Promise<void> {
    if (folder === this.#root) return Promise.resolve();
    const known = this.#known.get(folder);
    if (known) return known;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const making = this.#make(folder);
    this.#known.set(folder, making);
    making.catch(() => this.#known.delete(folder));
    return making;
  }

  async #make(folder: string): Promise<void> {
    const parent = dirname(folder);
    await this.ensure(parent);
    await mkdir(folder, { recursive: true });
    if (!(await isReal(folder))) throw new Error(`${folder} is reached through a symbolic link`);
    await this.sync(parent);
  }

  /** To be called when a folder turns out to have been removed: each is seen to again when it is next needed. */
  forget(): void {
    this.#known.clear();
  }

  /**
   * Makes the names in the folder durable. Callers that come while a sync runs share the one after it: the running one
   * may have started before their name was there.
   */
  sync(folder: string): Promise<void> {
    const queued = this.#queued.get(folder);
    if (queued) return queued;
    const running = this.#syncing.get(folder) ?? Promise.resolve();
    // A sync that failed has told its own callers; this one tries for itself.
    const next = running.catch(() => undefined).then(() => this.#run(folder));
    this.#queued.set(folder, next);
    return next;
  }

  async #run(folder: string): Promise<void> {
    const run = this.#durability.syncFolder(folder);
    this.#syncing.set(folder, run);
    this.#queued.delete(folder);
    try {
      await run;
    } finally {
      if (this.#syncing.get(folder) === run) this.#syncing.delete(folder);
    }
  }
}

/** Is the path itself, and everything it leads through, free of symbolic links? */
export async function isReal(path: string): Promise<boolean> {
  return (await realpath(path)) === path;
}
