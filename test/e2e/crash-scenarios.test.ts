import { describe, expect, test } from 'vitest';
import { LUNCH, PAGE, type TestCottage } from '../builders/cottage.ts';
import { dieEverywhere } from '../builders/crashes.ts';
import type { Death } from '../builders/dying.ts';
import { siteZip } from '../builders/site-zip.ts';

const HOST = 'lunch.demo.apps.localhost';
const LONG_MS = 180_000;

const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text) });

interface Told {
  publishId: string;
}

interface Scenario {
  title: string;
  prepare?: (cottage: TestCottage) => Promise<unknown>;
  /** What is going on when the process dies. What it answers is what somebody was told. */
  act: (cottage: TestCottage, signal: AbortSignal) => Promise<unknown>;
  /** What a careful tool, or a person, does once more when nobody answered. */
  again?: (cottage: TestCottage) => Promise<unknown>;
  /** How it is in the end, whichever write it was. */
  ends: object;
  /** Where its own writes are, when what comes before or after is a publish as any other; all unless told. */
  part?: [from: number, to?: number];
  /** How many mails there are then, at least and at most. */
  mails: [least: number, most: number];
}

async function send(cottage: TestCottage, body: object, signal?: AbortSignal): Promise<Told> {
  const options = { id: 'the-publish', ...(signal ? { signal } : {}) };
  return (await (await cottage.hook('publish', body, options)).json()) as Told;
}

const bodyOf = async (text: string, app: object = {}, more: object = {}) => ({
  app: { ...LUNCH, ...app },
  artifact: { zip: (await siteZip(site(text))).toString('base64') },
  ...more,
});

async function openDecision(cottage: TestCottage): Promise<string> {
  const { body } = await cottage.admin('GET', '/v1/decisions');
  return (body as { decisions: { decisionId: string }[] }).decisions[0]?.decisionId ?? '';
}

/** Somebody presses the button once more: it is answered, or was already. */
async function decide(cottage: TestCottage, option: string, signal?: AbortSignal): Promise<unknown> {
  const decision = await openDecision(cottage);
  if (decision !== '') await cottage.admin('POST', `/v1/decisions/${decision}`, { option }, signal);
  return undefined;
}

const publishIdOf = async (cottage: TestCottage): Promise<string> => {
  const { body } = await cottage.admin('GET', '/v1/apps/demo/lunch/publishes');
  return (body as { publishes: Told[] }).publishes[0]?.publishId ?? '';
};

const post = async (cottage: TestCottage, action: string, body: object, signal?: AbortSignal) =>
  cottage.admin('POST', `/v1/publishes/${await publishIdOf(cottage)}/${action}`, body, signal);

const unpublished = { status: 404, shown: undefined };
const live = (shown: string, status = 'live') => ({ status, shown });

