import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENVIRONMENT_PARSERS } from './layout-rules.ts';
import { anchorsIn, commandsIn, cottageCommandsIn, linksIn, npmScriptsIn } from './markdown.ts';
import { repositoryFiles, textOf } from './sources.ts';

const documents = repositoryFiles().filter((path) => path.endsWith('.md') && !path.startsWith('templates/'));
const commands = documents.flatMap((path) => commandsIn(textOf(path)));
const sorted = (items: Iterable<string>): string[] => [...new Set(items)].toSorted();
const variablesIn = (text: string): string[] => sorted(text.match(/\bCOTTAGE_[A-Z_]+\b/g) ?? []);

describe('documents', () => {
  it('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
    expect(npmScriptsIn(commandsIn(textOf('README.md')))).toEqual(expect.arrayContaining(['start', 'test']));
    expect(npmScriptsIn(commands).filter((name) => !(name in scripts))).toEqual([]);
  });

  it('name commands of cottage that exist, and every one of them', async () => {
    const { COMMANDS } = await import('../../cli/commands.ts');
    const names = COMMANDS.map(({ name }) => name);
    const shown = cottageCommandsIn(commands);
    // The second word may be an argument: `open lunch`.
    const nameOf = (words: string) => names.find((name) => name === words || name === words.split(' ')[0]);
    expect(shown.filter((words) => nameOf(words) === undefined)).toEqual([]);
    expect(sorted(shown.flatMap((words) => nameOf(words) ?? []))).toEqual(sorted(names));
  });

  it('explain every variable of the environment, and no other', () => {
    const read = sorted(ENVIRONMENT_PARSERS.flatMap((path) => variablesIn(textOf(path))));
    expect(read).not.toEqual([]);
    expect(variablesIn(textOf('docs/configuration.md'))).toEqual(read);
    const elsewhere = documents.flatMap((path) => variablesIn(textOf(path)));
    expect(elsewhere.filter((name) => !read.includes(name))).toEqual([]);
  });

  it('have a section for every finding, and for nothing else', async () => {
    const { FINDINGS } = await import('../../shared/findings/catalogue.ts');
    const sections = [...textOf('docs/findings.md').matchAll(/^#+ +`?([a-z-]+\/[a-z0-9-]+)`?/gm)];
    expect(sections.map(([, code = '']) => code).toSorted()).toEqual(Object.keys(FINDINGS).toSorted());
  });

  it('have a row for every problem of the doctor, with what to do, and for nothing else', async () => {
    const { PROBLEM_CODES } = await import('../../shared/doctor/problems.ts');
    const rows = [...textOf('docs/doctor.md').matchAll(/^\| `(.+?)` \| (\w+) \| .+ \| (.+) \|$/gm)];
    const expected = Object.entries(PROBLEM_CODES).map(
      ([code, { severity, fix }]) => `${code} | ${severity} | ${fix}`,
    );
    expect(sorted(rows.map(([, ...cells]) => cells.join(' | ')))).toEqual(sorted(expected));
  });

  it('explain every fault of the audit trail, and no other', async () => {
    const { MEANING } = await import('../../shared/audit/words.ts');
    const rows = [...textOf('docs/audit.md').matchAll(/^\| `(.+?)` \|/gm)];
    expect(rows.map(([, kind = '']) => kind).toSorted()).toEqual(Object.keys(MEANING).toSorted());
  });

  it('link to what is there', () => {
    const files = repositoryFiles();
    const exists = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
    const lost = documents.flatMap((document) =>
      linksIn(textOf(document)).flatMap((link) => {
        const [file = '', anchor] = link.split('#');
        const target = file === '' ? document : posix.join(posix.dirname(document), file).replace(/\/$/, '');
        const found = exists(target) && (anchor === undefined || anchorsIn(textOf(target)).includes(anchor));
        return found ? [] : [`${document}: ${link}`];
      }),
    );
    expect(lost).toEqual([]);
  });
});

describe('decision records', () => {
  const records = documents.filter((path) => path.startsWith('docs/decisions/'));

  it('are numbered from 0001 without gaps', () => {
    const numbers = records.map((path) => posix.basename(path).slice(0, 5));
    expect(numbers).toEqual(records.map((_, index) => `${String(index + 1).padStart(4, '0')}-`));
    expect(records.length).toBeGreaterThan(0);
  });

  it.each(records)('%s carries its number and its status', (path) => {
    const text = textOf(path);
    expect(text.split('\n')[0]).toMatch(new RegExp(`^# ${posix.basename(path).slice(0, 4)}: \\S`));
    expect(text).toMatch(/^Status: (proposed|accepted|rejected|superseded by \d{4})$/m);
  });
});

describe('reading a document', () => {
  it('finds the commands in code, and not those in prose', () => {
    const text = [
      'Run `npm ci && npm start`, then npm run prose, or `cottage list`.',
      '```console',
      '$ cottage publish ./site | tee log',
      'npm run check; npm test -- --watch',
      '```',
      'and `text`',
    ].join('\n');
    expect(commandsIn(text)).toEqual([
      'cottage publish ./site',
      'tee log',
      'npm run check',
      'npm test -- --watch',
      'npm ci',
      'npm start',
      'cottage list',
      'text',
    ]);
  });

  it('knows the scripts that npm would run', () => {
    const shown = ['npm ci', 'npm test', 'npm start -- --json', 'npm run policies:build', 'npx npm test'];
    expect(npmScriptsIn(shown)).toEqual(['test', 'start', 'policies:build']);
  });

  it('knows what cottage is asked to do', () => {
    const shown = [
      'cottage clock advance 30d',
      'cottage publish ./site',
      'npm run cottage -- team add finance',
      'npx cottage doctor --json',
      'cottage open finance/lunch',
      'cottage --help',
      'the cottage list',
      'cottage-probe list',
    ];
    expect(cottageCommandsIn(shown)).toEqual(['clock advance', 'publish', 'team add', 'doctor', 'open']);
  });

  it('follows links and images within the repository only', () => {
    const text =
      '[a](docs/a.md) ![b](b.png "title") [c](#part) [d](https://example.com) [e](mailto:x@y.z) `[f](g)`';
    expect(linksIn(text)).toEqual(['docs/a.md', 'b.png', '#part']);
  });

  it('makes the anchors that GitHub makes', () => {
    const text = ['# The first minute', '## `artifact/index-missing`', '```', '# no heading', '```'].join(
      '\n',
    );
    expect(anchorsIn(text)).toEqual(['the-first-minute', 'artifactindex-missing']);
  });
});
