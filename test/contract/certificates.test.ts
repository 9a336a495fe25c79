import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { issueLeaf } from '../../shared/certificates/issue.ts';
import { LocalCertificates } from '../../shared/certificates/local-certificates.ts';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { CorruptRecord } from '../../shared/errors/errors.ts';
import { tempFolder } from '../builders/temp.ts';
import { type CertificatesHarness, certificatesContract } from './certificates.suite.ts';

const DOMAIN = 'apps.localhost';
const HOST = 'lunch.demo.apps.localhost';
const openIn = (folder: string) => LocalCertificates.open({ folder, domain: DOMAIN });

/** A TLS server that shows what `certificates` gives for the name asked for. */
async function listen(certificates: LocalCertificates): Promise<number> {
  const server = createServer({
    SNICallback: (host, done) => done(null, certificates.secureContextFor(host)),
  });
  server.on('secureConnection', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function openHarness(issueAfterPolls = 0): Promise<CertificatesHarness> {
  const certificates = await LocalCertificates.open({
    folder: tempFolder(),
    domain: DOMAIN,
    issueAfterPolls,
  });
  const port = await listen(certificates);
  return {
    certificates,
    handshake: (host) =>
      new Promise((resolve) => {
        const ca = certificates.authority;
        const socket = connect({ host: '127.0.0.1', port, servername: host, ca }, () => {
          const names = socket.getPeerCertificate().subjectaltname?.replaceAll('DNS:', '').split(', ');
          resolve(names);
          socket.destroy();
        });
        socket.on('error', () => resolve(undefined));
      }),
  };
}

certificatesContract(
  () => openHarness(),
  () => openHarness(3),
);

async function issued(folder: string) {
  const certificates = await openIn(folder);
  const id = await certificates.request([HOST]);
  const file = join(folder, 'certificates', `${id}.json`);
  return { certificates, id, file, stored: JSON.parse(await readFile(file, 'utf8')) };
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('the files', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are closed to others, but for the certificate people are to trust', async () => {
    const folder = tempFolder();
    const { file } = await issued(folder);
    expect(await modeOf(join(folder, 'ca-key.pem'))).toBe(0o600);
    expect(await modeOf(file)).toBe(0o600);
    expect(await modeOf(join(folder, 'certificates'))).toBe(0o700);
    expect(await modeOf(join(folder, 'ca.pem'))).toBe(0o644);
    await chmod(join(folder, 'ca-key.pem'), 0o644);
    await openIn(folder);
    expect(await modeOf(join(folder, 'ca-key.pem'))).toBe(0o600);
  });

  it('make the same CA and the same certificates after a restart', async () => {
    const folder = tempFolder();
    const { certificates, id } = await issued(folder);
    const restarted = await openIn(folder);
    expect(restarted.authority).toBe(certificates.authority);
    expect(await restarted.request([HOST])).toBe(id);
    expect(restarted.secureContextFor(HOST)).toBeDefined();
    await restarted.delete(id);
    expect(await readdir(join(folder, 'certificates'))).toEqual([]);
  });

  it('a CA key without a certificate, as a crash may leave it, gets one', async () => {
    const folder = tempFolder();
    await openIn(folder);
    const key = await readFile(join(folder, 'ca-key.pem'), 'utf8');
    await rm(join(folder, 'ca.pem'));
    const { authority } = await openIn(folder);
    expect(await readFile(join(folder, 'ca-key.pem'), 'utf8')).toBe(key);
    expect(new X509Certificate(authority).checkPrivateKey(createPrivateKey(key))).toBe(true);
  });

  it.each([
    ['the CA key is missing', 'ca-key.pem', undefined],
    ['the CA certificate is damaged', 'ca.pem', 'damaged'],
    ['the CA key is damaged', 'ca-key.pem', 'damaged'],
    ['a certificate is damaged', `certificates/c_${'a'.repeat(26)}.json`, '{}'],
  ])('refuse to open when %s', async (_, file, content) => {
    const folder = tempFolder();
    await openIn(folder);
    await (content === undefined ? rm(join(folder, file)) : writeFile(join(folder, file), content));
    await expect(openIn(folder)).rejects.toThrow(CorruptRecord);
  });

  it('refuse to open when the CA is for another domain, or belongs to another key', async () => {
    const folder = tempFolder();
    await openIn(folder);
    const other = LocalCertificates.open({ folder, domain: 'localhost' });
    await expect(other).rejects.toThrow('another domain');
    const elsewhere = tempFolder();
    await openIn(elsewhere);
    await writeFile(join(folder, 'ca.pem'), await readFile(join(elsewhere, 'ca.pem')));
    await expect(openIn(folder)).rejects.toThrow('does not belong');
  });

  it('a certificate is renewed when it is good for less than 30 days, and the new one serves', async () => {
    const { certificates, id, stored } = await issued(tempFolder());
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(stored.expiresAt - 30 * DAY_MS);
    expect(await certificates.request([HOST])).toBe(id);
    const before = certificates.secureContextFor(HOST);
    expect(certificates.secureContextFor(HOST)).toBe(before);
    vi.setSystemTime(stored.expiresAt - 30 * DAY_MS + 1);
    const renewed = await certificates.request([HOST]);
    expect(renewed).not.toBe(id);
    expect(certificates.secureContextFor(HOST)).not.toBe(before);
    await certificates.delete(renewed);
    expect(certificates.secureContextFor(HOST)).toBeDefined();
  });
});

