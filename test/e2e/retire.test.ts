import { expect, test } from 'vitest';
import { ownerMarkName } from '../../shared/dns/plan.ts';
import { validationMark } from '../../shared/dns/plan-validation.ts';
import type { AppId } from '../../shared/ids/ids.ts';
import { around, Gate } from '../builders/around.ts';
import { PAGE, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { validationOf } from '../builders/validating-certificates.ts';

const HOST = 'lunch.demo.apps.localhost';
const ZONE = 'demo.apps.localhost';
const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text), 'style.css': `/* ${text} */` });

const start = () => startTestCottage({ config: { virtualClock: true } });

const address = (cottage: TestCottage) =>
  cottage
    .resolver()
    .resolve4(HOST)
    .catch((error: { code: string }) => error.code);

/** Retires demo/lunch, and lets everything run until only time is waited for. */
async function retire(cottage: TestCottage) {
  const answer = await cottage.act('retire');
  await cottage.cottage.runner.idle();
  return answer;
}

const claim = async (cottage: TestCottage) => (await cottage.deps.names.find('demo', 'lunch'))?.value;

test('an app is taken down in the order in which its name never leads to nothing', async () => {
  const cottage = await start();
  await cottage.publish(site('Soup'));
  await cottage.publish(site('Stew'));
  const { appId } = await cottage.app();
  expect(await cottage.blobs(`apps/${appId}/`)).not.toEqual([]);

  expect(await retire(cottage)).toMatchObject({ status: 202, body: { state: 'live' } });
  // DNS first. Whoever still has the address of it sees the app.
  expect(await address(cottage)).toBe('ENOTFOUND');
  expect((await cottage.visit(HOST)).status).toBe(200);
  expect(await cottage.app()).toMatchObject({
    state: 'live',
    retirement: { by: 'admin@cottage.localhost', summary: null },
    nextAction: null,
  });
  expect((await cottage.app()).why).toContain('is being retired');
  expect(await cottage.problems()).toEqual([]);

  await cottage.advance('119s');
  expect((await cottage.visit(HOST)).status).toBe(200);
  expect(await cottage.blobs(`apps/${appId}/`)).not.toEqual([]);

  await cottage.advance('1s');
  expect((await cottage.visit(HOST)).status).toBe(421);
  expect(await cottage.deps.hosting.bindings()).toEqual([]);
  for (const prefix of ['apps/', 'manifests/', 'work/', 'incoming/'])
    expect(await cottage.blobs(prefix)).toEqual([]);
  expect(await cottage.deps.releases.ofApp(appId as AppId)).toEqual([]);
  expect(await cottage.app()).toMatchObject({
    appId,
    state: 'retired',
    urls: { production: null },
    live: null,
    nextAction: null,
  });
  const { state, until } = (await claim(cottage)) ?? {};
  const now = cottage.deps.clock.now();
  expect(state).toBe('tombstone');
  expect(Math.round((Date.parse(until ?? '') - now) / 86_400_000)).toBe(180);
  const [listed] = ((await cottage.admin('GET', '/v1/apps')).body as { apps: { state: string }[] }).apps;
  expect(listed?.state).toBe('retired');
  expect((await cottage.mails()).map(({ subject }) => subject)).toContain('“Lunch” has been retired');
  expect(String((await cottage.admin('GET', '/v1/events')).body)).toContain('AppRetired');
  expect(await cottage.problems()).toEqual([]);
  expect((await cottage.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true, faults: [] });
});

test('a retired name is refused to others for 180 days, and its owner may have it again', async () => {
  const cottage = await start();
  await cottage.publish(site('Soup'), { coOwners: ['ben@example.com'] });
  const { appId } = await cottage.app();
  await retire(cottage);
  await cottage.advance('3m');
  const eve = { owner: 'eve@example.com' };
  const taken = await cottage.publish(site('Eve'), eve);
  expect(taken).toMatchObject({ httpStatus: 409, code: 'name/taken' });
  expect(taken.suggestions).not.toContain('lunch');
  await cottage.advance('179d');
  expect(await cottage.publish(site('Eve'), eve)).toMatchObject({ code: 'name/taken' });
  expect((await cottage.admin('GET', '/v1/names/demo/lunch')).body).toMatchObject({ free: false });

  const again = await cottage.publish(site('Again'), { owner: 'ben@example.com' });
  expect(again).toMatchObject({ status: 'live' });
  expect(again.app.appId).not.toBe(appId);
  expect((await cottage.visit(HOST)).body).toContain('Again');
  expect(await cottage.problems()).toEqual([]);
});

test('a retired name is free for anybody once its time is over', async () => {
  const cottage = await start();
  await cottage.publish(site('Soup'));
  await retire(cottage);
  await cottage.advance('3m');
  await cottage.advance('180d');
  expect(await cottage.publish(site('Eve'), { owner: 'eve@example.com' })).toMatchObject({ status: 'live' });
});

