import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { sha256 } from '../../shared/ids/ids.ts';
import { runCli } from '../builders/cli-run.ts';
import { PAGE, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { siteZip } from '../builders/site-zip.ts';
import { tempFolder } from '../builders/temp.ts';

const PUBLISHERS = 4;
const BACKUPS = 2;
/** Each backup comes after so many more publishes have ended. */
const BETWEEN = 5;

const page = (version: number) => PAGE.replace('Soup', `Soup ${version}`);

/** Every folder and file of a data folder but what a start makes anew. */
const tree = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !/^(\.snapshots|cottage\.db-.*|cottage\.lock|blobs\/\.drafts)$/.test(path))
    .toSorted();

async function backup(cottage: TestCottage, file = join(tempFolder(), 'backup.tar')): Promise<string> {
  const { code, out } = await runCli(['backup', file, '--json'], {
    variables: { COTTAGE_DATA: cottage.folder },
  });
  expect([code, (JSON.parse(out) as { file: string }).file]).toEqual([0, file]);
  return file;
}

async function restore(file: string, dataFolder = join(tempFolder(), 'data')): Promise<string> {
  const { code, out } = await runCli(['restore', file, '--json'], {
    variables: { COTTAGE_DATA: dataFolder },
  });
  expect([code, (JSON.parse(out) as { dataFolder: string }).dataFolder]).toEqual([0, dataFolder]);
  return dataFolder;
}

const codeOf = (out: string): string => (JSON.parse(out) as { error: { code: string } }).error.code;

function ofSomethingElse(): string {
  const folder = tempFolder();
  const database = new DatabaseSync(join(folder, 'cottage.db'));
  database.exec('CREATE TABLE recipes (text TEXT)');
  database.close();
  return folder;
}

/** The records of one kind in a data folder's database. */
function recordsIn<T>(folder: string, kind: string): T[] {
  const database = new DatabaseSync(join(folder, 'cottage.db'));
  try {
    const rows = database.prepare('SELECT data FROM records WHERE sk = ?').all(kind);
    return rows.map(({ data }) => JSON.parse(String(data)) as T);
  } finally {
    database.close();
  }
}

/** Which version of each app was live. */
const liveIn = (folder: string): Map<string, number> =>
  new Map(
    recordsIn<{ name: string; live?: { seq: number } }>(folder, 'app').flatMap(({ name, live }) =>
      live ? [[name, live.seq]] : [],
    ),
  );

const statusesIn = (folder: string): string[] =>
  recordsIn<{ status: string }>(folder, 'publish').map(({ status }) => status);

test('a backup made while apps are published is whole: restored elsewhere, everything goes on from there', async () => {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  await cottage.publish({ 'index.html': page(0) }, { name: 'quiet', title: 'Quiet' });
  const over = new AbortController();
  let ended = 0;
  let wanted = Promise.withResolvers<void>();
  const publisher = async (name: string) => {
    for (let version = 1; !over.signal.aborted; version += 1) {
      const statusUrl = await cottage.begin(
        { 'index.html': page(version), 'a.txt': `${version}` },
        { name, title: name },
      );
      await cottage.follow(statusUrl);
      ended += 1;
      if (ended % BETWEEN === 0) wanted.resolve();
    }
  };
  const publishers = Array.from({ length: PUBLISHERS }, (_, i) => publisher(`app-${i}`));
  const made: { file: string; head: string }[] = [];
  for (let i = 0; i < BACKUPS; i += 1) {
    wanted = Promise.withResolvers();
    await wanted.promise;
    const { head } = (await cottage.admin('GET', '/v1/audit/verify')).body as { head: string };
    made.push({ file: await backup(cottage), head });
  }
  over.abort();
  await Promise.all(publishers);
  await cottage.cottage.runner.idle();
  expect(await cottage.problems()).toEqual([]);
  expect(readdirSync(join(cottage.folder, '.snapshots'))).toEqual([]);

  for (const { file, head } of made) {
    const folder = await restore(file);
    const live = liveIn(folder);
    expect(live.get('quiet')).toBe(1);
    const restored = await startTestCottage({ folder, config: { virtualClock: true } });
    await restored.cottage.runner.idle();
    await restored.advance('30m');
    for (const [name, seq] of live) {
      const visit = await restored.visit(`${name}.demo.apps.localhost`);
      const { live: now } = await restored.app(name);
      expect(now?.seq).toBeGreaterThanOrEqual(seq);
      expect(visit.body).toContain(`Soup ${name === 'quiet' ? 0 : now?.seq}`);
    }
    const statuses = statusesIn(folder);
    expect(statuses.filter((status) => status !== 'live' && status !== 'superseded')).toEqual([]);
    expect(await restored.problems()).toEqual([]);
    expect((await restored.admin('POST', '/v1/audit/verify', { head })).body).toMatchObject({
      ok: true,
      faults: [],
    });
    const goneLive = (await restored.mails()).filter(({ subject }) => subject.endsWith('is live'));
    // Mail sent since the backup began is in it: it was sent.
    expect(goneLive.length).toBeGreaterThanOrEqual(statuses.filter((status) => status === 'live').length);
    await restored.cottage.stop();
  }
}, 120_000);

