import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkBaseDomain } from '../../local/base-domain.ts';
import { openDatabase } from '../../local/database.ts';
import {
  DATA_VERSION,
  DataRefused,
  MIGRATIONS,
  type MigrationPlan,
  migrate,
  readDataVersion,
} from '../../local/migrations.ts';
import { tempFolder } from '../builders/temp.ts';
import { textOf } from '../repo/sources.ts';

/** Three versions ago, by steps that can be seen. */
const PLAN: MigrationPlan = {
  version: 4,
  migrations: [
    { to: 4, title: 'Fourth', run: (database) => database.exec(`INSERT INTO records VALUES ('to 4')`) },
    { to: 3, title: 'Third', run: (database) => database.exec(`INSERT INTO records VALUES ('to 3')`) },
  ],
};

class TestData {
  readonly folder = tempFolder();
  readonly file = join(this.folder, 'cottage.db');

  /** Data of a version, as a process that was killed leaves it: part of it in the log. */
  constructor(version: number, table = 'records') {
    const database = new DatabaseSync(this.file);
    database.exec(
      `PRAGMA journal_mode = WAL; CREATE TABLE ${table} (what TEXT); PRAGMA user_version = ${version}`,
    );
    database.exec(`INSERT INTO ${table} VALUES ('first')`);
    copyFileSync(`${this.file}-wal`, join(this.folder, 'kept-wal'));
    const main = readFileSync(this.file);
    database.close();
    writeFileSync(this.file, main);
    copyFileSync(join(this.folder, 'kept-wal'), `${this.file}-wal`);
  }

  open(): DatabaseSync {
    const database = openDatabase(this.file);
    onTestFinished(() => database.close());
    return database;
  }

  rows(file = this.file): string[] {
    const database = new DatabaseSync(file, { readOnly: true });
    const rows = database.prepare('SELECT what FROM records').all();
    database.close();
    return rows.map(({ what }) => String(what));
  }

  version(file = this.file): number {
    const database = new DatabaseSync(file, { readOnly: true });
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    database.close();
    return version;
  }
}

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'fine';
  } catch (error) {
    return error instanceof DataRefused ? error.code : String(error);
  }
};

