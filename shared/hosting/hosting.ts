import type { Tier } from '../apps/settings.ts';
import type { AppId, ReleaseId } from '../ids/ids.ts';

/** Where names meet releases. One binding per app; which site it shows is one pointer. */
export interface Hosting {
  /**
   * Binds the app to a host, showing `r_holding`, where apps of its tier are served (`shared` unless told). Bound the same
   * already: nothing happens.
   * @throws AlreadyExists when the host belongs to another app.
   */
  bind(app: AppId, host: string, tier?: Tier): Promise<void>;
  /**
   * Shows this site at the app's host, all at once: a response never mixes two sites.
   * @throws PreconditionFailed when the binding is no longer the one with this ETag.
   * @throws NotFound when the app is not bound.
   */
  point(app: AppId, site: Site, ifMatch: string): Promise<void>;
  /**
   * Removes the binding: disables it first, and deletes it once the edge has let go of it. Not bound: nothing happens.
   * @throws NotConverged while the edge has not let go of it yet; the same call goes on from there.
   */
  unbind(app: AppId): Promise<void>;
  /** The bindings of one app, or of all. */
  bindings(app?: AppId): Promise<Binding[]>;
}

export interface Site {
  release: ReleaseId;
  /** The app itself, or one of Cottage's own pages in its place. */
  page: 'app' | 'parked' | 'held';
  /** Who may see it: everybody, or people who came through a viewer link or sign-in. */
  access: 'open' | 'viewers';
  /** Unknown paths without an extension show `index.html` (a single-page app). */
  spa: boolean;
  /** Response headers beside the edge's own, lower-case names. */
  headers: Record<string, string>;
}

export interface Binding {
  app: AppId;
  host: string;
  site: Site;
  etag: string;
}

/** Are these the same site? Order of headers does not matter. */
export function sameSite(a: Site, b: Site): boolean {
  return canonical(a) === canonical(b);
}

function canonical(site: Site): string {
  const headers = Object.entries(site.headers).toSorted(([x], [y]) => (x < y ? -1 : 1));
  return JSON.stringify([site.release, site.page, site.access, site.spa, headers]);
}
