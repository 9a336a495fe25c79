import { describe, expect, test } from 'vitest';
import { type ArtifactLimits, DEFAULT_LIMITS } from '../../shared/artifacts/limits.ts';
import { runCli, siteFolder } from '../builders/cli-run.ts';
import { PAGE, startTestCottage } from '../builders/cottage.ts';
import { buildZip } from '../builders/zip.ts';

const text = 'The same line again and again.\n'.repeat(100);
const site = buildZip([
  { name: 'index.html', content: PAGE },
  { name: 'a/b/c.txt', content: text, method: 8 },
]);
const total = PAGE.length + text.length;

const withLimits = (limits: Partial<ArtifactLimits>) =>
  startTestCottage({ config: { limits: { ...DEFAULT_LIMITS, ...limits } } });

describe('a publish is held against the limits that are configured', () => {
  test.each<[keyof ArtifactLimits, number, string, RegExp]>([
    ['archiveBytes', site.length, 'artifact/too-large', /larger than 0.4 kB .* at least 0.4 kB/],
    [
      'unpackedBytes',
      total,
      'artifact/unpacked-too-large',
      /larger than 3.2 kB once it is unpacked .* have 3.2 kB/,
    ],
    ['fileBytes', text.length, 'artifact/file-too-large', /larger than 3.1 kB It has 3.1 kB/],
    ['files', 2, 'artifact/too-many-files', /more than 1 files It has 2/],
    ['pathBytes', 'index.html'.length, 'artifact/path-too-long', /more than 9 characters/],
    ['depth', 3, 'artifact/path-too-deep', /more than 2 folders/],
  ])('%s', async (name, just, code, said) => {
    const [taking, refusing] = [await withLimits({ [name]: just }), await withLimits({ [name]: just - 1 })];
    expect(await taking.publishZip(site)).toMatchObject({ status: 'live' });
    const { status, findings } = await refusing.publishZip(site);
    expect([status, findings.map((found) => found.code)]).toEqual(['refused', [code]]);
    const [{ title, why } = { title: '', why: '' }] = findings;
    expect(`${title} ${why}`).toMatch(said);
  });

  test('ratio', async () => {
    const zeros = [{ name: 'index.html', content: Buffer.alloc(20_000), method: 8 }];
    const limits = { ratioFromBytes: 10_000, ratio: 50 };
    expect((await (await withLimits(limits)).publishZip(buildZip(zeros))).findings).toMatchObject([
      { code: 'artifact/ratio' },
    ]);
  });

  test('wider than the usual ones in every step', async () => {
    const cottage = await withLimits({ archiveBytes: 200_000_000, fileBytes: 150_000_000 });
    const large = buildZip([
      { name: 'index.html', content: PAGE },
      { name: 'film.mp4', content: Buffer.alloc(101_000_000) },
    ]);
    expect(await cottage.publishUpload(await cottage.upload(large))).toMatchObject({ status: 'live' });
  });

  test('before the upload', async () => {
    const cottage = await withLimits({ archiveBytes: 1_500_000 });
    const ask = (sizeBytes: number) => cottage.hook('uploads', { sizeBytes, sha256: 'a'.repeat(64) });
    expect((await ask(1_500_000)).status).toBe(201);
    const refused = await ask(1_500_001);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({
      code: 'upload/too-large',
      detail: 'An archive may have at most 1.5 MB.',
      findings: [{ title: 'The zip file is larger than 1.5 MB' }],
    });
  });

  test('that anybody may read', async () => {
    const cottage = await withLimits({ depth: 4 });
    const answer = await fetch(`${cottage.cottage.ready.api}/v1/limits`);
    expect(await answer.json()).toEqual({ ...DEFAULT_LIMITS, depth: 4 });
  });

  test('by the command line, before it sends anything', async () => {
    const cottage = await withLimits({ unpackedBytes: 1_500_000, depth: 40 });
    const cli = (files: Record<string, string | Buffer>) =>
      runCli(['publish', siteFolder(files), '--name', 'lunch', '--data-class', 'internal'], {
        variables: { COTTAGE_DATA: cottage.folder },
        programs: { git: () => 'ana@example.com\n' },
      });
    const noise = crypto.getRandomValues(new Uint8Array(60_000));
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`${n}.bin`, Buffer.from(noise.map((byte) => byte ^ n))]),
    );
    const tooLarge = await cli({ 'index.html': PAGE, ...many });
    expect(tooLarge.code).toBe(3);
    expect(tooLarge.err).toContain('The site is larger than 1.5 MB once it is unpacked');
    // A publish that is refused leaves a draft.
    expect((await cottage.admin('GET', '/v1/apps')).body).toEqual({ apps: [] });
    const deep = await cli({ 'index.html': PAGE, [`${'d/'.repeat(35)}f.txt`]: 'x' });
    expect([deep.code, deep.err]).toEqual([0, expect.any(String)]);
  });
});
