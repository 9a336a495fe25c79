import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Replacements } from '../../local/main.ts';
import { DATA_VERSION } from '../../local/migrations.ts';
import { startTestCottage } from '../builders/cottage.ts';
import { tempFolder } from '../builders/temp.ts';
import { CottageProcess } from '../drill/cottage-process.ts';

interface Fault {
  title: string;
  code: string;
  /** Brings it about in an empty folder; what it answers ends it. The data folder is `data` in it. */
  cause: (folder: string) => () => void;
  replace?: Replacements;
}

const file = (path: string) => {
  writeFileSync(path, '');
  return () => rmSync(path);
};
const nothing = () => () => undefined;

/** On a disk that is full, or can't be written, SQLite answers as it does here. */
const pragma = (text: string): Replacements => ({ database: (database) => database.exec(`PRAGMA ${text}`) });

const FAULTS: Fault[] = [
  {
    title: 'a file in the place of the folder',
    code: 'data/no-folder',
    cause: (folder) => file(join(folder, 'data')),
  },
  {
    title: 'a file in the place of a folder in it',
    code: 'data/no-folder',
    cause: (folder) => {
      mkdirSync(join(folder, 'data'), { mode: 0o700 });
      return file(join(folder, 'data/blobs'));
    },
  },
  { title: 'a full disk', code: 'data/full', cause: nothing, replace: pragma('max_page_count = 2') },
  { title: 'a read-only disk', code: 'data/read-only', cause: nothing, replace: pragma('query_only = ON') },
  {
    title: 'another program that writes to the database',
    code: 'data/locked',
    cause: (folder) => {
      mkdirSync(join(folder, 'data'), { mode: 0o700 });
      const other = new DatabaseSync(join(folder, 'data/cottage.db'));
      other.exec(
        `PRAGMA journal_mode = WAL; CREATE TABLE records (pk TEXT); PRAGMA user_version = ${DATA_VERSION}`,
      );
      other.exec('DROP TABLE records; BEGIN IMMEDIATE');
      return () => other.close();
    },
    replace: pragma('busy_timeout = 0'),
  },
];

describe('a start on a data folder that can’t be used', () => {
  test.for(FAULTS)('$title: refuses with a sentence, and works once that is over', async (fault) => {
    const folder = tempFolder();
    const data = join(folder, 'data');
    const end = fault.cause(folder);
    const start = startTestCottage({ folder: data, ...(fault.replace ? { replace: fault.replace } : {}) });
    await expect(start).rejects.toMatchObject({ name: 'DataRefused', code: fault.code });
    await expect(start).rejects.toThrow(data);
    end();
    const cottage = await startTestCottage({ folder: data });
    expect(await cottage.publish()).toMatchObject({ status: 'live' });
    expect(await cottage.problems()).toEqual([]);
  });
});

describe('two Cottages on one data folder', () => {
  test('the second refuses, and leaves the first alone', async () => {
    const first = await startTestCottage();
    const { folder } = first;
    const draft = join(folder, 'ca.pem.0123456789ab.draft');
    writeFileSync(draft, 'being written by the first');
    const second = startTestCottage({ folder, replace: { lockPatienceMs: 0 } });
    await expect(second).rejects.toMatchObject({ name: 'DataRefused', code: 'data/in-use' });
    expect(existsSync(draft)).toBe(true);
    expect(await first.publish()).toMatchObject({ status: 'live' });
    await first.cottage.stop();
    const next = await startTestCottage({ folder, replace: { lockPatienceMs: 0 } });
    // What nobody writes any more is cleared away.
    expect(existsSync(draft)).toBe(false);
    expect(await next.problems()).toEqual([]);
  });

  test('one that starts while the other is being stopped waits for it, and loses nothing', async () => {
    const folder = tempFolder();
    const first = await CottageProcess.start(folder);
    const stopping = first.stop();
    const second = await CottageProcess.start(folder);
    expect(await stopping).toBe(0);
    expect(await second.stop()).toBe(0);
  });
});