test('from the decision on, nothing else is done to the app', async () => {
  const cottage = await start();
  await cottage.publish(site('Soup'));
  await cottage.publish(site('Stew'));
  await retire(cottage);
  expect(await cottage.publish(site('More'))).toMatchObject({ httpStatus: 409, code: 'app/retiring' });
  for (const action of ['rollback', 'unpin', 'promote', 'renew', 'archive', 'restore', 'release'])
    expect(await cottage.act(action)).toMatchObject({ status: 409, body: { code: 'app/retiring' } });
  expect(await cottage.act('hold', { reason: 'x' })).toMatchObject({ body: { code: 'app/retiring' } });
  // Asked again while it goes on, nothing happens; and neither once it is done.
  expect(await retire(cottage)).toMatchObject({ status: 202 });
  await cottage.advance('3m');
  expect(await retire(cottage)).toMatchObject({ status: 202, body: { state: 'retired' } });
  expect(await cottage.act('archive')).toMatchObject({ status: 404 });
  const { executions } = (await cottage.admin('GET', '/v1/apps/demo/lunch/history')).body as {
    executions: { name: string; status: string }[];
  };
  expect(executions.map(({ status }) => status)).toEqual(['SUCCEEDED']);
  expect((await cottage.act('retire')).status).toBe(202);
  expect((await cottage.admin('POST', '/v1/apps/demo/none/retire', {})).status).toBe(404);
});

test('publishes that wait for a person are cancelled, and leave nothing behind', async () => {
  const cottage = await start();
  const isolated = { tier: 'isolated', dataClass: 'regulated', visibility: 'company' };
  const waiting = await cottage.publish(site('Stew'), isolated);
  expect(waiting.status).toBe('awaiting-approval');
  await retire(cottage);
  await cottage.advance('10m');
  const ended = await cottage.status(waiting.statusUrl);
  expect(ended).toMatchObject({
    status: 'cancelled',
    summary:
      'demo/lunch (ana@example.com) was cancelled: the app is being retired [Cancelled]. Next: nothing, the app goes away.',
  });
  expect((await cottage.admin('GET', '/v1/decisions')).body).toEqual({ decisions: [] });
  expect(await cottage.app()).toMatchObject({ state: 'retired' });
  expect(await cottage.blobs('')).toEqual([]);
  expect(await cottage.problems()).toEqual([]);
});

test('a publish that has asked something is closed, and its answer is not taken', async () => {
  const cottage = await start();
  const asking = await cottage.publish(site('Soup'), { dataClass: undefined });
  expect(asking.status).toBe('needs-answers');
  await retire(cottage);
  await cottage.advance('3m');
  expect((await cottage.status(asking.statusUrl)).status).toBe('cancelled');
  const answered = await cottage.admin('POST', `/v1/publishes/${asking.publishId}/answers`, {
    dataClass: 'internal',
  });
  expect(answered).toMatchObject({ status: 409, body: { code: 'publish/ended' } });
  expect(await cottage.blobs('')).toEqual([]);
  // Nobody ever saw it: the name is anybody's at once.
  expect(await cottage.publish(site('Eve'), { owner: 'eve@example.com' })).toMatchObject({ status: 'live' });
});

test('where something stands at the name that Cottage did not make, the app stays up', async () => {
  const cottage = await start();
  await cottage.publish(site('Soup'));
  const txt = { name: HOST, type: 'TXT' as const, ttlSeconds: 60, values: ['mine'] };
  await cottage.deps.dns.apply(ZONE, { create: [txt], remove: [] });
  await retire(cottage);
  await cottage.advance('10m');
  const halted = await cottage.app();
  expect(halted.state).toBe('live');
  expect(halted.why).toContain(`Cottage did not make the record TXT at ${HOST}`);
  expect(await address(cottage)).toEqual(['127.0.0.1']);
  expect((await cottage.visit(HOST)).body).toContain('Soup');
  expect(await cottage.problems()).toContain('app/unfinished demo/lunch');

  await cottage.deps.dns.apply(ZONE, { create: [], remove: [txt] });
  await retire(cottage);
  await cottage.advance('3m');
  expect(await cottage.app()).toMatchObject({ state: 'retired', retirement: { summary: null } });
  expect(await cottage.problems()).toEqual([]);
});

