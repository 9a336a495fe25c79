import { describe, expect, test } from 'vitest';
import { checkShape } from '../../shared/artifacts/recognise.ts';

const files = (...paths: string[]) => paths.map((path) => ({ path, sizeBytes: 10 }));
const shape = (paths: string[], hints = {}) => checkShape(files(...paths), hints);
const built = '<script type="module" src="/assets/index-4f2a.js"></script>';
const unbuilt = '<script type="module" src="/src/main.tsx"></script>';
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
    ['is told of sources without a package', ['src/a.js'], []],
    ['is told of pages beside a program', ['menu.html', 'app.py'], ['menu.html']],
    ['is told of pages beside a list of what is needed', ['menu.html', 'requirements.txt'], ['menu.html']],
    ['is told of programs that are not at the top', ['tools/app.py', 'tools/Shop.csproj'], []],
  ])('%s', (_, paths, found) => {
    expect(shape(paths)).toEqual([{ code: 'artifact/index-missing', detail: { found } }]);
  });

  test('is told of sources whose package has nothing to build', () => {
    for (const packageJson of ['{"scripts": {"start": "node ."}}', '{}', 'null']) {
      expect(shape(['package.json', 'src/main.ts'], { packageJson })).toMatchObject([
        { code: 'artifact/index-missing' },
      ]);
    }
  });
});

describe('sources instead of a build', () => {
  test.each<[string, string[], object, object]>([
    ['a package with sources', project, {}, { folder: 'src' }],
    ['the same in JavaScript, unread', ['package.json', 'src/main.js'], {}, { folder: 'src' }],
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
    [
      'an Angular project, built for browsers',
      ['angular.json', ...project, 'dist/app/browser/index.html', 'dist/app/browser/de/index.html'],
      {},
      { folder: 'src', buildFolder: 'dist/app/browser' },
    ],
    [
      'a package that says how to build and has its sources elsewhere',
      ['package.json', 'app/page.js'],
      { packageJson: '{"scripts": {"build": "next build"}}' },
      { folder: 'package.json' },
    ],
    ['settings of a build tool alone', ['vite.config.js', 'src/a.js'], {}, { folder: 'vite.config.js' }],
    ['a language no browser runs', ['App.tsx', 'style.css'], {}, { folder: 'App.tsx' }],
    ['the same in a folder', ['components/Menu.vue'], {}, { folder: 'components/Menu.vue' }],
  ])('%s', (_, paths, hints, detail) => {
    expect(shape(paths, hints)).toEqual([{ code: 'artifact/source-not-build', detail }]);
  });
});

test.each<[string, string[], string]>([
  ['Gatsby', ['gatsby-config.ts', 'src/pages/index.mdx'], 'gatsby-config.ts'],
  ['SvelteKit', ['svelte.config.js', 'src/app.html'], 'svelte.config.js'],
  ['Eleventy', ['.eleventy.js', 'index.md'], '.eleventy.js'],
  ['Docusaurus', ['docusaurus.config.ts', 'docs/a.mdx'], 'docusaurus.config.ts'],
  ['Hugo', ['hugo.toml', 'content/_index.md', 'layouts/index.html'], 'hugo.toml'],
  ['Jekyll', ['_config.yml', 'index.md', '_layouts/default.html'], '_config.yml'],
  ['MkDocs', ['mkdocs.yml', 'docs/index.md'], 'mkdocs.yml'],
  ['Quarto', ['_quarto.yml', 'index.qmd'], '_quarto.yml'],
  ['mdBook', ['book.toml', 'src/SUMMARY.md'], 'book.toml'],
  ['Flutter', ['pubspec.yaml', 'lib/main.dart', 'web/index.html'], 'pubspec.yaml'],
  ['Elm', ['elm.json', 'src/Main.elm'], 'elm.json'],
  ['Flask', ['app.py', 'templates/index.html'], 'app.py'],
  ['Streamlit', ['requirements.txt', 'streamlit_app.py'], 'requirements.txt'],
  ['Django', ['manage.py', 'site/settings.py'], 'manage.py'],
  ['PHP', ['index.php'], 'index.php'],
  ['Rails', ['Gemfile', 'app/views/a.html'], 'Gemfile'],
  ['Maven', ['pom.xml', 'src/main/java/A.java'], 'pom.xml'],
  ['.NET', ['Shop.csproj', 'Program.cs'], 'Shop.csproj'],
  ['Go', ['go.mod', 'main.go'], 'go.mod'],
  ['Rust', ['Cargo.toml', 'src/main.rs'], 'Cargo.toml'],
  ['a container', ['Dockerfile', 'server.js'], 'Dockerfile'],
])('what %s begins with is no finished site', (_, paths, folder) => {
  expect(shape(paths)).toEqual([{ code: 'artifact/source-not-build', detail: { folder } }]);
  expect(shape([...paths, 'index.html'])).toEqual([]);
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
