import { auditing, type Happening, NO_AUDIT } from '../audit/audit.ts';
import { NotFound } from '../errors/errors.ts';
import type { AppId, Instant, Sequence } from '../ids/ids.ts';
import { Sequence as SequenceSchema } from '../ids/ids.ts';
import { dueKeys } from '../records/due.ts';
import { type Operation, queryAll, type RecordStore } from '../records/record-store.ts';
import { parseRecord, type RecordType, readRecord, type Versioned, writing } from '../records/record-type.ts';
import { type App, AppSchema } from './app.ts';
import { nextAppAction } from './next-action.ts';

export const AppType: RecordType<App> = {
  schema: AppSchema,
  key: (app) => ({ pk: `app#${app.appId}`, sk: 'app' }),
  index: (app) => ({
    owner: { pk: `owner#${app.owner}`, sk: `app#${app.appId}` },
    team: { pk: `team#${app.team}`, sk: `app#${app.name}#${app.appId}` },
    state: { pk: `app-state#${app.state}`, sk: `${app.stateSince}#${app.appId}` },
    ...dueKeys(app.appId, app.nextAction),
  }),
};

/** The catalog's apps. */
export class Apps {
  readonly #store: RecordStore;
  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** @throws NotFound */
  async get(appId: AppId): Promise<Versioned<App>> {
    const app = await this.find(appId);
    if (!app) throw new NotFound(`no app ${appId}`);
    return app;
  }

  async find(appId: AppId): Promise<Versioned<App> | undefined> {
    return readRecord(this.#store, AppType, { pk: `app#${appId}`, sk: 'app' });
  }

  /** The next sequence of this app: the order of acceptance. Holes are harmless. */
  async nextSequence(appId: AppId): Promise<Sequence> {
    return SequenceSchema.parse(await this.#store.increment({ pk: `app#${appId}`, sk: 'sequence' }));
  }

  /** By team, in the order of names. An index read: a hint. */
  async ofTeam(team: string): Promise<App[]> {
    return this.#collect('team', `team#${team}`);
  }

  /** By owner. An index read: a hint. */
  async ofOwner(owner: string): Promise<App[]> {
    return this.#collect('owner', `owner#${owner}`);
  }

  async #collect(index: 'team' | 'owner', partition: string): Promise<App[]> {
    const apps: App[] = [];
    for await (const stored of queryAll(this.#store, { index, partition, range: { prefix: 'app#' } })) {
      apps.push(parseRecord(AppType, stored).value);
    }
    return apps;
  }

  /** The operations of one change: the record with its next action, and its audit entry when something happened. */
  changing(
    read: Versioned<App> | undefined,
    next: App,
    now: Instant,
    happening?: Omit<Happening, 'at'>,
  ): Operation[] {
    const { nextAction: _, ...rest } = next;
    const nextAction = nextAppAction(rest, now);
    const due: App = nextAction ? { ...rest, nextAction } : rest;
    if (!happening) return [writing(AppType, read, due)];
    const head = read ? read.value : NO_AUDIT;
    const audit = auditing(`app#${next.appId}`, head, { ...happening, at: now });
    return [writing(AppType, read, { ...due, ...audit.head }), audit.operation];
  }
}
