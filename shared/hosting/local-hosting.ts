import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { transact } from '../../local/database.ts';
import { AlreadyExists, CorruptRecord, NotFound, PreconditionFailed } from '../errors/errors.ts';
import { AppId, HOLDING, ReleaseId } from '../ids/ids.ts';
import type { Binding, Hosting, Site } from './hosting.ts';

/** Headers that belong to the edge: to a message's framing, its caching, or its sign-in. */
const EDGE_HEADERS = new Set([
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'etag',
  'keep-alive',
  'location',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
]);

const HeaderName = z
  .string()
  .regex(/^[a-z0-9-]+$/)
  .refine((name) => !EDGE_HEADERS.has(name), 'this header belongs to the edge');

const StoredSite = z.strictObject({
  release: ReleaseId,
  page: z.enum(['app', 'parked', 'held']),
  access: z.enum(['open', 'viewers']),
  spa: z.boolean(),
  headers: z.record(HeaderName, z.string().regex(/^[\x20-\x7e]*$/)),
});

const Host = z
  .string()
  .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);

const Row = z.object({ app: AppId, host: Host, site: z.string(), version: z.int() });

const TABLES = `
  CREATE TABLE IF NOT EXISTS edge_bindings (
    app TEXT PRIMARY KEY, host TEXT NOT NULL UNIQUE, site TEXT NOT NULL, version INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS edge_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
  INSERT INTO edge_version VALUES (1, 0) ON CONFLICT DO NOTHING;
`;

/** What every app shows from the moment it has a name. */
const HOLDING_SITE: Site = { release: HOLDING, page: 'app', access: 'open', spa: false, headers: {} };

/**
 * `Hosting` in a table, and a map of it in memory that the edge looks hosts up in. Versions are never used twice, not
 * even by an app that was unbound and bound again, so an old ETag can't match by chance.
 */
export class LocalHosting implements Hosting {
  readonly #database: DatabaseSync;
  readonly #lag: boolean;
  readonly #listeners = new Set<(host: string) => void>();
  readonly #shown = new Map<string, Binding>();
  /** Changes that the edge has not seen yet, by host; undefined for a host that is bound no more. */
  readonly #unseen = new Map<string, Binding | undefined>();

  /** @param options `lag`, for tests: the edge shows what it showed until `settle()`. */
  constructor(database: DatabaseSync, options: { lag?: boolean } = {}) {
    this.#database = database;
    this.#lag = options.lag ?? false;
    database.exec(TABLES);
    for (const binding of this.#read()) this.#shown.set(binding.host, binding);
  }

  /** What the edge shows at a host now; undefined when nothing is bound there. */
  lookup(host: string): Binding | undefined {
    return this.#shown.get(host);
  }

  /** Calls `listener` with the host whenever the edge shows something else there. Returns how to stop that. */
  onChange(listener: (host: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Lets a lagging edge catch up. */
  settle(): void {
    for (const [host, binding] of this.#unseen) {
      if (binding) this.#shown.set(host, binding);
      else this.#shown.delete(host);
      this.#unseen.delete(host);
      for (const listener of this.#listeners) listener(host);
    }
  }

  /**
   * As the port says.
   * @throws AlreadyExists when the app is bound to another host, too.
   * @throws ZodError when the host is no lower-case host name.
   */
  async bind(app: AppId, host: string): Promise<void> {
    Host.parse(host);
    const changed = transact(this.#database, () => {
      const [bound] = this.#read('app = ? OR host = ?', app, host);
      if (bound?.app === app && bound.host === host) return false;
      if (bound) throw new AlreadyExists(`${bound.host} is bound to ${bound.app}`);
      this.#database
        .prepare('INSERT INTO edge_bindings (app, host, site, version) VALUES (?, ?, ?, ?)')
        .run(app, host, JSON.stringify(HOLDING_SITE), this.#nextVersion());
      return true;
    });
    if (changed) this.#show(host);
  }

  /**
   * As the port says.
   * @throws ZodError when the site has a header that is none, or that belongs to the edge.
   */
  async point(app: AppId, site: Site, ifMatch: string): Promise<void> {
    const stored = JSON.stringify(StoredSite.parse(site));
    const host = transact(this.#database, () => {
      const [bound] = this.#read('app = ?', app);
      if (!bound) throw new NotFound(`${app} is not bound`);
      if (bound.etag !== ifMatch) {
        throw new PreconditionFailed(`${app} is at version ${bound.etag}, not ${ifMatch}`);
      }
      this.#database
        .prepare('UPDATE edge_bindings SET site = ?, version = ? WHERE app = ?')
        .run(stored, this.#nextVersion(), app);
      return bound.host;
    });
    this.#show(host);
  }

  async unbind(app: AppId): Promise<void> {
    const host = transact(this.#database, () => {
      const [bound] = this.#read('app = ?', app);
      this.#database.prepare('DELETE FROM edge_bindings WHERE app = ?').run(app);
      return bound?.host;
    });
    if (host !== undefined) this.#show(host);
  }

  async bindings(app?: AppId): Promise<Binding[]> {
    return app === undefined ? this.#read() : this.#read('app = ?', app);
  }

  #show(host: string): void {
    this.#unseen.set(host, this.#read('host = ?', host)[0]);
    if (!this.#lag) this.settle();
  }

  #read(where = 'TRUE', ...parameters: string[]): Binding[] {
    const sql = `SELECT app, host, site, version FROM edge_bindings WHERE ${where} ORDER BY host`;
    return this.#database
      .prepare(sql)
      .all(...parameters)
      .map(bindingOf);
  }

  #nextVersion(): number {
    const sql = 'UPDATE edge_version SET version = version + 1 RETURNING version';
    return Number(this.#database.prepare(sql).get()?.['version']);
  }
}

function bindingOf(row: unknown): Binding {
  try {
    const { app, host, site, version } = Row.parse(row);
    return { app, host, site: StoredSite.parse(JSON.parse(site)), etag: String(version) };
  } catch (error) {
    throw new CorruptRecord('a binding of the edge is damaged', { cause: error });
  }
}
