import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LocalConfig } from '../../local/config.ts';
import { DEFAULT_LIMITS } from '../../shared/artifacts/limits.ts';
import { Cancelled } from '../../shared/errors/errors.ts';
import { PublishId, sha256 } from '../../shared/ids/ids.ts';
import { endPublish } from '../../shared/publishes/ending.ts';
import { fetchArtifact } from '../../shared/publishes/fetch-artifact.ts';
import { Gate } from '../builders/around.ts';
import { LUNCH, PAGE, type Published, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { endless, FILES, giving, Internet, pointing } from '../builders/internet.ts';
import { siteZip } from '../builders/site-zip.ts';

const PLACE = '1.2.3.4';
const HOST = 'lunch.demo.apps.localhost';
/** What stands in the query is what lets somebody fetch the file. */
const URL = `https://${FILES}/exports/lunch.zip?signature=very-secret`;
const SITE = await siteZip({ 'index.html': PAGE });

/** A Cottage on an internet where the URL's name leads to one place, and all that it logs. */
async function start(config: Partial<LocalConfig> = {}) {
  const internet = await Internet.open();
  internet.names.set(FILES, [[PLACE]]);
  const logged: string[] = [];
  const note = (...line: unknown[]) => void logged.push(JSON.stringify(line));
  const cottage = await startTestCottage({
    config,
    log: { debug: note, info: note, warn: note, error: note },
    // Retries come at once: their spread is drawn from 0.
    replace: { downloads: internet.options(), random: () => 0 },
  });
  return { internet, cottage, logged };
}

interface Sent {
  digest?: string;
  app?: object;
  dryRun?: boolean;
  id?: string;
}

const send = (cottage: TestCottage, url: string, { digest = sha256(SITE), app, dryRun, id }: Sent = {}) =>
  cottage.hook(
    'publish',
    {
      app: { ...LUNCH, ...app },
      artifact: { url, sha256: digest },
      ...(dryRun === undefined ? {} : { dryRun }),
    },
    id === undefined ? {} : { id },
  );

/** Publishes from this URL, waits until the workflow rests, and returns the publish. */
async function publish(cottage: TestCottage, url = URL, sent: Sent = {}): Promise<Published> {
  const answer = await send(cottage, url, sent);
  expect(answer.status).toBe(202);
  const { statusUrl } = (await answer.json()) as { statusUrl: string };
  await cottage.cottage.runner.idle();
  return cottage.status(statusUrl);
}

/** What is left of a publish that has ended. */
const leftovers = async (cottage: TestCottage) => ({
  blobs: [...(await cottage.blobs('incoming/')), ...(await cottage.blobs('work/'))],
  problems: await cottage.problems(),
});
const NOTHING = { blobs: [], problems: [] };

describe('a publish by URL', () => {
  test('fetches the file once, and goes live like any other', async () => {
    const { internet, cottage } = await start();
    const requests = await internet.serve(PLACE, giving(SITE));
    const published = await publish(cottage);
    expect(published).toMatchObject({ status: 'live', findings: [{ code: 'artifact/hook-added' }] });
    expect((await cottage.visit(HOST)).body).toContain('Soup');
    expect(requests).toHaveLength(1);
    expect(await leftovers(cottage)).toEqual(NOTHING);
    // The same bytes are the same release, whichever way they come.
    expect(await cottage.publish()).toMatchObject({ status: 'live', release: published.release });
  });

  test('redelivered is the same publish, and is not fetched again', async () => {
    const { internet, cottage } = await start();
    const requests = await internet.serve(PLACE, giving(SITE));
    const first = await send(cottage, URL, { id: 'same' });
    await cottage.cottage.runner.idle();
    const again = await send(cottage, URL, { id: 'same' });
    await cottage.cottage.runner.idle();
    expect([first.status, again.status]).toEqual([202, 200]);
    expect(await again.json()).toEqual(await first.json());
    expect(requests).toHaveLength(1);
    const other = await send(cottage, `${URL}2`, { id: 'same' });
    expect(await other.json()).toMatchObject({ code: 'publish/id-reused' });
  });

  test('can be tried out', async () => {
    const { internet, cottage } = await start();
    await internet.serve(PLACE, giving(SITE));
    expect(await publish(cottage, URL, { dryRun: true })).toMatchObject({ status: 'ready', url: null });
    expect(await leftovers(cottage)).toEqual(NOTHING);
  });

  test('goes on from the fetched file when its question is answered', async () => {
    const { internet, cottage } = await start();
    const requests = await internet.serve(PLACE, giving(SITE));
    const asking = await publish(cottage, URL, { app: { dataClass: undefined } });
    expect(asking.status).toBe('needs-answers');
    expect(await cottage.problems()).toEqual([]);
    const answers = asking.statusUrl.replace('?', '/answers?');
    const answered = await fetch(answers, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataClass: 'internal' }),
    });
    expect(answered.status).toBe(202);
    await cottage.cottage.runner.idle();
    expect(await cottage.status(asking.statusUrl)).toMatchObject({ status: 'live' });
    expect(requests).toHaveLength(1);
    expect(await leftovers(cottage)).toEqual(NOTHING);
  });

  test('is read as an enemy’s, as every file', async () => {
    const { internet, cottage } = await start();
    const bytes = Buffer.from('no zip at all');
    await internet.serve(PLACE, giving(bytes));
    expect(await publish(cottage, URL, { digest: sha256(bytes) })).toMatchObject({
      status: 'refused',
      findings: [{ code: 'artifact/not-a-zip' }],
    });
    expect(await leftovers(cottage)).toEqual(NOTHING);
  });

  test('shows that it is under way while it waits for the file, and can be cancelled then', async () => {
    const { internet, cottage } = await start();
    const gate = new Gate();
    await internet.serve(PLACE, (request, response) => {
      void gate.pass().then(() => giving(SITE)(request, response));
    });
    const { statusUrl, publishId } = (await (await send(cottage, URL)).json()) as Published;
    await gate.reached;
    const [first, ...others] = (await cottage.status(statusUrl)).stages;
    expect(first).toMatchObject({ name: 'unpack', status: 'running' });
    expect(new Set(others.map(({ status }) => status))).toEqual(new Set(['pending']));
    expect(await cottage.problems()).toEqual([]);
    const { status } = await cottage.admin('POST', `/v1/publishes/${publishId}/cancel`);
    expect(status).toBe(200);
    gate.open();
    await cottage.cottage.runner.idle();
    expect(await cottage.status(statusUrl)).toMatchObject({ status: 'cancelled' });
    expect(await leftovers(cottage)).toEqual(NOTHING);
  });
});

