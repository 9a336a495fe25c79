import { expect, test } from 'vitest';
import { nightly } from '../../functions/lifecycle/nightly.ts';
import { sweep } from '../../functions/lifecycle/sweep.ts';
import { plannedFunctions, portsOf } from '../../infra/functions.ts';
import { DAY_MS } from '../../shared/clock/clock.ts';
import type { LocalDns } from '../../shared/dns/local-dns.ts';
import { Busy } from '../../shared/errors/errors.ts';
import { LocalIdentity } from '../../shared/identity/local-identity.ts';
import { sha256 } from '../../shared/ids/ids.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { around, type PortCall } from '../builders/around.ts';
import { LUNCH, PAGE, type Published, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { FILES, giving, Internet } from '../builders/internet.ts';
import { SeenUses } from '../builders/seen-uses.ts';
import { siteZip } from '../builders/site-zip.ts';
import { ValidatingCertificates } from '../builders/validating-certificates.ts';
import { awsKeyId } from '../unit/planted-secrets.ts';

// On AWS a function has the adapters and the permissions that its plan lists. Steps and endpoints are the same on one
// machine, where they have everything: here it is watched what they use of it, over a whole story.

/** What the story does not come to, and what does. */
const RARELY: Record<string, string> = {
  'publish-unpack deleteLeftovers': 'the publish ended while its artifact was fetched (artifact-url.test.ts)',
  'api-hooks deleteLeftovers': 'a publish that had ended is sent again (crash.test.ts)',
  'api-admin readFiles': 'the doctor’s report of last night, on AWS alone (aws-nightly.test.ts)',
  'onboarding-request-certificate readZones': 'an order came to nothing (teams.test.ts)',
  'onboarding-request-certificate appRecords': 'an order came to nothing (teams.test.ts)',
  'onboarding-request-certificate deleteCertificates': 'an order came to nothing (teams.test.ts)',
  'lifecycle-remove-certificate readZones': 'the app had a certificate of its own (retire.test.ts)',
  'lifecycle-remove-certificate appRecords': 'the app had a certificate of its own (retire.test.ts)',
  'lifecycle-remove-certificate deleteCertificates': 'the app had a certificate of its own (retire.test.ts)',
};

const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text) });
const open = { team: 'kitchen', visibility: 'company' };
const isolated = { ...open, tier: 'isolated', dataClass: 'regulated', name: 'books' };

