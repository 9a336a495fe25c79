import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ChildCottage } from '../builders/child-cottage.ts';
import { callHook, LUNCH, PAGE, startTestCottage } from '../builders/cottage.ts';
import { seeded } from '../builders/seeded.ts';
import { siteZip } from '../builders/site-zip.ts';
import { tempFolder } from '../builders/temp.ts';

const PUBLISHERS = 4;
const KILLS = 3;
/** Each kill comes after so many changes of any publish's stages were seen, at most. */
const MOST_CHANGES = 40;

interface Sent {
  name: string;
  version: number;
  publishId: string;
  statusUrl: string;
}

/**
 * A tool that publishes one app again and again, each version after the one before has ended. Like any careful tool it
 * delivers again, under the same id, what was not answered.
 */
class Publisher {
  readonly sent: Sent[] = [];
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  get version(): number {
    return this.sent.length + 1;
  }

  async deliver(api: string, secret: string): Promise<Sent> {
    const { version } = this;
    const files = { 'index.html': PAGE.replace('Soup', `Soup ${version}`), 'a.txt': `${version}` };
    const zip = (await siteZip(files)).toString('base64');
    const body = { app: { ...LUNCH, name: this.#name, title: this.#name }, artifact: { zip } };
    const answer = await callHook(api, 'publish', body, { id: `${this.#name}-${version}`, secret });
    if (!answer.ok) throw new Error(`it was not accepted: ${answer.status}`);
    const sent = { name: this.#name, version, ...((await answer.json()) as object) } as Sent;
    this.sent.push(sent);
    return sent;
  }

  /** Publishes until the connection breaks. `seen` is told whenever a publish has moved on. */
  async work(api: string, secret: string, seen: () => void): Promise<void> {
    try {
      for (;;) await follow(api, await this.deliver(api, secret), seen);
    } catch (error) {
      // What fetch throws when nobody is there any more.
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

async function follow(api: string, { statusUrl }: Sent, seen: () => void): Promise<void> {
  const { pathname, search } = new URL(statusUrl);
  for (let last = ''; ; ) {
    const answer = await fetch(`${api}${pathname}${search}`, { headers: { accept: 'application/json' } });
    const { status, stages } = (await answer.json()) as { status: string; stages: object[] };
    const now = JSON.stringify([status, stages]);
    if (now !== last) seen();
    last = now;
    if (status !== 'accepted' && status !== 'running') return;
  }
}

test('a process killed in the middle of its work, again and again, loses no accepted publish', async () => {
  const random = seeded(20_261_123);
  const folder = tempFolder();
  const publishers = Array.from({ length: PUBLISHERS }, (_, i) => new Publisher(`app-${i}`));
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = await ChildCottage.start(folder);
    const secret = secretIn(folder);
    let changes = 1 + Math.floor(random() * MOST_CHANGES);
    const enough = Promise.withResolvers<void>();
    const seen = () => void ((changes -= 1) === 0 && enough.resolve());
    const working = publishers.map((publisher) => publisher.work(child.api, secret, seen));
    await Promise.race([enough.promise, ...working]);
    await child.kill();
    await Promise.all(working);
  }

  const cottage = await startTestCottage({ folder, config: { virtualClock: true } });
  // Started and not answered: delivered once more.
  for (const publisher of publishers) await publisher.deliver(cottage.cottage.ready.api, secretIn(folder));
  await cottage.cottage.runner.idle();
  await cottage.advance('30m');

  const titles: string[] = [];
  for (const { sent } of publishers) {
    const statuses = await Promise.all(
      sent.map(async ({ publishId }) => (await cottage.admin('GET', `/v1/publishes/${publishId}`)).body),
    );
    const ended = statuses.map(({ status }: { status: string }) => status);
    expect(ended.filter((status) => status !== 'live' && status !== 'superseded')).toEqual([]);
    expect(ended.at(-1)).toBe('live');
    const last = sent.at(-1) as Sent;
    const page = await cottage.visit(`${last.name}.demo.apps.localhost`);
    expect(page.body).toContain(`Soup ${last.version}`);
    titles.push(...ended.filter((status) => status === 'live').map(() => `“${last.name}” is live`));
  }
  const subjects = (await cottage.mails()).map(({ subject }) => subject);
  expect(subjects.filter((subject) => subject !== '“Hello” is live').toSorted(byText)).toEqual(
    titles.toSorted(byText),
  );
  expect(await cottage.problems()).toEqual([]);
  expect((await cottage.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true, faults: [] });
  expect([...(await cottage.blobs('work/')), ...(await cottage.blobs('incoming/'))]).toEqual([]);
}, 120_000);

const byText = (a: string, b: string) => (a < b ? -1 : 1);

const secretIn = (folder: string): string =>
  (JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as { secret: string }).secret;
