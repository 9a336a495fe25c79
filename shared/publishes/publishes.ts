import { auditing, type Happening, NO_AUDIT } from '../audit/audit.ts';
import { DAY_MS, MINUTE_MS } from '../clock/clock.ts';
import { withoutQuery } from '../downloads/download-url.ts';
import { NotFound } from '../errors/errors.ts';
import { type AppId, type Instant, instant, type PublishId } from '../ids/ids.ts';
import { dueKeys, type NextAction } from '../records/due.ts';
import { type Operation, queryAll, type RecordStore } from '../records/record-store.ts';
import { parseRecord, type RecordType, readRecord, type Versioned, writing } from '../records/record-type.ts';
import { isEnded, isPinned, type Publish, PublishSchema } from './publish.ts';

/** How often the sweep looks whether a publish that is under way still has an execution. */
export const WATCH_EVERY_MS = 15 * MINUTE_MS;

/** How long a question about a publish stays open: as long as a draft keeps its name. */
export const QUESTION_DAYS = 14;

/** The one thing a publish needs next. */
function nextPublishAction({ status }: Publish, now: Instant): NextAction | undefined {
  const after = (ms: number) => instant(Date.parse(now) + ms);
  if (status === 'needs-answers') return { action: 'close', at: after(QUESTION_DAYS * DAY_MS) };
  return isEnded(status) ? undefined : { action: 'watch', at: after(WATCH_EVERY_MS) };
}

export const PublishType: RecordType<Publish> = {
  schema: PublishSchema,
  key: (publish) => ({ pk: `publish#${publish.publishId}`, sk: 'publish' }),
  index: (publish) => ({
    owner: { pk: `app-publishes#${publish.appId}`, sk: `${publish.acceptedAt}#${publish.publishId}` },
    ...dueKeys(publish.publishId, publish.nextAction),
  }),
};

/** The URL of an artifact that was never fetched is nobody's any more, and may hold what lets others fetch it. */
function forgettingQuery(publish: Publish): Publish {
  const { artifact, status } = publish;
  if (!isEnded(status) || isPinned(artifact)) return publish;
  return { ...publish, artifact: { ...artifact, url: withoutQuery(artifact.url) } };
}

export class Publishes {
  readonly #store: RecordStore;
  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** @throws NotFound */
  async get(publishId: PublishId): Promise<Versioned<Publish>> {
    const publish = await this.find(publishId);
    if (!publish) throw new NotFound(`no publish ${publishId}`);
    return publish;
  }

  async find(publishId: PublishId): Promise<Versioned<Publish> | undefined> {
    return readRecord(this.#store, PublishType, { pk: `publish#${publishId}`, sk: 'publish' });
  }

  /** An app's publishes, newest first, at most a hundred unless told. An index read: a hint. */
  async ofApp(appId: AppId, most = 100): Promise<Publish[]> {
    const publishes: Publish[] = [];
    const query = { index: 'owner', partition: `app-publishes#${appId}`, order: 'descending' } as const;
    for await (const stored of queryAll(this.#store, query)) {
      if (publishes.push(parseRecord(PublishType, stored).value) >= most) break;
    }
    return publishes;
  }

  /** The operations of one change. A publish's beginning and end are audited, its stages are not. */
  changing(
    read: Versioned<Publish> | undefined,
    next: Publish,
    now: Instant,
    happening?: Omit<Happening, 'at'>,
  ): Operation[] {
    const { nextAction: _, ...rest } = forgettingQuery(next);
    const nextAction = nextPublishAction(next, now);
    const due: Publish = nextAction ? { ...rest, nextAction } : rest;
    if (!happening) return [writing(PublishType, read, due)];
    const audit = auditing(`publish#${next.publishId}`, read ? read.value : NO_AUDIT, {
      ...happening,
      at: now,
    });
    return [writing(PublishType, read, { ...due, ...audit.head }), audit.operation];
  }
}