/** Answers a question as somebody who may. */
async function approve(cottage: TestCottage, { decision }: Published): Promise<void> {
  const token = await new LocalIdentity(cottage.deps.signer).issue({
    email: 'bea@example.com',
    roles: ['admin'],
  });
  const answered = await fetch(`${cottage.api}/v1/decisions/${decision?.decisionId}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ option: 'approve' }),
  });
  expect(answered.status).toBe(200);
  await cottage.cottage.runner.idle();
}

/** The same at a later time: nobody has swept meanwhile. */
const ahead = (deps: Deps, byMs: number): Deps => ({
  ...deps,
  clock: { ...deps.clock, now: () => deps.clock.now() + byMs },
});

test('every step, group of endpoints and sweep uses what its plan lists, and nothing else', async () => {
  const uses = new SeenUses();
  uses.watchAll();
  const internet = await Internet.open();
  internet.names.set(FILES, [['1.2.3.4']]);
  await internet.serve('1.2.3.4', giving(await siteZip(site('Stew'))));
  const world: { dns?: LocalDns; fault?: 'wrong page' | 'no edge' | 'no mail' } = {};
  const failingAt =
    (fault: string) =>
    ({ go }: PortCall) =>
      world.fault === fault ? Promise.reject(new Busy(fault)) : go();
  const cottage = await startTestCottage({
    config: { virtualClock: true },
    replace: {
      downloads: internet.options(),
      random: () => 0,
      dns: (dns) => (world.dns = dns),
      certificates: (issuer) =>
        new ValidatingCertificates(issuer, async (name) => {
          const found = world.dns?.lookup(name);
          return found?.kind === 'inside' ? found.sets[0]?.values[0] : undefined;
        }),
      probe: (probe) =>
        around(probe, async ({ args, go }) => {
          const answer = (await go()) as { status: number };
          return args[1] === '/' && world.fault === 'wrong page' ? { ...answer, status: 500 } : answer;
        }),
      hosting: (hosting) => around(hosting, failingAt('no edge')),
      mail: (mail) => around(mail, failingAt('no mail')),
    },
  });
  await cottage.advance('1h');
  await cottage.addTeam('kitchen', { leads: ['cem@example.com'], approvers: ['bea@example.com'] });
  await cottage.advance('2h');
  expect((await cottage.admin('GET', '/v1/teams/kitchen')).body).toMatchObject({ state: 'ready' });
  await cottage.admin('POST', '/v1/platforms', { name: 'other', teams: ['kitchen'] });

  const first = await cottage.publish(site('Soup'), open);
  expect(first.status).toBe('live');
  const stew = sha256(await siteZip(site('Stew')));
  const byUrl = { app: { ...LUNCH, ...open }, artifact: { url: `https://${FILES}/x.zip`, sha256: stew } };
  expect((await cottage.hook('publish', byUrl)).status).toBe(202);
  await cottage.cottage.runner.idle();
  const upload = await cottage.upload(await siteZip(site('Salad')));
  expect(await cottage.publishUpload(upload, open)).toMatchObject({ status: 'live' });

  const secret = { ...site('Secret'), 'app.js': `const key = "${awsKeyId()}";\n` };
  expect(await cottage.publish(secret, open)).toMatchObject({ status: 'refused' });
  world.fault = 'wrong page';
  expect(await cottage.publish(site('Bad'), open)).toMatchObject({ status: 'failed' });
  delete world.fault;

  const asking = await cottage.publish(site('Menu'), { ...open, name: 'menu', dataClass: undefined });
  const answered = await cottage.admin('POST', `/v1/publishes/${asking.publishId}/answers`, {
    dataClass: 'internal',
  });
  expect(answered.status).toBe(202);
  await cottage.cottage.runner.idle();
  await cottage.admin('GET', `/v1/publishes/${asking.publishId}/history`);

  await cottage.publish(site('One'), isolated);
  const waiting = await cottage.publish(site('Two'), isolated);
  expect(waiting.status).toBe('awaiting-approval');
  await approve(cottage, waiting);
  const waits = (name: string) => cottage.publish(site(name), { ...isolated, name });
  await waits('cash');

  const act = (action: string, body: object = {}) =>
    cottage.admin('POST', `/v1/apps/kitchen/lunch/${action}`, body);
  expect((await act('rollback', { release: first.release })).status).toBe(200);
  await cottage.admin('GET', '/v1/audit/verify');
  world.fault = 'no mail';
  expect((await act('hold', { reason: 'looking' })).status).toBe(200);
  world.fault = 'no edge';
  // What was decided stands, and the edge follows later.
  expect((await act('release')).status).toBe(200);
  delete world.fault;
  expect(await nightly(uses.watch('lifecycle-nightly', cottage.deps))).toMatchObject({ errors: 0 });
  await sweep(uses.watch('lifecycle-sweep', ahead(cottage.deps, 31 * DAY_MS)));

  expect((await cottage.publishUpload(await cottage.upload(await siteZip(site('Tea'))), open)).status).toBe(
    'ready',
  );
  expect((await waits('till')).status).toBe('awaiting-approval');
  for (const name of ['lunch', 'menu', 'books', 'cash', 'till']) {
    for (const _ of ['once', 'again']) await cottage.admin('POST', `/v1/apps/kitchen/${name}/retire`, {});
    await cottage.cottage.runner.idle();
  }
  await cottage.advance('1h');
  await cottage.admin('GET', '/v1/teams/kitchen/history');
  expect((await cottage.admin('DELETE', '/v1/teams/kitchen')).status).toBe(202);
  await cottage.cottage.runner.idle();
  await cottage.advance('3d');
  expect((await cottage.admin('GET', '/v1/teams/kitchen')).body).toMatchObject({ state: 'removed' });

  const functions = Object.values(plannedFunctions());
  const planned = functions
    .flatMap(({ bundle, uses: listed }) => listed.map((use) => `${bundle} ${use}`))
    .filter((use) => !use.endsWith(' records'));
  expect([...uses.seen].filter((use) => !planned.includes(use)).toSorted()).toEqual([]);
  expect(planned.filter((use) => !uses.seen.has(use)).toSorted()).toEqual(Object.keys(RARELY).toSorted());

  const rarely = [
    'api-admin blobs',
    'lifecycle-remove-certificate dns',
    'onboarding-request-certificate dns',
  ];
  const ports = functions.flatMap(({ bundle }) => portsOf(bundle).map((port) => `${bundle} ${port}`));
  expect([...uses.ports, ...rarely].toSorted()).toEqual(ports.toSorted());
});
