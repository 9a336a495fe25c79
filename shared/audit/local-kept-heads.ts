import { chmod, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Durability, diskDurability } from '../../local/durability.ts';
import { createPrivateFile } from '../../local/private-file.ts';
import { NotFound } from '../errors/errors.ts';
import { checkHeadName, HEAD_NAME, type KeptHeads } from './kept-heads.ts';

/** `KeptHeads` in a folder of the data folder, a file each, which nobody may write to (0400). */
export class LocalKeptHeads implements KeptHeads {
  readonly #folder: string;
  readonly #durability: Durability;

  /** The folder is made when there is something to keep; its parent is there. */
  constructor(folder: string, durability: Durability = diskDurability) {
    this.#folder = folder;
    this.#durability = durability;
  }

  async keep(name: string, text: string): Promise<boolean> {
    const made = await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await this.#durability.syncFolder(dirname(made));
    const path = this.#path(name);
    const kept = await createPrivateFile(path, text, this.#durability);
    await chmod(path, 0o400);
    return kept || (await this.read(name)) === text;
  }

  async names(): Promise<string[]> {
    const files = await readdir(this.#folder).catch(absent<string[]>([]));
    const names = files
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length));
    return names.filter((name) => HEAD_NAME.test(name)).toSorted();
  }

  async read(name: string): Promise<string> {
    const text = await readFile(this.#path(name), 'utf8').catch(absent(undefined));
    if (text === undefined) throw new NotFound(`no head was kept as ${name}`);
    return text;
  }

  #path(name: string): string {
    checkHeadName(name);
    return join(this.#folder, `${name}.json`);
  }
}

/** Takes "no such file" for an answer, and no other error. */
const absent =
  <T>(answer: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return answer;
    throw error;
  };