test('a backup holds everything that is in the data folder, and its owner alone can read it', async () => {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  await cottage.publish();
  await cottage.admin('POST', '/v1/clock/advance', { by: '2d' });
  writeFileSync(join(cottage.folder, 'notes.txt'), 'of whoever runs it');
  const file = await backup(cottage);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const folder = await restore(file);
  // All but the mark of the process that runs on it.
  expect(tree(folder)).toEqual(tree(cottage.folder).filter((path) => path !== 'cottage.lock'));
  const heads = tree(folder).filter((path) => path.startsWith('audit-heads/'));
  expect(new Set(heads.map((path) => statSync(join(folder, path)).mode & 0o777))).toEqual(new Set([0o400]));
  for (const path of tree(folder)) {
    const stats = statSync(join(folder, path));
    expect([path, (stats.mode & 0o077).toString(8)]).toEqual([path, '0']);
    const isCopy =
      !stats.isFile() ||
      path === 'cottage.db' ||
      readFileSync(join(folder, path)).equals(readFileSync(join(cottage.folder, path)));
    expect([path, isCopy]).toEqual([path, true]);
  }
  expect(readdirSync(join(folder, '..'))).toEqual(['data']);
});

test('a Cottage that does not run is backed up all the same', async () => {
  const cottage = await startTestCottage();
  await cottage.publish();
  await cottage.cottage.stop();
  const file = await backup(cottage);
  const restored = await startTestCottage({ folder: await restore(file) });
  expect((await restored.visit('lunch.demo.apps.localhost')).body).toContain('Soup');
  expect(await restored.problems()).toEqual([]);
});

test('while a picture is taken nothing is removed, and afterwards everything that was to be', async () => {
  const cottage = await startTestCottage();
  await cottage.publish();
  const before = await cottage.blobs('apps/');
  const waiting = Promise.withResolvers<void>();
  const blobs = cottage.deps.blobs as unknown as { while(work: () => Promise<void>): Promise<void> };
  const held = blobs.while(() => waiting.promise);
  const removed = cottage.deps.blobs.delete(before[0]?.replace(/[^/]+$/, '') ?? '', { prefix: true });
  await cottage.deps.blobs.put('work/other', Buffer.from('x'));
  expect(await cottage.blobs('apps/')).toEqual(before);
  waiting.resolve();
  await Promise.all([held, removed]);
  expect(await cottage.blobs('apps/')).toEqual([]);
});

test('on a machine with another address every name follows, and so do the addresses in the catalog', async () => {
  const cottage = await startTestCottage();
  await cottage.publish();
  await cottage.cottage.stop();
  const restored = await startTestCottage({
    folder: await restore(await backup(cottage)),
    config: { publicIpv4: '192.0.2.7', publicEdgePort: 8443 },
  });
  expect((await restored.admin('GET', '/v1/apps/demo/lunch')).body).toMatchObject({
    urls: { production: 'https://lunch.demo.apps.localhost:8443' },
  });
  const resolver = restored.resolver();
  expect(await resolver.resolve4('lunch.demo.apps.localhost')).toEqual(['192.0.2.7']);
  expect(await resolver.resolve4('ns.apps.localhost')).toEqual(['192.0.2.7']);
  await restored.publish({ 'index.html': PAGE }, { name: 'dinner' });
  expect(await resolver.resolve4('dinner.demo.apps.localhost')).toEqual(['192.0.2.7']);
  expect(await restored.problems()).toEqual([]);
  expect((await restored.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true });
});

