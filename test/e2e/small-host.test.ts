import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LocalConfig } from '../../local/config.ts';
import { OWN_CERTIFICATE } from '../../shared/certificates/local-own-certificates.ts';
import { examine } from '../../shared/doctor/doctor.ts';
import { runCli } from '../builders/cli-run.ts';
import { PAGE, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { tempFolder } from '../builders/temp.ts';
import { type LeafOptions, TestAuthority } from '../builders/test-authority.ts';

const PUBLIC = 'https://cottage.example.test';
const BASE = 'apps.example.test';
const ADDRESS = '192.0.2.10';
const HOST = `lunch.demo.${BASE}`;
const DEMO = `*.demo.${BASE}`;
const FINANCE = `*.finance.${BASE}`;
const stranger = await TestAuthority.make();

/** As `docs/running-it.md` sets it up: a proxy before the API, ports forwarded, a certificate from elsewhere. */
async function startHost({
  names = [DEMO],
  leaf = {},
  folder = tempFolder(),
  ...config
}: Partial<LocalConfig> & { names?: string[]; leaf?: LeafOptions; folder?: string } = {}) {
  const tls = await stranger.files(names, leaf);
  const cottage = await startTestCottage({
    folder,
    config: { publicUrl: PUBLIC, baseDomain: BASE, publicIpv4: ADDRESS, publicEdgePort: 443, tls, ...config },
  });
  /** Puts another certificate in the place of the one there is. */
  const exchange = async (others: string[], options: LeafOptions = {}) => {
    const next = await stranger.files(others, options);
    writeFileSync(tls.certificate, readFileSync(next.certificate));
    writeFileSync(tls.key, readFileSync(next.key));
  };
  return { cottage, tls, exchange };
}

/** Who issued what is served at this host: whichever CA a visitor has to trust for it. */
async function servedBy(cottage: TestCottage, host: string): Promise<string[]> {
  const authorities = {
    stranger: stranger.certificate,
    cottage: readFileSync(join(cottage.folder, 'ca.pem')),
  };
  const seen = Object.entries(authorities).map(async ([name, ca]) => {
    const visit = await cottage.visit(host, '/', {}, 'GET', ca).catch(() => undefined);
    return visit ? [name] : [];
  });
  return (await Promise.all(seen)).flat();
}

interface Asked {
  headers?: Record<string, string>;
  method?: string;
  body?: string;
}

/** What the proxy passes on to the address the API really listens at. */
function ask(cottage: TestCottage, path: string, { headers = {}, method = 'GET', body = '' }: Asked = {}) {
  const { hostname, port } = new URL(cottage.api);
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request({ hostname, port, path, method, agent: false, headers });
    sent.on('error', reject);
    sent.on('response', (answer: IncomingMessage) => {
      text(answer).then((said) => resolve({ status: answer.statusCode ?? 0, body: said }), reject);
    });
    sent.end(body);
  });
}

const codes = async ({ deps }: TestCottage): Promise<string[]> =>
  (await examine(deps, { pauses: [] })).problems.map(({ code, subject }) => `${code} ${subject}`);

