import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  callHook,
  LUNCH,
  PAGE,
  type Published,
  startTestCottage,
  type TestCottage,
} from '../builders/cottage.ts';
import { siteZip } from '../builders/site-zip.ts';
import { buildZip } from '../builders/zip.ts';
import { awsKeyId } from '../unit/planted-secrets.ts';

const HOST = 'lunch.demo.apps.localhost';

const blocking = ({ findings }: Published) =>
  findings.filter(({ severity }) => severity === 'block').map(({ code }) => code);
const byText = (a: string, b: string) => (a < b ? -1 : 1);

/** What a publish has left outside the catalog. */
async function traces(cottage: TestCottage): Promise<string[]> {
  const records = await cottage.deps.dns.records('demo.apps.localhost');
  const bindings = await cottage.deps.hosting.bindings();
  return [
    ...records.filter(({ name }) => name.includes('lunch')).map(({ name, type }) => `${type} ${name}`),
    ...bindings.map(({ host }) => `binding ${host}`),
    ...(await cottage.blobs('')),
  ];
}

interface RefusedSite {
  title: string;
  codes: string[];
  files?: Record<string, string>;
  zip?: Buffer;
  app?: object;
}

const secretScript = `const key = "${awsKeyId()}";\n`;

const largeText = Array.from({ length: 60_000 }, (_, n) => `${n} ${'x'.repeat(95)}`).join('\n');

const REFUSED: RefusedSite[] = [
  { title: 'has no index page', codes: ['artifact/index-missing'], files: { 'about.html': PAGE } },
  {
    title: 'is the source of an app, not what is built of it',
    codes: ['artifact/source-not-build'],
    files: {
      'index.html': '<!doctype html><script type="module" src="/src/main.tsx"></script>',
      'package.json': '{"scripts":{"build":"vite build"}}',
      'vite.config.ts': 'export default {}',
      'src/main.tsx': 'export {}',
    },
  },
  {
    title: 'holds a secret',
    codes: ['scan/secret'],
    files: { 'index.html': PAGE, 'app.js': secretScript },
  },
  {
    title: 'has a broken cottage.json',
    codes: ['manifest/invalid'],
    files: { 'index.html': PAGE, 'cottage.json': '{"title": ' },
  },
  {
    title: 'has a cottage.json of six megabytes',
    codes: ['manifest/invalid'],
    zip: buildZip([
      { name: 'index.html', content: PAGE },
      { name: 'cottage.json', content: largeText, method: 8 },
    ]),
  },
  {
    title: 'has something in cottage.json that cannot be so',
    codes: ['manifest/invalid'],
    files: { 'index.html': PAGE, 'cottage.json': '{"expiresInDays": "for ever"}' },
  },
  {
    title: 'shows regulated data on the shared tier',
    codes: ['policy/data-class-tier'],
    app: { dataClass: 'regulated', visibility: 'company' },
  },
  {
    title: 'shows confidential data to everybody',
    codes: ['policy/data-class-visibility'],
    app: { dataClass: 'confidential' },
  },
  { title: 'is no archive', codes: ['artifact/not-a-zip'], zip: Buffer.from('PK? No, a text.') },
  {
    title: 'is an archive that reaches out of its folder',
    codes: ['artifact/path-traversal'],
    zip: buildZip([
      { name: 'index.html', content: PAGE },
      { name: '../../evil.html', content: PAGE },
    ]),
  },
  {
    title: 'is an archive that lies about what it holds',
    codes: ['artifact/crc'],
    zip: buildZip([{ name: 'index.html', content: PAGE, local: { crc32: 7 }, central: { crc32: 7 } }]),
  },
  { title: 'is an empty archive', codes: ['artifact/empty'], zip: buildZip([]) },
];

