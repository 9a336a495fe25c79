import { randomBytes } from 'node:crypto';
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { PublishAnswer } from '../../cli/api-types.ts';
import { Client } from '../../cli/client.ts';
import { sendPublish } from '../../cli/send-publish.ts';
import { zipFiles } from '../../cli/zip-folder.ts';
import { readListing } from '../../shared/artifacts/zip-reader.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import { sha256 } from '../../shared/ids/ids.ts';
import { type ApiCall, apiServer, type Routes } from '../builders/api-server.ts';
import { dataFolderFor, type RunOptions, runCli, SECRET, siteFolder } from '../builders/cli-run.ts';
import { openFiles } from '../builders/open-files.ts';
import { publishAnswer, stages } from '../builders/publish-answer.ts';
import { tempFolder } from '../builders/temp.ts';
import { jargonIn } from './plain-words.ts';

const SITE = { 'index.html': '<!doctype html><title>Lunch menu</title>', 'menu.css': 'a{}' };
const HOOK = 'POST /v1/hooks/demo/publish';
const STATUS = 'GET /v1/publishes/p_1';

/** A Cottage whose publish shows these states one after the other. */
async function cottage(states: PublishAnswer[], more: Routes = {}) {
  let next = 0;
  const server = await apiServer({
    [HOOK]: (call) => ({
      status: 202,
      json: {
        publishId: 'p_1',
        status: 'accepted',
        statusUrl: `http://${call.headers.host}/v1/publishes/p_1?t=link`,
      },
    }),
    [STATUS]: () => ({ json: states[Math.min(next++, states.length - 1)] }),
    ...more,
  });
  const variables = { COTTAGE_DATA: dataFolderFor(server.address) };
  const cli = (args: string[], options: RunOptions = {}) =>
    runCli(args, { programs: { git: () => 'ana@example.com\n' }, ...options, variables });
  /** The publish calls, as their bodies. */
  const sent = () => server.calls.filter((call) => call.path === '/v1/hooks/demo/publish').map(bodyOf);
  return { cli, server, sent };
}

const bodyOf = (call: ApiCall) => JSON.parse(Buffer.from(call.body, 'latin1').toString('utf8'));

const INDEX_MISSING = finding('artifact/index-missing', { found: ['home.html'] });