test('a removal that a backup was made in the middle of goes on where it is restored', async () => {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  await cottage.publish();
  await cottage.addTeam('finance');
  await cottage.act('retire');
  await cottage.admin('DELETE', '/v1/teams/finance');
  await cottage.cottage.runner.idle();
  const folder = await restore(await backup(cottage));
  await cottage.cottage.stop();
  // On another machine, where every name that there is follows.
  const config = { virtualClock: true, publicIpv4: '192.0.2.7' };
  const restored = await startTestCottage({ folder, config });
  const state = async (path: string) => (await restored.admin('GET', path)).body as { state: string };
  expect(await state('/v1/apps/demo/lunch')).toMatchObject({ state: 'live', retirement: { summary: null } });
  expect(await state('/v1/teams/finance')).toMatchObject({ state: 'removing' });
  await expect(restored.resolver().resolve4('lunch.demo.apps.localhost')).rejects.toThrow('ENOTFOUND');
  expect(await restored.problems()).toEqual([]);
  await restored.advance('5m');
  expect(await state('/v1/apps/demo/lunch')).toMatchObject({ state: 'retired' });
  expect(await state('/v1/teams/finance')).toMatchObject({ state: 'removed' });
  expect(await restored.deps.hosting.bindings()).toEqual([]);
  expect(await restored.blobs('')).toEqual([]);
  await expect(restored.deps.dns.records('finance.apps.localhost')).rejects.toThrow('no zone');
  expect(await restored.problems()).toEqual([]);
  expect((await restored.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true, faults: [] });
});

test('what can not be backed up is said, and nothing is left of it', async () => {
  const cottage = await startTestCottage();
  const folder = tempFolder();
  writeFileSync(join(folder, 'there.tar'), 'something else');
  mkdirSync(join(folder, 'empty'));
  const cases: [file: string, dataFolder: string, code: string][] = [
    [join(folder, 'there.tar'), cottage.folder, 'backup/exists'],
    [join(cottage.folder, 'b.tar'), cottage.folder, 'backup/inside-data'],
    [join(cottage.folder, 'blobs', 'b.tar'), cottage.folder, 'backup/inside-data'],
    [join(folder, 'b.tar'), join(folder, 'empty'), 'backup/no-data'],
    [join(folder, 'b.tar'), ofSomethingElse(), 'backup/no-data'],
    [join(folder, 'no-such-folder', 'b.tar'), cottage.folder, 'backup/disk'],
  ];
  for (const [file, dataFolder, expected] of cases) {
    const { code, out } = await runCli(['backup', file, '--json'], {
      variables: { COTTAGE_DATA: dataFolder },
    });
    expect([file, code, (JSON.parse(out) as { error: { code: string } }).error.code]).toEqual([
      file,
      3,
      expected,
    ]);
  }
  expect(readFileSync(join(folder, 'there.tar'), 'utf8')).toBe('something else');
  expect(readdirSync(folder).toSorted()).toEqual(['empty', 'there.tar']);
  expect(readdirSync(join(cottage.folder, '.snapshots'))).toEqual([]);
});

test('what is backed up is the data folder that was named, whoever answers at its address', async () => {
  const [one, other] = [await startTestCottage(), await startTestCottage()];
  await other.publish();
  await other.cottage.stop();
  // The one that stopped had the address that another has now.
  cpSync(join(one.folder, 'credentials.json'), join(other.folder, 'credentials.json'));
  expect(liveIn(await restore(await backup(other)))).toEqual(new Map([['lunch', 1]]));
  // And a running one is asked for what it has, not for another folder's.
  const running = await startTestCottage({ folder: other.folder });
  cpSync(join(one.folder, 'credentials.json'), join(running.folder, 'credentials.json'));
  const { code, out } = await runCli(['backup', join(tempFolder(), 'b.tar'), '--json'], {
    variables: { COTTAGE_DATA: running.folder },
  });
  expect([code, (JSON.parse(out) as { error: { code: string } }).error.code]).toEqual([
    3,
    'backup/elsewhere',
  ]);
});

test('a Cottage that runs and does not answer is not gone round', async () => {
  const cottage = await startTestCottage();
  const file = join(cottage.folder, 'credentials.json');
  const credentials = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  writeFileSync(file, JSON.stringify({ ...credentials, local: 'http://127.0.0.1:1' }));
  const { code } = await runCli(['backup', join(tempFolder(), 'b.tar')], {
    variables: { COTTAGE_DATA: cottage.folder },
  });
  expect(code).toBe(8);
});

