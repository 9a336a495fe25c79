import { describe, expect, test } from 'vitest';
import { checkShape } from '../../shared/artifacts/recognise.ts';

const files = (...paths: string[]) => paths.map((path) => ({ path, sizeBytes: 10 }));
const shape = (paths: string[], hints = {}) => checkShape(files(...paths), hints);
const built = '<script type="module" src="/assets/index-4f2a.js"></script>';
const unbuilt = '<script type="module" src="/src/main.tsx"></script>';
const codes = (packageJson: string) => shape(project, { packageJson }).map(({ code }) => code);
const project = ['package.json', 'src/main.tsx'];

describe('files that can be served', () => {
  test.each<[string, string[], object]>([
    ['one page', ['index.html'], {}],
    [
      'a page beside a package.json and build settings',
      ['index.html', 'package.json', 'webpack.config.js'],
      {},
    ],
    ['a built page beside its sources', ['index.html', 'vite.config.ts', ...project], { indexHtml: built }],
    ['an unread page beside its sources', ['index.html', 'vite.config.ts', ...project], {}],
    [
      'a page that loads sources, without a package.json',
      ['index.html', 'src/main.tsx'],
      { indexHtml: unbuilt },
    ],
  ])('%s', (_, paths, hints) => {
    expect(shape(paths, hints)).toEqual([]);
  });
});

describe('a missing first page', () => {
  test.each<[string, string[], string[]]>([
    ['names no page where there is none', ['a.css'], []],
    [
      'names up to three, the nearest to the top first',
      ['z/y/x.html', 'b.htm', 'z/a.html', 'a.HTML', 'c.xhtml'],
      ['a.HTML', 'b.htm', 'z/a.html'],
    ],
    ['is not filled by one in a folder', ['site/index.html'], ['site/index.html']],
    ['is not filled by one in capitals', ['Index.html'], ['Index.html']],
    ['is told of a package without sources', ['package.json', 'lib/a.js'], []],
    ['is told of sources without a package', ['src/a.js', 'vite.config.js'], []],
  ])('%s', (_, paths, found) => {
    expect(shape(paths)).toEqual([{ code: 'artifact/index-missing', detail: { found } }]);
  });

  test('is told of sources whose package has nothing to build', () => {
    expect(codes('{"scripts": {"start": "node ."}}')).toEqual(['artifact/index-missing']);
    expect(codes('{}')).toEqual(['artifact/index-missing']);
    expect(codes('null')).toEqual(['artifact/index-missing']);
  });
});

describe('sources instead of a build', () => {
  test.each<[string, string[], object, object]>([
    ['a package with sources', project, {}, { folder: 'src' }],
    [
      'one that says how to build',
      project,
      { packageJson: '{"scripts": {"build": "vite build"}}' },
      { folder: 'src' },
    ],
    ['one that can’t be read', project, { packageJson: '{' }, { folder: 'src' }],
    [
      'a package with settings of a build tool',
      ['package.json', 'next.config.mjs', 'app/page.tsx'],
      {},
      { folder: 'package.json' },
    ],
    [
      'a page that loads sources',
      ['index.html', 'vite.config.ts', ...project],
      { indexHtml: unbuilt },
      { folder: 'src' },
    ],
    [
      'a package with its build in dist',
      [...project, 'dist/index.html'],
      {},
      { folder: 'src', buildFolder: 'dist' },
    ],
    [
      'a package with its build in build',
      [...project, 'build/index.html'],
      {},
      { folder: 'src', buildFolder: 'build' },
    ],
    [
      'a package with its build in out',
      [...project, 'out/index.html'],
      {},
      { folder: 'src', buildFolder: 'out' },
    ],
  ])('%s', (_, paths, hints, detail) => {
    expect(shape(paths, hints)).toEqual([{ code: 'artifact/source-not-build', detail }]);
  });
});

test('files at addresses that Cottage answers itself are named, and stop nothing', () => {
  const reserved = ['_cottage/telemetry.js', '_cottage', '.well-known/cottage.json'];
  const free = ['_cottage.html', 'a/_cottage/b', '.well-known/cottage.json.bak', '_Cottage/x'];
  expect(checkShape(files('index.html', ...reserved, ...free))).toEqual([
    { code: 'artifact/reserved-path', detail: { files: reserved } },
  ]);
  const many = Array.from({ length: 9 }, (_, n) => `_cottage/${n}`);
  expect(checkShape(files('index.html', ...many))[0]?.detail).toEqual({ files: many.slice(0, 5) });
  expect(checkShape(files('index.html', ...free))).toEqual([]);
});

test('every file over the limit is named, beside what else is wrong', () => {
  const large = [
    { path: 'a.mp4', sizeBytes: 100_000_001 },
    { path: 'b.mp4', sizeBytes: 100_000_000 },
  ];
  expect(checkShape([...files('index.html'), ...large])).toEqual([
    {
      code: 'artifact/file-too-large',
      entry: 'a.mp4',
      detail: { sizeBytes: 100_000_001, limitBytes: 100_000_000 },
    },
  ]);
  expect(checkShape(large, { fileBytes: 100_000_000 }).map(({ code }) => code)).toEqual([
    'artifact/index-missing',
    'artifact/file-too-large',
  ]);
  expect(checkShape(files('index.html', 'a'), { fileBytes: 9 })).toHaveLength(2);
});
