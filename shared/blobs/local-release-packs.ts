import { join } from 'node:path';
import type { Durability } from '../../local/durability.ts';
import { compareBytes, entriesOf, isAfter, type KeyRange, mayHold } from './blob-listing.ts';
import { ifThere, removeIfEmpty } from './disk-errors.ts';
import { type Folders, isReal } from './local-folders.ts';
import { type PackInput, ReleasePack } from './local-release-pack.ts';
import type { PackedFile } from './pack-format.ts';

const PACK = '.pack';

/** How many packs, and files in them, are known without reading; a file takes about 300 bytes of memory. */
const MAX_KEPT = { packs: 500, files: 50_000 };

/** `apps/<appId>/<release>/<path>`, taken apart. */
interface Place {
  appId: string;
  release: string;
  path: string;
}

/** The packs of all releases, below `apps/` of one root. */
export class ReleasePacks {
  readonly #root: string;
  readonly #folders: Folders;
  readonly #durability: Durability;
  /** The one used last comes last. */
  readonly #packs = new Map<string, ReleasePack>();

  constructor(root: string, folders: Folders, durability: Durability) {
    this.#root = root;
    this.#folders = folders;
    this.#durability = durability;
  }

  /** @throws TypeError when the key is not that of a release's file. */
  async put(key: string, input: Omit<PackInput, 'path'>): Promise<void> {
    const place = placeOf(key);
    if (!place) throw new TypeError(`not the key of a release's file: ${JSON.stringify(key)}`);
    await this.#packOf(place).put({ ...input, path: place.path });
  }

  async open(key: string): ReturnType<ReleasePack['open']> {
    const place = placeOf(key);
    return place && this.#packOf(place).open(place.path);
  }

  /**
   * Removes one file, or everything below a key.
   * @param away names a place for what is on its way out.
   */
  async delete(key: string, below: boolean, away: () => string): Promise<void> {
    const [, appId = '', release, ...rest] = (key.endsWith('/') ? key.slice(0, -1) : key).split('/');
    const path = rest.join('/');
    if (release !== undefined && path !== '') {
      const doomed = below ? (one: string) => one.startsWith(`${path}/`) : (one: string) => one === path;
      await this.#packOf({ appId, release }).remove(doomed);
    } else if (below) {
      const releases = release === undefined ? await this.#releases(appId) : [release];
      for (const one of releases) await this.#packOf({ appId, release: one }).discard(away());
      await this.#afterDelete(appId);
    }
  }

  /** The files of the range, in the order of their keys. */
  async *list(range: KeyRange): AsyncGenerator<{ key: string; sizeBytes: number }> {
    for (const appId of await this.#apps()) {
      if (!mayHold(`apps/${appId}/`, range)) continue;
      for (const release of await this.#releases(appId)) {
        const prefix = `apps/${appId}/${release}/`;
        if (!mayHold(prefix, range)) continue;
        const files = await this.#packOf({ appId, release }).files();
        const keys = [...(files ?? new Map<string, PackedFile>())].map(([path, { sizeBytes }]) => ({
          key: prefix + path,
          sizeBytes,
        }));
        for (const one of keys.toSorted((a, b) => compareBytes(a.key, b.key))) {
          if (one.key.startsWith(range.prefix) && isAfter(one.key, range.after)) yield one;
        }
      }
    }
  }

  #packOf({ appId, release }: Omit<Place, 'path'>): ReleasePack {
    const path = join(this.#root, 'apps', appId, release + PACK);
    const known = this.#packs.get(path);
    this.#packs.delete(path);
    const pack = known ?? new ReleasePack(path, this.#folders, this.#durability);
    this.#packs.set(path, pack);
    if (!known) this.#forgetOldest();
    return pack;
  }

  /** Packs that are written to stay: two objects for one file would write over each other. */
  #forgetOldest(): void {
    let files = 0;
    for (const pack of this.#packs.values()) files += pack.fileCount;
    for (const [path, pack] of this.#packs) {
      if (this.#packs.size <= MAX_KEPT.packs && files <= MAX_KEPT.files) return;
      if (!pack.isIdle) continue;
      files -= pack.fileCount;
      this.#packs.delete(path);
    }
  }

  async #apps(): Promise<string[]> {
    const folder = join(this.#root, 'apps');
    return (await this.#entries(folder))
      .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
      .toSorted(byKey);
  }

  async #releases(appId: string): Promise<string[]> {
    const entries = await this.#entries(join(this.#root, 'apps', appId));
    return entries
      .flatMap((entry) =>
        entry.isFile() && entry.name.endsWith(PACK) ? [entry.name.slice(0, -PACK.length)] : [],
      )
      .toSorted(byKey);
  }

  async #entries(folder: string): ReturnType<typeof entriesOf> {
    return ((await ifThere(isReal(folder))) ?? false) ? entriesOf(folder) : [];
  }

  /** Makes the removal durable, and removes the app's folder when it was the last. */
  async #afterDelete(appId: string): Promise<void> {
    const folder = join(this.#root, 'apps', appId);
    const isRemoved = ((await ifThere(isReal(folder))) ?? false) && (await removeIfEmpty(folder));
    const nearest = isRemoved ? join(this.#root, 'apps') : folder;
    if ((await ifThere(isReal(nearest))) ?? false) await this.#folders.sync(nearest);
  }
}

/** Names are followed by a slash in keys, which counts when they are ordered. */
const byKey = (a: string, b: string): number => compareBytes(`${a}/`, `${b}/`);

function placeOf(key: string): Place | undefined {
  const [apps, appId = '', release = '', ...path] = key.split('/');
  if (apps !== 'apps' || path.length === 0) return undefined;
  return { appId, release, path: path.join('/') };
}
