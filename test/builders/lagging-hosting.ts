import type { Binding, Hosting, Site } from '../../shared/hosting/hosting.ts';
import type { AppId } from '../../shared/ids/ids.ts';

/**
 * Hosting that takes every change at once and shows it later, as a network of edges does: until `settle()`, visitors see
 * what they saw before.
 */
export class LaggingHosting implements Hosting {
  readonly #hosting: Hosting;
  readonly #unseen = new Map<AppId, { site: Site; etag: string }>();

  constructor(hosting: Hosting) {
    this.#hosting = hosting;
  }

  bind(...bound: Parameters<Hosting['bind']>): Promise<void> {
    return this.#hosting.bind(...bound);
  }

  async point(app: AppId, site: Site, ifMatch: string): Promise<void> {
    this.#unseen.set(app, { site, etag: ifMatch });
  }

  unbind(app: AppId): Promise<void> {
    return this.#hosting.unbind(app);
  }

  async bindings(app?: AppId): Promise<Binding[]> {
    const shown = await this.#hosting.bindings(app);
    return shown.map((binding) => ({
      ...binding,
      site: this.#unseen.get(binding.app)?.site ?? binding.site,
    }));
  }

  /** Lets visitors see what was changed. */
  async settle(): Promise<void> {
    for (const [app, { site, etag }] of this.#unseen) await this.#hosting.point(app, site, etag);
    this.#unseen.clear();
  }
}