describe('a publish is refused that', () => {
  test.each(REFUSED)('$title', async ({ codes, files = { 'index.html': PAGE }, zip, app = {} }) => {
    const cottage = await startTestCottage();
    const refused = await cottage.publishZip(zip ?? (await siteZip(files)), app);
    expect(refused).toMatchObject({ httpStatus: 202, status: 'refused', url: null });
    expect(blocking(refused)).toEqual(codes);
    expect(await traces(cottage)).toEqual([]);
    expect(await cottage.app()).toMatchObject({ state: 'draft', live: null, urls: { production: null } });
    expect((await cottage.mails()).map(({ to }) => to)).toEqual([[LUNCH.owner]]);
    expect(await cottage.problems()).toEqual([]);
    // The name waits for a publish that is fine.
    expect(await cottage.publish()).toMatchObject({ status: 'live', app: { appId: refused.app.appId } });
    expect((await cottage.visit(HOST)).body).toContain('Soup');
  });

  test('is no longer what was uploaded', async () => {
    const cottage = await startTestCottage();
    const uploadId = await cottage.upload(buildZip([{ name: 'index.html', content: PAGE }]));
    const [stored = ''] = globSync(`blobs/incoming/${uploadId}.zip/*`, { cwd: cottage.folder });
    const other = buildZip([{ name: 'index.html', content: PAGE.replace('Soup', 'Soap') }]);
    // Other bytes of the same length in their place; what is stored behind them stays.
    writeFileSync(join(cottage.folder, stored), other, { flag: 'r+' });
    const before = await traces(cottage);
    const refused = await cottage.publishUpload(uploadId);
    expect(refused).toMatchObject({ status: 'refused', url: null });
    expect(blocking(refused)).toEqual(['artifact/changed']);
    expect(await traces(cottage)).toEqual(before);
  });

  test('has many faults: all are told at once, with where they are', async () => {
    const cottage = await startTestCottage();
    const refused = await cottage.publish(
      { 'about.html': PAGE, 'js/app.js': `\n${secretScript}`, 'cottage.json': '{"titel": 1, "spa": "x"}' },
      { dataClass: 'regulated' },
    );
    expect(blocking(refused).toSorted(byText)).toEqual([
      'artifact/index-missing',
      'manifest/invalid',
      'policy/data-class-tier',
      'policy/data-class-visibility',
      'scan/secret',
    ]);
    expect(refused.findings.map(({ code }) => code)).toContain('manifest/unknown-field');
    const secret = refused.findings.find(({ code }) => code === 'scan/secret');
    expect(secret?.where).toMatchObject({ file: 'js/app.js', line: 2 });
    // Named, never shown.
    expect(JSON.stringify(refused)).not.toContain(awsKeyId());
  });

  test('comes after one that is live: that one stays', async () => {
    const cottage = await startTestCottage();
    const live = await cottage.publish();
    const before = await traces(cottage);
    const refused = await cottage.publish({ 'index.html': PAGE, 'app.js': secretScript });
    expect(refused).toMatchObject({ status: 'refused' });
    expect(await traces(cottage)).toEqual(before);
    expect((await cottage.visit(HOST)).body).toContain('Soup');
    expect(await cottage.app()).toMatchObject({ state: 'live', live: { release: live.release } });
  });
});

/** Registers another tool, and answers its secret. */
async function platform(cottage: TestCottage, platformId: string, teams: string[]): Promise<string> {
  const { body } = await cottage.admin('POST', '/v1/platforms', { platformId, teams });
  return (body as { secret: string }).secret;
}

const zip = (): Promise<Buffer> => siteZip({ 'index.html': PAGE });