test('a snapshot is for admins, and one that was forgotten goes at the next start', async () => {
  const cottage = await startTestCottage();
  const asked = await fetch(`${cottage.cottage.ready.api}/v1/snapshots`, { method: 'POST', body: '{}' });
  expect(asked.status).toBe(401);
  const { status } = await cottage.admin('POST', '/v1/snapshots', {});
  expect([status, readdirSync(join(cottage.folder, '.snapshots')).length]).toEqual([201, 1]);
  await cottage.cottage.stop();
  await startTestCottage({ folder: cottage.folder });
  expect(readdirSync(join(cottage.folder, '.snapshots'))).toEqual([]);
});

test('what is stopped half-way leaves nothing', async () => {
  const cottage = await startTestCottage();
  await cottage.publish();
  const variables = { COTTAGE_DATA: cottage.folder };
  const folder = tempFolder();
  const stopped = await runCli(['backup', join(folder, 'b.tar'), '--json'], {
    variables,
    stop: AbortSignal.abort(),
  });
  expect([stopped.code, codeOf(stopped.out)]).toEqual([3, 'backup/stopped']);
  expect([readdirSync(folder), readdirSync(join(cottage.folder, '.snapshots'))]).toEqual([[], []]);
  const file = await backup(cottage);
  const restored = await runCli(['restore', file, '--json'], {
    variables: { COTTAGE_DATA: join(folder, 'data') },
    stop: AbortSignal.abort(),
  });
  expect([restored.code, codeOf(restored.out)]).toEqual([3, 'restore/stopped']);
  expect(readdirSync(folder)).toEqual([]);
});

test('what a backup that was killed has left goes with the next one there, an hour later', async () => {
  const cottage = await startTestCottage();
  const folder = tempFolder();
  const names = ['.cottage-backup-0a', '.cottage-backup-0b', 'other'];
  for (const name of names) writeFileSync(join(folder, name), 'x');
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  for (const name of ['.cottage-backup-0a', 'other']) utimesSync(join(folder, name), longAgo, longAgo);
  await backup(cottage, join(folder, 'b.tar'));
  expect(readdirSync(folder).toSorted()).toEqual(['.cottage-backup-0b', 'b.tar', 'other']);
});

test('links, tokens, secrets and uploads from before the backup are good after it', async () => {
  const cottage = await startTestCottage({ config: { publicUrl: 'https://cottage.example.test' } });
  const published = await cottage.publish();
  const question = await cottage.publish(undefined, { name: 'asks', dataClass: undefined });
  const zip = await siteZip({ 'index.html': PAGE.replace('Soup', 'Stew') });
  const uploadId = await cottage.upload(zip);
  const asked = await cottage.hook('uploads', { sizeBytes: zip.length, sha256: sha256(zip) });
  const { uploadId: promised, fields } = (await asked.json()) as {
    uploadId: string;
    fields: Record<string, string>;
  };
  const file = await backup(cottage);
  await cottage.cottage.stop();
  const restored = await startTestCottage({
    folder: await restore(file),
    config: { publicUrl: 'https://cottage.other.test' },
  });
  expect((await restored.status(published.statusUrl)).status).toBe('live');
  expect((await restored.status(question.statusUrl)).status).toBe('needs-answers');
  // What an admin and a platform were given by the first one.
  const listed = await fetch(`${restored.api}/v1/apps`, {
    headers: { authorization: `Bearer ${cottage.adminToken}` },
  });
  expect(listed.status).toBe(200);
  expect(restored.secret).toBe(cottage.secret);
  expect(await restored.publishUpload(uploadId)).toMatchObject({ status: 'live' });
  expect((await restored.visit('lunch.demo.apps.localhost')).body).toContain('Stew');
  // An upload that was promised and had not come.
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('file', new Blob([zip]), 'site.zip');
  expect((await fetch(`${restored.api}/v1/uploads`, { method: 'POST', body: form })).status).toBe(201);
  expect(await restored.publishUpload(promised, { name: 'later' })).toMatchObject({ status: 'live' });
  expect(await restored.problems()).toEqual([]);
});

test('a damaged database is found when the backup is made, not when it is needed', async () => {
  const cottage = await startTestCottage();
  await cottage.publish();
  await cottage.cottage.stop();
  const file = join(cottage.folder, 'cottage.db');
  const bytes = readFileSync(file);
  // Every page but the first: what the tables are is still known.
  writeFileSync(file, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xff)]));
  const folder = tempFolder();
  const { code, out } = await runCli(['backup', join(folder, 'b.tar'), '--json'], {
    variables: { COTTAGE_DATA: cottage.folder },
  });
  expect([code, codeOf(out), readdirSync(folder)]).toEqual([3, 'backup/database-damaged', []]);
});
