import { X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { commandLine, planTrust } from '../../cli/trust-plan.ts';
import { certificateOf } from '../builders/certificate.ts';
import { type RunOptions, runCli } from '../builders/cli-run.ts';
import { tempFolder } from '../builders/temp.ts';

const CA = '/data/.cottage/ca.pem';
const FACTS = { sha1: 'ABCD', home: '/home/ana', browserStores: [] };
const lines = (platform: NodeJS.Platform, options: Parameters<typeof planTrust>[2]): string[] =>
  planTrust(platform, CA, options).map(commandLine);

describe('the plan', () => {
  test('for Linux puts the certificate among the system’s own', () => {
    expect(lines('linux', { remove: false, ...FACTS })).toEqual([
      `sudo install -m 0644 ${CA} /usr/local/share/ca-certificates/cottage-local-ca.crt`,
      'sudo update-ca-certificates',
    ]);
  });

  test('for Linux removes just that again', () => {
    expect(lines('linux', { remove: true, ...FACTS })).toEqual([
      'sudo rm -f /usr/local/share/ca-certificates/cottage-local-ca.crt',
      'sudo update-ca-certificates --fresh',
    ]);
  });

  test('for browsers on Linux replaces what has our name, without an administrator', () => {
    const browserStores = ['/home/ana/.pki/nssdb'];
    const installing = planTrust('linux', CA, { remove: false, ...FACTS, browserStores }).slice(2);
    expect(installing.map(commandLine)).toEqual([
      `certutil -D -d sql:/home/ana/.pki/nssdb -n 'Cottage local CA'`,
      `certutil -A -d sql:/home/ana/.pki/nssdb -n 'Cottage local CA' -t C,, -i ${CA}`,
    ]);
    expect(installing.map(({ mayFail }) => mayFail)).toEqual([true, false]);
    expect(lines('linux', { remove: true, ...FACTS, browserStores }).slice(2)).toEqual([
      `certutil -D -d sql:/home/ana/.pki/nssdb -n 'Cottage local CA'`,
    ]);
  });

  test('for macOS trusts it for this account’s web addresses only', () => {
    const keychain = '/home/ana/Library/Keychains/login.keychain-db';
    expect(lines('darwin', { remove: false, ...FACTS })).toEqual([
      `security add-trusted-cert -r trustRoot -p ssl -k ${keychain} ${CA}`,
    ]);
    expect(lines('darwin', { remove: true, ...FACTS })).toEqual([
      `security remove-trusted-cert ${CA}`,
      `security delete-certificate -Z ABCD ${keychain}`,
    ]);
  });

  test('for Windows trusts it for this account', () => {
    expect(lines('win32', { remove: false, ...FACTS })).toEqual([`certutil -user -addstore Root ${CA}`]);
    expect(lines('win32', { remove: true, ...FACTS })).toEqual(['certutil -user -delstore Root ABCD']);
  });

  test.each(['darwin', 'win32'] as const)('for %s removes nothing when nobody knows which', (platform) => {
    expect(planTrust(platform, CA, { remove: true, home: '/home/ana', browserStores: [] })).toEqual([]);
  });

  test('for other systems is empty', () => {
    expect(planTrust('freebsd', CA, { remove: false, ...FACTS })).toEqual([]);
  });

  test('can be typed as it is shown, whatever the folder is called', () => {
    const [step] = planTrust('win32', `/a b/it's/$(ca).pem`, { remove: false, ...FACTS });
    expect(step && commandLine(step)).toBe(`certutil -user -addstore Root '/a b/it'\\''s/$(ca).pem'`);
  });
});

/** A data folder with this as its CA, and a home to look for browsers in. */
function machine(ca: string | undefined, more: RunOptions = {}): RunOptions & { ca: string; home: string } {
  const [data, home] = [tempFolder(), tempFolder()];
  if (ca !== undefined) writeFileSync(join(data, 'ca.pem'), ca);
  const programs = { install: () => '', rm: () => '', 'update-ca-certificates': () => '' };
  const variables = { COTTAGE_DATA: data, HOME: home };
  return { programs, ...more, variables, ca: join(data, 'ca.pem'), home };
}
const trust = (args: string[], options: RunOptions, isRoot = true) =>
  runCli(['trust', ...args], { ...options, isRoot });

describe('cottage trust', () => {
  let pem = '';
  let serverPem = '';
  beforeAll(async () => {
    pem = await certificateOf({ ca: true });
    serverPem = await certificateOf({ ca: false });
  });

  test('says what it will do, does it, and says what it did', async () => {
    const here = machine(pem);
    const ran = await trust([], here);
    expect(ran.code).toBe(0);
    expect(ran.err).toContain(`This is what will be done:\n  sudo install -m 0644 ${here.ca}`);
    expect(ran.executed).toEqual([
      `install -m 0644 ${here.ca} /usr/local/share/ca-certificates/cottage-local-ca.crt`,
      'update-ca-certificates',
    ]);
    expect(ran.out).toContain('  ✓ let the system read it\n\nThis machine trusts it now.');
  });

  test('only says what it would do, when asked', async () => {
    const ran = await trust(['--dry-run'], machine(pem));
    expect(ran).toMatchObject({ code: 0, executed: [], out: '' });
    expect(ran.err).toContain('This would be done:\n  sudo install');
    const asJson = await trust(['--dry-run', '--json'], machine(pem));
    expect(JSON.parse(asJson.out)).toMatchObject({
      dryRun: true,
      steps: [{}, { command: 'sudo update-ca-certificates' }],
    });
  });

  test('without an administrator’s rights says what to run, and ends with 7', async () => {
    const here = machine(pem);
    const ran = await trust([], here, false);
    expect(ran).toMatchObject({ code: 7, executed: [] });
    expect(ran.out).toContain('✗ let the system read it: this needs an administrator\n');
    expect(ran.out).toContain(`Please run this yourself:\n  sudo install -m 0644 ${here.ca}`);
    const asJson = JSON.parse((await trust(['--json'], here, false)).out);
    expect(asJson.steps).toMatchObject([{ done: false }, { done: false }]);
  });

  test('undoes it, even when the data folder is gone', async () => {
    const ran = await trust(['--remove'], machine(undefined));
    expect(ran.code).toBe(0);
    expect(ran.executed).toEqual([
      'rm -f /usr/local/share/ca-certificates/cottage-local-ca.crt',
      'update-ca-certificates --fresh',
    ]);
    expect(ran.out).toContain('This machine no longer trusts it.');
  });

  test('names the certificate by its fingerprint where the system asks for it', async () => {
    const windows: RunOptions = { platform: 'win32', programs: { certutil: () => '' } };
    const ran = await trust(['--remove'], machine(pem, windows), false);
    const sha1 = new X509Certificate(pem).fingerprint.replaceAll(':', '');
    expect(ran).toMatchObject({ code: 0, executed: [`certutil -user -delstore Root ${sha1}`] });
  });

  test('tells browsers too, where the program for it is installed', async () => {
    const programs = { install: () => '', 'update-ca-certificates': () => '', certutil: certutil };
    const here = machine(pem, { programs });
    for (const store of ['.pki/nssdb', '.mozilla/firefox/abc.default', '.mozilla/firefox/empty']) {
      mkdirSync(join(here.home, store), { recursive: true });
      if (!store.endsWith('empty')) writeFileSync(join(here.home, store, 'cert9.db'), '');
    }
    const ran = await trust([], here);
    const told = ran.executed.filter((line) => line.startsWith('certutil -A'));
    expect(told).toHaveLength(2);
    expect(told[0]).toContain(join(here.home, '.pki/nssdb'));
    expect(told[1]).toContain(join(here.home, '.mozilla/firefox/abc.default'));
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('forget it: there was nothing to remove\n');
    expect((await trust([], machine(pem))).executed.join()).not.toContain('certutil');
  });

  test('says what failed, and ends with 5', async () => {
    const programs = { install: () => '', 'update-ca-certificates': fail };
    const ran = await trust([], machine(pem, { programs }));
    expect(ran.code).toBe(5);
    expect(ran.out).toContain('✗ let the system read it: it broke\n');
    expect(ran.out).toContain('Please run this yourself:\n  sudo update-ca-certificates\n');
  });

  test('needs Cottage to have made a certificate', async () => {
    expect(await trust([], machine(undefined))).toMatchObject({ code: 6, executed: [] });
  });

  test.each(['text', 'a certificate of a server'])('never installs %s', async (kind) => {
    const ran = await trust([], machine(kind === 'text' ? 'hello' : serverPem));
    expect(ran).toMatchObject({ code: 5, executed: [] });
    expect(ran.err).toContain('Nothing was changed.');
  });

  test('says what to do by hand on systems it does not know', async () => {
    const ran = await trust([], machine(pem, { platform: 'freebsd' }));
    expect(ran).toMatchObject({ code: 5, executed: [] });
    expect(ran.err).toContain('browser’s settings');
  });
});

function fail(): never {
  throw new Error('it broke\nand more');
}

/** Knows no certificate of ours yet. */
function certutil(args: readonly string[]): string {
  if (args[0] === '-D') fail();
  return '';
}
