import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigurationRefused, parseConfig, readConfig } from '../../infra/config.ts';
import { DEFAULT_LIMITS } from '../../shared/artifacts/limits.ts';

const EXAMPLE = JSON.parse(readFileSync('cottage.config.example.json', 'utf8')) as Record<string, unknown>;
const parse = (change: Record<string, unknown>) =>
  parseConfig(JSON.stringify({ ...EXAMPLE, ...change }), 'c.json');
const api = (change: Record<string, unknown>) => ({ api: { ...(EXAMPLE['api'] as object), ...change } });
const messageOf = (text: string): string => {
  try {
    parseConfig(text, 'c.json');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationRefused);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
};

describe('the configuration file', () => {
  it('is right as the example has it', () => {
    expect(readConfig('cottage.config.example.json')).toMatchObject({
      baseDomain: 'apps.example.com',
      limits: DEFAULT_LIMITS,
    });
  });

  it('may leave out what has a default', () => {
    const {
      name: _,
      signingKeys: _k,
      limits: _l,
      teams: _t,
      retention: _r,
      tags: _g,
      account: _a,
      ...least
    } = EXAMPLE;
    expect(parseConfig(JSON.stringify(least), 'c.json')).toMatchObject({
      name: 'cottage',
      signingKeys: ['k1'],
      teams: [],
      retention: { logDays: 90, auditDays: 365 },
      limits: DEFAULT_LIMITS,
    });
  });

  it('says sizes in MB of a million bytes', () => {
    const { limits } = parse({
      limits: { archiveMb: 12.5, unpackedMb: 200, fileMb: 1, files: 7, depth: 3, ratio: 9, pathBytes: 680 },
    });
    expect(limits).toEqual({
      ...DEFAULT_LIMITS,
      archiveBytes: 12_500_000,
      unpackedBytes: 200_000_000,
      fileBytes: 1_000_000,
      files: 7,
      depth: 3,
      ratio: 9,
      pathBytes: 680,
    });
  });

  it('says where it is missing, and what to begin with', () => {
    expect(() => readConfig('no-such.json')).toThrow(
      'no-such.json is not there. Copy cottage.config.example.json',
    );
  });

  it('says where it is no JSON', () => {
    expect(messageOf('{')).toMatch(/^c\.json is no JSON: /);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a domain with capitals',
      { baseDomain: 'Apps.example.com' },
      /baseDomain: a host name in small letters/,
    ],
    ['a domain of one label', { baseDomain: 'localhost' }, /baseDomain: a host name/],
    [
      'a domain too long for certificates',
      { baseDomain: `${'a'.repeat(35)}.example.com` },
      /baseDomain: at most 40 characters/,
    ],
    ['a region that is none', { region: 'Frankfurt' }, /region: a region of AWS, such as/],
    ['an account as a number', { account: 111122223333 }, /account: .*string/],
    ['an account too short', { account: '1234' }, /account: the twelve digits/],
    ['no sender', { senders: {} }, /senders\.from: a mail address/],
    ['nobody to tell', { admins: [] }, /admins: at least one/],
    [
      'an issuer without TLS',
      { oidc: { issuer: 'http://login.example.net', audience: 'c' } },
      /oidc\.issuer: an https:\/\/ address/,
    ],
    ['a field nobody knows', { baseDomian: 'x' }, /baseDomian/],
    ['a limit of nothing', { limits: { files: 0 } }, /limits\.files/],
    ['an upload that no function holds', { limits: { archiveMb: 101 } }, /limits\.archiveMb: at most 100/],
    ['paths whose address S3 can not keep', { limits: { pathBytes: 681 } }, /limits\.pathBytes: at most 680/],
    ['one kid twice', { signingKeys: ['k1', 'k1'] }, /signingKeys: each only once/],
    [
      'one team twice',
      { teams: [1, 2].map(() => ({ name: 'a', costCentre: '1', monthlyBudgetUsd: 1 })) },
      /teams: name each team only once/,
    ],
    [
      'an API below the domain of apps',
      api({ domainName: 'cottage.apps.example.com' }),
      /api\.domainName: choose a name outside example\.com/,
    ],
    [
      'an API beside apps',
      api({ domainName: 'cottage.example.com' }),
      /api\.domainName: choose a name outside example\.com/,
    ],
    [
      'a certificate of another region',
      { region: 'eu-west-1' },
      /api\.certificateArn: it is of eu-central-1/,
    ],
    ['a tag of AWS', { tags: { 'aws:x': 'y' } }, /tags/],
  ])('is refused with %s', (_, change, message) => {
    expect(messageOf(JSON.stringify({ ...EXAMPLE, ...change }))).toMatch(message);
  });

  it('names every field that is wrong, a line for each', () => {
    const lines = messageOf(JSON.stringify({ ...EXAMPLE, alarmMail: 'x', admins: [] })).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^c\.json: admins: /),
      expect.stringMatching(/^c\.json: alarmMail: /),
    ]);
  });

  it('knows that names under one country are not one domain', () => {
    const config = { baseDomain: 'apps.example.co.uk', ...api({ domainName: 'cottage.other.co.uk' }) };
    expect(parse(config).baseDomain).toBe('apps.example.co.uk');
  });
});
