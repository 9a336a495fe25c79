import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkDatabase } from '../../local/doctor/database.ts';
import { checkFiles } from '../../local/doctor/files.ts';
import { LocalInspection } from '../../local/doctor/local-inspection.ts';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { checkDue } from '../../shared/doctor/check-publishes.ts';
import { KINDS, readWorld } from '../../shared/doctor/world.ts';
import { type Effect, EffectSchema } from '../../shared/effects/effect.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { T0 } from '../builders/app.ts';
import { TestClock } from '../builders/clock.ts';
import { tempDatabase, tempFolder } from '../builders/temp.ts';
import { textOf, typescriptFiles } from '../repo/sources.ts';

const NOW = Date.parse(T0);

function openInspection() {
  const folder = tempFolder();
  const database = tempDatabase(folder);
  const store = new SqliteRecordStore(database);
  return { folder, database, store, inspection: new LocalInspection({ database, dataFolder: folder }) };
}

describe('the doctor reads', () => {
  it('every record, over several pages, while others are removed and added', async () => {
    const { database, inspection } = openInspection();
    const insert = database.prepare(
      `INSERT INTO records (pk, sk, version, op_id, data) VALUES (?, 'x', 1, 'x', '{}')`,
    );
    for (let i = 0; i < 1_203; i += 1) insert.run(`ghost#${i}`);
    const keys: string[] = [];
    for await (const { key } of inspection.records()) {
      if (keys.push(key.pk) === 700) database.exec("DELETE FROM records WHERE pk = 'ghost#699'");
    }
    expect(new Set(keys).size).toBe(1_203);
  });

  it('a counter that never counted as none', async () => {
    const { store, inspection } = openInspection();
    const key = { pk: 'app#a', sk: 'sequence' };
    expect(await inspection.counter(key)).toBe(0);
    await store.increment(key);
    expect(await inspection.counter(key)).toBe(1);
  });

  it('every kind of record there is', () => {
    const types = typescriptFiles()
      .filter((path) => path.startsWith('shared/'))
      .flatMap((path) =>
        [...textOf(path).matchAll(/const (\w+): RecordType<\w+> = \{/g)].map(([, name]) => name),
      );
    expect(KINDS).toHaveLength(types.length);
    expect(new Set(KINDS.map(({ type }) => type)).size).toBe(types.length);
  });
});

describe('the disk', () => {
  it.each([
    [500_000_000, []],
    [499_999_999, ['disk/low']],
    [0, ['disk/low']],
  ])('with %i bytes free: %j', async (freeBytes, expected) => {
    const { folder, inspection } = openInspection();
    const { world } = await readWorld(inspection);
    const view = { freeBytes: async () => freeBytes, now: () => Date.now() };
    const codes = (await checkFiles(folder, world, view)).map(({ code }) => code);
    expect(codes.filter((code) => code.startsWith('disk/'))).toEqual(expected);
  });

  it.each([
    [5 * 60_000 - 60_000, []],
    [6 * 60_000, ['clock/behind']],
  ])('with files written %i ms from now: %j', async (ahead, expected) => {
    const { folder, inspection } = openInspection();
    const { world } = await readWorld(inspection);
    const view = { freeBytes: async () => 1e12, now: () => Date.now() - ahead };
    const codes = (await checkFiles(folder, world, view)).map(({ code }) => code);
    expect(codes.filter((code) => code.startsWith('clock/'))).toEqual(expected);
  });
});

describe('a database that is damaged', () => {
  const PAGE_BYTES = 4_096;

  it.each([
    ['a page of a table', 'records', 0xff],
    ['a page of an index', 'sqlite_autoindex_records_1', 0xff],
    ['nothing', 'records', undefined],
  ])('in %s is told by what SQLite finds', (_, name, garbage) => {
    const folder = tempFolder();
    const database = tempDatabase(folder);
    expect(new SqliteRecordStore(database)).toBeDefined();
    const insert = database.prepare(
      `INSERT INTO records (pk, sk, version, op_id, data) VALUES (?, 'x', 1, 'x', '{}')`,
    );
    for (let i = 0; i < 50; i += 1) insert.run(`ghost#${i}`);
    const root = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.[
      'rootpage'
    ];
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    const file = openSync(join(folder, 'cottage.db'), 'r+');
    if (garbage !== undefined)
      writeSync(file, Buffer.alloc(500, garbage), 0, 500, (Number(root) - 1) * PAGE_BYTES + 8);
    closeSync(file);
    const codes = checkDatabase(tempDatabase(folder)).map(({ code }) => code);
    expect([...new Set(codes)]).toEqual(garbage === undefined ? [] : ['database/corrupt']);
  });
});

const effect = (fields: Partial<Effect>): Effect =>
  EffectSchema.parse({
    effectId: `e_${'a'.repeat(26)}`,
    request: { kind: 'event', type: 'x', detail: {} },
    createdAt: T0,
    dueAt: T0,
    attempts: 0,
    ...fields,
  });

describe('an effect', () => {
  it.each<[string, Partial<Effect>, number, string[]]>([
    ['that was tried a few times is none', { attempts: 19 }, 0, []],
    ['that was tried again and again is told', { attempts: 20, lastError: 'no' }, 0, ['effect/failing']],
    ['that is a day old is told', {}, DAY_MS, ['effect/failing']],
    ['that is not yet a day old is none', {}, DAY_MS - 1, []],
  ])('%s', async (_, fields, age, expected) => {
    const { store, inspection } = openInspection();
    const { world } = await readWorld(inspection);
    world.effects.push(effect(fields));
    const deps = { store, clock: new TestClock(NOW + age) } as Partial<Deps> as Deps;
    expect((await checkDue(world, deps)).map(({ code }) => code)).toEqual(expected);
  });
});
