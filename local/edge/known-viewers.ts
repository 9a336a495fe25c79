import { LRUCache } from 'lru-cache';
import { readCookie, type ViewerKeys, type ViewerPlace } from '../../shared/hosting/viewer.ts';

/** As many people as look at apps at the same time; a good cookie takes less than a kilobyte. */
const MAX_KNOWN = 5_000;

/**
 * Whose cookie lets them in. A page brings its cookie along with every picture, so one that was found good is remembered
 * until it expires, for the place it was good at and no other.
 */
export class KnownViewers {
  readonly #keys: ViewerKeys;
  /** When each expires, epoch milliseconds of business time. */
  readonly #good = new LRUCache<string, number>({ max: MAX_KNOWN });

  constructor(keys: ViewerKeys) {
    this.#keys = keys;
  }

  /** Is this a good cookie at this place? */
  has({ app, host }: ViewerPlace, cookie: string): true | Promise<boolean> {
    const name = `${app} ${host} ${cookie}`;
    const expiresAt = this.#good.get(name);
    if (expiresAt !== undefined && this.#keys.clock.now() < expiresAt) return true;
    return this.#look({ app, host }, cookie, name);
  }

  async #look(place: ViewerPlace, cookie: string, name: string): Promise<boolean> {
    const read = await readCookie(this.#keys, place, cookie);
    // Bad ones are not kept: anybody can make those, as many as they like.
    if (read) this.#good.set(name, read.expiresAt);
    return read !== undefined;
  }
}
