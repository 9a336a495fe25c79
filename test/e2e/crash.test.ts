import { expect, test } from 'vitest';
import { type CrashScenario, dieEverywhere } from '../builders/crashes.ts';
import { LUNCH, PAGE, type TestCottage } from '../builders/cottage.ts';
import type { Death } from '../builders/dying.ts';
import { siteZip } from '../builders/site-zip.ts';

const HOST = 'lunch.demo.apps.localhost';
const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text), 'style.css': `/* ${text} */` });

/** Sends the publish of these files as the platform does, and answers what it is told. */
async function send(cottage: TestCottage, text: string, signal?: AbortSignal) {
  const zip = (await siteZip(site(text))).toString('base64');
  const options = { id: `publish-${text}`, ...(signal ? { signal } : {}) };
  const answer = await cottage.hook('publish', { app: LUNCH, artifact: { zip } }, options);
  return { status: answer.status, ...((await answer.json()) as { publishId: string; statusUrl: string }) };
}

/** All that must hold once everything has come to rest: nothing disagrees, nothing is left over. */
async function isSound(cottage: TestCottage, death: string): Promise<void> {
  // Long enough that whatever still waits to be mended is overdue.
  await cottage.advance('30m');
  expect(await cottage.problems(), death).toEqual([]);
  expect((await cottage.admin('GET', '/v1/audit/verify')).body, death).toMatchObject({
    ok: true,
    faults: [],
  });
  expect([...(await cottage.blobs('work/')), ...(await cottage.blobs('incoming/'))], death).toEqual([]);
}

async function isLive(cottage: TestCottage, text: string, told: unknown, death: string): Promise<void> {
  // Who was told nothing delivers again; who was told that it is accepted does not.
  const sent = told ?? (await send(cottage, text));
  await cottage.cottage.runner.idle();
  const { publishId } = sent as { publishId: string };
  const { body } = await cottage.admin('GET', `/v1/publishes/${publishId}`);
  const { status, release } = body as { status: string; release: string };
  expect(status, death).toBe('live');
  await isSound(cottage, death);

  expect(await cottage.app(), death).toMatchObject({ state: 'live', live: { release }, pin: null });
  const page = await cottage.visit(HOST);
  expect(page.body, death).toContain(text);
  const wellKnown = await cottage.visit(HOST, '/.well-known/cottage.json');
  expect(JSON.parse(wellKnown.body), death).toMatchObject({ release });
  expect(await cottage.resolver().resolve4(HOST), death).toEqual(['127.0.0.1']);
  const events = String((await cottage.admin('GET', '/v1/events')).body).split('\n');
  expect(
    events.filter((line) => line.includes('AppPublished') && line.includes(publishId)),
    death,
  ).toHaveLength(1);
}

/** After every write, and before every fourth: dying before one is much like dying after the one it follows. */
const everyWrite = (writes: number): Death[] => [
  ...deaths('after', writes, 1),
  ...deaths('before', writes, 4),
];

const deaths = (when: Death['when'], writes: number, step: number): Death[] =>
  Array.from({ length: Math.ceil(writes / step) }, (_, i) => ({ write: 1 + i * step, when }));

const firstPublish: CrashScenario = {
  prepare: async () => undefined,
  act: (cottage, signal) => send(cottage, 'Soup', signal),
  check: async (cottage, told, death) => {
    await isLive(cottage, 'Soup', told, death);
    expect(
      (await cottage.mails()).map(({ subject }) => subject),
      death,
    ).toEqual(['“Lunch” is live']);
  },
  sample: everyWrite,
};

const secondPublish: CrashScenario = {
  prepare: (cottage) => cottage.publish(site('Soup')),
  act: (cottage, signal) => send(cottage, 'Stew', signal),
  check: async (cottage, told, death) => {
    await isLive(cottage, 'Stew', told, death);
    expect(await cottage.mails(), death).toHaveLength(2);
  },
  // Most of it is as in a first publish.
  sample: (writes) => deaths('after', writes, 3),
};

const rollback: CrashScenario = {
  prepare: async (cottage) => {
    await cottage.publish(site('Soup'));
    await cottage.publish(site('Stew'));
  },
  act: (cottage) => cottage.act('rollback'),
  check: async (cottage, _told, death) => {
    await isSound(cottage, death);
    const { pin, nextAction } = await cottage.app();
    expect(nextAction, death).toMatchObject({ action: 'expire' });
    expect((await cottage.visit(HOST)).body, death).toContain(pin ? 'Soup' : 'Stew');
  },
  sample: (writes) => [...deaths('before', writes, 1), ...deaths('after', writes, 1)],
};

test(
  'a first publish goes live, whichever write the process dies at',
  () => dieEverywhere(firstPublish),
  120_000,
);

test(
  'a later publish goes live, whichever write the process dies at',
  () => dieEverywhere(secondPublish),
  120_000,
);

test(
  'a rollback is done or not begun, whichever write the process dies at',
  () => dieEverywhere(rollback),
  120_000,
);
