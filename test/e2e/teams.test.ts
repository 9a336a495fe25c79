import { expect, test } from 'vitest';
import type { LocalDns } from '../../shared/dns/local-dns.ts';
import { ownerMarkName } from '../../shared/dns/plan.ts';
import { validationMark } from '../../shared/dns/plan-validation.ts';
import type { AppId } from '../../shared/ids/ids.ts';
import { startTestCottage, type TeamEntry, type TestCottage } from '../builders/cottage.ts';
import { ValidatingCertificates, validationOf } from '../builders/validating-certificates.ts';

const ZONE = 'finance.apps.localhost';
const HOST = `lunch.${ZONE}`;
const VALIDATION = validationOf(ZONE);

const team = async (cottage: TestCottage, name = 'finance') =>
  (await cottage.admin('GET', `/v1/teams/${name}`)).body as TeamEntry;

const remove = (cottage: TestCottage, name = 'finance') =>
  cottage.admin('DELETE', `/v1/teams/${name}`) as Promise<{
    status: number;
    body: TeamEntry & { code?: string };
  }>;

/** What a resolver says of a name: its records, or why there are none. */
const asked = (cottage: TestCottage, name: string, type: 'A' | 'NS' | 'SOA' | 'CNAME') =>
  cottage
    .resolver()
    .resolve(name, type)
    .then((answer) => (Array.isArray(answer) ? answer : [answer.nsname]))
    .catch((error: { code: string }) => error.code);

/** The names that the apex delegates. */
const delegated = async ({ deps }: TestCottage) =>
  (await deps.dns.records('apps.localhost')).flatMap(({ name, type }) =>
    type === 'NS' && name !== 'apps.localhost' ? [name] : [],
  );

const eventsOf = async (cottage: TestCottage) =>
  String((await cottage.admin('GET', '/v1/events')).body).match(/Team\w+/g);

/** A Cottage whose authority wants to find a record in DNS before it issues. */
async function startValidating(options: { silentFor?: number } = {}) {
  const parts: { dns?: LocalDns; certificates?: ValidatingCertificates } = {};
  const cottage = await startTestCottage({
    config: { virtualClock: true },
    replace: {
      dns: (dns) => (parts.dns = dns),
      certificates: (issuer) => {
        const lookUp = async (name: string) => {
          const found = parts.dns?.lookup(name);
          return found?.kind === 'inside'
            ? found.sets.find(({ type }) => type === 'CNAME')?.values[0]
            : undefined;
        };
        parts.certificates = new ValidatingCertificates(issuer, lookUp, options);
        return parts.certificates;
      },
    },
  });
  await cottage.advance('1h');
  return { cottage, certificates: parts.certificates as ValidatingCertificates };
}

test('a team is added, publishes, loses its app and is removed, and nothing of it is left', async () => {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  const begun = await cottage.admin('POST', '/v1/teams', { name: 'finance', platforms: ['demo'] });
  expect(begun).toMatchObject({ status: 202, body: { name: 'finance', attempt: 1 } });
  await cottage.cottage.runner.idle();
  expect(await team(cottage)).toMatchObject({ state: 'ready', zone: ZONE, attempt: 1 });
  expect(await delegated(cottage)).toContain(ZONE);
  expect(await asked(cottage, ZONE, 'NS')).toEqual(['ns.apps.localhost']);

  expect(await cottage.publish(undefined, { team: 'finance' })).toMatchObject({
    status: 'awaiting-approval',
  });
  const open = { team: 'finance', visibility: 'company' };
  expect(await cottage.publish(undefined, open)).toMatchObject({ status: 'live' });
  expect(await asked(cottage, HOST, 'A')).toEqual(['127.0.0.1']);

  const full = await remove(cottage);
  expect(full).toMatchObject({ status: 409, body: { code: 'team/not-empty' } });
  expect(JSON.stringify(full.body)).toContain('cottage retire finance/lunch');
  expect(await team(cottage)).toMatchObject({ state: 'ready', attempt: 1 });

  await cottage.admin('POST', '/v1/apps/finance/lunch/retire', {});
  await cottage.cottage.runner.idle();
  await cottage.advance('3m');
  expect((await cottage.admin('GET', '/v1/apps/finance/lunch')).body).toMatchObject({ state: 'retired' });

  expect(await remove(cottage)).toMatchObject({ status: 202, body: { state: 'removing', attempt: 2 } });
  await cottage.cottage.runner.idle();
  // Nobody is sent there any more; the zone itself answers on until every cache has forgotten.
  expect(await delegated(cottage)).not.toContain(ZONE);
  await cottage.advance('119s');
  expect(await cottage.deps.dns.records(ZONE)).toHaveLength(2);
  expect(await remove(cottage)).toMatchObject({ status: 202, body: { state: 'removing', attempt: 2 } });
  await cottage.advance('1s');
  const gone = await team(cottage);
  expect(gone).toMatchObject({ state: 'removed', attempt: 2 });
  expect(gone.certificateId).toBeUndefined();
  await expect(cottage.deps.dns.records(ZONE)).rejects.toMatchObject({ name: 'NotFound' });
  expect(await asked(cottage, ZONE, 'NS')).toBe('ENOTFOUND');
  await expect(cottage.visit(HOST)).rejects.toMatchObject({
    code: expect.stringMatching(/EPROTO|ECONNRESET/),
  });

  expect((await cottage.admin('GET', '/v1/teams')).body).toMatchObject({ teams: [{ name: 'demo' }] });
  expect((await cottage.admin('GET', '/v1/platforms')).body).toMatchObject({
    platforms: [{ teams: ['demo'] }],
  });
  expect(await remove(cottage)).toMatchObject({ status: 404, body: { code: 'team/unknown' } });
  expect(await cottage.publish(undefined, open)).toMatchObject({ code: 'platform/team-not-allowed' });
  expect(await eventsOf(cottage)).toEqual(['TeamAdded', 'TeamAdded', 'TeamRemoved']);
  expect((await cottage.mails()).map(({ subject }) => subject)).toEqual(
    expect.arrayContaining(['Team “finance” is ready', 'Team “finance” has been removed']),
  );
  expect(await cottage.problems()).toEqual([]);
  expect((await cottage.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true, faults: [] });
});