test('the certificate of the app alone goes, with what it was issued by; that of the team stays', async () => {
  const cottage = await start();
  await cottage.publish(site('Soup'));
  const { certificates, dns, apps, effects } = cottage.deps;
  const own = await certificates.request([HOST]);
  const validation = validationOf(HOST);
  const mark = {
    name: ownerMarkName(validation.name),
    type: 'TXT' as const,
    ttlSeconds: 60,
    values: [validationMark(own)],
  };
  await dns.apply(ZONE, { create: [validation, mark], remove: [] });
  const read = await apps.get((await cottage.app()).appId as AppId);
  const now = new Date(cottage.deps.clock.now()).toISOString();
  const next = { ...read.value, certificateId: own };
  await effects.commit({ opId: 'own', operations: apps.changing(read, next, now) });
  expect(await cottage.problems()).toEqual([]);

  await cottage.publish(site('Other'), { name: 'dinner' });
  await retire(cottage);
  await cottage.advance('3m');
  await expect(certificates.status(own)).rejects.toMatchObject({ name: 'NotFound' });
  expect((await dns.records(ZONE)).filter(({ name }) => name.includes(validation.name))).toEqual([]);
  expect((await cottage.visit('dinner.demo.apps.localhost')).body).toContain('Other');
  expect(await cottage.problems()).toEqual([]);
});

test('a draft that got as far as an address is taken down in the same way when its time is over', async () => {
  const cottage = await startTestCottage({
    config: { virtualClock: true },
    replace: {
      probe: (probe) => ({ get: async (...args) => ({ ...(await probe.get(...args)), status: 500 }) }),
    },
  });
  expect(await cottage.publish(site('Soup'))).toMatchObject({ status: 'failed' });
  expect(await address(cottage)).toEqual(['127.0.0.1']);
  await cottage.advance('15d');
  expect(await address(cottage)).toBe('ENOTFOUND');
  expect(await cottage.deps.hosting.bindings()).toEqual([]);
  expect(await cottage.app()).toMatchObject({ state: 'retired', retirement: { by: 'cottage' } });
  expect(await cottage.blobs('')).toEqual([]);
  expect(await cottage.problems()).toEqual([]);
});

/** A Cottage in which something happens between a publish's being looked at and its being accepted. */
async function startRacing() {
  const race: { meanwhile?: () => Promise<unknown> } = {};
  const cottage = await startTestCottage({
    config: { virtualClock: true },
    replace: {
      store: (store) =>
        around(store, async ({ verb, args: [transaction], go }) => {
          const { opId = '' } = (transaction ?? {}) as { opId?: string };
          const { meanwhile } = race;
          if (verb === 'write' && opId.includes('/accept/') && meanwhile) {
            delete race.meanwhile;
            await meanwhile();
          }
          return go();
        }),
    },
  });
  return { cottage, race };
}

test('a publish that is accepted in the moment of the decision is not taken any more', async () => {
  const { cottage, race } = await startRacing();
  await cottage.publish(site('Soup'));
  race.meanwhile = () => cottage.act('retire');
  expect(await cottage.publish(site('Stew'))).toMatchObject({ httpStatus: 409, code: 'app/retiring' });
  await cottage.advance('5m');
  expect(await cottage.app()).toMatchObject({ state: 'retired' });
  expect(await cottage.blobs('apps/')).toEqual([]);
});

test('an app of a team that is removed in the same moment does not come about', async () => {
  const { cottage, race } = await startRacing();
  await cottage.addTeam('finance');
  race.meanwhile = () => cottage.admin('DELETE', '/v1/teams/finance');
  const late = await cottage.publish(site('Soup'), { team: 'finance', visibility: 'company' });
  expect(late).toMatchObject({ httpStatus: 409, code: 'team/not-ready' });
  await cottage.advance('5m');
  expect((await cottage.admin('GET', '/v1/teams/finance')).body).toMatchObject({ state: 'removed' });
  expect((await cottage.admin('GET', '/v1/apps?team=finance')).body).toEqual({ apps: [] });
  expect(await cottage.deps.names.find('finance', 'lunch')).toBeUndefined();
});

test('a publish that is going live when the app is retired points nowhere any more', async () => {
  const gate = new Gate();
  const held = { is: false };
  const cottage = await startTestCottage({
    config: { virtualClock: true },
    replace: {
      hosting: (hosting) =>
        around(hosting, async ({ verb, go }) => {
          if (verb === 'point' && held.is) await gate.pass();
          return go();
        }),
    },
  });
  await cottage.publish(site('Soup'));
  held.is = true;
  const link = await cottage.begin(site('Stew'));
  await gate.reached;
  expect((await cottage.act('retire')).status).toBe(202);
  held.is = false;
  gate.open();
  await cottage.cottage.runner.idle();
  await cottage.advance('10m');
  expect((await cottage.status(link)).status).toBe('cancelled');
  expect(await cottage.app()).toMatchObject({ state: 'retired' });
  expect(await cottage.deps.hosting.bindings()).toEqual([]);
  expect(await cottage.blobs('')).toEqual([]);
  expect(await cottage.problems()).toEqual([]);
});
