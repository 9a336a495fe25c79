import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { finding } from '../../shared/findings/catalogue.ts';
import type { Finding } from '../../shared/findings/finding.ts';
import { ScanFacts } from '../../shared/scan/facts.ts';
import type { ScannedFile, ScanResult } from '../../shared/scan/scanner.ts';
import { SecretlintScanner } from '../../shared/scan/secretlint-scanner.ts';
import { awsKeyId, googleKey } from './planted-secrets.ts';

const scanner = new SecretlintScanner();
const modules = join(import.meta.dirname, '../../node_modules');

function file(path: string, content: string | Buffer): ScannedFile {
  const bytes = Buffer.from(content);
  return { path, sizeBytes: bytes.length, read: () => Promise.resolve(bytes) };
}

const scan = (...files: [path: string, content: string | Buffer][]): Promise<ScanResult> =>
  scanner.scan(files.map(([path, content]) => file(path, content)));

const places = (findings: Finding[]): string[] =>
  findings.map(({ code, where }) => [code, where?.file, where?.line, where?.column].join(' '));

const REFUSES_TO_BE_READ = { read: () => Promise.reject(new Error('was read')) };

test.each(['html5-boilerplate/dist', 'startbootstrap-freelancer/dist', 'swagger-ui-dist', 'reveal.js'])(
  'a real site has nothing that blocks it: %s',
  async (name) => {
    const folder = join(modules, name);
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const files = paths
      .map((path) => ({ path, full: join(folder, path) }))
      .filter(({ full }) => statSync(full).isFile())
      .map(({ path, full }) => ({ path, sizeBytes: statSync(full).size, read: () => readFile(full) }));
    const { facts, findings } = await scanner.scan(files);

    expect(facts.fileCount).toBe(files.length);
    expect(findings.filter(({ severity }) => severity === 'block')).toEqual([]);
    expect(facts.secrets).toEqual({});
  },
);

test('a secret blocks, and is shown by its kind, its place and its first four characters', async () => {
  const secret = awsKeyId();
  const result = await scan(['js/app.js', `// app\nconst key = "${secret}";`]);

  const shown = { kind: 'an AWS access key', masked: 'AKIA....' };
  expect(result.findings).toEqual([
    finding('scan/secret', shown, { file: 'js/app.js', line: 2, column: 14 }),
  ]);
  expect(result.findings[0]?.severity).toBe('block');
  expect(JSON.stringify(result)).not.toContain(secret.slice(0, 5));
});

test.each([
  'app.js',
  'app.js.map',
  'index.html',
  'style.css',
  'data.json',
  'notes.txt',
  '.env',
  'LICENSE',
  'a.unknown',
])('text is searched whatever it is called: %s', async (path) => {
  const { findings } = await scan([path, awsKeyId()]);

  expect(places(findings)).toEqual([`scan/secret ${path} 1 1`]);
});

test.each(['photo.PNG', 'a/font.woff2', 'film.mp4', 'app.wasm', 'form.pdf'])(
  '%s is not opened',
  async (path) => {
    const { findings, facts } = await scanner.scan([{ path, sizeBytes: 10_000_000, ...REFUSES_TO_BE_READ }]);

    expect(findings).toEqual([]);
    expect(facts).toMatchObject({ fileCount: 1, sizeBytes: 10_000_000 });
  },
);

const eightKilobytes = 8 * 1024;
test.each([
  ['a NUL as the last of the first 8 kB', eightKilobytes - 1, []],
  ['a NUL right after the first 8 kB', eightKilobytes, ['scan/secret a.dat 2 1']],
])('%s decides whether a file is text', async (_, at, expected) => {
  const content = Buffer.from(`${'-'.repeat(eightKilobytes + 10)}\n${awsKeyId()}`);
  content[at] = 0;
  const { findings } = await scan(['a.dat', content]);

  expect(places(findings)).toEqual(expected);
});

test.each([
  ['UTF-8', (text: string) => Buffer.from(text)],
  ['UTF-8 with a mark', (text: string) => Buffer.from(`\ufeff${text}`)],
  ['UTF-16 as Windows writes it', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16 the other way round', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  [
    'bytes that are no UTF-8',
    (text: string) => Buffer.concat([Buffer.from([0xff, 0x20]), Buffer.from(text)]),
  ],
])('a page is searched in %s', async (_, encode) => {
  const { findings, facts } = await scan([
    'index.html',
    encode(`<img src="//a.example/x.png">\n${awsKeyId()}`),
  ]);

  expect(places(findings)).toEqual(['scan/secret index.html 2 1']);
  expect(facts.externalHosts).toEqual(['a.example']);
});

