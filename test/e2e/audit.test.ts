import { cpSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { Forger } from '../builders/audited.ts';
import { runCli } from '../builders/cli-run.ts';
import { startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { tempFolder } from '../builders/temp.ts';

/** An app with some history, and the head that its admin keeps of it, on a line and in a file. */
async function keepHead() {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  const { app } = await cottage.publish();
  await cottage.act('hold', { reason: 'too salty' });
  await cottage.act('release');
  const cli = (...args: string[]) => runCli(args, { variables: { COTTAGE_DATA: cottage.folder } });
  const older = copyOf(cottage);
  await cottage.act('hold', { reason: 'too hot' });
  const verified = await cli('audit', 'verify');
  expect(verified.code).toBe(0);
  const line = /^Head: (\S+)$/m.exec(verified.out)?.[1] ?? '';
  const file = join(tempFolder(), 'kept.json');
  writeFileSync(file, (await cli('audit', 'head')).out);
  const database = new DatabaseSync(join(cottage.folder, 'cottage.db'));
  onTestFinished(() => database.close());
  return { cottage, cli, subject: `app#${app.appId}`, line, file, older, forger: new Forger(database) };
}

/** The database as it is now. */
function copyOf(cottage: TestCottage): string {
  const backup = join(tempFolder(), 'cottage.db');
  const database = new DatabaseSync(join(cottage.folder, 'cottage.db'));
  database.exec(`VACUUM INTO '${backup}'`);
  database.close();
  return backup;
}

test.each<[string, (forger: Forger, subject: string) => void, string[]]>([
  ['the last entry deleted', (f, s) => f.cut(s, 5), ['app demo/lunch, entry 5: missing']],
  [
    'the last entry deleted, and the record mended',
    (f, s) => f.cut(s, 5, true),
    ['app demo/lunch, entry 5: missing'],
  ],
  [
    'one edited',
    (f, s) => f.editEntry(s, 3, (e) => ({ ...e, by: 'person:eve' })),
    ['app demo/lunch, entry 3: altered'],
  ],
  [
    'two swapped',
    (f, s) => f.swap(s, 3, 4),
    ['app demo/lunch, entry 3: out-of-order', 'app demo/lunch, entry 4: out-of-order'],
  ],
  [
    'one edited and everything after it sealed anew',
    (f, s) => f.rewrite(s, 3, (e) => ({ ...e, by: 'person:eve' })),
    ['app demo/lunch, entry 5: rewritten'],
  ],
])('%s: the head that was kept shows it', async (_, plant, expected) => {
  const { cli, subject, line, file, forger } = await keepHead();
  expect((await cli('audit', 'verify', '--head', line)).code).toBe(0);
  expect((await cli('audit', 'verify', '--head', file)).code).toBe(0);
  plant(forger, subject);
  for (const head of [line, file]) {
    const { code, out } = await cli('audit', 'verify', '--head', head);
    expect(code).toBe(5);
    const told = out.split('\n').filter((text) => text.startsWith('  ✗ '));
    expect(told.map((text) => text.slice(4).split(':').slice(0, 2).join(':'))).toEqual(expected);
  }
});

test('an older database put back is named as one, with what it lacks', async () => {
  const { cottage, line, file, older } = await keepHead();
  const folder = tempFolder();
  cpSync(cottage.folder, folder, { recursive: true, filter: (path) => !path.includes('cottage.db') });
  cpSync(older, join(folder, 'cottage.db'));
  await startTestCottage({ folder });
  const cli = (...args: string[]) => runCli(args, { variables: { COTTAGE_DATA: folder } });
  expect((await cli('audit', 'verify')).code).toBe(0);
  for (const head of [line, file]) {
    const { code, out } = await cli('audit', 'verify', '--head', head);
    expect(code).toBe(5);
    expect(out).toContain('✗ the head given: older-database: an older database was put back');
    expect(out).toContain('✗ app demo/lunch, entry 5: missing');
  }
});

test('every day a head is kept in the data folder, and what was kept is compared with by itself', async () => {
  const { cottage, cli, subject, forger } = await keepHead();
  await cottage.advance('11m');
  const kept = join(cottage.folder, 'audit-heads');
  const [first = '', ...others] = readdirSync(kept);
  expect(others).toEqual([]);
  expect(first).toMatch(/^\d{4}-\d\d-\d\d\.json$/);
  expect(statSync(join(kept, first)).mode & 0o777).toBe(0o400);
  const { out } = await cli('audit', 'verify');
  expect(out).toContain(`Compared with audit-heads/${first}, made `);
  forger.cut(subject, 5, true);
  const cut = await cli('audit', 'verify');
  expect(cut.code).toBe(5);
  expect(cut.out).toContain('✗ app demo/lunch, entry 5: missing');
  const { problems } = JSON.parse((await cli('doctor', '--json')).out) as { problems: { code: string }[] };
  expect(problems.map(({ code }) => code)).toContain('audit/missing');
  await cottage.advance('1d');
  expect(readdirSync(kept)).toHaveLength(2);
});

test('a head that is none is refused with what is wrong', async () => {
  const { cli } = await keepHead();
  const ran = await cli('audit', 'verify', '--head', 'h1.nothing');
  expect(ran.code).toBe(2);
  expect(ran.err).toContain('This is not a head of an audit trail');
});

test('the whole trail is exported, each entry once', async () => {
  const { cli, subject } = await keepHead();
  const { out } = await cli('audit', 'export');
  const entries = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { subject: string; seq: number });
  const own = entries.filter((entry) => entry.subject === subject);
  expect(own.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  expect(new Set(entries.map((entry) => `${entry.subject} ${entry.seq}`)).size).toBe(entries.length);
});
