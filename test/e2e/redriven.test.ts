import { expect, test } from 'vitest';
import { STEPS } from '../../local/steps.ts';
import { PublishId } from '../../shared/ids/ids.ts';
import { endPublish } from '../../shared/publishes/ending.ts';
import type { JsonObject } from '../../shared/records/record-store.ts';
import { PAGE, startTestCottage, type TestCottage } from '../builders/cottage.ts';

const HOST = 'lunch.demo.apps.localhost';
const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text) });

/** The steps of a publish, as an execution that is redriven goes on with them. */
const BEFORE = ['publish-unpack', 'publish-validate', 'publish-scan', 'publish-check-policy'];
const AFTER = [
  'publish-deploy',
  'publish-ensure-certificate',
  'publish-bind-name',
  'publish-ensure-dns',
  'publish-go-live',
  'publish-verify',
];

/** A live app, and a second publish of it that stands still after some steps and that the sweep has then ended. */
async function endedAfter(steps: string[]) {
  const cottage = await startTestCottage();
  await cottage.publish(site('Soup'));
  await cottage.cottage.runner.stop();
  const url = new URL(await cottage.begin(site('Stew')));
  const publishId = PublishId.parse(url.pathname.split('/').at(-1));
  const { value } = await cottage.deps.publishes.get(publishId);
  const input = { publishId, appId: value.appId, sequence: value.seq };
  for (const step of steps) await STEPS[step]?.run(input, cottage.deps);
  await endPublish(publishId, { status: 'failed', how: { error: 'ABORTED' } }, cottage.deps, 1);
  return { cottage, input };
}

const outcome = async ({ deps }: TestCottage, step: string, input: JsonObject) =>
  STEPS[step]?.run(input, deps).then(
    (answer) => String(answer.outcome),
    (error: Error) => error.name,
  );

test('an execution that is redriven after its publish has ended goes no further, and changes nothing', async () => {
  const { cottage, input } = await endedAfter([...BEFORE, 'publish-deploy']);
  const before = await cottage.app();
  for (const step of [...BEFORE, ...AFTER])
    expect([step, await outcome(cottage, step, input)]).toEqual([step, 'Cancelled']);
  expect(await cottage.app()).toEqual(before);
  expect((await cottage.visit(HOST)).body).toContain('Soup');
});

test('and says again what it has said, as a failure', async () => {
  const { cottage, input } = await endedAfter(BEFORE);
  const execution = { error: { Error: 'Cancelled' } };
  const answer = await STEPS['publish-explain']?.run({ ...input, execution }, cottage.deps);
  expect(answer).toMatchObject({ outcome: 'failed', status: 'failed' });
  expect(answer?.['summary']).toMatch(
    /^demo\/lunch \(ana@example\.com\) .*somebody stopped its execution.*\[ABORTED\]/,
  );
  expect(await cottage.mails()).toHaveLength(2);
});

test('a publish that could not be taken back either says so, to an admin', async () => {
  const cottage = await startTestCottage();
  await cottage.cottage.runner.stop();
  const url = new URL(await cottage.begin(site('Stew')));
  const publishId = PublishId.parse(url.pathname.split('/').at(-1));
  const { appId, seq: sequence } = (await cottage.deps.publishes.get(publishId)).value;
  const execution = { error: { Error: 'NotConverged' }, revertError: { Error: 'Busy' } };
  const answer = await STEPS['publish-explain']?.run({ publishId, appId, sequence, execution }, cottage.deps);
  expect(answer?.['summary']).toMatch(
    /pointing back failed too \(Busy\) \[NotConverged\]\. Next for an admin: .* Then: cottage doctor$/,
  );
});
