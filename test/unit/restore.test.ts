import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { BackupRefused } from '../../local/backup/refused.ts';
import { restoreBackup } from '../../local/backup/restore.ts';
import { DATA_VERSION } from '../../local/migrations.ts';
import { backupBytes, backupFile, HEAD, type RawEntry, SMALLEST } from '../builders/backup-file.ts';
import { tempFolder } from '../builders/temp.ts';

const withHead = (head: unknown): RawEntry[] => [
  { path: 'cottage-backup.json', content: typeof head === 'string' ? head : JSON.stringify(head) },
  ...SMALLEST.slice(1),
];
const and = (...more: RawEntry[]): Buffer => backupBytes([...SMALLEST, ...more]);
const without = (path: string): Buffer => backupBytes(SMALLEST.filter((entry) => entry.path !== path));
const whole = backupBytes(SMALLEST);

/** What is not put back, and why; nothing of it may be left anywhere. */
const REFUSED: [what: string, bytes: Buffer, code: string][] = [
  ['an empty file', Buffer.alloc(0), 'restore/not-a-backup'],
  ['something else', Buffer.from('PK\u0003\u0004'.repeat(1000)), 'restore/not-a-backup'],
  ['an archive of something else', backupBytes(SMALLEST.slice(1)), 'restore/not-a-backup'],
  ['a head that is no JSON', backupBytes(withHead('{')), 'restore/not-a-backup'],
  ['a head that says nothing', backupBytes(withHead({})), 'restore/not-a-backup'],
  ['a head that is null', backupBytes(withHead('null')), 'restore/not-a-backup'],
  ['a newer layout', backupBytes(withHead({ format: 2, all: 'is different' })), 'restore/newer'],
  ['newer data', backupBytes(withHead({ ...HEAD, dataVersion: DATA_VERSION + 1 })), 'restore/newer'],
  ['no database', without('data/cottage.db'), 'restore/damaged'],
  ['no keys', without('data/keys.json'), 'restore/damaged'],
  ['no list of digests', backupBytes(SMALLEST, { list: false }), 'restore/damaged'],
  ['no list and no end', backupBytes(SMALLEST, { list: false, end: false }), 'restore/damaged'],
  ['no end', backupBytes(SMALLEST, { end: false }), 'restore/damaged'],
  ['half an end', whole.subarray(0, whole.length - 512), 'restore/damaged'],
  ['more behind its end', Buffer.concat([whole, Buffer.alloc(512)]), 'restore/damaged'],
  [
    'something where its end should be',
    Buffer.concat([whole.subarray(0, -512), Buffer.alloc(512, 1)]),
    'restore/damaged',
  ],
  ['a file on no list', and({ path: 'data/more', content: 'x', sum: 'none' }), 'restore/damaged'],
  [
    'a file with another digest',
    and({ path: 'data/more', content: 'x', sum: '0'.repeat(64) }),
    'restore/damaged',
  ],
  ['a file twice', and({ path: 'data/keys.json', content: '{}' }), 'restore/damaged'],
  ['a file larger than the archive', and({ path: 'data/more', sizeBytes: 99_999_999 }), 'restore/damaged'],
  ['a file where a folder stands', and({ path: 'data/a/b' }, { path: 'data/a' }), 'restore/damaged'],
  ['a folder where a file stands', and({ path: 'data/a' }, { path: 'data/a/b' }), 'restore/damaged'],
  [
    'an empty folder where a file stands',
    and({ path: 'data/a' }, { path: 'data/a', type: '5' }),
    'restore/damaged',
  ],
  ['a symbolic link', and({ path: 'data/link', type: '2' }), 'restore/unsafe'],
  ['a hard link', and({ path: 'data/link', type: '1' }), 'restore/unsafe'],
  ['a device', and({ path: 'data/device', type: '3' }), 'restore/unsafe'],
  ['an extension', and({ path: 'data/x', type: 'x', content: '12 path=/a\n' }), 'restore/unsafe'],
  ['a path upwards', and({ path: '../outside', content: 'x' }), 'restore/unsafe'],
  ['a path upwards from within', and({ path: 'data/../../outside', content: 'x' }), 'restore/unsafe'],
  ['a path to where it stands', and({ path: 'data/./outside', content: 'x' }), 'restore/unsafe'],
  ['an absolute path', and({ path: '/tmp/outside', content: 'x' }), 'restore/unsafe'],
  ['a path of another system', and({ path: 'data\\..\\outside', content: 'x' }), 'restore/unsafe'],
  ['a drive', and({ path: 'data/c:x', content: 'x' }), 'restore/unsafe'],
  ['a line break in a path', and({ path: 'data/a\nb', content: 'x' }), 'restore/unsafe'],
  ['a path with a hole', and({ path: 'data//outside', content: 'x' }), 'restore/unsafe'],
  ['the folder itself', and({ path: 'data', type: '5' }), 'restore/unsafe'],
  ['a file beside the data', and({ path: 'other/file', content: 'x' }), 'restore/unsafe'],
  ['a folder upwards', and({ path: 'data/../up', type: '5' }), 'restore/unsafe'],
  ['a hundred folders', and({ path: `data/${'a/'.repeat(45)}b` }), 'restore/unsafe'],
];

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof BackupRefused ? error.code : String(error);
}

