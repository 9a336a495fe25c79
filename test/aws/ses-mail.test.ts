import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import { SesMail } from '../../shared/mail/ses-mail.ts';
import { TestClock } from '../builders/clock.ts';
import { openDynamoDb } from '../contract/dynamodb-store.ts';
import { mailContract, SENDER } from '../contract/mail.suite.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { motoUrl } from './moto.ts';

const Data = z.object({ ses: z.object({ RawMessage: z.array(z.object({ raw_data: z.string() })) }) });

/** Every message that moto has taken so far, as its own account of itself says. */
async function allTaken(): Promise<string[]> {
  const answer = await fetch(`${motoUrl()}/moto-api/data.json`);
  return Data.parse(await answer.json()).ses.RawMessage.map((taken) => taken.raw_data);
}

/** All tests share one moto, and one sender. */
function isThere(error: Error): void {
  if (error.name !== 'AlreadyExistsException') throw error;
}

mailContract('SesMail on moto', async () => {
  const client = new SESv2Client(clientConfig({ url: motoUrl() }));
  onTestFinished(() => client.destroy());
  await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'apps.example.com' })).catch(isThere);
  const { store } = await openDynamoDb();
  const options = { client, from: SENDER, clock: new TestClock(), store };
  const before = (await allTaken()).length;
  const delivered = async () => (await allTaken()).slice(before);
  const restarted = () => new SesMail(options);
  return { mail: new SesMail(options), restarted, delivered, refusesOddAddresses: true };
});