describe('behind a proxy', () => {
  test('the API answers to its public name, and to no other, whatever else the proxy says', async () => {
    const { cottage } = await startHost();
    const forwarded = { 'x-forwarded-host': 'cottage.example.test', forwarded: 'host=cottage.example.test' };
    const cases: [host: string, headers: Record<string, string>, status: number][] = [
      ['cottage.example.test', {}, 200],
      ['Cottage.Example.Test', {}, 200],
      [new URL(cottage.api).host, {}, 200],
      ['cottage.example.test:8443', {}, 403],
      ['evil.example.test', {}, 403],
      ['evil.example.test', forwarded, 403],
      [HOST, {}, 403],
    ];
    for (const [host, headers, status] of cases) {
      const answer = await ask(cottage, '/healthz', { headers: { host, ...headers } });
      expect([host, headers, answer.status]).toEqual([host, headers, status]);
    }
  });

  test('a page of ours may send what a link allows, and a page of another site may not', async () => {
    const { cottage } = await startHost();
    const { statusUrl } = await cottage.publish();
    const { pathname, search } = new URL(statusUrl);
    const cancel = (origin: string, more: Record<string, string> = {}) =>
      ask(cottage, `${pathname}/cancel${search}`, {
        method: 'POST',
        headers: { host: 'cottage.example.test', origin, ...more },
      });
    expect(JSON.parse((await cancel('https://evil.example.test')).body)).toMatchObject({
      code: 'origin/not-allowed',
    });
    const forwarded = { 'x-forwarded-host': 'evil.example.test' };
    expect((await cancel('https://evil.example.test', forwarded)).body).toContain('origin/not-allowed');
    // It has ended long since; but it was asked.
    expect((await cancel(PUBLIC)).body).not.toContain('origin/not-allowed');
  });

  test('every link that people and tools get begins with the public address', async () => {
    const { cottage } = await startHost();
    const published = await cottage.publish();
    expect(published).toMatchObject({ status: 'live', url: `https://${HOST}` });
    expect(published.statusUrl.startsWith(`${PUBLIC}/v1/publishes/`)).toBe(true);
    expect((await cottage.app()).urls.production).toBe(`https://${HOST}`);
    const asked = await cottage.hook('uploads', { sizeBytes: 1, sha256: 'a'.repeat(64) });
    expect(await asked.json()).toMatchObject({ url: `${PUBLIC}/v1/uploads` });
    expect(cottage.cottage.ready).toMatchObject({ api: PUBLIC, mailbox: `${PUBLIC}/mailbox` });
    const mails = readdirSync(join(cottage.folder, 'mailbox')).filter((name) => name.endsWith('.json'));
    const links = mails.flatMap((name) => {
      const mail = JSON.parse(readFileSync(join(cottage.folder, 'mailbox', name), 'utf8')) as {
        text: string;
      };
      return mail.text.match(/https?:\/\/[^/\s]+/g) ?? [];
    });
    expect([...new Set(links)].toSorted()).toEqual([PUBLIC, `https://${HOST}`]);
  });

  test('what a proxy claims changes no link', async () => {
    const { cottage } = await startHost();
    const headers = {
      host: 'cottage.example.test',
      authorization: `Bearer ${cottage.adminToken}`,
      'x-forwarded-host': 'evil.example.test',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '81',
      'content-type': 'application/json',
    };
    await cottage.publish({ 'index.html': PAGE }, { visibility: 'company' });
    const opened = await ask(cottage, '/v1/apps/demo/lunch/open', { method: 'POST', headers, body: '{}' });
    expect((JSON.parse(opened.body) as { url: string }).url.startsWith(`https://${HOST}/_cottage/`)).toBe(
      true,
    );
  });

  test('the mailbox is for admins', async () => {
    const { cottage } = await startHost();
    const headers = { host: 'cottage.example.test', accept: 'text/html' };
    expect((await ask(cottage, '/mailbox', { headers })).status).toBe(401);
  });

  test('the command line on the machine needs no proxy to make a backup', async () => {
    const { cottage } = await startHost();
    const file = join(tempFolder(), 'b.tar');
    const ran = await runCli(['backup', file], { variables: { COTTAGE_DATA: cottage.folder } });
    expect([ran.code, existsSync(file)]).toEqual([0, true]);
  });
});

