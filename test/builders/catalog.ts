import { join } from 'node:path';
import type { App } from '../../shared/apps/app.ts';
import { Apps } from '../../shared/apps/apps.ts';
import { Effects } from '../../shared/effects/effects.ts';
import { LocalEvents } from '../../shared/events/local-events.ts';
import { LocalHosting } from '../../shared/hosting/local-hosting.ts';
import { instant, sha256 } from '../../shared/ids/ids.ts';
import { LocalMail } from '../../shared/mail/local-mail.ts';
import type { Publish } from '../../shared/publishes/publish.ts';
import { Publishes } from '../../shared/publishes/publishes.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import { Releases } from '../../shared/releases/releases.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { appId, publishId, releaseId, T0 } from './app.ts';
import { around } from './around.ts';
import { TestClock } from './clock.ts';
import { tempDatabase, tempFolder } from './temp.ts';

const HOST = 'lunch.demo.apps.localhost';

/** Does the work the first time it is called, and nothing afterwards. */
export function once(work: () => Promise<void>): () => Promise<void> {
  let done = false;
  return async () => {
    if (done) return;
    done = true;
    await work();
  };
}

/** The same port, with something done before each call of this verb. */
export const interrupting = <T extends object>(port: T, verb: keyof T, work: () => Promise<void>): T =>
  around(port, async (call) => {
    if (call.verb === verb) await work();
    return call.go();
  });

/** A release's only page. */
export const pageOf = (release: string): string => `<h1>${release}</h1>`;

/**
 * The catalog with one app, bound at a real edge table; the probe answers from that table. Enough for the steps from go
 * live on, without servers or a workflow.
 */
export async function openCatalog(app: App) {
  const folder = tempFolder();
  const database = tempDatabase(folder);
  const store = new SqliteRecordStore(database);
  const clock = new TestClock(Date.parse(T0));
  const apps = new Apps(store);
  const publishes = new Publishes(store);
  const releases = new Releases(store);
  const hosting = new LocalHosting(database);
  const signer = await LocalSigner.open(join(folder, 'signing-key.json'));
  const effects = new Effects({
    store,
    clock,
    mail: new LocalMail({ folder: join(folder, 'mail'), from: 'cottage@example.com', clock }),
    events: new LocalEvents(database),
    engine: { start: () => Promise.resolve(), complete: () => Promise.resolve() },
    collectReleases: () => Promise.resolve(),
    log: silentLog,
  });
  const probe: Deps['probe'] = {
    get: (host, path) => {
      const release = hosting.lookup(host)?.site.release;
      const name = ['one', 'two', 'three'].find((known) => releaseId(known) === release);
      const body = Buffer.from(path === '/' ? pageOf(name ?? '') : JSON.stringify({ release }));
      return Promise.resolve({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body });
    },
  };
  // What these steps ask for; whatever else they touched would be undefined, and fail.
  const known: Partial<Deps> = {
    store,
    clock,
    apps,
    publishes,
    releases,
    hosting,
    signer,
    effects,
    probe,
    log: silentLog,
  };
  const deps = known as Deps;

  let writes = 0;
  const save = (operations: Parameters<typeof store.write>[0]['operations']) =>
    store.write({ opId: `test-${(writes += 1)}`, operations });

  await hosting.bind(appId(), HOST);
  await save(apps.changing(undefined, app, T0));

  return {
    deps,
    hosting,
    /** Changes the app as somebody else does: at once, whatever it is. */
    change: async (change: (app: App) => App) => {
      const read = await apps.get(appId());
      await save(apps.changing(read, change(read.value), instant(clock.now())));
    },
    app: async () => (await apps.get(appId())).value,
    shown: () => hosting.lookup(HOST)?.site,
    add: (publish: Publish) => save(publishes.changing(undefined, publish, T0)),
    /** A release by this name, with all its files. */
    store: (name: string, page = pageOf(name)) =>
      save([
        releases.changing(undefined, {
          appId: appId(),
          release: releaseId(name),
          state: 'stored',
          usedBy: publishId(name),
          fileCount: 1,
          sizeBytes: page.length,
          indexSha256: sha256(page),
          hookVersion: '1',
          scanFindings: [],
          createdAt: T0,
        }),
      ]),
  };
}
