import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LocalCertificates } from '../../shared/certificates/local-certificates.ts';
import { OWN_CERTIFICATE, OwnCertificates } from '../../shared/certificates/local-own-certificates.ts';
import {
  CertificateRefused,
  checkOwnCertificate,
  covers,
} from '../../shared/certificates/own-certificate.ts';
import { NotFound } from '../../shared/errors/errors.ts';
import { tempFolder } from '../builders/temp.ts';
import { TestAuthority } from '../builders/test-authority.ts';
import { type CertificatesHarness, certificatesContract } from './certificates.suite.ts';

const DOMAIN = 'apps.localhost';
const OWN_NAMES = ['*.office.apps.localhost', 'menu.demo.apps.localhost'];
const stranger = await TestAuthority.make();

interface Opened extends CertificatesHarness {
  own: OwnCertificates;
  files: { certificate: string; key: string };
}

/** Beside the issuer's, a certificate for names that the contract does not speak of. */
async function open(issueAfterPolls = 0, names = OWN_NAMES): Promise<Opened> {
  const issued = await LocalCertificates.open({ folder: tempFolder(), domain: DOMAIN, issueAfterPolls });
  const files = await stranger.files(names);
  const own = await OwnCertificates.open({ issuer: issued, issued, domain: DOMAIN, files });
  const server = createServer({ SNICallback: (host, done) => done(null, own.secureContextFor(host)) });
  server.on('secureConnection', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const handshake = (host: string) =>
    new Promise<string[] | undefined>((resolve) => {
      const ca = [issued.authority, stranger.certificate];
      const socket = connect({ host: '127.0.0.1', port, servername: host, ca }, () => {
        resolve(socket.getPeerCertificate().subjectaltname?.replaceAll('DNS:', '').split(', '));
        socket.destroy();
      });
      socket.on('error', () => resolve(undefined));
    });
  return { certificates: own, own, files, handshake };
}

describe('beside an own certificate', () => {
  certificatesContract(
    () => open(),
    () => open(3),
  );
});

describe('an own certificate', () => {
  it('is the one of every team it is for, and the issuer’s serves the others', async () => {
    const { own, handshake } = await open();
    expect(await own.request(['*.office.apps.localhost'])).toBe(OWN_CERTIFICATE);
    expect(await own.request(['lunch.office.apps.localhost', 'menu.demo.apps.localhost'])).toBe(
      OWN_CERTIFICATE,
    );
    const other = await own.request(['*.demo.apps.localhost']);
    expect(other).not.toBe(OWN_CERTIFICATE);
    const both = await own.request(['*.office.apps.localhost', 'x.demo.apps.localhost']);
    expect(both).not.toBe(OWN_CERTIFICATE);
    expect(await handshake('lunch.office.apps.localhost')).toEqual(OWN_NAMES);
    expect(await handshake('menu.demo.apps.localhost')).toEqual(OWN_NAMES);
    expect(await handshake('lunch.demo.apps.localhost')).toEqual(['*.demo.apps.localhost']);
    expect(await handshake('a.b.office.apps.localhost')).toBeUndefined();
  });

  it('says what it is for, and until when', async () => {
    const { own } = await open();
    const status = await own.status(OWN_CERTIFICATE);
    expect(status).toMatchObject({ state: 'issued', names: OWN_NAMES });
    const days = status.state === 'issued' ? (status.expiresAt - Date.now()) / 86_400_000 : 0;
    expect(Math.round(days)).toBe(60);
  });

  it('is not there to be deleted', async () => {
    const { own } = await open();
    await own.delete(OWN_CERTIFICATE);
    expect(await own.status(OWN_CERTIFICATE)).toMatchObject({ state: 'issued' });
  });

  it('is nobody’s where none was given', async () => {
    const issued = await LocalCertificates.open({ folder: tempFolder(), domain: DOMAIN });
    const own = await OwnCertificates.open({ issuer: issued, issued, domain: DOMAIN });
    await expect(own.status(OWN_CERTIFICATE)).rejects.toThrow(NotFound);
    expect(await own.request(['*.office.apps.localhost'])).not.toBe(OWN_CERTIFICATE);
    expect([await own.reload(), own.certificate, own.names]).toEqual([false, undefined, []]);
  });

  it('is exchanged without a restart', async () => {
    const { own, files, handshake } = await open();
    expect(await own.reload()).toBe(false);
    const next = await stranger.files(['*.office.apps.localhost', '*.demo.apps.localhost']);
    writeFileSync(files.certificate, readFileSync(next.certificate));
    // Half exchanged: what was there serves on.
    await expect(own.reload()).rejects.toMatchObject({ code: 'certificate/key-differs' });
    expect(await handshake('lunch.office.apps.localhost')).toEqual(OWN_NAMES);
    writeFileSync(files.key, readFileSync(next.key));
    expect(await own.reload()).toBe(true);
    expect(await handshake('lunch.demo.apps.localhost')).toEqual([
      '*.office.apps.localhost',
      '*.demo.apps.localhost',
    ]);
    rmSync(files.key);
    await expect(own.reload()).rejects.toMatchObject({ code: 'certificate/unreadable' });
    expect(await handshake('lunch.demo.apps.localhost')).toBeDefined();
  });
});

describe('a certificate that can not be served with', () => {
  const good = ['*.demo.apps.localhost'];
  const cases: [
    what: string,
    pair: () => Promise<{ certificate: string; privateKey: string }>,
    code: string,
  ][] = [
    ['is over', () => stranger.leaf(good, { beginsIn: -9, endsIn: -1 }), 'certificate/expired'],
    ['has not begun', () => stranger.leaf(good, { beginsIn: 1 }), 'certificate/not-yet-valid'],
    [
      'is for other names',
      () => stranger.leaf(['*.other.localhost', 'xapps.localhost']),
      'certificate/other-names',
    ],
    ['is for the base domain alone', () => stranger.leaf([DOMAIN]), 'certificate/other-names'],
    ['is for no name', () => stranger.leaf([]), 'certificate/other-names'],
    [
      'has another key',
      async () => ({ ...(await stranger.leaf(good)), privateKey: (await stranger.leaf(good)).privateKey }),
      'certificate/key-differs',
    ],
    [
      'is no certificate',
      async () => ({ ...(await stranger.leaf(good)), certificate: 'hello' }),
      'certificate/unreadable',
    ],
    [
      'has no key',
      async () => ({ ...(await stranger.leaf(good)), privateKey: '' }),
      'certificate/unreadable',
    ],
  ];
  it.each(cases)('%s', async (_, pair, code) => {
    const given = await pair();
    const check = () => checkOwnCertificate(given, DOMAIN, Date.now());
    expect(check).toThrow(CertificateRefused);
    expect(check).toThrow(expect.objectContaining({ code }));
  });

  it('by a broken certificate behind a good one', async () => {
    const issued = await LocalCertificates.open({ folder: tempFolder(), domain: DOMAIN });
    const files = await stranger.files(good);
    writeFileSync(
      files.certificate,
      `${readFileSync(files.certificate, 'utf8')}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    );
    await expect(
      OwnCertificates.open({ issuer: issued, issued, domain: DOMAIN, files }),
    ).rejects.toMatchObject({
      code: 'certificate/unreadable',
    });
  });
});

it.each([
  [['*.demo.example'], 'lunch.demo.example', true],
  [['*.demo.example'], '*.demo.example', true],
  [['*.demo.example'], 'demo.example', false],
  [['*.demo.example'], 'a.b.demo.example', false],
  [['*.example'], '*.demo.example', false],
  [['*.example'], 'lunch.demo.example', false],
  [['lunch.demo.example'], 'lunch.demo.example', true],
  [['lunch.demo.example'], '*.demo.example', false],
  [[], 'lunch.demo.example', false],
])('%j covers %s: %s', (names, host, expected) => {
  expect(covers(names, host)).toBe(expected);
});
