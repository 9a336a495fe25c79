import { VerifyMacCommand } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../shared/ids/ids.ts';
import { KmsSigner } from '../../shared/signer/kms-signer.ts';
import { openKms } from '../contract/kms-keys.ts';
import { signerContract } from '../contract/signer.suite.ts';
import { motoUrl } from './moto.ts';

async function open() {
  const { client, newKey } = openKms(motoUrl());
  const { arn, alias } = await newKey();
  return { client, alias, signer: new KmsSigner({ client, current: 'k1', keys: { k1: arn } }) };
}

describe('the KMS signer on moto', () => {
  signerContract(async () => (await open()).signer);

  it('makes what KMS itself says is the MAC of purpose and digest', async () => {
    const { client, alias, signer } = await open();
    const { mac } = await signer.sign('upload', 'a message');
    const Message = Buffer.concat([Buffer.from('cottage/upload\0'), Buffer.from(sha256('a message'), 'hex')]);
    const asked = {
      KeyId: alias,
      Message,
      MacAlgorithm: 'HMAC_SHA_256',
      Mac: Buffer.from(mac, 'base64url'),
    } as const;
    expect((await client.send(new VerifyMacCommand(asked))).MacValid).toBe(true);
  });
});