describe('publishing', () => {
  test('sends the folder and ends with the address', async () => {
    const { cli, sent } = await cottage([publishAnswer()]);
    const ran = await cli(['publish', siteFolder(SITE), '--name', 'lunch']);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toBe(
      'https://lunch.demo.apps.localhost:4643 is live.\nIt took 400 ms.\n\nTo look at it: cottage open demo/lunch\n',
    );
    const [{ app, artifact, dryRun }] = sent();
    expect(app).toEqual({ team: 'demo', name: 'lunch', title: 'Lunch menu', owner: 'ana@example.com' });
    expect(dryRun).toBe(false);
    const zip = Buffer.from(artifact.zip, 'base64');
    const { entries } = await readListing({
      sizeBytes: zip.length,
      read: async (a, b) => zip.subarray(a, b),
    });
    expect(entries.map(({ path }) => path)).toEqual(['index.html', 'menu.css']);
  });

  test('names a zip file on the web, and reads and sends nothing of it', async () => {
    const { cli, sent, server } = await cottage([publishAnswer()]);
    const url = 'https://files.example.test/exports/lunch.zip?signature=secret';
    const ran = await cli(['publish', url, '--sha256', 'A5'.repeat(32), '--visibility', 'team']);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.err).toContain('Publishing “lunch” (demo/lunch): from files.example.test\n');
    expect(ran.err + ran.out).not.toContain('secret');
    const app = { team: 'demo', name: 'lunch', title: 'lunch', owner: 'ana@example.com', visibility: 'team' };
    expect(sent()).toEqual([{ app, artifact: { url, sha256: 'a5'.repeat(32) }, dryRun: false }]);
    expect(server.calls.map(({ method }) => method)).toEqual(['POST', 'GET']);
  });

  test.each([
    [['https://files.example.test/lunch.zip'], '--sha256'],
    [['https://files.example.test/lunch.zip', '--sha256', 'a5'], '64 digits'],
    [['https://', '--sha256', 'a5'.repeat(32)], 'not complete'],
    [['lunch.zip', '--sha256', 'a5'.repeat(32)], 'belongs to a web address'],
  ])('asks for the whole of it: %j', async (args, said) => {
    const { cli, sent } = await cottage([publishAnswer()]);
    const ran = await cli(['publish', ...args]);
    expect([ran.code, ran.err.includes(said)]).toEqual([2, true]);
    expect(sent()).toEqual([]);
  });

  test.each([[[publishAnswer()]], [[]]])('leaves no file behind, whatever comes of it', async (states) => {
    const { cli } = await cottage(states, states.length > 0 ? {} : { [HOOK]: { status: 403, json: {} } });
    const folder = siteFolder(SITE);
    const temporary = tempFolder();
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await cli(['publish', folder])).toMatchObject({ code: states.length > 0 ? 0 : 7 });
    expect(readdirSync(temporary).filter((name) => name.startsWith('cottage-publish'))).toEqual([]);
  });

  test('tells each stage once, as it finishes, with its time', async () => {
    const { cli } = await cottage([
      publishAnswer({ status: 'accepted', stages: stages('pending') }),
      publishAnswer({
        status: 'running',
        stages: stages('pending', { unpack: 'passed', validate: 'running' }),
      }),
      publishAnswer({
        stages: stages('skipped', { unpack: 'passed', validate: 'passed', 'go-live': 'passed' }),
      }),
    ]);
    const ran = await cli(['publish', siteFolder(SITE), '--name', 'lunch']);
    expect(ran.err).toBe(
      'Publishing “Lunch menu” (demo/lunch): 2 files, 251 B\n' +
        '  ✓ Opening the files (12 ms)\n' +
        '  ✓ Checking the files (12 ms)\n' +
        '  ✓ Switching to this version (12 ms)\n',
    );
  });

  test('asks more seldom the longer it takes, but at least twice a second', async () => {
    const waiting = Array.from({ length: 7 }, () => publishAnswer({ status: 'running' }));
    const { cli } = await cottage([...waiting, publishAnswer()]);
    const { pauses } = await cli(['publish', siteFolder(SITE)]);
    expect(pauses).toEqual([100, 150, 225, 337.5, 500, 500, 500]);
  });

  test('follows by the link it was given, without the admin’s token', async () => {
    const { cli, server } = await cottage([publishAnswer()]);
    await cli(['publish', siteFolder(SITE)]);
    const reading = server.calls.filter(({ method }) => method === 'GET');
    expect(reading).toMatchObject([{ path: '/v1/publishes/p_1?t=link' }]);
    expect(reading[0]?.headers).not.toHaveProperty('authorization');
  });

  test('needs no admin’s token at all', async () => {
    const { cli, server } = await cottage([publishAnswer()]);
    await cli(['publish', siteFolder(SITE)]);
    for (const { headers } of server.calls) expect(headers).not.toHaveProperty('authorization');
  });

  test('says what changed since last time', async () => {
    const cases = [
      [{ added: 1, changed: 3, removed: 0 }, 'Since last time: 3 files changed, 1 added.'],
      [{ added: 1, changed: 0, removed: 2 }, 'Since last time: 1 file added, 2 removed.'],
      [{ added: 0, changed: 0, removed: 0 }, 'Nothing has changed since last time.'],
    ] as const;
    for (const [changes, text] of cases) {
      const { cli } = await cottage([publishAnswer({ changes })]);
      expect((await cli(['publish', siteFolder(SITE)])).out).toContain(`${text}\n`);
    }
  });

  test('says what to fix, and what is right already', async () => {
    const refused = publishAnswer({
      status: 'refused',
      url: null,
      stages: stages('skipped', { unpack: 'passed', validate: 'failed', scan: 'passed' }),
      findings: [finding('artifact/hook-added', { files: '1' }), INDEX_MISSING],
    });
    const { cli } = await cottage([refused]);
    const ran = await cli(['publish', siteFolder(SITE)]);
    expect(ran.code).toBe(3);
    expect(ran.err).toContain('  ✗ Checking the files (12 ms)\n');
    expect(ran.out.split('\n').slice(0, 4)).toEqual([
      '“Lunch menu” was not published.',
      '2 of 3 things are already right.',
      '',
      `  ✗ ${INDEX_MISSING.title}`,
    ]);
    expect(ran.out).toMatch(/When that is done, run the same command again\.\n$/);
  });

  test('does not count what is right when nothing is, or nothing is wrong among the checks', async () => {
    for (const others of [{ unpack: 'failed' }, { unpack: 'passed', approval: 'failed' }] as const) {
      const { cli } = await cottage([
        publishAnswer({ status: 'refused', stages: stages('skipped', others) }),
      ]);
      expect((await cli(['publish', siteFolder(SITE)])).out).not.toContain('already right');
    }
    const one = stages('skipped', { unpack: 'passed', validate: 'failed' });
    const { cli } = await cottage([publishAnswer({ status: 'refused', stages: one })]);
    expect((await cli(['publish', siteFolder(SITE)])).out).toContain('1 of 2 things is already right.');
  });

  test.each([
    [{ status: 'failed', summary: 'It could not be published.' }, 5, 'It could not be published.'],
    [{ status: 'failed', summary: null }, 5, '“Lunch menu” was not published.'],
    [{ status: 'superseded', summary: 'A newer one went first.' }, 5, 'A newer one went first.'],
    [{ status: 'cancelled', summary: 'It was cancelled.' }, 5, 'It was cancelled.'],
    [
      { status: 'ready' },
      4,
      '“Lunch menu” is ready and waits.\n\nTo put it live once nothing is in the way: cottage promote',
    ],
    [
      {
        status: 'awaiting-approval',
        decision: { decisionId: 'd_1', subject: 'public', askedOf: ['a@x.de', 'b@x.de'] },
      },
      4,
      'waits for a yes from a@x.de or b@x.de.\n\nAn approver answers with: cottage decide d_1 approve',
    ],
  ] as const)('that ends with %o ends with %i', async (changes, code, text) => {
    const { cli } = await cottage([publishAnswer(changes as Partial<PublishAnswer>)]);
    const ran = await cli(['publish', siteFolder(SITE)]);
    expect(ran.code).toBe(code);
    expect(ran.out).toContain(text);
  });

  test('prints the whole answer as JSON when asked, and nothing else on stdout', async () => {
    const { cli } = await cottage([publishAnswer({ status: 'running' }), publishAnswer()]);
    const ran = await cli(['publish', siteFolder(SITE), '--json']);
    expect(JSON.parse(ran.out)).toEqual(publishAnswer());
    expect(ran.err).toContain('Publishing');
  });

  test('does not wait when told not to', async () => {
    const { cli, server } = await cottage([]);
    const ran = await cli(['publish', siteFolder(SITE), '--no-wait']);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.out).toContain('cottage status p_1');
    expect(server.calls).toHaveLength(1);
  });

  test('says what was left out', async () => {
    const folder = siteFolder({
      ...SITE,
      '.env': 'KEY=1',
      '.git/a': '',
      'a/.env': '',
      'b/.env': '',
      'c/.env': '',
      'd/.env': '',
    });
    symlinkSync('/etc/hosts', join(folder, 'hosts'));
    const { cli } = await cottage([publishAnswer()]);
    const { err } = await cli(['publish', folder]);
    expect(err).toContain(
      '  Left out, because visitors must not get them: .env, .git, a/.env, b/.env, c/.env and 1 more\n',
    );
    expect(err).toContain('  Left out, because they only point somewhere else: hosts\n');
  });
});

