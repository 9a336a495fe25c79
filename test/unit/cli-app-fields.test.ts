import { mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AppOptions, appFields } from '../../cli/app-fields.ts';
import { titleOf } from '../../cli/page-title.ts';
import { openSite } from '../../cli/site.ts';
import { fakeIo, type RunOptions, siteFolder } from '../builders/cli-run.ts';
import { tempFolder } from '../builders/temp.ts';

const GIT: RunOptions = { programs: { git: () => 'ana@example.com\n' } };

/** The fields for a site in a folder of this name. */
async function fields(
  files: Record<string, string> = {},
  {
    options = {},
    folder = 'Lunch Menu!',
    io = GIT,
  }: { options?: AppOptions; folder?: string; io?: RunOptions } = {},
) {
  const path = join(tempFolder(), folder);
  mkdirSync(path, { recursive: true });
  siteFolder({ 'index.html': '<title> Lunch\n &amp; more </title>', ...files }, path);
  const site = await openSite(path);
  onTestFinished(() => site.close());
  const fake = fakeIo(io);
  return appFields(site, path, options, { team: 'demo', io: fake.io });
}

const manifest = (content: unknown) => ({ 'cottage.json': JSON.stringify(content) });

describe('what is published, when nobody says it', () => {
  test('is guessed: name from the folder, title from the page, owner from git', async () => {
    expect(await fields()).toEqual({
      team: 'demo',
      name: 'lunch-menu',
      title: 'Lunch & more',
      owner: 'ana@example.com',
    });
  });

  test.each(['dist', 'build', 'out', 'public', 'www', 'site', 'html', 'Dist'])(
    'has the name of the project, not “%s”',
    async (folder) => {
      expect((await fields({}, { folder: join('lunch', folder) })).name).toBe('lunch');
    },
  );

  test('has the name of the zip file without its ending', async () => {
    const folder = await openSite(siteFolder({ 'index.html': '<p>' }));
    const archive = await folder.pack();
    const path = join(tempFolder(), 'Lunch.v2.ZIP');
    renameSync(archive.file, path);
    const site = await openSite(path);
    onTestFinished(async () => {
      await site.close();
      await archive.dispose();
    });
    const programs = {
      git: (_: readonly string[], cwd = '') => (cwd === dirname(path) ? 'ana@example.com' : ''),
    };
    expect(await appFields(site, path, {}, { team: 'demo', io: fakeIo({ programs }).io })).toMatchObject({
      owner: 'ana@example.com',
      name: 'lunch-v2',
      title: 'lunch-v2',
    });
  });

  test('is called by its name when the page has no title', async () => {
    expect((await fields({ 'index.html': '<p>' })).title).toBe('lunch-menu');
  });

  test('has a title of at most 80 characters without anything invisible', async () => {
    const { title } = await fields({ 'index.html': `<title>a\u202Eb${'x'.repeat(100)}</title>` });
    expect(title).toBe(`ab${'x'.repeat(77)}…`);
  });

  test('belongs to whom git names for the folder it is in', async () => {
    const programs = {
      git: (args: readonly string[], cwd = '') => `${args.join('-')}@${basename(cwd)}.example`,
    };
    expect((await fields({}, { folder: 'lunch', io: { programs } })).owner).toBe(
      'config-user.email@lunch.example',
    );
  });

  test.each([{}, { programs: { git: () => '\n' } }])(
    'belongs to the account here when git knows nobody',
    async (io) => {
      const variables = { USER: 'ana maria' };
      expect((await fields({}, { io: { ...io, variables } })).owner).toBe('ana-maria@cottage.localhost');
    },
  );
});

describe('what cottage.json says', () => {
  test('goes before guesses, for what a publish cannot do without', async () => {
    const said = {
      team: 'finance',
      name: 'food',
      title: 'Food',
      owner: 'ben@example.com',
      dataClass: 'public',
    };
    expect(await fields(manifest(said))).toEqual({
      team: 'finance',
      name: 'food',
      title: 'Food',
      owner: 'ben@example.com',
    });
  });

  test('is left to Cottage to check where it is no text', async () => {
    expect(await fields(manifest({ name: 5, title: null }))).toMatchObject({
      name: 'lunch-menu',
      title: 'Lunch & more',
    });
  });

  test.each(['{', '"text"', 'null'])(
    'must be readable before anything is guessed past it: %s',
    async (text) => {
      await expect(fields({ 'cottage.json': text })).rejects.toMatchObject({
        exitCode: 3,
        code: 'manifest/invalid',
        problem: { findings: [{ where: { file: 'cottage.json' } }] },
      });
    },
  );
});

describe('what the command line says', () => {
  test('goes before everything', async () => {
    const said = { team: 'finance', name: 'food', title: 'Food', owner: 'ben@example.com' };
    const options = { team: 'hr', name: 'drink', title: 'Drink', owner: 'cara@example.com' };
    expect(await fields(manifest(said), { options })).toEqual(options);
  });

  test('is sent as it is', async () => {
    const options = {
      coOwner: ['b@x.de'],
      dataClass: 'internal',
      visibility: 'team',
      tier: 'edge',
      costCenter: 'CC1',
      expiresInDays: 30,
      integration: ['api.example.com'],
      spa: true,
    };
    expect(await fields({}, { options })).toMatchObject({
      coOwners: ['b@x.de'],
      dataClass: 'internal',
      visibility: 'team',
      tier: 'edge',
      costCenter: 'CC1',
      expiresInDays: 30,
      integrations: ['api.example.com'],
      spa: true,
    });
  });

  test.each(['ana', 'ana@', '@example.com', 'a b@example.com', ''])(
    'needs a mail address for the owner, not “%s”',
    async (owner) => {
      await expect(fields({}, { options: { owner } })).rejects.toMatchObject({ exitCode: 2 });
    },
  );
});

describe('the title of a page', () => {
  test.each([
    ['<title>Lunch</title>', 'Lunch'],
    ['<html><head><meta><title>\n  A &lt;b&gt;\t c </title>', 'A <b> c'],
    ['<body><svg><title>icon</title></svg>', undefined],
    ['<title></title>', undefined],
    ['<title> </title>', undefined],
    ['', undefined],
  ])('of %s is %s', (html, title) => expect(titleOf(html)).toBe(title));
});
