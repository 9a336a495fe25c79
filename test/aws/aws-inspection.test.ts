import { randomUUID } from 'node:crypto';
import { RequestCertificateCommand } from '@aws-sdk/client-acm';
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, DisableKeyCommand } from '@aws-sdk/client-kms';
import { StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { CERTIFICATE_TAG } from '../../shared/certificates/acm-certificates.ts';
import { HOUR_MS } from '../../shared/clock/clock.ts';
import { unusableKeys, unusedCertificates } from '../../shared/doctor/aws-account.ts';
import { readWorld } from '../../shared/doctor/world.ts';
import { randomId } from '../../shared/ids/ids.ts';
import { openAwsInspection } from '../contract/aws-inspection.ts';
import { inspectionContract } from '../contract/inspection.suite.ts';
import { machine } from '../workflows/runner-harness.ts';
import { motoAccount } from './account.ts';
import { motoUrl } from './moto.ts';

// Executions that are not run at all stay where they are: here that is what a publish which waits looks like.
beforeEach(async () => {
  await fetch(`${motoUrl()}/moto-api/config`, {
    method: 'POST',
    body: JSON.stringify({ stepfunctions: { execute_state_machine: false } }),
  });
});

async function open() {
  const { config, claim } = motoAccount();
  const table = randomId('records');
  const definition = machine({ Wait: { Type: 'Wait', Seconds: 3600, End: true } });
  const opened = await openAwsInspection(config, definition, { table }, claim);
  const { clients, publishStateMachine: stateMachineArn } = opened;
  return {
    ...opened,
    damage: async ({ pk = '', sk = '' }) =>
      void (await clients.dynamodb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { pk: { S: pk }, sk: { S: sk } },
          UpdateExpression: 'SET #data = :data',
          ExpressionAttributeNames: { '#data': 'data' },
          ExpressionAttributeValues: { ':data': { S: '{' } },
        }),
      )),
    damageCounter: async ({ pk = '', sk = '' }) => {
      const Item = { pk: { S: `counter ${pk}` }, sk: { S: sk }, value: { S: 'many' } };
      await clients.dynamodb.send(new PutItemCommand({ TableName: table, Item }));
    },
    start: async (name: string) =>
      void (await clients.sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: '{}' }))),
    end: async (name: string) => {
      const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
      await clients.sfn.send(new StopExecutionCommand({ executionArn }));
    },
  };
}

describe('the inspection of AWS on moto', () => {
  inspectionContract(open);

  // moto knows nothing of an SES account: what is told of that is seen on the fake alone.
  it('tells of a key that is disabled, and of one that is gone', async () => {
    const { clients } = await open();
    const keys: Record<string, string> = {};
    const command = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
    for (const kid of ['k1', 'k2']) {
      const { KeyMetadata } = await clients.kms.send(new CreateKeyCommand(command));
      keys[kid] = KeyMetadata?.KeyId ?? '';
    }
    await clients.kms.send(new DisableKeyCommand({ KeyId: keys['k2'] }));
    keys['k3'] = randomUUID();
    expect((await unusableKeys(clients.kms, keys)).map(({ text }) => text)).toEqual([
      'The signing key k2 is disabled.',
      'The signing key k3 is not in KMS.',
    ]);
  });

  it('tells of a certificate that nobody uses, an hour after its order', async () => {
    const { clients, inspection } = await open();
    const DomainName = '*.former.apps.example.com';
    const asked = { DomainName, ValidationMethod: 'DNS' as const, Tags: [CERTIFICATE_TAG] };
    const { CertificateArn } = await clients.acm.send(new RequestCertificateCommand(asked));
    const { world } = await readWorld(inspection);
    const unused = async () =>
      (await unusedCertificates(clients.acm, 'apps.example.com', world)).map(({ subject }) => subject);
    expect(await unused()).toEqual([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * HOUR_MS });
    onTestFinished(() => void vi.useRealTimers());
    expect(await unused()).toEqual([CertificateArn]);
  });
});