const SCENARIOS: Scenario[] = [
  {
    title: 'an upload and its publish',
    act: async (cottage, signal) => {
      const uploadId = await cottage.upload(await siteZip(site('Soup')), signal);
      return send(cottage, { app: LUNCH, artifact: { uploadId } }, signal);
    },
    again: async (cottage) => {
      const uploadId = await cottage.upload(await siteZip(site('Soup')));
      const options = { id: 'the-publish-again' };
      await cottage.hook('publish', { app: LUNCH, artifact: { uploadId } }, options);
    },
    part: [0, 14],
    ends: live('Soup'),
    mails: [1, 2],
  },
  {
    title: 'a publish that asks for an approval',
    act: async (cottage, signal) => send(cottage, await bodyOf('Soup', { tier: 'isolated' }), signal),
    again: async (cottage) => send(cottage, await bodyOf('Soup', { tier: 'isolated' })),
    part: [-14],
    ends: { status: 'awaiting-approval', shown: undefined },
    mails: [1, 1],
  },
  {
    title: 'a yes to it',
    prepare: async (cottage) =>
      send(cottage, await bodyOf('Soup', { tier: 'isolated' })).then(() => cottage.cottage.runner.idle()),
    act: (cottage, signal) => decide(cottage, 'approve', signal),
    again: (cottage) => decide(cottage, 'approve'),
    part: [0, 12],
    ends: live('Soup'),
    mails: [2, 2],
  },
  {
    title: 'a no to it',
    prepare: async (cottage) =>
      send(cottage, await bodyOf('Soup', { tier: 'isolated' })).then(() => cottage.cottage.runner.idle()),
    act: (cottage, signal) => decide(cottage, 'decline', signal),
    again: (cottage) => decide(cottage, 'decline'),
    part: [0, 14],
    ends: { status: 'refused', shown: undefined },
    mails: [2, 2],
  },
  {
    title: 'an answer to what a publish asked',
    prepare: async (cottage) =>
      send(cottage, await bodyOf('Soup', { dataClass: undefined })).then(() => cottage.cottage.runner.idle()),
    act: (cottage, signal) => post(cottage, 'answers', { dataClass: 'internal' }, signal),
    again: (cottage) => post(cottage, 'answers', { dataClass: 'internal' }),
    part: [0, 10],
    ends: live('Soup'),
    mails: [2, 2],
  },
  {
    title: 'a cancelling of what waits for an approval',
    prepare: async (cottage) =>
      send(cottage, await bodyOf('Soup', { tier: 'isolated' })).then(() => cottage.cottage.runner.idle()),
    act: (cottage, signal) => post(cottage, 'cancel', {}, signal),
    again: (cottage) => post(cottage, 'cancel', {}),
    ends: { status: 'cancelled', shown: undefined },
    mails: [1, 1],
  },
  {
    title: 'a publish that takes over a question',
    prepare: async (cottage) => {
      await cottage.publish(site('Soup'), { tier: 'isolated' });
    },
    act: async (cottage, signal) => send(cottage, await bodyOf('Stew', { tier: 'isolated' }), signal),
    again: async (cottage) => send(cottage, await bodyOf('Stew', { tier: 'isolated' })),
    part: [-16],
    ends: { status: 'awaiting-approval', shown: undefined },
    mails: [2, 2],
  },
  {
    title: 'a publish that only tries',
    act: async (cottage, signal) => send(cottage, await bodyOf('Soup', {}, { dryRun: true }), signal),
    again: async (cottage) => send(cottage, await bodyOf('Soup', {}, { dryRun: true })),
    part: [-14],
    ends: unpublished,
    mails: [0, 0],
  },
  {
    title: 'a publish under a pin',
    prepare: async (cottage) => {
      await cottage.publish(site('Soup'));
      await cottage.publish(site('Stew'));
      await cottage.act('rollback');
    },
    act: async (cottage, signal) => send(cottage, await bodyOf('Salad'), signal),
    again: async (cottage) => send(cottage, await bodyOf('Salad')),
    part: [-14],
    ends: live('Soup', 'ready'),
    mails: [3, 3],
  },
  {
    title: 'a hold and its end',
    prepare: (cottage) => cottage.publish(site('Soup')),
    act: async (cottage, signal) => {
      await cottage.act('hold', { reason: 'a drill' }, signal);
      return cottage.act('release', {}, signal);
    },
    again: async (cottage) => {
      await cottage.act('hold', { reason: 'a drill' });
      return cottage.act('release');
    },
    ends: live('Soup'),
    mails: [3, 5],
  },
  {
    title: 'a promotion of what waits',
    prepare: async (cottage) => {
      await cottage.publish(site('Soup'));
      await cottage.publish(site('Stew'));
      await cottage.act('rollback');
      await cottage.publish(site('Salad'));
    },
    act: (cottage, signal) => cottage.act('promote', {}, signal),
    again: (cottage) => cottage.act('promote'),
    ends: live('Salad', 'ready'),
    mails: [3, 3],
  },
  {
    title: 'the eleventh later release, with which the first is collected',
    prepare: async (cottage) => {
      for (let i = 1; i <= 10; i += 1) await cottage.publish(site(`Soup ${i}`));
    },
    act: async (cottage, signal) => send(cottage, await bodyOf('Stew'), signal),
    again: async (cottage) => send(cottage, await bodyOf('Stew')),
    part: [-12],
    ends: live('Stew'),
    mails: [11, 11],
  },
  {
    title: 'a new team',
    act: (cottage, signal) => cottage.admin('POST', '/v1/teams', { name: 'finance' }, signal),
    again: (cottage) => cottage.admin('POST', '/v1/teams', { name: 'finance' }),
    ends: unpublished,
    mails: [1, 1],
  },
];

/** What disagrees, and what is left over, once everything had its time. */
async function faults(cottage: TestCottage) {
  await cottage.advance('30m');
  const audit = await cottage.admin('GET', '/v1/audit/verify');
  const uploads = (await cottage.blobs('incoming/')).filter((key) => key.startsWith('incoming/u_'));
  const waiting = (await cottage.admin('GET', '/v1/decisions')).body as { decisions: object[] };
  const left = waiting.decisions.length > 0 ? [] : await cottage.blobs('incoming/');
  return {
    problems: await cottage.problems(),
    audit: (audit.body as { faults: unknown[] }).faults,
    left: left.filter((key) => !uploads.includes(key)),
  };
}

async function outcome(cottage: TestCottage) {
  const { body, status } = await cottage.admin('GET', '/v1/apps/demo/lunch/publishes');
  const { publishes = [] } = body as { publishes?: { status: string }[] };
  const { live: shownBy } = status === 200 ? await cottage.app() : { live: null };
  const page = shownBy ? (await cottage.visit(HOST)).body : '';
  return { status: status === 404 ? 404 : publishes[0]?.status, shown: /Soup|Stew|Salad/.exec(page)?.[0] };
}

describe.each(SCENARIOS)('$title', ({ prepare, act, again, ends, part = [0], mails: [least, most] }) => {
  test(
    'comes to its end, whichever write the process dies at',
    async () => {
      const { writes, outcomes } = await dieEverywhere({
        prepare: prepare ?? (async () => undefined),
        act: async (cottage, signal) => {
          await act(cottage, signal);
          return true;
        },
        // Each write is the last that was made once; before the next is as good as after this one.
        sample: (all) => [
          { write: 1, when: 'before' },
          ...[...all.keys()].slice(...part).map((i): Death => ({ write: i + 1, when: 'after' })),
        ],
        observe: async (cottage, told) => {
          if (!told) await again?.(cottage);
          await cottage.cottage.runner.idle();
          const found = await faults(cottage);
          return { ...found, ...(await outcome(cottage)), mails: (await cottage.mails()).length };
        },
      });
      expect(writes.length).toBeGreaterThan(1);
      expect(outcomes).toHaveLength(1 + [...writes.keys()].slice(...part).length);
      for (const { death, seen } of outcomes) {
        const { mails, status, shown, ...found } = seen;
        expect({ death, ...found }).toEqual({ death, problems: [], audit: [], left: [] });
        expect({ death, status, shown }).toEqual({ death, ...ends });
        expect({ death, enough: mails >= least && mails <= most, mails }).toMatchObject({
          death,
          enough: true,
        });
      }
    },
    LONG_MS,
  );
});