describe('a URL that can’t be used is refused when it is named', () => {
  test.each([
    [`http://${FILES}/lunch.zip?signature=very-secret`, 'artifact/url-invalid'],
    [`https://user:very-secret@${FILES}/`, 'artifact/url-invalid'],
    ['https://127.1/?very-secret', 'artifact/url-private'],
    ['https://[::ffff:7f00:1]/?very-secret', 'artifact/url-private'],
    ['https://lunch.demo.apps.localhost/?very-secret', 'artifact/url-private'],
  ])('%s: %s', async (url, code) => {
    const { internet, cottage } = await start();
    const answer = await send(cottage, url);
    const text = await answer.text();
    expect(answer.status).toBe(422);
    expect(JSON.parse(text)).toMatchObject({ code: 'artifact/url', findings: [{ code }] });
    expect(text).not.toContain('very-secret');
    expect(internet.connected).toEqual([]);
  });

  test.each([
    { url: URL },
    { url: '', sha256: sha256('') },
    { url: URL, sha256: sha256('').toUpperCase() },
    { url: `${URL}${'a'.repeat(2048)}`, sha256: sha256('') },
  ])('or is not whole: %#', async (artifact) => {
    const { cottage } = await start();
    const answer = await cottage.hook('publish', { app: LUNCH, artifact });
    expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'body/fields' }]);
  });
});

