import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationRefused, readConfig } from '../../local/config.ts';
import { DEFAULT_LIMITS } from '../../shared/artifacts/limits.ts';

/** What is thrown for this environment; undefined when it is taken. */
function refusalOf(environment: Record<string, string>): unknown {
  try {
    readConfig(environment);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('the configuration', () => {
  it('is, where nothing is said, that of the first start: everything on loopback', () => {
    expect(readConfig({})).toEqual({
      dataFolder: resolve('.cottage'),
      host: '127.0.0.1',
      apiPort: 4600,
      edgePort: 4643,
      dnsPort: 4653,
      dnsAnswersPerSecond: 1_000,
      edgeConnections: { total: 2000, perClient: 500 },
      baseDomain: 'apps.localhost',
      publicUrl: undefined,
      publicIpv4: '127.0.0.1',
      adminEmail: 'admin@cottage.localhost',
      mailFrom: 'cottage@cottage.localhost',
      smtpUrl: undefined,
      logLevel: 'warn',
      virtualClock: false,
      limits: DEFAULT_LIMITS,
      artifactOrigins: [],
      downloadMs: 120_000,
    });
  });

  it('takes every variable', () => {
    const config = readConfig({
      COTTAGE_DATA: '/srv/cottage',
      COTTAGE_HOST: '192.0.2.7',
      COTTAGE_API_PORT: '0',
      COTTAGE_EDGE_PORT: '443',
      COTTAGE_DNS_PORT: '65535',
      COTTAGE_DNS_ANSWERS_PER_SECOND: '20',
      COTTAGE_EDGE_CONNECTIONS: '300',
      COTTAGE_EDGE_CONNECTIONS_PER_CLIENT: '20',
      COTTAGE_BASE_DOMAIN: 'Apps.Example.COM',
      COTTAGE_PUBLIC_URL: 'https://cottage.example.com//',
      COTTAGE_PUBLIC_IPV4: '198.51.100.9',
      COTTAGE_ADMIN: 'Ada@Example.com',
      COTTAGE_MAIL_FROM: 'cottage@example.com',
      COTTAGE_SMTP_URL: 'smtps://user:secret@mail.example.com:465',
      COTTAGE_LOG: 'debug',
      COTTAGE_MAX_ARCHIVE_MB: '50',
      COTTAGE_MAX_UNPACKED_MB: '250.5',
      COTTAGE_MAX_FILE_MB: '0.001',
      COTTAGE_MAX_FILES: '3',
      COTTAGE_MAX_RATIO: '10',
      COTTAGE_MAX_PATH_BYTES: '100',
      COTTAGE_MAX_DEPTH: '4',
      COTTAGE_MAX_DOWNLOAD_SECONDS: '30',
      COTTAGE_ARTIFACT_ORIGINS: 'https://Builds.example.com:8443, https://10.1.2.3/',
    });
    expect(config).toEqual({
      dataFolder: '/srv/cottage',
      host: '192.0.2.7',
      apiPort: 0,
      edgePort: 443,
      dnsPort: 65_535,
      dnsAnswersPerSecond: 20,
      edgeConnections: { total: 300, perClient: 20 },
      baseDomain: 'apps.example.com',
      publicUrl: 'https://cottage.example.com',
      publicIpv4: '198.51.100.9',
      adminEmail: 'ada@example.com',
      mailFrom: 'cottage@example.com',
      smtpUrl: 'smtps://user:secret@mail.example.com:465',
      logLevel: 'debug',
      virtualClock: false,
      limits: {
        ...DEFAULT_LIMITS,
        archiveBytes: 50_000_000,
        unpackedBytes: 250_500_000,
        fileBytes: 1_000,
        files: 3,
        ratio: 10,
        pathBytes: 100,
        depth: 4,
      },
      artifactOrigins: ['https://builds.example.com:8443', 'https://10.1.2.3'],
      downloadMs: 30_000,
    });
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.1.2.3', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['::1', '127.0.0.1'],
    ['192.0.2.7', '192.0.2.7'],
  ])('bound to %s resolves the names of apps to %s', (host, ipv4) => {
    expect(readConfig({ COTTAGE_HOST: host }).publicIpv4).toBe(ipv4);
  });

  it.each(['0.0.0.0', '::', 'cottage.example.com'])('are not guessed for %s: it must be said', (host) => {
    expect(() => readConfig({ COTTAGE_HOST: host })).toThrow(/COTTAGE_PUBLIC_IPV4/);
    const said = readConfig({ COTTAGE_HOST: host, COTTAGE_PUBLIC_IPV4: '198.51.100.9' });
    expect(said.publicIpv4).toBe('198.51.100.9');
  });

  it('takes overrides before variables', () => {
    const config = readConfig({ COTTAGE_API_PORT: '4700' }, { apiPort: 0, virtualClock: true });
    expect(config).toMatchObject({ apiPort: 0, edgePort: 4643, virtualClock: true });
  });

  it.each<[string, string[]]>([
    ['COTTAGE_API_PORT', ['65536', '-1', '80.5', 'http', '', ' 80', '0x50', '000080']],
    [
      'COTTAGE_BASE_DOMAIN',
      ['', 'apps.', '-apps.example', 'apps_1.example', 'a..b', `${'a'.repeat(36)}.test`, 'apps example'],
    ],
    ['COTTAGE_PUBLIC_URL', ['cottage.example.com', 'ftp://x.example', 'javascript:1', '']],
    // A path, what is no address of a server, and names that apps could have.
    ['COTTAGE_PUBLIC_URL', ['https://x.example/cottage', 'https://x.example/?a', 'https://u:p@x.example']],
    ['COTTAGE_PUBLIC_URL', ['https://apps.localhost', 'https://cottage.apps.localhost:8443']],
    ['COTTAGE_PUBLIC_IPV4', ['::1', '1.2.3', '256.1.1.1', 'localhost']],
    ['COTTAGE_ADMIN', ['admin', '@example.com', '']],
    ['COTTAGE_MAIL_FROM', ['cottage', 'Cottage <c@example.com>']],
    ['COTTAGE_SMTP_URL', ['mail.example.com:25', 'http://mail.example.com']],
    ['COTTAGE_LOG', ['verbose', '']],
    ['COTTAGE_DATA', ['']],
    ['COTTAGE_HOST', ['']],
    ['COTTAGE_MAX_ARCHIVE_MB', ['0', '-1', '1e3', '0.0001', '', '100 MB', '0x10', '100000']],
    ['COTTAGE_MAX_UNPACKED_MB', ['0', '']],
    ['COTTAGE_MAX_FILE_MB', ['0.000', '']],
    ['COTTAGE_MAX_FILES', ['0', '1.5', '-3', '', '10000000']],
    ['COTTAGE_MAX_RATIO', ['0', '']],
    ['COTTAGE_MAX_PATH_BYTES', ['0', '']],
    ['COTTAGE_MAX_DEPTH', ['0', '']],
    ['COTTAGE_MAX_DOWNLOAD_SECONDS', ['0', '', '241', '1.5', '2m']],
    [
      'COTTAGE_ARTIFACT_ORIGINS',
      [
        '',
        '*',
        'builds.example.com',
        'https://builds.example.com/zips',
        'https://user:hunter2@builds.example.com',
        'ftp://builds.example.com',
        'https://a.example,,https://b.example',
        'file:///etc',
      ],
    ],
  ])('refuses what %s cannot be, by its name', (name, values) => {
    for (const value of values) {
      const refused = refusalOf({ [name]: value });
      expect([value, refused instanceof ConfigurationRefused, String(refused)]).toEqual([
        value,
        true,
        expect.stringContaining(`${name}: `),
      ]);
    }
  });

  it('names everything that is wrong at once, and shows no value', () => {
    const environment = {
      COTTAGE_API_PORT: 'x',
      COTTAGE_SMTP_URL: 'user:hunter2@mail',
      COTTAGE_PROT: '80',
    };
    const { message } = refusalOf(environment) as Error;
    expect(message.split('\n').map((line) => line.split(':')[0])).toEqual([
      'COTTAGE_API_PORT',
      'COTTAGE_SMTP_URL',
      'COTTAGE_PROT',
    ]);
    expect(message).toContain('COTTAGE_PROT: there is no such variable');
    expect(message).not.toContain('hunter2');
  });

  it.each([
    [{}, true],
    [{ COTTAGE_HOST: '::1' }, true],
    [{ COTTAGE_PUBLIC_URL: 'https://cottage.example.com' }, false],
    [{ COTTAGE_HOST: '192.0.2.7' }, false],
  ])('with %o, takes artifacts without TLS: %s', (environment, taken) => {
    const refused = refusalOf({ ...environment, COTTAGE_ARTIFACT_ORIGINS: 'http://localhost:3000' });
    expect(refused === undefined).toBe(taken);
    expect(taken || String(refused).includes('COTTAGE_ARTIFACT_ORIGINS')).toBe(true);
    expect(refusalOf({ ...environment, COTTAGE_ARTIFACT_ORIGINS: 'https://localhost:3000' })).toBeUndefined();
  });

  it('leaves the command line’s own variables and everybody else’s alone', () => {
    const environment = {
      COTTAGE_API: 'http://127.0.0.1:4600',
      COTTAGE_TOKEN: 't',
      PATH: '/bin',
      COTTAGES: '1',
    };
    expect(readConfig(environment)).toEqual(readConfig({}));
  });
});