test('a team that was removed is added again, its history and its retired names behind it', async () => {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  const open = { team: 'finance', visibility: 'company' };
  await cottage.addTeam('finance', { title: 'Finance', members: ['*@example.com'] });
  await cottage.publish(undefined, open);
  await cottage.admin('POST', '/v1/apps/finance/lunch/retire', {});
  await cottage.advance('3m');
  await remove(cottage);
  await cottage.advance('3m');
  expect(await cottage.addTeam('finance')).toMatchObject({
    state: 'ready',
    attempt: 3,
    title: 'finance',
    members: ['*'],
  });
  const taken = await cottage.publish(undefined, { ...open, owner: 'eve@example.com' });
  expect(taken).toMatchObject({ httpStatus: 409, code: 'name/taken' });
  expect(await cottage.publish(undefined, open)).toMatchObject({ status: 'live' });
  expect(await cottage.problems()).toEqual([]);
  expect((await cottage.admin('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true, faults: [] });

  const { body } = await cottage.admin('GET', '/v1/teams/finance/history');
  const { executions } = body as {
    executions: { name: string; status: string; events: { state?: string }[] }[];
  };
  expect(executions.map(({ name, status }) => [name, status])).toEqual([
    ['finance-1', 'SUCCEEDED'],
    ['finance-2', 'SUCCEEDED'],
    ['finance-3', 'SUCCEEDED'],
  ]);
  expect(executions[1]?.events.some(({ state }) => state === 'Remove delegation')).toBe(true);
});

test('what the authority wants to find is written with a mark, and goes with the team', async () => {
  const { cottage } = await startValidating({ silentFor: 2 });
  await cottage.admin('POST', '/v1/teams', { name: 'finance', platforms: ['demo'] });
  await cottage.cottage.runner.idle();
  expect(await team(cottage)).toMatchObject({ state: 'adding' });
  expect(await cottage.publish(undefined, { team: 'finance', visibility: 'company' })).toMatchObject({
    httpStatus: 409,
    code: 'team/not-ready',
  });
  expect(await cottage.problems()).toEqual([]);
  await cottage.advance('5m');
  const added = await team(cottage);
  expect(added).toMatchObject({ state: 'ready' });
  expect(await asked(cottage, VALIDATION.name, 'CNAME')).toEqual(VALIDATION.values);
  const marks = await cottage.resolver().resolveTxt(ownerMarkName(VALIDATION.name));
  expect(marks).toEqual([[validationMark(added.certificateId ?? '')]]);
  expect(await cottage.problems()).toEqual([]);

  await remove(cottage);
  await cottage.advance('5m');
  expect(await team(cottage)).toMatchObject({ state: 'removed' });
  expect(await asked(cottage, VALIDATION.name, 'CNAME')).toBe('ENOTFOUND');
  expect(await cottage.problems()).toEqual([]);
});

test('a team whose certificate is refused says so, and goes on when it is added again', async () => {
  const { cottage, certificates } = await startValidating();
  await cottage.admin('POST', '/v1/teams', { name: 'finance', title: 'Finance', platforms: ['demo'] });
  await cottage.cottage.runner.idle();
  const before = await team(cottage);
  certificates.refuse(before.certificateId ?? '');
  await cottage.advance('1h');
  const halted = await team(cottage);
  expect(halted).toMatchObject({ state: 'adding', attempt: 1 });
  expect(halted.summary).toBe(
    'Team finance (admin@cottage.localhost) could not be added: its certificate was refused [CertificateFailed]. Next for an admin: See why where certificates are ordered, and try: dig NS finance.apps.localhost. Then: cottage team add finance',
  );
  expect(await cottage.problems()).toEqual(['team/unfinished finance']);
  const { executions } = (await cottage.admin('GET', '/v1/teams/finance/history')).body as {
    executions: {
      status: string;
      error: string;
      summary: string;
      events: { detail?: { cause?: string } }[];
    }[];
  };
  expect(executions[0]).toMatchObject({
    status: 'FAILED',
    error: 'CertificateFailed',
    summary: halted.summary,
  });
  expect(executions[0]?.events.at(-1)?.detail?.cause).toBe(halted.summary);

  await cottage.addTeam('finance');
  await cottage.advance('1h');
  const ready = await team(cottage);
  expect(ready).toMatchObject({ state: 'ready', attempt: 2, title: 'Finance' });
  expect(ready.summary).toBeUndefined();
  expect(ready.certificateId).not.toBe(before.certificateId);
  expect(await cottage.problems()).toEqual([]);
});

test('a team is added once, and not while it is removed', async () => {
  const { cottage } = await startValidating();
  const add = () => cottage.admin('POST', '/v1/teams', { name: 'finance' });
  await add();
  expect(await add()).toMatchObject({ status: 409, body: { code: 'team/exists' } });
  expect(await remove(cottage)).toMatchObject({ status: 409, body: { code: 'team/not-ready' } });
  await cottage.advance('1h');
  expect(await add()).toMatchObject({ status: 409, body: { code: 'team/exists' } });
  await remove(cottage);
  expect(await add()).toMatchObject({ status: 409, body: { code: 'team/not-ready' } });
  expect((await cottage.admin('GET', '/v1/teams/none')).body).toMatchObject({ code: 'team/unknown' });
  expect((await cottage.admin('GET', '/v1/teams/NO%2F')).body).toMatchObject({ code: 'team/unknown' });
});

test('a team is not removed while something stands in its zone that Cottage did not make', async () => {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  await cottage.addTeam('finance');
  const www = { name: `www.${ZONE}`, type: 'A' as const, ttlSeconds: 60, values: ['192.0.2.1'] };
  await cottage.deps.dns.apply(ZONE, { create: [www], remove: [] });
  const refused = await remove(cottage);
  expect(refused).toMatchObject({ status: 409, body: { code: 'team/not-empty' } });
  expect(JSON.stringify(refused.body)).toContain(`A www.${ZONE}`);
  expect(await delegated(cottage)).toContain(ZONE);

  await cottage.deps.dns.apply(ZONE, { create: [], remove: [www] });
  await remove(cottage);
  // It came back before the zone was deleted: the zone stays, and nobody has to guess why.
  await cottage.deps.dns.apply(ZONE, { create: [www], remove: [] });
  await cottage.advance('5m');
  const halted = await team(cottage);
  expect(halted).toMatchObject({ state: 'removing' });
  expect(halted.summary).toContain(
    'or keep the team. Then: cottage team remove finance, or cottage team add finance',
  );
  expect(await cottage.deps.dns.records(ZONE)).toContainEqual(www);
  expect(await cottage.publish(undefined, { team: 'finance', visibility: 'company' })).toMatchObject({
    code: 'team/not-ready',
  });
});

test('an app that is accepted in the last moment keeps its team, which is taken back as it was', async () => {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  await cottage.addTeam('finance', { title: 'Finance' });
  await remove(cottage);
  await cottage.cottage.runner.idle();
  // What the list of apps shows a moment later than it was written.
  const { body } = await cottage.admin('GET', '/v1/teams/demo');
  expect(body).toMatchObject({ state: 'ready' });
  await cottage.publish();
  const { value: app } = await cottage.deps.apps.get((await cottage.app()).appId as AppId);
  const other = { ...app, appId: `a_${'b'.repeat(26)}` as AppId, team: 'finance', state: 'draft' as const };
  const now = new Date().toISOString();
  await cottage.deps.effects.commit({
    opId: 'late',
    operations: cottage.deps.apps.changing(undefined, other, now),
  });
  await cottage.advance('5m');
  expect((await team(cottage)).summary).toContain('cottage retire finance/lunch');
  expect(await cottage.deps.dns.records(ZONE)).toHaveLength(2);
  expect(await cottage.addTeam('finance')).toMatchObject({ state: 'ready', title: 'Finance' });
  expect(await delegated(cottage)).toContain(ZONE);
});
