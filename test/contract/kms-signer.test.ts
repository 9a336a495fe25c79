import { createHmac } from 'node:crypto';
import { DisableKeyCommand, GenerateMacCommand } from '@aws-sdk/client-kms';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Busy } from '../../shared/errors/errors.ts';
import { sha256 } from '../../shared/ids/ids.ts';
import { KmsSigner } from '../../shared/signer/kms-signer.ts';
import { AwsFault } from '../fakes/aws-errors.ts';
import { openOne } from '../fakes/aws-open.ts';
import { serveAws } from '../fakes/aws-server.ts';
import { FakeKms } from '../fakes/kms.ts';
import { openKms } from './kms-keys.ts';
import { signerContract } from './signer.suite.ts';

async function open() {
  const fake = new FakeKms();
  const server = await serveAws({ kms: fake });
  onTestFinished(async () => {
    await server.close();
    expect(server.defects).toEqual([]);
  });
  const { client, newKey } = openKms(server.url);
  const [k1, k2] = [await newKey(), await newKey()];
  const keys = { k1: k1.alias, k2: k2.arn };
  const signer = new KmsSigner({ client, current: 'k1', keys });
  const before = server.log.length;
  const calls = () => server.log.slice(before).map(({ operation, outcome }) => `${operation}: ${outcome}`);
  return { fake, server, client, keys, signer, calls };
}

describe('the KMS signer', () => {
  signerContract(async () => (await open()).signer);
});

describe('a signature of KMS', () => {
  it('is the MAC of the purpose and the digest of the message, as anybody with the key would make it', async () => {
    const { fake, signer, keys } = await open();
    const { kid, mac } = await signer.sign('upload', 'a message');
    expect(kid).toBe('k1');
    const signed = Buffer.concat([Buffer.from('cottage/upload\0'), Buffer.from(sha256('a message'), 'hex')]);
    const { secret } = fake.key(keys.k1);
    expect(mac).toBe(createHmac('sha256', secret).update(signed).digest('base64url'));
  });

  it('of a viewer’s cookie is one that the edge can check, which has no more than a text', async () => {
    const { fake, signer, keys } = await open();
    const { kid, mac } = await signer.sign('viewer-cookie', 'a message');
    expect(kid).toBe('k1');
    const key = createHmac('sha256', fake.key(keys.k1).secret).update('cottage/edge-key').digest('base64');
    expect(mac).toBe(createHmac('sha256', key).update('a message').digest('base64url'));
    expect(await signer.verify('viewer-cookie', 'a message', { kid, mac })).toBe(true);
    expect(await signer.verify('viewer-cookie', 'another', { kid, mac })).toBe(false);
    expect(await signer.verify('viewer-cookie', 'a message', { kid: 'k2', mac })).toBe(false);
  });

  it('of a key that is no longer current holds, and new ones are made with the current one', async () => {
    const { client, keys, signer } = await open();
    const before = await signer.sign('upload', 'a message');
    const after = new KmsSigner({ client, current: 'k2', keys });
    expect(await after.verify('upload', 'a message', before)).toBe(true);
    expect((await after.sign('upload', 'a message')).kid).toBe('k2');
    expect(await after.verify('upload', 'a message', { ...before, kid: 'k2' })).toBe(false);
    const without = new KmsSigner({ client, current: 'k2', keys: { k2: keys.k2 } });
    expect(await without.verify('upload', 'a message', before)).toBe(false);
  });

  it.each([
    ['of no key we have', { kid: 'k9' }],
    ['too short', { mac: 'A'.repeat(42) }],
    ['of other characters', { mac: `${'A'.repeat(42)}/` }],
    ['in another spelling', { mac: `${'A'.repeat(42)}B` }],
  ])('%s costs no call', async (_, changed) => {
    const { signer, calls } = await open();
    const signature = { kid: 'k1', mac: 'A'.repeat(43), ...changed };
    expect(await signer.verify('upload', 'a message', signature)).toBe(false);
    expect(calls()).toEqual([]);
  });

  it('that is wrong is false because KMS said so', async () => {
    const { signer, calls } = await open();
    expect(await signer.verify('upload', 'a message', { kid: 'k1', mac: 'A'.repeat(43) })).toBe(false);
    expect(calls()).toEqual(['VerifyMac: KMSInvalidMacException']);
  });

  it('is good only when KMS says so', async () => {
    const answers = [{ MacValid: false }, {}, { MacValid: true }];
    const server = await openOne('kms', 'VerifyMac', () => answers.shift());
    const { client } = openKms(server.url);
    const signer = new KmsSigner({ client, current: 'k1', keys: { k1: 'alias/k1' } });
    const verified = () => signer.verify('upload', 'a message', { kid: 'k1', mac: 'A'.repeat(43) });
    expect([await verified(), await verified(), await verified()]).toEqual([false, false, true]);
    expect(server.defects).toEqual([]);
  });

  it('is neither good nor bad while the key is disabled or gone', async () => {
    const { client, fake, keys, signer } = await open();
    const signature = await signer.sign('upload', 'a message');
    const lost = new KmsSigner({ client, current: 'k1', keys: { k1: 'alias/nothing' } });
    await expect(lost.verify('upload', 'a message', signature)).rejects.toMatchObject({
      name: 'NotFoundException',
    });
    await client.send(new DisableKeyCommand({ KeyId: fake.key(keys.k1).id }));
    const disabled = { name: 'DisabledException' };
    await expect(signer.verify('upload', 'a message', signature)).rejects.toMatchObject(disabled);
    await expect(signer.sign('upload', 'a message')).rejects.toMatchObject(disabled);
  });

  it.each([
    ['ThrottlingException', 400],
    ['KeyUnavailableException', 500],
    ['DependencyTimeoutException', 500],
    ['KMSInternalException', 500],
  ])('can be asked for again later: %s', async (name, status) => {
    const { fake, signer } = await open();
    const signature = await signer.sign('upload', 'a message');
    for (const call of [
      () => signer.sign('upload', 'a message'),
      () => signer.verify('upload', 'a message', signature),
    ]) {
      fake.refuseNext(new AwsFault(name, status, 'not now'));
      await expect(call()).rejects.toThrow(Busy);
    }
    expect(await signer.verify('upload', 'a message', signature)).toBe(true);
  });

  it('needs its current key among the keys, and names that go into a link', async () => {
    const { client } = await open();
    expect(() => new KmsSigner({ client, current: 'k1', keys: {} })).toThrow(TypeError);
    expect(() => new KmsSigner({ client, current: 'toString', keys: {} })).toThrow(TypeError);
    expect(() => new KmsSigner({ client, current: 'a.b', keys: { 'a.b': 'alias/x' } })).toThrow(TypeError);
  });
});

describe('the fake of KMS', () => {
  it.each([0, 4097])('takes no message of %i bytes', async (length) => {
    const { client, keys } = await open();
    const command = { KeyId: keys.k1, Message: Buffer.alloc(length), MacAlgorithm: 'HMAC_SHA_256' } as const;
    await expect(client.send(new GenerateMacCommand(command))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});
