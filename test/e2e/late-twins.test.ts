import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explain } from '../../functions/publish/explain.ts';
import { openDatabase } from '../../local/database.ts';
import { pointAt } from '../../shared/apps/fencing.ts';
import { convergeUnsettled } from '../../shared/apps/sweep-app.ts';
import { AppId, instant, type Sequence } from '../../shared/ids/ids.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import { changeApp } from '../../shared/runtime/step.ts';
import { around, Gate } from '../builders/around.ts';
import { PAGE, type Published, startTestCottage, type TestCottage } from '../builders/cottage.ts';

const HOST = 'lunch.demo.apps.localhost';
const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text), [`${text}.txt`]: text });
const shown = async (cottage: TestCottage) => (await cottage.visit(HOST)).body;

/** What the workflow hands to the step that ends a publish which asked something. */
const asked = ({ publishId, app }: Published, attempt: number) => ({
  publishId,
  appId: app.appId,
  sequence: 1,
  executionName: `${publishId}-${attempt}`,
  execution: { checkPolicy: { outcome: 'needs-answers' } },
});

describe('a late twin of the step that ends a publish', () => {
  test('does not end the attempt that runs on from an answer', async () => {
    const gate = new Gate();
    const cottage = await startTestCottage({
      replace: {
        blobs: (blobs) =>
          around(blobs, async ({ verb, args, go }) => {
            if (verb === 'put' && String(args[0]).endsWith('/Soup.txt')) await gate.pass();
            return go();
          }),
      },
    });
    const asking = await cottage.publish(site('Soup'), { dataClass: undefined });
    expect(asking).toMatchObject({ status: 'needs-answers' });
    await cottage.admin('POST', `/v1/publishes/${asking.publishId}/answers`, { dataClass: 'internal' });
    await gate.reached;
    expect(await explain.run(asked(asking, 1), cottage.deps)).toMatchObject({
      outcome: 'ended',
      status: 'running',
      summary: expect.stringContaining('demo/lunch (ana@example.com) goes on: its question was answered'),
    });
    gate.open();
    expect(await cottage.follow(asking.statusUrl)).toMatchObject({ status: 'live' });
    expect(await shown(cottage)).toContain('Soup');
  });

  test('of the same attempt ends it once', async () => {
    const cottage = await startTestCottage();
    const asking = await cottage.publish(site('Soup'), { dataClass: undefined });
    expect(await explain.run(asked(asking, 1), cottage.deps)).toMatchObject({ status: 'needs-answers' });
    expect(await cottage.mails()).toHaveLength(1);
  });
});

/** A Cottage whose store refuses, while told so, each transaction that is called so: for good, not for now. */
async function refusing(pattern: RegExp) {
  const trouble = { on: false };
  const cottage = await startTestCottage({
    config: { virtualClock: true },
    replace: {
      store: (store) =>
        around(store, ({ verb, args, go }) => {
          const [transaction] = args as [{ opId: string }];
          const isRefused = trouble.on && verb === 'write' && pattern.test(transaction.opId);
          return isRefused ? Promise.reject(new Error('broken')) : go();
        }),
    },
  });
  return { cottage, trouble };
}

describe('a publish whose execution broke after it had flipped', () => {
  /** Nothing that could end it, or take it back, can be written. */
  const ENDINGS = /\/(register|revert\/v\d+|end\/v\d+)$/;

  test('has failed, and visitors see again what was live before', async () => {
    const { cottage, trouble } = await refusing(ENDINGS);
    const soup = await cottage.publish(site('Soup'));
    trouble.on = true;
    const stew = await cottage.publish(site('Stew'));
    expect(stew).toMatchObject({ status: 'running' });
    expect(await shown(cottage)).toContain('Stew');
    trouble.on = false;
    await cottage.advance('20m');
    expect(await cottage.status(stew.statusUrl)).toMatchObject({
      status: 'failed',
      url: null,
      // By the error that its execution ended with.
      summary: expect.stringContaining('[Error]. Next for an admin:'),
    });
    expect(await shown(cottage)).toContain('Soup');
    expect(await cottage.app()).toMatchObject({
      live: { release: soup.release },
      nextAction: { action: 'expire' },
    });
    expect(await cottage.problems()).toEqual([]);
    expect((await cottage.mails()).map(({ subject }) => subject).at(0)).not.toContain('is live');
  });

  test('and was the first leaves the page that says that the app is being set up', async () => {
    const { cottage, trouble } = await refusing(ENDINGS);
    trouble.on = true;
    const { statusUrl } = await cottage.publish(site('Stew'));
    trouble.on = false;
    await cottage.advance('20m');
    expect(await cottage.status(statusUrl)).toMatchObject({ status: 'failed' });
    expect(await shown(cottage)).toContain('This app is being set up');
    expect(await cottage.app()).toMatchObject({ state: 'draft', live: null });
    expect(await cottage.problems()).toEqual([]);
  });
});

test('a publish that can’t be noted in the catalog has failed, and visitors see what was live before', async () => {
  const { cottage, trouble } = await refusing(/\/register$/);
  const soup = await cottage.publish(site('Soup'));
  trouble.on = true;
  expect(await cottage.publish(site('Stew'))).toMatchObject({ status: 'failed', url: null });
  expect(await shown(cottage)).toContain('Soup');
  await cottage.advance('20m');
  expect(await shown(cottage)).toContain('Soup');
  expect(await cottage.app()).toMatchObject({ live: { release: soup.release } });
  expect(await cottage.problems()).toEqual([]);
});

test('a start leaves an app alone that is being retired, though the list of what is due does not know yet', async () => {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  await cottage.publish();
  const appId = AppId.parse((await cottage.app()).appId);
  const { deps, folder } = cottage;
  // As a hold leaves it that died before it had told the edge.
  await changeApp(appId, deps, 'hold', (app) => ({
    app: pointAt(app, 2 as Sequence, 'held', instant(deps.clock.now())),
  }));
  const database = openDatabase(join(folder, 'cottage.db'));
  const store = new SqliteRecordStore(database, { lagIndexes: true });
  await cottage.act('retire');
  await cottage.cottage.runner.idle();
  const before = await deps.hosting.bindings(appId);
  await convergeUnsettled({ ...deps, store });
  database.close();
  expect(await deps.hosting.bindings(appId)).toEqual(before);
});