test('an app is at its name without a port, and its cookie stays with it', async () => {
  const { cottage } = await startHost();
  await cottage.publish({ 'index.html': PAGE }, { visibility: 'company' });
  const { body } = await cottage.admin('POST', '/v1/apps/demo/lunch/open');
  const { hostname, pathname, search } = new URL((body as { url: string }).url);
  const visit = (path: string, cookie = '') =>
    cottage.visit(HOST, path, { host: HOST, cookie }, 'GET', stranger.certificate);
  expect([hostname, (await visit('/')).status]).toEqual([HOST, 401]);
  const signed = await visit(pathname + search);
  const [cookie = ''] = signed.headers['set-cookie'] ?? [];
  expect(cookie).toMatch(/^__Host-cottage=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
  expect(signed.headers['location']).toBe('/');
  expect((await visit('/', cookie.split(';')[0])).body).toContain('Soup');
});

test('names resolve to the public address, below the base domain', async () => {
  const { cottage } = await startHost();
  await cottage.publish();
  const resolver = cottage.resolver();
  expect(await resolver.resolve4(HOST)).toEqual([ADDRESS]);
  expect(await resolver.resolve4(`ns.${BASE}`)).toEqual([ADDRESS]);
  expect(await resolver.resolveNs(BASE)).toEqual([`ns.${BASE}`]);
  expect(await resolver.resolveNs(`demo.${BASE}`)).toEqual([`ns.${BASE}`]);
});

describe('an own certificate', () => {
  test('serves the apps it is for, and Cottage’s own authority the others, a new team’s too', async () => {
    const { cottage } = await startHost();
    await cottage.addTeam('finance', { standingGrants: ['public'] });
    expect(await cottage.publish()).toMatchObject({ status: 'live' });
    expect(await cottage.publish(undefined, { team: 'finance' })).toMatchObject({ status: 'live' });
    expect(await servedBy(cottage, HOST)).toEqual(['stranger']);
    expect(await servedBy(cottage, `lunch.finance.${BASE}`)).toEqual(['cottage']);
    expect(await codes(cottage)).toEqual([]);
  });

  test('is exchanged when asked to (SIGHUP), and then serves whom it is for now', async () => {
    const { cottage, exchange } = await startHost();
    await cottage.addTeam('finance', { standingGrants: ['public'] });
    await cottage.publish();
    await cottage.publish(undefined, { team: 'finance' });
    const certificateOf = async (team: string) => (await cottage.deps.teams.find(team))?.value.certificateId;
    const issued = await certificateOf('finance');
    await exchange([FINANCE, `pay.demo.${BASE}`]);
    expect(await servedBy(cottage, HOST)).toEqual(['stranger']);
    await cottage.cottage.reload();
    expect(await servedBy(cottage, `lunch.finance.${BASE}`)).toEqual(['stranger']);
    expect(await servedBy(cottage, HOST)).toEqual(['cottage']);
    expect(await certificateOf('finance')).toBe(OWN_CERTIFICATE);
    expect(await certificateOf('demo')).not.toBe(OWN_CERTIFICATE);
    expect(await codes(cottage)).toEqual([]);
    // And back again: what was issued before is taken up.
    await exchange([DEMO]);
    await cottage.cottage.reload();
    expect(await certificateOf('finance')).toBe(issued);
    expect(await codes(cottage)).toEqual([]);
    expect((await cottage.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true });
  });

  test('leaves the one that it stands in for, which serves again when it ends', async () => {
    const { cottage, exchange } = await startHost();
    const { certificateId = '' } = await cottage.addTeam('finance');
    await exchange([FINANCE]);
    await cottage.cottage.reload();
    expect((await cottage.deps.teams.find('finance'))?.value.certificateId).toBe(OWN_CERTIFICATE);
    expect(await cottage.deps.certificates.status(certificateId)).toMatchObject({ state: 'issued' });
  });

  test('is looked at every minute', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const { cottage, exchange } = await startHost();
    await cottage.publish();
    await exchange([FINANCE]);
    vi.advanceTimersByTime(59_000);
    expect(await servedBy(cottage, HOST)).toEqual(['stranger']);
    vi.advanceTimersByTime(1_000);
    // The look has begun and reads files: a visitor comes again until it has ended.
    const seen = new Set<string>();
    while (!seen.has('cottage')) for (const one of await servedBy(cottage, HOST)) seen.add(one);
    expect(await servedBy(cottage, HOST)).toEqual(['cottage']);
  });

  test('that can not be used is logged, and the one before serves on', async () => {
    const { cottage, tls, exchange } = await startHost();
    await cottage.publish();
    await exchange([DEMO], { beginsIn: -9, endsIn: -1 });
    await cottage.cottage.reload();
    expect(await servedBy(cottage, HOST)).toEqual(['stranger']);
    writeFileSync(tls.key, 'nothing');
    await cottage.cottage.reload();
    expect(await servedBy(cottage, HOST)).toEqual(['stranger']);
  });

  test('that was given up makes room for Cottage’s own authority', async () => {
    const { cottage } = await startHost();
    await cottage.publish();
    await cottage.cottage.stop();
    const without = await startTestCottage({
      folder: cottage.folder,
      config: { baseDomain: BASE, publicUrl: PUBLIC, publicIpv4: ADDRESS },
    });
    expect(await servedBy(without, HOST)).toEqual(['cottage']);
    expect(await codes(without)).toEqual([]);
  });

  test.each<[string, string[], LeafOptions, string, string]>([
    [
      'has expired',
      [DEMO],
      { beginsIn: -9, endsIn: -1 },
      'certificate/expired',
      'Put a new one in its place',
    ],
    ['has not begun', [DEMO], { beginsIn: 2 }, 'certificate/not-yet-valid', 'Is the clock'],
    ['is for other names', ['*.demo.example.test'], {}, 'certificate/other-names', `*.demo.${BASE}`],
    ['is for the base domain alone', [BASE], {}, 'certificate/other-names', BASE],
  ])('that %s stops the start, with what to do', async (_, names, leaf, code, words) => {
    const tls = await stranger.files(names, leaf);
    expect(await refusedStart(tls)).toEqual({
      exit: 3,
      code,
      message: expect.stringContaining(words) as string,
    });
  });

  test('with the key of another stops the start, with what to do', async () => {
    const [tls, other] = [await stranger.files([DEMO]), await stranger.files([DEMO])];
    expect(await refusedStart({ ...tls, key: other.key })).toMatchObject({
      code: 'certificate/key-differs',
      message: expect.stringContaining('that belong together') as string,
    });
    expect(await refusedStart({ ...tls, key: join(tempFolder(), 'none') })).toMatchObject({
      code: 'certificate/unreadable',
      message: expect.stringContaining('can not be read') as string,
    });
  });

  test('is watched by the doctor', async () => {
    const { cottage, exchange } = await startHost({ leaf: { endsIn: 20 } });
    expect(await codes(cottage)).toEqual([]);
    await exchange([DEMO], { endsIn: 10 });
    await cottage.cottage.reload();
    expect(await codes(cottage)).toEqual([`certificate/expiring demo.${BASE}`]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 11 * 86_400_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(await codes(cottage)).toContain(`certificate/bad demo.${BASE}`);
  });
});

/** What the command says that should start a Cottage with this certificate. */
async function refusedStart(tls: NonNullable<LocalConfig['tls']>) {
  const { code: exit, out } = await runCli(['start', '--json'], {
    variables: {
      COTTAGE_DATA: join(tempFolder(), 'data'),
      COTTAGE_BASE_DOMAIN: BASE,
      COTTAGE_TLS_CERT: tls.certificate,
      COTTAGE_TLS_KEY: tls.key,
    },
  });
  const { error } = JSON.parse(out) as { error: { code: string; message: string } };
  return { exit, code: error.code, message: error.message };
}
