import { expect, test } from 'vitest';
import { LUNCH, PAGE, type TestCottage } from '../builders/cottage.ts';
import { dieEverywhere } from '../builders/crashes.ts';
import { siteZip } from '../builders/site-zip.ts';

const HOST = 'lunch.demo.apps.localhost';
const LONG_MS = 120_000;

const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text), 'style.css': `/* ${text} */` });

interface Told {
  publishId: string;
}

/** Sends the publish of these files as the platform does, and answers what it is told. */
async function send(
  cottage: TestCottage,
  files: Record<string, string>,
  signal?: AbortSignal,
): Promise<Told> {
  const zip = (await siteZip(files)).toString('base64');
  const options = { id: 'the-publish', ...(signal ? { signal } : {}) };
  const answer = await cottage.hook('publish', { app: LUNCH, artifact: { zip } }, options);
  return (await answer.json()) as Told;
}

/** Who was told nothing delivers again; who was told that it is accepted does not. */
async function ended(cottage: TestCottage, files: Record<string, string>, told: Told | undefined) {
  const { publishId } = told ?? (await send(cottage, files));
  await cottage.cottage.runner.idle();
  const { body } = await cottage.admin('GET', `/v1/publishes/${publishId}`);
  const { status, release } = body as { status: string; release: string | null };
  return { publishId, status, release };
}

/** What disagrees, and what is left over, once everything had its time. */
async function faults(cottage: TestCottage) {
  // Long enough that whatever still waits to be mended is overdue.
  await cottage.advance('30m');
  const audit = await cottage.admin('GET', '/v1/audit/verify');
  return {
    problems: await cottage.problems(),
    audit: (audit.body as { faults: unknown[] }).faults,
    leftovers: [...(await cottage.blobs('work/')), ...(await cottage.blobs('incoming/'))],
  };
}

const NO_FAULTS = { problems: [], audit: [], leftovers: [] };

/** All that tells whether a publish is live, and how often that was said. */
async function liveness(cottage: TestCottage, files: Record<string, string>, told: Told | undefined) {
  const { publishId, status, release } = await ended(cottage, files, told);
  const found = await faults(cottage);
  const app = await cottage.app();
  const wellKnown = JSON.parse((await cottage.visit(HOST, '/.well-known/cottage.json')).body) as object;
  const events = String((await cottage.admin('GET', '/v1/events')).body).split('\n');
  return {
    status,
    ...found,
    state: app.state,
    inCatalog: app.live?.release === release,
    atEdge: 'release' in wellKnown && wellKnown.release === release,
    shown: /Soup|Stew/.exec((await cottage.visit(HOST)).body)?.[0],
    address: await cottage.resolver().resolve4(HOST),
    events: events.filter((line) => line.includes('AppPublished') && line.includes(publishId)).length,
    mails: (await cottage.mails()).map(({ subject }) => subject),
  };
}

const LIVE = {
  status: 'live',
  ...NO_FAULTS,
  state: 'live',
  inCatalog: true,
  atEdge: true,
  address: ['127.0.0.1'],
  events: 1,
};

/** Kinds of writes that a publish cannot do without: were one of them not counted, the enumeration would have a hole. */
const KINDS = [
  'blobs.put',
  'blobs.delete',
  'mail.send',
  'commit records',
  'commit counters',
  'commit edge_bindings edge_version',
  'commit dns_records dns_zones',
  'commit workflow_executions workflow_history',
  'commit events',
];

test(
  'a first publish goes live, whichever write the process dies at',
  async () => {
    const { writes, outcomes } = await dieEverywhere({
      prepare: async () => undefined,
      act: (cottage, signal) => send(cottage, site('Soup'), signal),
      observe: (cottage, told) => liveness(cottage, site('Soup'), told),
    });
    expect([...new Set(writes)]).toEqual(expect.arrayContaining(KINDS));
    expect(outcomes).toHaveLength(2 * writes.length);
    for (const { death, seen } of outcomes)
      expect({ death, ...seen }).toEqual({ death, ...LIVE, shown: 'Soup', mails: ['“Lunch” is live'] });
  },
  LONG_MS,
);

test(
  'a later publish goes live, whichever write the process dies at',
  async () => {
    const { writes, outcomes } = await dieEverywhere({
      prepare: (cottage) => cottage.publish(site('Soup')),
      act: (cottage, signal) => send(cottage, site('Stew'), signal),
      observe: (cottage, told) => liveness(cottage, site('Stew'), told),
    });
    expect(outcomes).toHaveLength(2 * writes.length);
    const mails = ['“Lunch” is live', '“Lunch” is live'];
    for (const { death, seen } of outcomes)
      expect({ death, ...seen }).toEqual({ death, ...LIVE, shown: 'Stew', mails });
  },
  LONG_MS,
);

test(
  'a publish is refused once, whichever write the process dies at',
  async () => {
    const files = { 'style.css': '' };
    const { writes, outcomes } = await dieEverywhere({
      prepare: async () => undefined,
      act: (cottage, signal) => send(cottage, files, signal),
      observe: async (cottage, told) => {
        const { status } = await ended(cottage, files, told);
        const found = await faults(cottage);
        const bindings = await cottage.deps.hosting.bindings();
        return { status, ...found, bindings, mails: (await cottage.mails()).length };
      },
    });
    expect(outcomes).toHaveLength(2 * writes.length);
    for (const { death, seen } of outcomes)
      expect({ death, ...seen }).toEqual({ death, status: 'refused', ...NO_FAULTS, bindings: [], mails: 1 });
  },
  LONG_MS,
);

test(
  'a rollback is done or not begun, whichever write the process dies at',
  async () => {
    const { writes, outcomes } = await dieEverywhere({
      prepare: async (cottage) => {
        await cottage.publish(site('Soup'));
        await cottage.publish(site('Stew'));
      },
      act: (cottage, signal) => cottage.act('rollback', {}, signal),
      observe: async (cottage) => {
        // Without time passing: a start brings the edge to where the catalog says.
        const shown = /Soup|Stew/.exec((await cottage.visit(HOST)).body)?.[0];
        const found = await faults(cottage);
        const { pin, nextAction } = await cottage.app();
        return { ...found, pinned: pin !== null, shown, next: nextAction?.action };
      },
    });
    const begun = { ...NO_FAULTS, pinned: true, shown: 'Soup', next: 'expire' };
    const notBegun = { ...NO_FAULTS, pinned: false, shown: 'Stew', next: 'expire' };
    // Drawing a sequence, then the one transaction that says it: from its being made on, the rollback is done.
    for (const [i, { death, seen }] of outcomes.entries())
      expect({ death, ...seen }).toEqual({ death, ...(i < 3 ? notBegun : begun) });
    expect(outcomes).toHaveLength(2 * writes.length);
  },
  LONG_MS,
);
