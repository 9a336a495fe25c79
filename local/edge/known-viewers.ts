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
  /** Where each cookie is good, and until when (epoch milliseconds of business time). */
  readonly #good = new LRUCache<string, ViewerPlace & { expiresAt: number }>({ max: MAX_KNOWN });

  constructor(keys: ViewerKeys) {
    this.#keys = keys;
  }

  /** Is this a good cookie at this place? */
  has(place: ViewerPlace, cookie: string): true | Promise<boolean> {
    const known = this.#good.get(cookie);
    const isHere = known?.app === place.app && known.host === place.host;
    if (isHere && this.#keys.clock.now() < known.expiresAt) return true;
    return this.#look(place, cookie);
  }

  async #look({ app, host }: ViewerPlace, cookie: string): Promise<boolean> {
    const read = await readCookie(this.#keys, { app, host }, cookie);
    // Bad ones are not kept: anybody can make those, as many as they like.
    if (read) this.#good.set(cookie, { app, host, expiresAt: read.expiresAt });
    return read !== undefined;
  }
}