describe('a larger site', () => {
  test('is uploaded first, announced with its size and digest', async () => {
    const { cli, server, sent } = await cottage([publishAnswer()], {
      'POST /v1/hooks/demo/uploads': (call) => ({
        status: 201,
        json: { uploadId: 'u_1', url: `http://${call.headers.host}/u`, fields: { key: 'k' }, expiresAt: '' },
      }),
      'POST /u': { status: 201, json: { uploadId: 'u_1' } },
    });
    const ran = await cli(['publish', siteFolder({ ...SITE, 'photo.jpg': randomBytes(1_000_000) })]);
    expect(ran.code).toBe(0);
    expect(sent()).toMatchObject([{ artifact: { uploadId: 'u_1' } }]);
    const [asked, announced, upload] = server.calls;
    expect(asked).toMatchObject({
      path: '/v1/limits',
      headers: expect.not.objectContaining({ authorization: expect.anything() }),
    });
    const type = { headers: { 'content-type': upload?.headers['content-type'] ?? '' } };
    const form = await new Response(Buffer.from(upload?.body ?? '', 'latin1'), type).formData();
    const file = Buffer.from(await (form.get('file') as File).arrayBuffer());
    expect(bodyOf(announced as ApiCall)).toEqual({ sizeBytes: file.length, sha256: sha256(file) });
    new Webhook(SECRET).verify(announced?.body ?? '', announced?.headers as Record<string, string>);
    expect(announced?.headers['webhook-id']).not.toBe(server.calls[3]?.headers['webhook-id']);
  });

  test('goes along with the call up to exactly a megabyte of zip file', async () => {
    const { server, sent } = await cottage([publishAnswer()]);
    const client = new Client(
      { api: server.address, team: 'demo', platform: { id: 'demo', secret: SECRET } },
      async () => undefined,
    );
    const file = join(siteFolder({ 'a.zip': Buffer.alloc(1_000_000) }), 'a.zip');
    const app = { team: 'demo', name: 'lunch', title: 'Lunch', owner: 'ana@example.com' };
    const archiveOf = (sizeBytes: number) => ({
      file,
      sizeBytes,
      sha256: '',
      dispose: async () => undefined,
    });
    await sendPublish(client, { app, archive: archiveOf(1_000_000), dryRun: false });
    expect(Buffer.from(sent()[0].artifact.zip, 'base64')).toHaveLength(1_000_000);
    const larger = sendPublish(client, { app, archive: archiveOf(1_000_001), dryRun: false });
    await expect(larger).rejects.toMatchObject({ exitCode: 6 });
    expect(server.calls.at(-1)?.path).toBe('/v1/hooks/demo/uploads');
  });
});

