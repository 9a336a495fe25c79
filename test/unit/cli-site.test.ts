import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openSite } from '../../cli/site.ts';
import { checkSite } from '../../cli/site-findings.ts';
import { siteFolder } from '../builders/cli-run.ts';
import { openFiles } from '../builders/open-files.ts';
import { tempFolder } from '../builders/temp.ts';

const INDEX = '<!doctype html><title>Lunch</title>';
const PACKAGE = JSON.stringify({ scripts: { build: 'vite build' } });

async function open(path: string) {
  const site = await openSite(path);
  onTestFinished(() => site.close());
  return site;
}

const paths = async (folder: string) => (await open(folder)).files.map(({ path }) => path);
const codes = async (folder: string) =>
  (await checkSite(await open(folder))).findings.map(({ code }) => code);

/** A zip file of a folder, as somebody else's tool would hand it over. */
async function zipped(files: Record<string, string>): Promise<string> {
  const folder = await open(siteFolder(files));
  const archive = await folder.pack();
  onTestFinished(() => archive.dispose());
  return archive.file;
}

describe('a folder to publish', () => {
  test('leaves out working files and secrets at any depth, and says so', async () => {
    const site = await open(
      siteFolder({
        'index.html': INDEX,
        '.git/config': 'x',
        'node_modules/a/index.js': 'x',
        'js/node_modules/b.js': 'x',
        '.DS_Store': 'x',
        '.env': 'x',
        'js/.env.local': 'x',
        'js/app.js': 'x',
        '.well-known/security.txt': 'x',
        'environment.html': 'x',
      }),
    );
    expect(site.files.map(({ path }) => path)).toEqual([
      '.well-known/security.txt',
      'environment.html',
      'index.html',
      'js/app.js',
    ]);
    expect(site.leftOut).toEqual([
      '.DS_Store',
      '.env',
      '.git',
      'js/.env.local',
      'js/node_modules',
      'node_modules',
    ]);
  });

  test('follows no link, neither to a file nor to a folder, and says so', async () => {
    const outside = siteFolder({ 'secret.txt': 'x' });
    const folder = siteFolder({ 'index.html': INDEX });
    symlinkSync(join(outside, 'secret.txt'), join(folder, 'secret.txt'));
    symlinkSync(outside, join(folder, 'outside'));
    const site = await open(folder);
    expect(site.files.map(({ path }) => path)).toEqual(['index.html']);
    expect(site.links).toEqual(['outside', 'secret.txt']);
  });

  test('is seen without a folder that is around everything', async () => {
    expect(await paths(siteFolder({ 'export/index.html': INDEX, 'export/a/b.css': 'x' }))).toEqual([
      'a/b.css',
      'index.html',
    ]);
  });

  test('that is empty is refused', async () => {
    await expect(openSite(tempFolder())).rejects.toMatchObject({ exitCode: 3, code: 'artifact/empty' });
  });

  test('with a file of more than 100 MB is refused before it is packed, and the file is named', async () => {
    const folder = siteFolder({ 'index.html': INDEX, 'talk.mp4': '' });
    truncateSync(join(folder, 'talk.mp4'), 100_000_001);
    await expect(openSite(folder)).rejects.toMatchObject({
      exitCode: 3,
      code: 'artifact/file-too-large',
      problem: { findings: [{ where: { file: 'talk.mp4' } }] },
    });
    truncateSync(join(folder, 'talk.mp4'), 100_000_000);
    expect(await paths(folder)).toEqual(['index.html', 'talk.mp4']);
  });

  test('of more than 500 MB altogether is refused before it is packed', async () => {
    const folder = siteFolder({ 'index.html': INDEX });
    for (let i = 0; i < 5; i += 1) {
      writeFileSync(join(folder, `${i}.bin`), '');
      truncateSync(join(folder, `${i}.bin`), 100_000_000);
    }
    await expect(openSite(folder)).rejects.toMatchObject({
      exitCode: 3,
      code: 'artifact/unpacked-too-large',
    });
  });

  test('leaves nothing behind when a file is gone before it could be packed', async () => {
    const folder = siteFolder({ 'index.html': INDEX });
    const site = await open(folder);
    rmSync(join(folder, 'index.html'));
    const temporary = tempFolder();
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(site.pack()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('leaves nothing behind once its zip file is disposed of', async () => {
    const archive = await (await open(siteFolder({ 'index.html': INDEX }))).pack();
    expect(existsSync(archive.file)).toBe(true);
    await archive.dispose();
    expect(existsSync(dirname(archive.file))).toBe(false);
  });
});

describe('a zip file to publish', () => {
  test('is sent as it is', async () => {
    const file = await zipped({ 'index.html': INDEX });
    const archive = await (await open(file)).pack();
    await archive.dispose();
    expect(archive.file).toBe(file);
    expect(existsSync(file)).toBe(true);
  });

  test('is looked into like a folder', async () => {
    const site = await open(await zipped({ 'export/index.html': INDEX, 'export/a.css': 'x' }));
    expect(site.files.map(({ path }) => path)).toEqual(['a.css', 'index.html']);
    expect((await site.files[1]?.read())?.toString()).toBe(INDEX);
    expect((await checkSite(site)).findings).toEqual([]);
  });

  test('that is none is refused in words, and closed', async () => {
    const file = join(siteFolder({ 'site.zip': 'not a zip file at all, only some text' }), 'site.zip');
    await expect(openSite(file)).rejects.toMatchObject({ exitCode: 3, code: 'artifact/not-a-zip' });
    expect(openFiles()).not.toContain(file);
  });

  test('is open for as long as the site is', async () => {
    const file = await zipped({ 'index.html': INDEX });
    const site = await openSite(file);
    await site.close();
    expect(openFiles()).not.toContain(file);
    await expect(site.files[0]?.read()).rejects.toThrow('closed');
  });

  test('that is not there is a mistyped command', async () => {
    await expect(openSite(join(tempFolder(), 'none.zip'))).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('before anything is sent', () => {
  test('a cottage.json that is far too large is told', async () => {
    const large = siteFolder({ 'index.html': INDEX, 'cottage.json': ' '.repeat(70_000) });
    expect(await codes(large)).toEqual(['manifest/invalid']);
  });

  test('a site with files that nobody can reach is fine', async () => {
    expect(await codes(siteFolder({ 'index.html': INDEX, '_cottage/telemetry.js': 'x' }))).toEqual([]);
  });

  test('names that Cottage would refuse are refused', async () => {
    const site = await open(siteFolder({ 'index.html': INDEX, 'ab:c.html': INDEX }));
    await expect(site.pack()).rejects.toMatchObject({ code: 'artifact/name-invalid', entry: 'ab:c.html' });
  });

  test('a site with its first page is fine', async () => {
    expect(await codes(siteFolder({ 'index.html': INDEX, 'package.json': PACKAGE }))).toEqual([]);
  });

  test('a site without a first page is told, with the pages it has', async () => {
    const { findings } = await checkSite(
      await open(siteFolder({ 'menu.html': INDEX, 'a/about.html': INDEX })),
    );
    expect(findings).toMatchObject([{ code: 'artifact/index-missing' }]);
    expect(findings[0]?.why).toContain('menu.html, a/about.html');
  });

  test('a page that only works after building is told as working files', async () => {
    const html = '<script type="module" src="/src/main.tsx"></script>';
    expect(
      await codes(siteFolder({ 'index.html': html, 'package.json': PACKAGE, 'src/main.tsx': 'x' })),
    ).toEqual(['artifact/source-not-build']);
  });

  test('a project with a build script and no first page is told as working files, wherever its sources are', async () => {
    expect(await codes(siteFolder({ 'package.json': PACKAGE, 'app/page.jsx': 'x' }))).toEqual([
      'artifact/source-not-build',
    ]);
  });

  test.each([
    ['no build script', JSON.stringify({ scripts: { test: 'x' } })],
    ['no scripts', '{}'],
    ['something unreadable', '{'],
    ['null', 'null'],
  ])('a package.json with %s does not make working files of a site', async (_, text) => {
    expect(await codes(siteFolder({ 'package.json': text, 'menu.html': INDEX }))).toEqual([
      'artifact/index-missing',
    ]);
  });

  test.each(['dist', 'build', 'out'])('working files that were built into %s point there', async (built) => {
    const folder = siteFolder({ 'package.json': PACKAGE, 'src/a.ts': 'x', [`${built}/index.html`]: INDEX });
    expect(await checkSite(await open(folder))).toMatchObject({
      findings: [{ code: 'artifact/source-not-build' }],
      builtFolder: built,
    });
  });

  test('a folder of built files in a fine site is nobody’s business', async () => {
    const folder = siteFolder({ 'index.html': INDEX, 'dist/index.html': INDEX });
    mkdirSync(join(folder, 'empty'));
    expect(await checkSite(await open(folder))).toEqual({ findings: [] });
  });
});