describe('a backup that is not as it should be', () => {
  it.each(REFUSED)('is refused and leaves nothing: %s', async (_, bytes, code) => {
    const folder = tempFolder();
    const dataFolder = join(folder, 'inner', 'data');
    mkdirSync(dirname(dataFolder));
    expect(await refusal(restoreBackup(backupFile(bytes), dataFolder))).toBe(code);
    expect(readdirSync(folder, { recursive: true })).toEqual(['inner']);
  });

  it('is refused wherever it ends, and whichever byte of a file is another', async () => {
    const folder = tempFolder();
    for (let length = 0; length < whole.length; length += 300) {
      const code = await refusal(restoreBackup(backupFile(whole.subarray(0, length)), join(folder, 'data')));
      expect([length, code]).toEqual([length, length < 600 ? 'restore/not-a-backup' : 'restore/damaged']);
    }
    const inside = Buffer.from(whole);
    inside.writeUInt8(0x41, whole.indexOf('opened'));
    expect(await refusal(restoreBackup(backupFile(inside), join(folder, 'data')))).toBe('restore/damaged');
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('a backup is put back where there is nothing, or an empty folder', async () => {
  for (const name of ['data', 'not/there/yet']) {
    const dataFolder = join(tempFolder(), name);
    if (name === 'data') mkdirSync(dataFolder);
    const restored = await restoreBackup(backupFile(whole), dataFolder);
    expect(restored).toEqual({ dataFolder, createdAt: HEAD.createdAt, files: 2 });
    expect(readdirSync(dataFolder)).toEqual(['cottage.db', 'keys.json']);
    expect(readFileSync(join(dataFolder, 'keys.json'), 'utf8')).toBe('{}');
    expect(readdirSync(dirname(dataFolder)).length).toBe(1);
  }
});

test('a backup is never put over what is there', async () => {
  const dataFolder = join(tempFolder(), 'data');
  mkdirSync(dataFolder);
  writeFileSync(join(dataFolder, 'file'), 'somebody’s');
  expect(await refusal(restoreBackup(backupFile(whole), dataFolder))).toBe('restore/not-empty');
  expect(readdirSync(dataFolder)).toEqual(['file']);
  expect(await refusal(restoreBackup(backupFile(whole), join(dataFolder, 'file')))).toBe('restore/disk');
  expect(readFileSync(join(dataFolder, 'file'), 'utf8')).toBe('somebody’s');
});

test('what is no file that can be read is said to be none', async () => {
  const folder = tempFolder();
  symlinkSync('nowhere', join(folder, 'link'));
  for (const name of ['none', 'link', '.']) {
    expect(await refusal(restoreBackup(join(folder, name), join(folder, 'data')))).toBe('restore/no-file');
  }
});

test('a start during a restore is not overwritten', async () => {
  const folder = tempFolder();
  const dataFolder = join(folder, 'data');
  // Asked before each piece is written: somebody starts Cottage in that moment.
  const signal = Object.assign(new AbortController().signal, {
    throwIfAborted: () => {
      mkdirSync(dataFolder, { recursive: true });
      writeFileSync(join(dataFolder, 'cottage.db'), 'of the start');
    },
  });
  expect(await refusal(restoreBackup(backupFile(whole), dataFolder, signal))).toBe('restore/not-empty');
  expect(readFileSync(join(dataFolder, 'cottage.db'), 'utf8')).toBe('of the start');
  expect(readdirSync(folder)).toEqual(['data']);
});

test('until it is whole a restore is beside the data folder, and one that was killed is in nobody’s way', async () => {
  const folder = tempFolder();
  const dataFolder = join(folder, 'data');
  const seen: string[][] = [];
  const signal = Object.assign(new AbortController().signal, {
    throwIfAborted: () => void seen.push(readdirSync(folder)),
  });
  await restoreBackup(backupFile(whole), dataFolder, signal);
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.flat().every((name) => name.startsWith('data.restoring-'))).toBe(true);
  const killed = join(folder, 'other.restoring-0a');
  mkdirSync(killed);
  writeFileSync(join(killed, 'half'), 'x');
  await restoreBackup(backupFile(whole), join(folder, 'other'));
  expect(readdirSync(folder).toSorted()).toEqual(['data', 'other', 'other.restoring-0a']);
});
