import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { DATA_VERSION, DataRefused } from '../../local/migrations.ts';
import { runCli } from '../builders/cli-run.ts';
import { startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { tempFolder } from '../builders/temp.ts';

/** Turns the data of a Cottage that stopped into what the first version would have left: version 1, unmarked. */
function makeFirstVersion({ folder }: TestCottage, files: Map<string, Buffer>): void {
  const database = new DatabaseSync(join(folder, 'cottage.db'));
  database.exec(`
    UPDATE records SET state_pk = NULL, state_sk = NULL WHERE pk LIKE 'audit#%';
    DELETE FROM records WHERE pk LIKE 'audit-head#%';
    UPDATE records
    SET data = json_remove(data, '$.state', '$.stateSince', '$.stateBy', '$.attempt')
    WHERE pk LIKE 'team#%' AND sk = 'team';
    PRAGMA user_version = 0;
  `);
  database.close();
  rmSync(join(folder, 'audit-heads'), { recursive: true, force: true });
  // The files of a release stood in a folder, as they are.
  rmSync(join(folder, 'blobs', 'apps'), { recursive: true });
  rmdirSync(join(folder, 'blobs', '.packed'));
  for (const [key, content] of files) {
    mkdirSync(dirname(join(folder, 'blobs', key)), { recursive: true });
    writeFileSync(join(folder, 'blobs', key), content);
  }
}

async function releaseFiles(cottage: TestCottage): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const key of await cottage.blobs('apps/')) {
    const blob = await cottage.deps.blobs.get(key);
    files.set(key, await blob.read(0, blob.sizeBytes));
    await blob.close();
  }
  return files;
}

const streamsIndexed = (folder: string): number => {
  const database = new DatabaseSync(join(folder, 'cottage.db'));
  const row = database
    .prepare(`SELECT COUNT(*) AS n FROM records WHERE state_pk LIKE 'audit-streams#_'`)
    .get();
  database.close();
  return Number(row?.['n']);
};

test('a start on the data of the first version brings it up, and everything is as it was', async () => {
  const first = await startTestCottage();
  const published = await first.publish();
  const indexed = streamsIndexed(first.folder);
  const files = await releaseFiles(first);
  await first.cottage.stop();
  makeFirstVersion(first, files);
  expect([indexed > 3, streamsIndexed(first.folder)]).toEqual([true, 0]);

  const { folder } = first;
  const cottage = await startTestCottage({ folder });
  expect(streamsIndexed(folder)).toBe(indexed);
  expect(existsSync(join(folder, 'cottage.db.before-v2'))).toBe(true);
  expect(existsSync(join(folder, 'cottage.db.before-v3'))).toBe(true);
  const { body } = await cottage.admin('GET', '/v1/teams/demo');
  const { createdAt } = body as { createdAt: string };
  expect(body).toMatchObject({ state: 'ready', stateSince: createdAt, stateBy: 'cottage', attempt: 0 });
  expect((await cottage.visit('lunch.demo.apps.localhost')).body).toContain('Soup');
  expect((await cottage.status(`${cottage.cottage.ready.api}${pathOf(published.statusUrl)}`)).status).toBe(
    'live',
  );
  expect(await cottage.problems()).toEqual([]);
  expect((await cottage.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true, faults: [] });
  await cottage.cottage.stop();
  const copied = readdirSync(folder);
  const again = await startTestCottage({ folder });
  expect(await again.problems()).toEqual([]);
  expect(readdirSync(folder).filter((name) => !copied.includes(name) && !/-(wal|shm)$/.test(name))).toEqual(
    [],
  );
});

test('a backup of data of the first version is brought up where it is restored', async () => {
  const first = await startTestCottage();
  await first.publish();
  const files = await releaseFiles(first);
  await first.cottage.stop();
  makeFirstVersion(first, files);
  const file = join(tempFolder(), 'b.tar');
  const folder = join(tempFolder(), 'data');
  expect((await runCli(['backup', file], { variables: { COTTAGE_DATA: first.folder } })).code).toBe(0);
  expect((await runCli(['restore', file], { variables: { COTTAGE_DATA: folder } })).code).toBe(0);
  const cottage = await startTestCottage({ folder });
  expect((await cottage.visit('lunch.demo.apps.localhost')).body).toContain('Soup');
  expect(await cottage.problems()).toEqual([]);
});

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url);
  return pathname + search;
};

test('a start on newer data, or with another base domain, is refused and changes nothing', async () => {
  const first = await startTestCottage();
  await first.cottage.stop();
  const { folder } = first;
  await expect(
    startTestCottage({ folder, config: { baseDomain: 'apps.example.test' } }),
  ).rejects.toMatchObject({
    code: 'data/base-domain',
  });
  const database = new DatabaseSync(join(folder, 'cottage.db'));
  database.exec(`PRAGMA user_version = ${DATA_VERSION + 1}`);
  database.close();
  rmSync(join(folder, 'keys.json'));
  await expect(startTestCottage({ folder })).rejects.toBeInstanceOf(DataRefused);
  expect(existsSync(join(folder, 'keys.json'))).toBe(false);
  const { code, out } = await runCli(['start', '--json'], { variables: { COTTAGE_DATA: folder } });
  expect([code, (JSON.parse(out) as { error: { code: string } }).error.code]).toEqual([3, 'data/newer']);
});
