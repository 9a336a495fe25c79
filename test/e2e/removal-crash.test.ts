import { expect, test } from 'vitest';
import { PAGE, type TestCottage } from '../builders/cottage.ts';
import { dieEverywhere } from '../builders/crashes.ts';
import type { Death } from '../builders/dying.ts';

const HOST = 'lunch.demo.apps.localhost';
const ZONE = 'finance.apps.localhost';
const LONG_MS = 240_000;

const site = { 'index.html': PAGE, 'style.css': '/* Soup */' };

/** Every write, half before it is made and half after: the next one's `before` is mostly this one's `after`. */
const everyOther = (writes: string[]): Death[] =>
  writes.map((_, i) => ({ write: i + 1, when: i % 2 === 0 ? 'before' : 'after' }));

/** The workflow waits in between; the process may die in what comes after as well. */
const passTime = (cottage: TestCottage, signal: AbortSignal) =>
  cottage.admin('POST', '/v1/clock/advance', { by: '5m' }, signal);

const add = (cottage: TestCottage, signal?: AbortSignal) =>
  cottage.admin('POST', '/v1/teams', { name: 'finance', platforms: ['demo'] }, signal);

/** What disagrees, once everything had its time. */
async function faults(cottage: TestCottage) {
  const audit = await cottage.admin('GET', '/v1/audit/verify');
  return { problems: await cottage.problems(), audit: (audit.body as { faults: unknown[] }).faults };
}

const NO_FAULTS = { problems: [], audit: [] };

const address = (cottage: TestCottage, host: string) =>
  cottage
    .resolver()
    .resolve4(host)
    .catch((error: { code: string }) => error.code);

const events = async (cottage: TestCottage, type: string) =>
  String((await cottage.admin('GET', '/v1/events')).body).split(`"${type}"`).length - 1;

test(
  'an app is retired whole, or not begun, whichever write the process dies at',
  async () => {
    const { writes, outcomes } = await dieEverywhere({
      prepare: (cottage) => cottage.publish(site),
      act: async (cottage, signal) => {
        const { status } = await cottage.act('retire', {}, signal);
        await cottage.cottage.runner.idle();
        await passTime(cottage, signal);
        return status;
      },
      observe: async (cottage, told) => {
        await cottage.advance('10m');
        // Who was told nothing asks again.
        if (told === undefined && (await cottage.app()).retirement === null) await cottage.act('retire');
        await cottage.cottage.runner.idle();
        await cottage.advance('10m');
        return {
          ...(await faults(cottage)),
          state: (await cottage.app()).state,
          address: await address(cottage, HOST),
          status: (await cottage.visit(HOST)).status,
          bindings: (await cottage.deps.hosting.bindings()).length,
          blobs: await cottage.blobs(''),
          claim: (await cottage.deps.names.find('demo', 'lunch'))?.value.state,
          events: await events(cottage, 'AppRetired'),
          mails: (await cottage.mails()).filter(({ subject }) => subject.includes('retired')).length,
        };
      },
      config: { virtualClock: true },
      sample: everyOther,
    });
    expect([...new Set(writes)]).toEqual(
      expect.arrayContaining([
        'blobs.delete',
        'mail.send',
        'commit records',
        'commit edge_bindings',
        'commit dns_records dns_zones',
        'commit workflow_executions workflow_history',
      ]),
    );
    expect(outcomes.length).toBe(writes.length);
    for (const { death, seen } of outcomes)
      expect({ death, ...seen }).toEqual({
        death,
        ...NO_FAULTS,
        state: 'retired',
        address: 'ENOTFOUND',
        status: 421,
        bindings: 0,
        blobs: [],
        claim: 'tombstone',
        events: 1,
        mails: 1,
      });
  },
  LONG_MS,
);

test(
  'a team is removed whole, or not begun, whichever write the process dies at',
  async () => {
    const { writes, outcomes } = await dieEverywhere({
      prepare: (cottage) => cottage.addTeam('finance'),
      act: async (cottage, signal) => {
        const { status } = await cottage.admin('DELETE', '/v1/teams/finance', undefined, signal);
        await cottage.cottage.runner.idle();
        await passTime(cottage, signal);
        return status;
      },
      observe: async (cottage, told) => {
        await cottage.advance('10m');
        const state = async () =>
          ((await cottage.admin('GET', '/v1/teams/finance')).body as { state: string }).state;
        if (told === undefined && (await state()) === 'ready')
          await cottage.admin('DELETE', '/v1/teams/finance');
        await cottage.cottage.runner.idle();
        await cottage.advance('10m');
        return {
          ...(await faults(cottage)),
          state: await state(),
          zone: await cottage.deps.dns.records(ZONE).catch((error: Error) => error.name),
          apex: (await cottage.deps.dns.records('apps.localhost')).filter(({ name }) => name === ZONE),
          served: await cottage.visit(HOST.replace('demo', 'finance')).catch(() => 'nothing'),
          events: await events(cottage, 'TeamRemoved'),
          mails: (await cottage.mails()).filter(({ subject }) => subject.includes('removed')).length,
        };
      },
      config: { virtualClock: true },
      sample: everyOther,
    });
    expect([...new Set(writes)]).toEqual(
      expect.arrayContaining(['certificates.delete', 'commit dns_records dns_zones', 'mail.send']),
    );
    for (const { death, seen } of outcomes)
      expect({ death, ...seen }).toEqual({
        death,
        ...NO_FAULTS,
        state: 'removed',
        zone: 'NotFound',
        apex: [],
        served: 'nothing',
        events: 1,
        mails: 1,
      });
  },
  LONG_MS,
);

test(
  'a team is added whole, or not begun, whichever write the process dies at',
  async () => {
    const { outcomes } = await dieEverywhere({
      prepare: async () => undefined,
      act: async (cottage, signal) => (await add(cottage, signal)).status,
      observe: async (cottage, told) => {
        await cottage.advance('10m');
        if (told === undefined && (await cottage.admin('GET', '/v1/teams/finance')).status === 404)
          await add(cottage);
        await cottage.cottage.runner.idle();
        await cottage.advance('10m');
        const published = await cottage.publish(site, { team: 'finance', visibility: 'company' });
        return {
          ...(await faults(cottage)),
          published: published.status,
          events: await events(cottage, 'TeamAdded'),
        };
      },
    });
    for (const { death, seen } of outcomes)
      expect({ death, ...seen }).toEqual({ death, ...NO_FAULTS, published: 'live', events: 2 });
  },
  LONG_MS,
);
