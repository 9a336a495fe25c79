import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Durability } from '../../local/durability.ts';
import { MINUTE_MS } from '../../shared/clock/clock.ts';
import { LocalMail } from '../../shared/mail/local-mail.ts';
import { TestClock } from '../builders/clock.ts';
import { tempFolder } from '../builders/temp.ts';
import { mailContract, message, SENDER } from './mail.suite.ts';

const emlFiles = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.filter((name) => name.endsWith('.eml')).map((name) => readFile(join(folder, name), 'utf8')),
  );
};

mailContract('LocalMail', () => {
  const folder = join(tempFolder(), 'mailbox');
  const options = { folder, from: SENDER, clock: new TestClock() };
  return Promise.resolve({
    mail: new LocalMail(options),
    restarted: () => new LocalMail(options),
    delivered: () => emlFiles(folder),
  });
});

function mailbox(durability?: Durability) {
  const data = tempFolder();
  const folder = join(data, 'mailbox');
  const clock = new TestClock();
  const mail = new LocalMail({
    folder,
    from: SENDER,
    clock,
    ...(durability === undefined ? {} : { durability }),
  });
  return { data, folder, clock, mail };
}

test('mail is kept in files named by its id, which only their owner can read', async () => {
  const { folder, mail } = mailbox();
  await mail.send(message({ id: 'e_1' }));
  expect((await readdir(folder)).toSorted()).toEqual(['e_1.eml', 'e_1.json']);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  for (const name of await readdir(folder)) {
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  }
});

test('mail reads back as it was sent, newest first', async () => {
  const { clock, mail } = mailbox();
  await mail.send(message({ id: 'e_2' }));
  clock.advance(MINUTE_MS);
  await mail.send(message({ id: 'e_1', subject: 'Second' }));
  await mail.send(message({ id: 'e_3', subject: 'At the same time' }));
  const listed = await mail.listMail();
  expect(listed.map(({ id }) => id)).toEqual(['e_3', 'e_1', 'e_2']);
  expect(listed[2]).toEqual({ ...message({ id: 'e_2' }), sentAt: '2026-03-02T09:00:00.000Z' });
  expect(await mail.readMail('e_1')).toEqual({
    ...message({ id: 'e_1', subject: 'Second' }),
    sentAt: '2026-03-02T09:01:00.000Z',
  });
  expect(await mail.listMail(1)).toHaveLength(1);
});

test('an empty mailbox has no mail', async () => {
  const { mail } = mailbox();
  expect(await mail.listMail()).toEqual([]);
  expect(await mail.has('e_1')).toBe(false);
});

test('mail that was never sent is not found, whatever is asked for', async () => {
  const { data, folder, mail } = mailbox();
  await mail.send(message({ id: 'e_1' }));
  await writeFile(join(data, 'secret.eml'), 'x');
  await writeFile(join(data, 'secret.json'), '{}');
  expect(await mail.has('e_1')).toBe(true);
  for (const id of ['e_2', '../secret', `${folder}/e_1`, '', '.', 'e_1.eml']) {
    expect(await mail.has(id)).toBe(false);
    await expect(mail.readMail(id)).rejects.toMatchObject({ name: 'NotFound' });
  }
});

test('mail that can’t be read is said to be corrupt, and never left out', async () => {
  const { folder, mail } = mailbox();
  await mail.send(message({ id: 'e_1' }));
  for (const text of ['', '{"id":"e_1"}']) {
    await writeFile(join(folder, 'e_1.json'), text);
    await expect(mail.readMail('e_1')).rejects.toMatchObject({ name: 'CorruptRecord' });
    await expect(mail.listMail()).rejects.toMatchObject({ name: 'CorruptRecord' });
  }
});

test('a folder that can’t be read is an error, not an empty mailbox', async () => {
  const { folder, mail } = mailbox();
  await writeFile(folder, 'not a folder');
  await expect(mail.listMail()).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(mail.has('e_1')).rejects.toMatchObject({ code: 'ENOTDIR' });
});

/** Counts what is made durable, and breaks down at the `dieAt`-th time. */
class FailingDurability implements Durability {
  readonly synced: string[] = [];
  dieAt = Number.POSITIVE_INFINITY;
  syncFile(): Promise<void> {
    return this.#sync('file');
  }
  syncFolder(path: string): Promise<void> {
    return this.#sync(path);
  }
  #sync(what: string): Promise<void> {
    this.synced.push(what);
    return this.synced.length >= this.dieAt ? Promise.reject(new Error('power loss')) : Promise.resolve();
  }
}

test('mail is durable before it counts as sent: files, their names, and the new folder', async () => {
  const durability = new FailingDurability();
  const { data, folder, mail } = mailbox(durability);
  await mail.send(message({ id: 'e_1' }));
  expect(durability.synced).toEqual([data, 'file', folder, 'file', folder]);
});

test('mail cut off half-way was not sent, and is sent when it is tried again', async () => {
  const durability = new FailingDurability();
  const { folder, mail } = mailbox(durability);
  await mkdir(folder);
  // The second file is being written: what is beside the message is there, the message is not.
  durability.dieAt = 3;
  await expect(mail.send(message({ id: 'e_1' }))).rejects.toThrow('power loss');
  expect(await readdir(folder)).toEqual(['e_1.json']);
  expect(await mail.listMail()).toEqual([]);
  expect(await mail.has('e_1')).toBe(false);
  durability.dieAt = Number.POSITIVE_INFINITY;
  await mail.send(message({ id: 'e_1' }));
  expect((await mail.listMail()).map(({ id }) => id)).toEqual(['e_1']);
});
