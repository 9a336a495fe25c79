import { createHmac, hkdfSync } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPrivateFile } from '../../local/private-file.ts';
import { CorruptRecord } from '../../shared/errors/errors.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { tempFolder } from '../builders/temp.ts';
import { signerContract } from './signer.suite.ts';

const keyFile = () => join(tempFolder(), 'signing-key.json');
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

signerContract(() => LocalSigner.open(keyFile()));

describe('the key file', () => {
  it('is made once, for its owner only, and signs the same after a restart', async () => {
    const path = keyFile();
    const signature = await (await LocalSigner.open(path)).sign('upload', 'a message');
    expect(await modeOf(path)).toBe(0o600);
    expect(await (await LocalSigner.open(path)).sign('upload', 'a message')).toEqual(signature);
    expect(await readdir(join(path, '..'))).toEqual(['signing-key.json']);
  });

  it('is another one on another machine', async () => {
    const signature = await (await LocalSigner.open(keyFile())).sign('upload', 'a message');
    expect(await (await LocalSigner.open(keyFile())).verify('upload', 'a message', signature)).toBe(false);
  });

  it('is one for all who start at the same moment', async () => {
    const path = keyFile();
    const signers = await Promise.all(Array.from({ length: 8 }, () => LocalSigner.open(path)));
    const signatures = await Promise.all(signers.map((signer) => signer.sign('upload', 'a message')));
    expect(new Set(signatures.map(({ mac }) => mac)).size).toBe(1);
  });

  it('is closed to others again when a copy had opened it', async () => {
    const path = keyFile();
    await LocalSigner.open(path);
    await chmod(path, 0o644);
    await LocalSigner.open(path);
    expect(await modeOf(path)).toBe(0o600);
  });

  it('keeps older keys for verifying, and signs with the current one', async () => {
    const path = keyFile();
    const before = await (await LocalSigner.open(path)).sign('upload', 'a message');
    const file = JSON.parse(await readFile(path, 'utf8'));
    file.keys.k2 = Buffer.alloc(32, 7).toString('base64url');
    file.current = 'k2';
    await writeFile(path, JSON.stringify(file));
    const signer = await LocalSigner.open(path);
    expect(await signer.verify('upload', 'a message', before)).toBe(true);
    const after = await signer.sign('upload', 'a message');
    expect(after.kid).toBe('k2');
    const derived = Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 7), '', 'cottage/upload', 32));
    expect(after.mac).toBe(createHmac('sha256', derived).update('a message').digest('base64url'));
    expect(await signer.verify('upload', 'a message', { ...before, kid: 'k2' })).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'k1'],
    ['a current key that is not there', '{"current":"k1","keys":{}}'],
    ['a short key', '{"current":"k1","keys":{"k1":"c2hvcnQ"}}'],
    ['more than keys', `{"current":"k1","keys":{"k1":"${'A'.repeat(43)}"},"more":1}`],
  ])('that holds %s is an error, and is left as it is', async (_, content) => {
    const path = keyFile();
    await writeFile(path, content);
    await expect(LocalSigner.open(path)).rejects.toThrow(CorruptRecord);
    expect(await readFile(path, 'utf8')).toBe(content);
  });
});

describe('creating a private file', () => {
  it('syncs the file, then its folder, and never replaces one', async () => {
    const folder = tempFolder();
    const path = join(folder, 'secret');
    const synced: string[] = [];
    const durability = {
      syncFile: async () => {
        synced.push(`file, ${(await readdir(folder)).includes('secret') ? 'named' : 'unnamed'}`);
      },
      syncFolder: async (synced_: string) => {
        synced.push(`${synced_}, ${(await readdir(folder)).join()}`);
      },
    };
    expect(await createPrivateFile(path, 'one', durability)).toBe(true);
    expect(synced).toEqual(['file, unnamed', `${folder}, secret`]);
    expect(await createPrivateFile(path, 'two', durability)).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('one');
    expect(await modeOf(path)).toBe(0o600);
  });
});
