import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { around, Gate } from '../builders/around.ts';
import { LUNCH, PAGE, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { siteZip } from '../builders/site-zip.ts';

const HOST = 'lunch.demo.apps.localhost';

/** What a machine does to a Cottage that runs; what `begin` answers ends it. */
interface Fault {
  title: string;
  code: string;
  retryAfter: string;
  begin: (database: DatabaseSync, folder: string) => () => void;
}

/** A setting of SQLite, with which it answers as it does on such a disk. */
const setting = (on: string, off: string) => (database: DatabaseSync) => {
  database.exec(`PRAGMA ${on}`);
  return () => database.exec(`PRAGMA ${off}`);
};

/** Some other file stands where the database was, or none. */
const moved = (replace?: (path: string) => void) => (_: DatabaseSync, folder: string) => {
  const path = join(folder, 'cottage.db');
  renameSync(path, `${path}.away`);
  replace?.(path);
  return () => renameSync(`${path}.away`, path);
};

const FAULTS: Fault[] = [
  {
    title: 'a full disk',
    code: 'store/full',
    retryAfter: '60',
    begin: (database) => {
      // What is free within the file is no room on the disk.
      database.exec('VACUUM');
      return setting('max_page_count = 1', 'max_page_count = 1073741823')(database);
    },
  },
  {
    title: 'a disk that became read-only',
    code: 'store/read-only',
    retryAfter: '60',
    begin: setting('query_only = ON', 'query_only = OFF'),
  },
  {
    title: 'another program that holds the database',
    code: 'store/busy',
    retryAfter: '2',
    begin: (database, folder) => {
      database.exec('PRAGMA busy_timeout = 0');
      const other = new DatabaseSync(join(folder, 'cottage.db'));
      other.exec('BEGIN IMMEDIATE');
      return () => other.close();
    },
  },
  { title: 'a database that was moved away', code: 'store/read-only', retryAfter: '60', begin: moved() },
  {
    title: 'a database in whose place another was put',
    code: 'store/read-only',
    retryAfter: '60',
    begin: moved((path) => new DatabaseSync(path).close()),
  },
];

async function start(replace: Parameters<typeof startTestCottage>[0] = {}) {
  const held: { database?: DatabaseSync } = {};
  const cottage = await startTestCottage({
    ...replace,
    replace: { ...replace.replace, database: (database) => void (held.database = database) },
  });
  return { cottage, database: held.database as DatabaseSync };
}

async function deliver(cottage: TestCottage, text: string) {
  const zip = (await siteZip({ 'index.html': PAGE.replace('Soup', text) })).toString('base64');
  return cottage.hook('publish', { app: LUNCH, artifact: { zip } }, { id: `the-${text}` });
}

const healthOf = async ({ cottage }: TestCottage) => fetch(`${cottage.ready.api}/healthz`);

describe.each(FAULTS)('$title', ({ code, retryAfter, begin }) => {
  test('refuses a publish with a reason, serves on, and takes the same publish when it is over', async () => {
    const { cottage, database } = await start();
    await cottage.publish();
    const end = begin(database, cottage.folder);
    const refused = await deliver(cottage, 'Stew');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.headers.get('retry-after')).toBe(retryAfter);
    expect(await refused.json()).toMatchObject({ code });
    expect((await cottage.visit(HOST)).body).toContain('Soup');
    expect(await cottage.resolver().resolve4(HOST)).toEqual(['127.0.0.1']);
    const ailing = await healthOf(cottage);
    expect(ailing.status).toBe(503);
    expect(await ailing.json()).toMatchObject({ code });
    end();
    expect((await deliver(cottage, 'Stew')).status).toBe(202);
    await cottage.cottage.runner.idle();
    expect((await cottage.visit(HOST)).body).toContain('Stew');
    expect(await cottage.problems()).toEqual([]);
    expect((await cottage.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true, faults: [] });
    expect(await cottage.mails()).toHaveLength(2);
  });

  test('in the middle of a publish holds it up, and it goes on when that is over', async () => {
    const gate = new Gate();
    const { cottage, database } = await start({
      replace: {
        random: () => 0,
        blobs: (blobs) =>
          around(blobs, async ({ verb, args, go }) => {
            if (verb === 'put' && String(args[0]).startsWith('manifests/')) await gate.pass();
            return go();
          }),
      },
    });
    const statusUrl = await cottage.begin({ 'index.html': PAGE });
    await gate.reached;
    const end = begin(database, cottage.folder);
    gate.open();
    // Nothing can be noted: the publish is where it was.
    while ((await healthOf(cottage)).status !== 503);
    expect(await cottage.status(statusUrl)).toMatchObject({ status: 'running' });
    end();
    await cottage.cottage.runner.idle();
    while ((await cottage.status(statusUrl)).status === 'running') await cottage.cottage.runner.idle();
    expect(await cottage.status(statusUrl)).toMatchObject({ status: 'live' });
    expect((await cottage.visit(HOST)).body).toContain('Soup');
    expect(await cottage.problems()).toEqual([]);
  });
});

test('a Cottage in good health says so, and leaves nothing of the look at it', async () => {
  const { cottage } = await start();
  const { status } = await healthOf(cottage);
  expect(status).toBe(200);
  expect(await cottage.problems()).toEqual([]);
});

test('a clock that is set back holds up nothing', async () => {
  const at = { system: Date.now(), elapsed: 0 };
  const cottage = await startTestCottage({
    config: { virtualClock: true },
    replace: { time: { system: () => at.system, elapsed: () => at.elapsed } },
  });
  const before = await cottage.publish();
  at.elapsed += 5_000;
  at.system += 5_000 - 24 * 3_600_000;
  expect(await cottage.publish({ 'index.html': PAGE.replace('Soup', 'Stew') })).toMatchObject({
    status: 'live',
  });
  const after = await cottage.app();
  expect(after.nextAction).toMatchObject({ action: 'expire' });
  const { body } = await cottage.admin('GET', '/v1/apps/demo/lunch/publishes');
  const { publishes } = body as { publishes: { publishId: string; acceptedAt: string }[] };
  expect(publishes.at(-1)?.publishId).toBe(before.publishId);
  expect((await cottage.visit(HOST)).body).toContain('Stew');
  expect(await cottage.problems()).toEqual([]);
});
