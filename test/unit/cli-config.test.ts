import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEnvironment, resolveTarget } from '../../cli/config.ts';
import { dataFolderFor, SECRET } from '../builders/cli-run.ts';
import { tempFolder } from '../builders/temp.ts';

const OWN = 'http://127.0.0.1:4600';
const OTHER = 'https://cottage.example.com';

const target = (options: { api?: string; token?: string }, variables: Record<string, string> = {}) =>
  resolveTarget(options, readEnvironment({ COTTAGE_DATA: dataFolderFor(OWN), ...variables }, 'linux'));

describe('whom the command line calls', () => {
  test('is the Cottage of the data folder, as its admin and its first platform', () => {
    expect(target({})).toEqual({
      api: OWN,
      token: 'admin-token',
      platform: { id: 'demo', secret: SECRET },
      team: 'demo',
    });
  });

  test('is what the options say before what the environment says', () => {
    const variables = { COTTAGE_API: OTHER, COTTAGE_TOKEN: 'of-the-environment' };
    expect(target({}, variables)).toEqual({ api: OTHER, token: 'of-the-environment', team: 'demo' });
    expect(target({ api: 'https://third.example.com/', token: 'given' }, variables)).toEqual({
      api: 'https://third.example.com',
      token: 'given',
      team: 'demo',
    });
  });

  test('never gets the credentials of another Cottage', () => {
    expect(target({ api: OTHER })).toEqual({ api: OTHER, team: 'demo' });
    expect(target({ api: 'http://127.0.0.1:4601' })).toEqual({ api: 'http://127.0.0.1:4601', team: 'demo' });
    expect(target({ api: `${OWN}/` })).toMatchObject({ token: 'admin-token' });
  });

  test('may be told another team by the credentials', () => {
    const environment = readEnvironment({ COTTAGE_DATA: dataFolderFor(OWN, { team: 'finance' }) }, 'linux');
    expect(resolveTarget({}, environment).team).toBe('finance');
  });

  test.each(['', 'localhost:4600', 'ftp://example.com', 'javascript:alert(1)'])('cannot be “%s”', (api) => {
    expect(() => target({ api })).toThrow('is not an address');
  });

  test('cannot be known without an address and without credentials', () => {
    const environment = readEnvironment({ COTTAGE_DATA: tempFolder() }, 'linux');
    expect(() => resolveTarget({}, environment)).toThrow(expect.objectContaining({ exitCode: 8 }));
    expect(resolveTarget({ api: OTHER }, environment)).toEqual({ api: OTHER, team: 'demo' });
  });

  test('cannot be known from credentials that can’t be read', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'credentials.json'));
    const environment = readEnvironment({ COTTAGE_DATA: folder }, 'linux');
    expect(() => resolveTarget({}, environment)).toThrow(expect.objectContaining({ exitCode: 7 }));
  });

  test.each([
    ['not JSON', '{', 'api'],
    ['a list', '[]', 'api'],
    ['nothing', 'null', 'api'],
    ['an empty field', JSON.stringify({ api: OWN, platform: '', secret: 's', adminToken: 't' }), 'platform'],
    [
      'a field of another kind',
      JSON.stringify({ api: OWN, platform: 'demo', secret: 5, adminToken: 't' }),
      'secret',
    ],
    ['a field missing', JSON.stringify({ api: OWN, platform: 'demo', secret: 's' }), 'adminToken'],
  ])('cannot be known from credentials that hold %s', (_, text, field) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'credentials.json'), text);
    const environment = readEnvironment({ COTTAGE_DATA: folder }, 'linux');
    expect(() => resolveTarget({}, environment)).toThrow(`has no "${field}"`);
  });
});

describe('the environment', () => {
  test('has defaults for everything', () => {
    const variables = {};
    expect(readEnvironment(variables, 'linux')).toEqual({
      dataFolder: '.cottage',
      user: 'me',
      home: '.',
      hasDisplay: false,
      variables,
    });
  });

  test('is read on Unix and on Windows', () => {
    expect(readEnvironment({ USER: 'ana', HOME: '/home/ana' }, 'linux')).toMatchObject({
      user: 'ana',
      home: '/home/ana',
    });
    expect(readEnvironment({ USERNAME: 'ana', USERPROFILE: 'C:\\Users\\ana' }, 'win32')).toMatchObject({
      user: 'ana',
      home: 'C:\\Users\\ana',
      hasDisplay: true,
    });
  });

  test.each(['DISPLAY', 'WAYLAND_DISPLAY'])('has a screen on Linux when %s says so', (name) => {
    expect(readEnvironment({ [name]: ':0' }, 'linux').hasDisplay).toBe(true);
  });

  test('takes an empty variable for one that is not there', () => {
    expect(readEnvironment({ COTTAGE_API: '', COTTAGE_TOKEN: '', COTTAGE_DATA: '' }, 'darwin')).toMatchObject(
      {
        dataFolder: '.cottage',
      },
    );
    expect(readEnvironment({ COTTAGE_API: '' }, 'darwin')).not.toHaveProperty('api');
  });
});