describe('a name', () => {
  it.each([
    [[]],
    [['example.com']],
    [['notapps.localhost']],
    [['apps.localhost.evil.com']],
    [['LUNCH.apps.localhost']],
    [['a..apps.localhost']],
    [['-a.apps.localhost']],
    [['a.*.apps.localhost']],
    [['*apps.localhost']],
    [['*.*.apps.localhost']],
    [['a b.apps.localhost']],
    [['../../x.apps.localhost']],
    [[`${'a'.repeat(64)}.apps.localhost`]],
    [[`${'a.'.repeat(126)}apps.localhost`]],
    [['127.0.0.1']],
    [[HOST, 'example.com']],
  ])('%j is refused', async (names) => {
    await expect((await openIn(tempFolder())).request(names)).rejects.toThrow(TypeError);
  });

  it('may be too long for a subject', async () => {
    const folder = tempFolder();
    const name = `${'a'.repeat(60)}.demo.apps.localhost`;
    const certificates = await openIn(folder);
    await certificates.request([name]);
    const [file] = await readdir(join(folder, 'certificates'));
    const { certificate } = JSON.parse(await readFile(join(folder, 'certificates', file ?? ''), 'utf8'));
    expect(new X509Certificate(certificate)).toMatchObject({
      subject: undefined,
      subjectAltName: `DNS:${name}`,
    });
    expect(new X509Certificate(certificate).checkHost(name)).toBe(name);
  });
});

const run = promisify(execFile);
const text = async (file: string) => (await run('openssl', ['x509', '-in', file, '-noout', '-text'])).stdout;

describe('seen by others', () => {
  it('curl, trusting the CA alone, takes it', async () => {
    const folder = tempFolder();
    const { certificates } = await issued(folder);
    const port = await listen(certificates);
    const resolve = `${HOST}:${port}:127.0.0.1`;
    const ca = join(folder, 'ca.pem');
    const { stdout } = await run('curl', [
      '-sS',
      '--cacert',
      ca,
      '--resolve',
      resolve,
      `https://${HOST}:${port}/`,
    ]);
    expect(stdout).toBe('ok');
  });

  it('openssl verifies it for a server, under its strictest rules', async () => {
    const folder = tempFolder();
    const { stored } = await issued(folder);
    const leaf = join(folder, 'leaf.pem');
    await writeFile(leaf, stored.certificate);
    const rules = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', HOST];
    const { stdout } = await run('openssl', ['verify', ...rules, '-CAfile', join(folder, 'ca.pem'), leaf]);
    expect(stdout.trim()).toBe(`${leaf}: OK`);
  });

  it('openssl refuses what the stolen CA key would sign for other names', async () => {
    const folder = tempFolder();
    const { certificates } = await issued(folder);
    const privateKey = await readFile(join(folder, 'ca-key.pem'), 'utf8');
    const leaf = join(folder, 'leaf.pem');
    const forged = await issueLeaf({ certificate: certificates.authority, privateKey }, ['bank.example']);
    await writeFile(leaf, forged.certificate);
    const verify = run('openssl', ['verify', '-CAfile', join(folder, 'ca.pem'), leaf]);
    await expect(verify).rejects.toMatchObject({
      stderr: expect.stringContaining('permitted subtree violation'),
    });
  });

  it('the CA and the certificate say what they are for', async () => {
    const folder = tempFolder();
    const { stored } = await issued(folder);
    const leaf = join(folder, 'leaf.pem');
    await writeFile(leaf, stored.certificate);
    const ca = await text(join(folder, 'ca.pem'));
    for (const line of [
      /Basic Constraints: critical\s+CA:TRUE, pathlen:0/,
      /Key Usage: critical\s+Certificate Sign, CRL Sign\n/,
      /Permitted:\s+DNS:apps\.localhost\s+Excluded:\s+IP:0\.0\.0\.0\/0\.0\.0\.0\s+IP:0:0:0:0:0:0:0:0\/0:0:0:0:0:0:0:0\n/,
      /Subject Key Identifier/,
      /NIST CURVE: P-256/,
    ]) {
      expect(ca).toMatch(line);
    }
    const own = await text(leaf);
    for (const line of [
      /Basic Constraints: critical\s+CA:FALSE/,
      /Key Usage: critical\s+Digital Signature\n/,
      /Extended Key Usage: \s+TLS Web Server Authentication\n/,
      /Subject Key Identifier/,
      /Authority Key Identifier/,
      /Subject: CN = lunch\.demo\.apps\.localhost/,
    ]) {
      expect(own).toMatch(line);
    }
    const parsed = new X509Certificate(stored.certificate);
    expect(parsed.validToDate.getTime()).toBe(stored.expiresAt);
    expect(parsed.validToDate.getTime() - parsed.validFromDate.getTime()).toBe(198 * DAY_MS);
    expect(parsed.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });
});