describe('checking', () => {
  test('is a publish that only tries', async () => {
    const { cli, sent } = await cottage([publishAnswer({ status: 'ready', dryRun: true, url: null })]);
    const ran = await cli(['check', siteFolder(SITE), '--data-class', 'internal']);
    expect(ran).toMatchObject({ code: 0, out: '“Lunch menu” is fine to publish.\n' });
    expect(ran.err).toContain('Checking “Lunch menu”');
    expect(sent()).toMatchObject([{ dryRun: true, app: { dataClass: 'internal' } }]);
  });

  test('does not say that something was not published', async () => {
    const { cli } = await cottage([
      publishAnswer({ status: 'refused', dryRun: true, findings: [INDEX_MISSING] }),
    ]);
    const ran = await cli(['check', siteFolder(SITE)]);
    expect(ran.code).toBe(3);
    expect(ran.out).toContain('“Lunch menu” can’t be published yet.\n');
  });
});

describe('a question', () => {
  const label = 'What kind of data does the app show?';
  const question = { field: 'dataClass', label, options: ['public', 'internal'] };
  const missing = finding('publish/data-class-missing', {});
  const asking = publishAnswer({
    status: 'needs-answers',
    url: null,
    questions: [question],
    findings: [missing],
  });

  test('is asked at a terminal, and the publish goes on with the answer', async () => {
    const { cli, server, sent } = await cottage([asking, publishAnswer()], {
      'POST /v1/publishes/p_1/answers': { status: 202, json: publishAnswer({ status: 'running' }) },
    });
    const ran = await cli(['publish', siteFolder(SITE)], { answers: ['secret', 'Internal'] });
    expect(ran.code).toBe(0);
    expect(ran.asked).toEqual(
      [`${label} (public, internal)`, `${label} (public, internal)`].map((text) => `${text} `),
    );
    expect(ran.err).toContain('Please type one of: public, internal\n');
    const answered = server.calls.find(({ path }) => path === '/v1/publishes/p_1/answers?t=link');
    expect(answered?.body).toBe('{"dataClass":"internal"}');
    expect(sent()).toHaveLength(1);
  });

  test('ends with 4 and the flag to use where nobody sits', async () => {
    const { cli } = await cottage([asking]);
    const ran = await cli(['publish', siteFolder(SITE)]);
    expect(ran.code).toBe(4);
    expect(ran.out).toBe(
      `“Lunch menu” waits for an answer.\n\n${label}\n` +
        'Run the same command again with --data-class and one of: public, internal\n',
    );
  });

  test('is not asked when the result is to be JSON', async () => {
    const { cli } = await cottage([asking]);
    const ran = await cli(['publish', siteFolder(SITE), '--json'], { answers: ['internal'] });
    expect(ran).toMatchObject({ code: 4, asked: [] });
    expect(JSON.parse(ran.out).status).toBe('needs-answers');
  });

  test('that gets no answer is asked three times', async () => {
    const { cli } = await cottage([asking]);
    const ran = await cli(['publish', siteFolder(SITE)], { answers: [] });
    expect(ran).toMatchObject({ code: 2 });
    expect(ran.asked).toHaveLength(3);
  });
});