describe('a request is turned away', () => {
  test('for a name that somebody else has, with three that are free', async () => {
    const cottage = await startTestCottage();
    await cottage.publish();
    const before = await traces(cottage);
    const secret = await platform(cottage, 'other', ['demo']);
    const eve = { owner: 'eve@example.com' };
    const taken = await cottage.publishZip(await zip(), eve, { platform: 'other', secret });
    expect(taken).toMatchObject({ httpStatus: 409, code: 'name/taken', findings: [{ code: 'name/taken' }] });
    expect(taken.suggestions).toHaveLength(3);
    expect(await traces(cottage)).toEqual(before);
    for (const name of taken.suggestions ?? []) {
      const { body } = await cottage.admin('GET', `/v1/names/demo/${name}`);
      expect(body).toMatchObject({ free: true });
    }
    const [name] = taken.suggestions ?? [];
    const own = await cottage.publishZip(await zip(), { ...eve, name }, { platform: 'other', secret });
    expect(own).toMatchObject({ status: 'live' });
  });

  test('for a draft’s name, whoever’s tool asks', async () => {
    const cottage = await startTestCottage();
    await cottage.publish({ 'about.html': PAGE });
    const taken = await cottage.publish(undefined, { owner: 'eve@example.com' });
    expect(taken).toMatchObject({ httpStatus: 409, code: 'name/taken' });
  });

  test('for a team that is not there, or that the tool may not publish for', async () => {
    const cottage = await startTestCottage();
    expect(await cottage.publish(undefined, { team: 'finance' })).toMatchObject({
      httpStatus: 403,
      code: 'platform/team-not-allowed',
      findings: [{ code: 'policy/platform-not-allowed' }],
    });
    const secret = await platform(cottage, 'all', ['*']);
    expect(
      await cottage.publishZip(await zip(), { team: 'finance' }, { platform: 'all', secret }),
    ).toMatchObject({ httpStatus: 404, code: 'team/unknown' });
    expect(await traces(cottage)).toEqual([]);
  });

  test('but not from a tool that may publish for every team', async () => {
    const cottage = await startTestCottage();
    const secret = await platform(cottage, 'all', ['*']);
    expect(await cottage.publishZip(await zip(), {}, { platform: 'all', secret })).toMatchObject({
      status: 'live',
    });
  });

  test('for an owner whom the team does not know', async () => {
    const cottage = await startTestCottage();
    const members = ['*@kitchen.example', 'bea@example.com'];
    await cottage.addTeam('kitchen', { members });
    const ofKitchen = { team: 'kitchen', visibility: 'company' };
    for (const owner of ['ana@example.com', 'ana@evil-kitchen.example', 'ana@kitchen.example.com']) {
      const unknown = await cottage.publish(undefined, { ...ofKitchen, owner });
      expect(unknown).toMatchObject({
        httpStatus: 422,
        code: 'owner/unknown',
        findings: [{ code: 'policy/owner-unknown' }],
      });
    }
    expect(await traces(cottage)).toEqual([]);
    expect(await cottage.publish(undefined, { ...ofKitchen, owner: 'ana@kitchen.example' })).toMatchObject({
      status: 'live',
    });
  });

  test.each([
    ['a name that is no name', { name: 'Lunch!' }, 'name/invalid'],
    ['a name of two words', { name: 'lunch menu' }, 'name/invalid'],
    ['a name with an accent', { name: 'café' }, 'name/invalid'],
    ['a name of half a letter', { name: '\udfff' }, 'name/invalid'],
    ['a name with a control character', { name: 'lunch\u0006' }, 'name/invalid'],
    ['no name', { name: '' }, 'name/invalid'],
    ['a name that is reserved', { name: 'admin' }, 'name/reserved'],
    ['a name that is too long', { name: 'l'.repeat(64) }, 'name/too-long'],
    ['an owner that is no address', { owner: 'ana' }, 'body/fields'],
    ['a data class nobody knows', { dataClass: 'harmless' }, 'body/fields'],
    ['a title that is empty', { title: ' ' }, 'body/fields'],
  ])('for %s', async (_title, app, code) => {
    const cottage = await startTestCottage();
    expect(await cottage.publish(undefined, app)).toMatchObject({ httpStatus: 422, code });
    expect(await traces(cottage)).toEqual([]);
    expect((await cottage.admin('GET', '/v1/apps')).body).toEqual({ apps: [] });
  });

  test('for a sixth app that never went live', async () => {
    const cottage = await startTestCottage();
    for (const n of [1, 2, 3, 4, 5]) await cottage.publish({ 'about.html': PAGE }, { name: `draft-${n}` });
    const sixth = await cottage.publish(undefined, { name: 'draft-6' });
    expect(sixth).toMatchObject({ httpStatus: 409, code: 'owner/too-many-drafts' });
    expect(await cottage.publish(undefined, { name: 'draft-1' })).toMatchObject({ status: 'live' });
    expect(await cottage.publish(undefined, { name: 'draft-6' })).toMatchObject({ status: 'live' });
  });

  test('for an upload that is too large', async () => {
    const cottage = await startTestCottage();
    const answer = await cottage.hook('uploads', { sizeBytes: 100_000_001, sha256: 'a'.repeat(64) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({
      code: 'upload/too-large',
      findings: [{ code: 'artifact/too-large' }],
    });
    const inline = { app: LUNCH, artifact: { zip: 'A'.repeat(1_500_000) } };
    expect((await cottage.hook('publish', inline)).status).toBe(413);
    const rather = { app: LUNCH, artifact: { zip: 'A'.repeat(1_340_000) } };
    expect((await cottage.hook('publish', rather)).status).toBe(422);
    const odd = { app: LUNCH, artifact: { zip: 'not base64!' } };
    expect(await (await cottage.hook('publish', odd)).json()).toMatchObject({
      code: 'body/fields',
      fields: [{ path: 'artifact.zip' }],
    });
    expect(await traces(cottage)).toEqual([]);
  });

  test('that is not signed as it should be', async () => {
    const cottage = await startTestCottage();
    const { api } = cottage.cottage.ready;
    const wrong = `whsec_${Buffer.alloc(24).toString('base64')}`;
    const body = { app: LUNCH, artifact: { zip: (await zip()).toString('base64') } };
    const known = await cottage.hook('publish', body, { secret: wrong });
    const unknown = await callHook(api, 'publish', body, { secret: wrong, platform: 'nobody' });
    expect([known.status, unknown.status]).toEqual([401, 401]);
    // Which tools there are is nobody's business.
    expect(await known.json()).toEqual(await unknown.json());
    expect((await cottage.admin('GET', '/v1/apps')).body).toEqual({ apps: [] });
    expect(await traces(cottage)).toEqual([]);
  });
});
