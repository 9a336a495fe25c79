import type { CreateDistributionTenantCommandInput } from '@aws-sdk/client-cloudfront';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { expect, onTestFinished, test } from 'vitest';
import { clientConfig } from '../fakes/aws-server.ts';
import { rehearse } from './faults.ts';
import { nothingLeft } from './nothing-left.ts';
import { ADMIN, DINNER_HOST, publishDinner, STORY } from './story.ts';
import { openWorld } from './world.ts';

test('a team, its app and their end, through the functions of AWS: nothing is wrong on the way, and nothing is left', async () => {
  const world = await openWorld();
  for (const chapter of STORY) {
    await chapter.tell(world);
    // Everything is compared with everything: the records with the edge, DNS, certificates and files.
    await world.night();
    expect((await world.as(ADMIN, { path: '/v1/doctor' })).body).toMatchObject({ problems: [] });
  }
  expect(await world.look()).toMatchObject(nothingLeft);
  expect(world.account.server.defects).toEqual([]);
});

test('an app that is for the company goes live past its gate, which stays shut for everybody else', async () => {
  const world = await openWorld();
  await STORY[0]?.tell(world);
  expect(await publishDinner(world)).toMatchObject({ status: 'live', url: `https://${DINNER_HOST}` });
  const stranger = await world.visitor.get(DINNER_HOST, '/');
  expect([stranger.status, String(stranger.body)]).toEqual([401, expect.stringContaining('Sign in')]);
});

test('what it makes carries the tags that bills and budgets are read by', async () => {
  const world = await openWorld();
  for (const chapter of [0, 1]) await STORY[chapter]?.tell(world);
  const { log } = world.account.server;
  const inputOf = (operation: string) => log.find((call) => call.operation === operation)?.input;
  const team = { Key: 'cottage:team', Value: 'finance' };
  expect(inputOf('ChangeTagsForResource')).toMatchObject({ AddTags: [team] });
  expect(inputOf('RequestCertificate')).toMatchObject({ Tags: expect.arrayContaining([team]) });
  const { Items } = (inputOf('CreateDistributionTenant') as CreateDistributionTenantCommandInput).Tags ?? {};
  expect(Object.fromEntries((Items ?? []).map(({ Key, Value }) => [Key, Value]))).toMatchObject({
    heritage: 'cottage',
    'cottage:team': 'finance',
    'cottage:app': 'finance/lunch',
    'cottage:owner': 'ana@example.com',
    'cottage:cost-centre': 'finance',
    'cottage:data-class': 'internal',
    'cottage:tier': 'shared',
  });
});

test('who has nothing but the history of an execution reads what was refused, whose it is, why, and what next', async () => {
  const world = await openWorld();
  for (const chapter of [0, 1, 4]) await STORY[chapter]?.tell(world);
  const client = new SFNClient(clientConfig(world.account.server));
  onTestFinished(() => client.destroy());
  const arns = Object.keys(await world.account.sfn.executions()).filter((arn) =>
    arn.includes('cottage-publish'),
  );
  const histories = await Promise.all(
    arns.map((executionArn) =>
      client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 })),
    ),
  );
  const refused = histories
    .map(({ events }) => JSON.stringify(events))
    .filter((text) => text.includes('was not published'));
  expect(refused).toHaveLength(1);
  const summary = /\\"summary\\":\\"(.*?)\\"/.exec(refused[0] ?? '')?.[1] ?? '';
  expect(summary.length).toBeLessThanOrEqual(300);
  for (const told of ['finance/lunch', 'ana@example.com', '[scan/secret]', 'Next for the owner:']) {
    expect(summary).toContain(told);
  }
});

/** A call in so many is rehearsed here, each time with another fault; `npm run test:aws` rehearses all. */
const EVERY = 13;

test.each(STORY.map(({ title }, chapter) => [title, chapter] as const))(
  'a fault here and there, while %s, changes nothing of how it ends',
  async (_, chapter) => {
    const rows = await rehearse(chapter, (call, fault) => call % EVERY === 0 && (call / EVERY) % 4 === fault);
    expect(rows.filter(({ outcome }) => outcome === 'wrong')).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  },
  120_000,
);