const fiveMegabytes = 5 * 1024 * 1024;
test('text over 5 MB is not read, and that is said', async () => {
  const { findings, facts } = await scanner.scan([
    { path: 'data/all.json', sizeBytes: fiveMegabytes + 1, ...REFUSES_TO_BE_READ },
  ]);

  const entry = 'data/all.json';
  expect(findings).toEqual([finding('scan/file-not-read', { entry }, { file: entry })]);
  expect(findings[0]?.severity).not.toBe('block');
  expect(facts.fileCount).toBe(1);
});

test('text of exactly 5 MB is read', async () => {
  const { findings } = await scan(['data.json', awsKeyId().padStart(fiveMegabytes)]);

  expect(findings.map(({ code }) => code)).toEqual(['scan/secret']);
});

test('files that are not read do not end the search', async () => {
  const { findings } = await scanner.scan([
    file('a.png', ''),
    file('b.dat', Buffer.alloc(10)),
    { path: 'c.json', sizeBytes: fiveMegabytes + 1, ...REFUSES_TO_BE_READ },
    file('d.js', awsKeyId()),
  ]);

  expect(places(findings)).toEqual(['scan/file-not-read c.json  ', 'scan/secret d.js 1 1']);
});

test('a file that can not be read fails the scan', async () => {
  await expect(scanner.scan([{ path: 'a.txt', sizeBytes: 1, ...REFUSES_TO_BE_READ }])).rejects.toThrow(
    'was read',
  );
});

test.each([
  ['app.js', 'navigator.serviceWorker.register("/sw.js")', 1, 11],
  ['app.mjs', '\n\n  navigator.serviceWorker ?. register (url)', 3, 13],
  ['index.html', '<script>navigator.serviceWorker\n.register("sw.js")</script>', 1, 19],
])('an app that stays in the browser says so: %s', async (path, text, line, column) => {
  const { facts, findings } = await scan([path, text]);

  expect(facts.hasServiceWorker).toBe(true);
  expect(findings).toEqual([finding('scan/service-worker', { entry: path }, { file: path, line, column })]);
  expect(findings[0]?.severity).not.toBe('block');
});

test('it says so once', async () => {
  const register = 'navigator.serviceWorker.register("/sw.js");';
  const { findings } = await scan(['b.js', register], ['a.js', `${register}\n${register}`]);

  expect(places(findings)).toEqual(['scan/service-worker a.js 1 11']);
});

test.each([
  ['app.js', 'navigator.serviceWorker.getRegistrations()'],
  ['app.js', 'myserviceWorker.register()'],
  ['readme.md', 'navigator.serviceWorker.register("/sw.js")'],
])('an app without a service worker has none: %s %s', async (path, text) => {
  const { facts, findings } = await scan([path, text]);

  expect(facts.hasServiceWorker).toBe(false);
  expect(findings).toEqual([]);
});

test('findings are sorted by file, line and column, whatever the order of the files', async () => {
  const { findings } = await scan(
    ['b.js', awsKeyId()],
    ['a.js', `navigator.serviceWorker.register(); "${googleKey()}"\n\n"${awsKeyId()}" "${googleKey()}"`],
    ['B.js', awsKeyId()],
  );

  expect(places(findings)).toEqual([
    'scan/secret B.js 1 1',
    'scan/service-worker a.js 1 11',
    'scan/secret a.js 1 38',
    'scan/secret a.js 3 2',
    'scan/secret a.js 3 25',
    'scan/secret b.js 1 1',
  ]);
});

test('two hundred findings are enough, and the facts count on', async () => {
  const { facts, findings } = await scan(
    ...'abc'.split('').map((name): [string, string] => [name, `${awsKeyId()}\n`.repeat(80)]),
  );

  expect(findings).toHaveLength(200);
  expect(findings.at(-1)?.where).toEqual({ file: 'c', line: 40, column: 1 });
  expect(facts.secrets).toEqual({ aws: 240 });
});