describe('a file that does not come is refused, with what to do', () => {
  const OTHER = Buffer.from('another file');
  const cases: {
    title: string;
    code: string;
    says?: string;
    set: (internet: Internet) => Promise<unknown>;
    config?: Partial<LocalConfig>;
  }[] = [
    {
      title: 'another file',
      code: 'artifact/url-digest',
      says: `${sha256(SITE).slice(0, 12)}, but it begins with ${sha256(OTHER).slice(0, 12)}`,
      set: (internet) => internet.serve(PLACE, giving(OTHER)),
    },
    {
      title: 'half of it',
      code: 'artifact/url-digest',
      set: (internet) => internet.serve(PLACE, giving(SITE.subarray(0, 10))),
    },
    {
      title: 'too much of it',
      code: 'artifact/too-large',
      set: (internet) => internet.serve(PLACE, (_, response) => void response.write(Buffer.alloc(5000))),
    },
    {
      title: 'a page in its place',
      code: 'artifact/url-answer',
      says: '404 Not Found',
      set: (internet) => internet.serve(PLACE, (_, response) => response.writeHead(404).end()),
    },
    {
      title: 'a name that leads inside by the time it is fetched',
      code: 'artifact/url-private',
      set: (internet) => Promise.resolve(internet.names.set(FILES, [['127.0.0.1']])),
    },
    {
      title: 'a redirect that leads inside',
      code: 'artifact/url-private',
      set: (internet) => internet.serve(PLACE, pointing('https://169.254.169.254/latest/')),
    },
    {
      title: 'no such name',
      code: 'artifact/url-not-found',
      set: (internet) => Promise.resolve(internet.names.delete(FILES)),
    },
    {
      title: 'somebody who can’t prove the name',
      code: 'artifact/url-insecure',
      set: (internet) => internet.serve(PLACE, giving(SITE), { names: ['other.example.test'] }),
    },
    {
      title: 'one redirect after the other',
      code: 'artifact/url-redirects',
      set: (internet) => internet.serve(PLACE, pointing('/again')),
    },
    {
      title: 'more and more, for longer than is waited',
      code: 'artifact/url-slow',
      set: (internet) => internet.serve(PLACE, endless),
      config: { downloadMs: 50, limits: { ...DEFAULT_LIMITS, archiveBytes: 2_000_000_000 } },
    },
  ];

  test.each(cases)('$title: $code', async ({ code, says = '', set, config = {} }) => {
    const limited = { limits: { ...DEFAULT_LIMITS, archiveBytes: 4000 }, ...config };
    const { internet, cottage, logged } = await start(limited);
    await set(internet);
    const published = await publish(cottage);
    expect(published).toMatchObject({ status: 'refused', findings: [{ code, severity: 'block' }] });
    expect(published.findings[0]?.why).toContain(says);
    expect(published.stages[0]).toMatchObject({ name: 'unpack', status: 'failed' });
    expect(await leftovers(cottage)).toEqual(NOTHING);
    const mails = await cottage.mails();
    expect(mails.map(({ to }) => to)).toEqual([['ana@example.com']]);
    expect(await everywhere(cottage, published.publishId, logged)).not.toContain('very-secret');
  });
});

describe('a server that does not answer well', () => {
  test('is asked again, and the publish goes on as if nothing had been', async () => {
    const { internet, cottage } = await start();
    let asked = 0;
    await internet.serve(PLACE, (request, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503).end();
      else if (asked === 2) request.socket.destroy();
      else giving(SITE)(request, response);
    });
    expect(await publish(cottage)).toMatchObject({ status: 'live' });
    expect(asked).toBe(3);
  });

  test('is asked six times, and then the owner is told', async () => {
    const { internet, cottage, logged } = await start();
    const requests = await internet.serve(PLACE, (_, response) => response.writeHead(503).end());
    const published = await publish(cottage);
    expect(published).toMatchObject({
      status: 'failed',
      findings: [{ code: 'artifact/url-unavailable', severity: 'block' }],
    });
    expect(published.stages[0]).toMatchObject({ name: 'unpack', status: 'failed' });
    expect(requests).toHaveLength(6);
    expect(await leftovers(cottage)).toEqual(NOTHING);
    const history = await everywhere(cottage, published.publishId, logged);
    expect(history).toContain(`${FILES} answered 503`);
    expect(history).not.toContain('very-secret');
  });
});