describe('data of an older version', () => {
  it('is brought up step by step, each with a copy of what was before', () => {
    const data = new TestData(2);
    migrate(data.open(), data.file, PLAN);
    expect(data.rows()).toEqual(['first', 'to 3', 'to 4']);
    expect(data.version()).toBe(4);
    const copies = readdirSync(data.folder).filter((name) => name.includes('before'));
    expect(copies).toEqual(['cottage.db.before-v3', 'cottage.db.before-v4']);
    expect(data.rows(`${data.file}.before-v3`)).toEqual(['first']);
    expect(data.version(`${data.file}.before-v3`)).toBe(2);
    expect(data.rows(`${data.file}.before-v4`)).toEqual(['first', 'to 3']);
    for (const name of copies) expect(statSync(join(data.folder, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(data.folder).filter((name) => name.endsWith('.draft'))).toEqual([]);
  });

  it('is as it was when a step fails, and goes on from there the next time', () => {
    const data = new TestData(2);
    const database = data.open();
    const failing = {
      ...PLAN,
      migrations: PLAN.migrations.map((step) =>
        step.to === 4
          ? {
              ...step,
              run: (open: DatabaseSync) => {
                step.run(open);
                throw new Error('half-way');
              },
            }
          : step,
      ),
    };
    expect(codeOf(() => migrate(database, data.file, failing))).toBe('Error: half-way');
    expect([data.rows(), data.version()]).toEqual([['first', 'to 3'], 3]);
    writeFileSync(`${data.file}.before-v4`, 'a copy that was broken off');
    migrate(database, data.file, PLAN);
    expect([data.rows(), data.version()]).toEqual([['first', 'to 3', 'to 4'], 4]);
    expect(data.rows(`${data.file}.before-v4`)).toEqual(['first', 'to 3']);
  });

  it('is left alone when it is of this version', () => {
    const data = new TestData(4);
    migrate(data.open(), data.file, PLAN);
    expect(data.rows()).toEqual(['first']);
    expect(readdirSync(data.folder).filter((name) => name.includes('before'))).toEqual([]);
  });
});

describe('data that can not be gone on from', () => {
  const cases: [what: string, make: () => TestData, code: string][] = [
    ['of the next version', () => new TestData(5), 'data/newer'],
    ['of a far newer one', () => new TestData(99), 'data/newer'],
    ['older than the first step', () => new TestData(1), 'data/older'],
    ['unmarked, and older than the first step', () => new TestData(0), 'data/older'],
    ['of something else', () => new TestData(0, 'other'), 'data/not-cottage'],
    ['that is no database', () => garbage(), 'data/damaged'],
  ];
  it.each(cases)('is refused, and no byte of it changed: %s', (_, make, code) => {
    const data = make();
    const before = readdirSync(data.folder).map((name) => [
      name,
      readFileSync(join(data.folder, name), 'hex'),
    ]);
    expect(codeOf(() => readDataVersion(data.file, PLAN))).toBe(code);
    // What SQLite puts beside a database to read it is nobody's data.
    const after = readdirSync(data.folder).filter((name) => !name.endsWith('-shm'));
    expect(after.map((name) => [name, readFileSync(join(data.folder, name), 'hex')])).toEqual(before);
  });

  it('is not migrated either by whoever does not look first', () => {
    const data = new TestData(5);
    expect(codeOf(() => migrate(data.open(), data.file, PLAN))).toBe('data/newer');
    expect(data.version()).toBe(5);
  });
});

function garbage(): TestData {
  const data = new TestData(4);
  writeFileSync(data.file, 'x'.repeat(8192));
  rmSync(`${data.file}-wal`);
  return data;
}

describe('the version of data', () => {
  it('is none where there is no file, and where it is empty', () => {
    const folder = tempFolder();
    const file = join(folder, 'cottage.db');
    expect(readDataVersion(file)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(file, '');
    expect(readDataVersion(file)).toBeUndefined();
  });

  it('is ours from the first start on', () => {
    const file = join(tempFolder(), 'cottage.db');
    const database = openDatabase(file);
    migrate(database, file);
    database.close();
    expect(readDataVersion(file)).toBe(DATA_VERSION);
  });

  it('has a step to each, and a section about each in the documents', () => {
    expect(MIGRATIONS.map(({ to }) => to)).toEqual(Array.from({ length: DATA_VERSION - 1 }, (_, i) => i + 2));
    const titles = [...textOf('docs/migrations.md').matchAll(/^### (.+)$/gm)].map(([, title]) => title);
    for (const { to, title } of MIGRATIONS) expect(titles).toContain(`${title} (data version ${to})`);
  });
});

const withZones = (...zones: string[]) => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE dns_zones (zone TEXT)');
  for (const zone of zones) database.prepare('INSERT INTO dns_zones VALUES (?)').run(zone);
  return database;
};

describe('the base domain', () => {
  it.each<[string, DatabaseSync, string]>([
    ['is free where there is no data', new DatabaseSync(':memory:'), 'fine'],
    ['is free where there is no zone', withZones(), 'fine'],
    ['may be what it was', withZones('demo.apps.example', 'apps.example'), 'fine'],
    ['may not be another', withZones('demo.other.example', 'other.example'), 'data/base-domain'],
    ['may not be one below', withZones('example', 'demo.example'), 'data/base-domain'],
    ['may not be a team’s', withZones('example', 'apps.example'), 'data/base-domain'],
    ['may not be one above', withZones('my.apps.example', 'demo.my.apps.example'), 'data/base-domain'],
    ['may be what it was when its own zone is lost', withZones('demo.apps.example'), 'fine'],
  ])('%s', (_, database, code) => {
    expect(codeOf(() => checkBaseDomain(database, 'apps.example'))).toBe(code);
  });

  it('says which one the data has', () => {
    const database = withZones('demo.other.example', 'other.example');
    expect(() => checkBaseDomain(database, 'apps.example')).toThrow('COTTAGE_BASE_DOMAIN=other.example');
  });
});