describe('what can’t be published', () => {
  test('is told before anything is sent', async () => {
    const { cli, server } = await cottage([]);
    const folder = siteFolder({ 'home.html': '<p>' });
    const ran = await cli(['publish', folder]);
    expect(ran.code).toBe(3);
    expect(ran.err.split('\n').slice(0, 3)).toEqual([
      `${folder} can’t be published yet.`,
      '',
      `  ✗ ${INDEX_MISSING.title}`,
    ]);
    expect(ran.err).toContain('Pages we found: home.html.');
    expect(server.calls).toEqual([]);
  });

  test('points at the finished site when there is one', async () => {
    const { cli } = await cottage([]);
    const source = { 'package.json': '{"scripts":{"build":"x"}}', 'src/a.ts': '', 'dist/index.html': '<p>' };
    const folder = siteFolder(source);
    const ran = await cli(['check', folder]);
    expect(ran.code).toBe(3);
    expect(ran.err).toContain(`The finished site seems to be in ${folder}/dist: publish that folder.`);
  });

  test('is one JSON document on stdout when asked for', async () => {
    const { cli } = await cottage([]);
    const ran = await cli(['publish', siteFolder({ 'home.html': '<p>' }), '--json']);
    expect(JSON.parse(ran.out)).toMatchObject({
      error: { code: 'artifact/index-missing', exitCode: 3, findings: [INDEX_MISSING] },
    });
  });

  test('is closed again when it is a zip file', async () => {
    const folder = siteFolder({});
    const file = join(folder, 'site.zip');
    await zipFiles([{ path: 'home.html', read: async () => Buffer.from('<p>') }], file, 1_000);
    const { cli } = await cottage([]);
    expect(await cli(['publish', file])).toMatchObject({ code: 3 });
    expect(openFiles()).not.toContain(file);
  });

  test('is told by Cottage where only Cottage knows', async () => {
    const taken = finding('name/taken', { name: 'lunch', suggestions: ['lunch-2', 'lunch-3'] });
    const problem = {
      code: 'name/taken',
      detail: 'x',
      findings: [taken],
      suggestions: ['lunch-2', 'lunch-3'],
    };
    const { cli } = await cottage([], { [HOOK]: { status: 409, json: problem } });
    const ran = await cli(['publish', siteFolder(SITE)]);
    expect(ran.code).toBe(3);
    expect(ran.err).toContain(taken.title);
    expect(ran.err.split('These are free')).toHaveLength(2);
  });

  test('is told field by field', async () => {
    const problem = {
      detail: 'Some fields are wrong.',
      fields: [{ path: 'app.title', message: 'must not be empty' }],
    };
    const { cli } = await cottage([], { [HOOK]: { status: 422, json: problem } });
    const ran = await cli(['publish', siteFolder(SITE), '--title', ' ']);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('Some fields are wrong.\n  app.title: must not be empty\n');
  });
});

describe('what a person reads', () => {
  const endings: Partial<PublishAnswer>[] = [
    { changes: { added: 1, changed: 2, removed: 3 } },
    { status: 'accepted' },
    { status: 'running' },
    { status: 'ready' },
    { status: 'ready', dryRun: true },
    { status: 'refused', findings: [INDEX_MISSING], stages: stages('failed', { unpack: 'passed' }) },
    { status: 'refused', dryRun: true },
    { status: 'failed', summary: null },
    {
      status: 'needs-answers',
      questions: [{ field: 'dataClass', label: 'What kind of data?', options: ['public'] }],
    },
    { status: 'awaiting-approval' },
  ];

  test.each(endings)('of a publish with %o has no jargon', async (changes) => {
    const answer = publishAnswer({
      stages: stages('passed'),
      ...changes,
      timing: { ...publishAnswer().timing, durationMs: 40 },
    });
    const { cli, server } = await cottage([answer], { [STATUS]: { json: answer } });
    const published =
      changes.status === 'accepted' || changes.status === 'running'
        ? []
        : [await cli(['publish', siteFolder(SITE)])];
    const shown = await cli(['status', 'p_1']);
    for (const { out, err } of [...published, shown]) {
      const words = (out + err).replaceAll(server.address, '').replaceAll(/https:\S+|\d+ (B|ms)/g, '');
      expect(jargonIn(words)).toBeUndefined();
    }
  });
});