test('the secret in a URL is shown nowhere, and gone once the file is here', async () => {
  const { internet, cottage, logged } = await start();
  await internet.serve(PLACE, giving(SITE));
  const { publishId } = await publish(cottage);
  const shown = await everywhere(cottage, publishId, logged);
  expect(shown).toContain('artifact fetched');
  expect(shown).toContain(FILES);
  expect(shown).not.toContain('very-secret');
});

/** A publish whose step waits for its file, and the publish as that step has read it. */
async function waiting() {
  const { internet, cottage } = await start();
  const gate = new Gate();
  const requests = await internet.serve(PLACE, (request, response) => {
    void gate.pass().then(() => giving(SITE)(request, response));
  });
  const { statusUrl, publishId } = (await (await send(cottage, URL)).json()) as Published;
  await gate.reached;
  const { value: read } = await cottage.deps.publishes.get(PublishId.parse(publishId));
  const end = async () => {
    gate.open();
    await cottage.cottage.runner.idle();
    return cottage.status(statusUrl);
  };
  return { internet, cottage, gate, requests, read, end };
}

test('a stop waits for nobody else’s server, and the next start tries again', async () => {
  const { internet, cottage } = await start();
  const reached = Promise.withResolvers<void>();
  await internet.serve(PLACE, () => reached.resolve());
  const { publishId } = (await (await send(cottage, URL)).json()) as Published;
  await reached.promise;
  await cottage.cottage.stop();
  await internet.serve(PLACE, giving(SITE));
  const again = await startTestCottage({
    folder: cottage.folder,
    replace: { downloads: internet.options(), random: () => 0 },
  });
  await again.cottage.runner.idle();
  const { body } = await again.admin('GET', `/v1/publishes/${publishId}`);
  expect(body).toMatchObject({ status: 'live' });
});

describe('fetching', () => {
  test('is done by two at once as by one', async () => {
    const { cottage, gate, requests, read, end } = await waiting();
    const twin = fetchArtifact(read, cottage.deps);
    gate.open();
    expect(await twin).toMatchObject({ sha256: sha256(SITE), sizeBytes: SITE.length });
    expect(await end()).toMatchObject({ status: 'live' });
    expect(requests).toHaveLength(2);
    expect(await leftovers(cottage)).toEqual(NOTHING);
  });

  test('is not done again when the file is there, and none but that file', async () => {
    const { cottage, gate, requests, read, end } = await waiting();
    const { key } = read.artifact;
    await cottage.deps.blobs.put(key, Buffer.from('another file'));
    const twin = fetchArtifact(read, cottage.deps);
    gate.open();
    const pin = await twin;
    expect(requests).toHaveLength(2);
    expect(await fetchArtifact(read, cottage.deps)).toMatchObject({ key, sha256: sha256(SITE) });
    expect(pin.sha256).toBe(sha256(SITE));
    expect(requests).toHaveLength(2);
    expect(await end()).toMatchObject({ status: 'live' });
  });

  test('leaves nothing when the publish has ended meanwhile', async () => {
    const { cottage, read, end } = await waiting();
    await endPublish(read.publishId, { status: 'failed' }, cottage.deps);
    const late = fetchArtifact(read, cottage.deps).catch((error: unknown) => error);
    expect(await end()).toMatchObject({ status: 'failed' });
    expect(await late).toBeInstanceOf(Cancelled);
    expect(await leftovers(cottage)).toEqual(NOTHING);
  });
});

/** All that anybody can see of a publish, and all that is kept of it. */
async function everywhere(cottage: TestCottage, publishId: string, logged: string[]): Promise<string> {
  const paths = ['', '/history'].map((path) => `/v1/publishes/${publishId}${path}`);
  const more = ['/v1/audit', '/v1/events', '/v1/apps/demo/lunch', '/mailbox'];
  const answers = await Promise.all([...paths, ...more].map((path) => cottage.admin('GET', path)));
  const stored = await cottage.deps.publishes.get(PublishId.parse(publishId));
  const mailbox = join(cottage.folder, 'mailbox');
  const mails = readdirSync(mailbox).map((name) => readFileSync(join(mailbox, name), 'utf8'));
  return [JSON.stringify(answers), JSON.stringify(stored), ...mails, ...logged].join('\n');
}