test('notes do not push a secret out of the findings', async () => {
  const large = Array.from({ length: 250 }, (_, i) => ({
    path: `a${i}.json`,
    sizeBytes: fiveMegabytes + 1,
    ...REFUSES_TO_BE_READ,
  }));
  const { findings } = await scanner.scan([...large, file('z.js', awsKeyId())]);

  expect(findings).toHaveLength(200);
  expect(findings.at(-1)?.code).toBe('scan/secret');
});

test('the facts are aggregates over all files', async () => {
  const { facts } = await scan(
    [
      'index.html',
      `<script src="https://cdn.example/a.js"></script>${googleKey()} ${awsKeyId()} ${awsKeyId()}`,
    ],
    ['drawing.svg', '<image href="https://pictures.example/a.png"/>'],
    ['css/a.css', '@import "https://fonts.example/a.css";'],
    ['app.js', 'fetch("https://api.example/")'],
    ['app.js.MAP', '{}'],
    ['lib.css.map', '{}'],
    ['LICENSE', ''],
    ['.htaccess', ''],
    ['photo.JPG', Buffer.alloc(1000)],
  );

  expect(ScanFacts.parse(facts)).toEqual({
    scannerVersion: scanner.version,
    fileCount: 9,
    sizeBytes: expect.any(Number),
    secrets: { aws: 2, 'google-api-key': 1 },
    externalHosts: ['cdn.example', 'fonts.example', 'pictures.example'],
    extensions: { '': 2, '.css': 1, '.html': 1, '.jpg': 1, '.js': 1, '.map': 2, '.svg': 1 },
    hasServiceWorker: false,
    sourceMaps: 2,
  });
  expect(Object.keys(facts.secrets)).toEqual(['aws', 'google-api-key']);
  expect(facts.sizeBytes).toBeGreaterThan(1000);
});

test('an empty release has empty facts', async () => {
  expect(await scan()).toEqual({
    facts: {
      scannerVersion: scanner.version,
      fileCount: 0,
      sizeBytes: 0,
      secrets: {},
      externalHosts: [],
      extensions: {},
      hasServiceWorker: false,
      sourceMaps: 0,
    },
    findings: [],
  });
});

const host = (i: number): string => `h${String(i).padStart(3, '0')}.example`;
const kind = (i: number): string => `.k${String(i).padStart(3, '0')}`;

const imports = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `@import "https://${host(from + i)}";`).join('\n');

test('the facts name the first two hundred hosts, whichever file they stand in', async () => {
  const { facts } = await scan(['a.css', imports(100, 350)], ['b.css', imports(0, 150)]);

  expect(facts.externalHosts).toEqual(Array.from({ length: 200 }, (_, i) => host(i)));
});

test('the facts name the hundred most frequent kinds of files', async () => {
  const files = Array.from({ length: 120 }, (_, i): [string, string] => [`a${kind(119 - i)}`, '']);
  const { facts } = await scan(...files, [`b${kind(110)}`, '']);

  const expected = Array.from({ length: 99 }, (_, i): [string, number] => [kind(i), 1]);
  expect(Object.entries(facts.extensions)).toEqual([[kind(110), 2], ...expected]);
});

function installed(name: string): string {
  const manifest = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}

test('the version names every library that decides, as it is installed', () => {
  expect(scanner.version.replace(/\d+$/, 'N')).toBe(
    [
      `secretlint-${installed('@secretlint/core')}`,
      `preset-${installed('@secretlint/secretlint-rule-preset-recommend')}`,
      `parse5-${installed('parse5')}`,
      'cottage-N',
    ].join('+'),
  );
});

test('the libraries are loaded by the first use and not with the scanner', () => {
  const loaded = execFileSync(process.execPath, ['--input-type=module', '--eval', LOAD_AND_WARM], {
    cwd: join(import.meta.dirname, '../..'),
    encoding: 'utf8',
  });

  expect(JSON.parse(loaded)).toEqual([false, true]);
});

const LOAD_AND_WARM = `
  import { registerHooks } from 'node:module';
  const urls = [];
  registerHooks({ resolve: (name, context, next) => { const found = next(name, context); urls.push(found.url); return found; } });
  const hasLibraries = () => ['/@secretlint/core/', '/parse5/'].some((part) => urls.some((url) => url.includes(part)));
  const { SecretlintScanner } = await import('./shared/scan/secretlint-scanner.ts');
  const before = hasLibraries();
  await new SecretlintScanner().warm();
  process.stdout.write(JSON.stringify([before, hasLibraries()]));
`;
