import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { onTestFinished } from 'vitest';
import { randomId } from '../../shared/ids/ids.ts';
import { clientConfig } from '../fakes/aws-server.ts';

/** A client of the KMS at `url`, and what makes a key there. */
export function openKms(url: string) {
  const client = new KMSClient(clientConfig({ url }));
  onTestFinished(() => client.destroy());
  /** A new HMAC key: its ARN, and an alias of it. */
  const newKey = async () => {
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    );
    const arn = KeyMetadata?.Arn ?? '';
    const alias = `alias/${randomId('cottage')}`;
    await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
    return { arn, alias };
  };
  return { client, newKey };
}
