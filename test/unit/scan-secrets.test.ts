import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { kindOfSecret, maskSecret, SECRET_KINDS } from '../../shared/scan/secret-kinds.ts';
import { findSecrets, SECRET_RULES } from '../../shared/scan/secrets.ts';
import { tempFolder } from '../builders/temp.ts';
import { awsKeyId, base64url, googleKey, PLANTED, pem, varied, webToken } from './planted-secrets.ts';

const rulesOf = async (text: string, path = 'app.js'): Promise<string[]> =>
  (await findSecrets(path, text)).map((secret) => secret.rule);

test.each(PLANTED)('$title is found, at its line and column', async ({ rule, line }) => {
  const found = await findSecrets('app.js', `const a = 1;\n  k: ${line} ;\n`);

  expect(found).toEqual([{ rule, value: expect.any(String), line: 2, column: 6 }]);
  expect(line).toContain(found[0]?.value);
});

test('the value of a secret does not include the name in front of it', async () => {
  const [found] = await findSecrets('.env', ['AWS_SECRET_ACCESS', '_KEY=', varied(40)].join(''));

  expect(found?.value).toBe(varied(40));
});

const word = varied(40);
test.each([
  ['the key that Amazon prints in its manuals', ['AKIA', 'IOSFODNN7', 'EXAMPLE'].join('')],
  ['the number of an AWS account', 'AWS_ACCOUNT_ID=123456789012'],
  ['a placeholder for a Google key', `AIza${'X'.repeat(35)}`],
  ['a placeholder for an OpenAI key', `sk-proj-${'x'.repeat(48)}`],
  ['a placeholder for an Azure key', `AccountKey=${'A'.repeat(86)}==`],
  ['a placeholder for a private key', `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}`],
  ['a private key left out', '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----'],
  ['a public key', pem('PUBLIC KEY', varied(300))],
  ['code that writes a private key', 'a = `-----BEGIN PRIVATE KEY-----\\n${toBase64(key)}\\n-----END`'],
  ['a Google key inside a longer word', `${word}${googleKey()}`],
  ['a Google key that goes on', `${googleKey()}${word}`],
  ['the end of another word before proj', `task-proj-${word}`],
  ['a short word after sk-proj', 'sk-proj-sidebar-with-many-parts'],
  ['a token inside a longer word', `${word}${webToken({ sub: 'ana' })}`],
  ['the key Supabase makes for web pages', webToken({ role: 'anon', iss: 'supabase' })],
  ['a token that is not signed', webToken({ sub: 'ana' }, { typ: 'JWT' })],
  ['a token whose parts are not JSON', `eyJ${varied(30)}.eyJ${varied(30)}.${varied(43)}`],
  ['a token whose claims are not JSON', `${base64url({ alg: 'HS256' })}.eyJ${varied(30)}.${varied(43)}`],
  ['a token without its signature', webToken({ sub: 'ana' }).replace(/\.[^.]*$/, '')],
])('%s is no secret', async (_, text) => {
  expect(await rulesOf(`x = "${text}";`)).toEqual([]);
});

test('a place that two rules see is one secret', async () => {
  const key = pem('PRIVATE KEY', `MI${varied(606)}`);

  expect(await rulesOf(`${key}\n`)).toHaveLength(1);
});

test('secrets side by side are all found', async () => {
  expect(await rulesOf(`${awsKeyId()} ${googleKey()}\n${awsKeyId()}`)).toEqual([
    'aws',
    'google-api-key',
    'aws',
  ]);
});

test.each([
  ['before', (secrets: string) => `// secretlint-disable\n${secrets}`],
  ['above', (secrets: string) => `// secretlint-disable-next-line\n${secrets}`],
  ['behind', (secrets: string) => `${secrets} // secretlint-disable-line`],
])('a file can not switch the search off with a comment %s its secrets', async (_, write) => {
  expect(await rulesOf(write(`${awsKeyId()} ${googleKey()}`))).toEqual(['aws', 'google-api-key']);
});

test('a Google Cloud service account is known by its file', async () => {
  const account = {
    type: 'service_account',
    private_key_id: varied(40),
    private_key: pem('PRIVATE KEY', 'MC4C'),
  };

  expect(await rulesOf(JSON.stringify(account), 'keys/Account.JSON')).toEqual(['gcp']);
});

test.each([
  ['aws', awsKeyId],
  ['google-api-key', googleKey],
])('a file full of secrets is told about a hundred times, not for ever: %s', async (rule, secret) => {
  const found = await rulesOf(`${secret()}\n`.repeat(150));

  expect(found).toEqual(Array.from({ length: 100 }, () => rule));
});

test('the path of a file is a name only: nothing on this machine is opened', async () => {
  const path = join(tempFolder(), 'account.p12');
  writeFileSync(path, keyStore('notasecret'));

  expect(await rulesOf('text', path)).toEqual([]);
});

test('searching many files leaves no marks behind', async () => {
  for (let i = 0; i < 20; i += 1) await findSecrets(`page-${i}.html`, '<p>');

  expect(performance.getEntriesByType('mark').filter(({ name }) => name.startsWith('@core'))).toEqual([]);
});

test('every rule has a name for people, and no name is left over', () => {
  expect(SECRET_RULES.toSorted()).toEqual(Object.keys(SECRET_KINDS).toSorted());
});

test('a rule without a name is told about all the same', () => {
  expect(kindOfSecret('a-rule-to-come')).toBe('a password or key');
});

test.each([
  [awsKeyId(), 'AKIA....'],
  ['-----BEGIN PRIVATE KEY-----', 'BEGI....'],
  ['{\n  "type": "service_account"', 'type....'],
  ['ab\ncd', 'ab....'],
  ['ab', 'ab....'],
  ['\u0000…', '....'],
])('%j is shown as %s', (value, masked) => {
  expect(maskSecret(value)).toBe(masked);
});

/** The smallest PKCS #12 store (RFC 7292) that opens with the password: empty contents and a MAC of one round. */
function keyStore(password: string): Buffer {
  const [SEQUENCE, INTEGER, OCTETS, CONTEXT] = [0x30, 0x02, 0x04, 0xa0];
  const contents = Buffer.alloc(2);
  const salt = Buffer.alloc(8, 1);
  const passwordText = Buffer.from(`${password}\0`, 'utf16le').swap16();
  // A purpose byte (3: MAC), salt and password, each repeated to the hash's block of 64 bytes.
  const blocks = [Buffer.of(3), salt, passwordText].map((part) => Buffer.alloc(64, part));
  const key = createHash('sha256').update(Buffer.concat(blocks)).digest();
  const mac = createHmac('sha256', key).update(contents).digest();
  return der(
    SEQUENCE,
    der(INTEGER, Buffer.of(3)),
    der(SEQUENCE, oid('2a864886f70d010701'), der(CONTEXT, der(OCTETS, contents))),
    der(
      SEQUENCE,
      der(SEQUENCE, der(SEQUENCE, oid('608648016503040201')), der(OCTETS, mac)),
      der(OCTETS, salt),
      der(INTEGER, Buffer.of(1)),
    ),
  );
}

const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(tag, 0x81, content.length), content]);
}
