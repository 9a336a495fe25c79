import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { removeSnapshots, takeSnapshot } from '../../local/backup/snapshot.ts';
import { writeBackup } from '../../local/backup/write-backup.ts';
import { openDatabase, transact } from '../../local/database.ts';
import { Busy } from '../../shared/errors/errors.ts';
import { tempFolder } from '../builders/temp.ts';

const turn = promisify(setImmediate);

const SNAPSHOTS = 40;
/** Rows of one transaction: a copy holds all of them or none. */
const TOGETHER = 20;

function dataFolder() {
  const folder = tempFolder();
  const database = openDatabase(join(folder, 'cottage.db'));
  onTestFinished(() => database.close());
  database.exec('CREATE TABLE entries (round INTEGER, text TEXT)');
  const insert = database.prepare('INSERT INTO entries VALUES (?, ?)');
  const write = (round: number) =>
    transact(database, () => {
      for (let i = 0; i < TOGETHER; i += 1) insert.run(round, 'x'.repeat(300));
    });
  return { folder, database, write };
}

const at = <T>(work: () => Promise<T>): Promise<T> => work();

test('a snapshot is taken however busy the writers are, and is of one instant', async () => {
  const { folder, write } = dataFolder();
  const state = { round: 0, over: false };
  const writing = (async () => {
    while (!state.over) {
      write((state.round += 1));
      await turn();
    }
  })();
  for (let i = 0; i < SNAPSHOTS; i += 1) {
    const before = state.round;
    const id = await takeSnapshot({ dataFolder: folder, hold: at });
    const copy = new DatabaseSync(join(folder, '.snapshots', id, 'cottage.db'));
    const found = copy.prepare('SELECT COUNT(*) AS n, MAX(round) AS last FROM entries').get();
    copy.close();
    expect(Number(found?.['n'])).toBe(Number(found?.['last'] ?? 0) * TOGETHER);
    expect(Number(found?.['last'] ?? 0)).toBeGreaterThanOrEqual(before);
    await removeSnapshots(folder);
  }
  state.over = true;
  await writing;
});

test('what came after the instant is not in the copy, however long the copy takes', async () => {
  const { folder, write } = dataFolder();
  for (let round = 1; round <= 500; round += 1) write(round);
  const snapshot = takeSnapshot({ dataFolder: folder, hold: at });
  const hold = { begun: 0 };
  const second = takeSnapshot({
    dataFolder: folder,
    hold: async (work) => {
      const copied = work();
      // The transaction is open as soon as the work has begun.
      write(501);
      hold.begun += 1;
      return copied;
    },
  });
  await snapshot;
  const copy = new DatabaseSync(join(folder, '.snapshots', await second, 'cottage.db'));
  expect([hold.begun, copy.prepare('SELECT MAX(round) AS last FROM entries').get()?.['last']]).toEqual([
    1, 500,
  ]);
  copy.close();
});

test.each<[string, () => Promise<unknown>]>([
  ['the system', () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))],
  ['SQLite', () => backup(new DatabaseSync(':memory:'), '/dev/full')],
])('a disk on which there is no room is said to be full (%s), and nothing is left', async (_, fail) => {
  const { folder } = dataFolder();
  const asked = takeSnapshot({ dataFolder: folder, hold: fail as typeof at });
  await expect(asked).rejects.toBeInstanceOf(Busy);
  await expect(asked).rejects.toMatchObject({
    publicMessage: expect.stringContaining('Make room') as string,
  });
  expect(readdirSync(join(folder, '.snapshots'))).toEqual([]);
});

test('a snapshot holds every file and empty folder, and none of what is beside the data', async () => {
  const { folder } = dataFolder();
  const there = ['keys.json', 'blobs/apps/a/r.pack', 'mailbox/m.eml', 'audit-heads/2026-01-01.json'];
  const beside = ['keys.json.0a.draft', 'mailbox/m.0a.draft', 'cottage.lock', 'cottage.db.before-v2'];
  for (const path of [...there, ...beside, 'blobs/.drafts/x']) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), path);
  }
  mkdirSync(join(folder, 'certificates'));
  const id = await takeSnapshot({ dataFolder: folder, hold: at });
  const found = readdirSync(join(folder, '.snapshots', id), { recursive: true, withFileTypes: true });
  const prefix = join(folder, '.snapshots', id).length + 1;
  const files = found.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name).slice(prefix));
  expect(files.toSorted()).toEqual([...there, 'cottage.db'].toSorted());
  expect(found.some((entry) => entry.isDirectory() && entry.name === 'certificates')).toBe(true);
});

test('a snapshot is taken although folders go while they are looked at', async () => {
  const { folder } = dataFolder();
  const state = { over: false };
  const churn = async (n: number) => {
    const place = join(folder, `blobs/incoming/p_${n}.zip`);
    while (!state.over) {
      await mkdir(place, { recursive: true });
      await writeFile(join(place, 'x'), 'x');
      await rm(place, { recursive: true });
    }
  };
  const churning = Array.from({ length: 8 }, (_, n) => churn(n));
  try {
    for (let taken = 0; taken < SNAPSHOTS; taken += 1) await takeSnapshot({ dataFolder: folder, hold: at });
  } finally {
    state.over = true;
    await Promise.all(churning);
  }
  expect(readdirSync(join(folder, '.snapshots'))).toHaveLength(SNAPSHOTS);
});

test('a backup is never put over a file that has come meanwhile', async () => {
  const { folder, database } = dataFolder();
  database.exec('CREATE TABLE records (pk TEXT, sk TEXT, data TEXT)');
  const snapshot = join(folder, '.snapshots', await takeSnapshot({ dataFolder: folder, hold: at }));
  const target = tempFolder();
  const file = join(target, 'b.tar');
  const onProgress = () => writeFileSync(file, 'somebody’s');
  const writing = writeBackup({ snapshot, file, dataFolder: folder, onProgress });
  await expect(writing).rejects.toMatchObject({ code: 'backup/exists' });
  expect([readdirSync(target), readFileSync(file, 'utf8')]).toEqual([['b.tar'], 'somebody’s']);
});
