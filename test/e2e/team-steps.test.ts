import { describe, expect, test } from 'vitest';
import { STEPS } from '../../local/steps.ts';
import { haltedRemoval } from '../../shared/apps/explain-removal.ts';
import type { LocalDns } from '../../shared/dns/local-dns.ts';
import type { AppId } from '../../shared/ids/ids.ts';
import type { JsonObject } from '../../shared/records/record-store.ts';
import { haltedTeam } from '../../shared/teams/explain.ts';
import { startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { ValidatingCertificates } from '../builders/validating-certificates.ts';

// Each step by itself, called as the engine calls it: twice in a row, by a late twin, and out of its order.

const ZONE = 'finance.apps.localhost';
const HOST = 'lunch.demo.apps.localhost';

/** A Cottage whose workflows are begun and stand still: the test calls their steps itself. */
async function startStill(prepare: (cottage: TestCottage) => Promise<unknown> = async () => undefined) {
  const dns: { local?: LocalDns } = {};
  const cottage = await startTestCottage({
    config: { virtualClock: true },
    replace: {
      dns: (local) => (dns.local = local),
      certificates: (issuer) =>
        new ValidatingCertificates(issuer, async (name) => {
          const found = dns.local?.lookup(name);
          return found?.kind === 'inside' ? found.sets[0]?.values[0] : undefined;
        }),
    },
  });
  await cottage.advance('5m');
  await prepare(cottage);
  await cottage.cottage.runner.stop();
  return cottage;
}

const outcomeOf = async (cottage: TestCottage, name: string, input: JsonObject): Promise<string> => {
  try {
    const answer = await STEPS[name]?.run(input, cottage.deps);
    return String(answer?.status ?? answer?.outcome);
  } catch (error) {
    return (error as Error).name;
  }
};

/** All that a step could have changed. */
async function everything({ cottage, deps }: TestCottage, appId?: AppId) {
  const zones: Record<string, unknown> = {};
  for (const zone of ['apps.localhost', 'demo.apps.localhost', ZONE])
    zones[zone] = await deps.dns.records(zone).catch((error: Error) => error.name);
  return {
    zones,
    team: await deps.teams.findRecord('finance'),
    platform: await deps.platforms.find('demo'),
    app: appId && (await deps.apps.get(appId)),
    claim: await deps.names.find('demo', 'lunch'),
    bindings: await deps.hosting.bindings(),
    blobs: (await deps.blobs.list('')).blobs.map(({ key }) => key),
    due: cottage.runner.nextDueAt(),
  };
}

/** Calls the step twice; the second time finds everything done. */
async function twice(cottage: TestCottage, name: string, input: JsonObject, appId?: AppId): Promise<string> {
  const first = await outcomeOf(cottage, name, input);
  const after = await everything(cottage, appId);
  await outcomeOf(cottage, name, input);
  expect({ name, ...(await everything(cottage, appId)) }).toEqual({ name, ...after });
  return first;
}

const withTeam = async (cottage: TestCottage) => {
  await cottage.admin('POST', '/v1/teams', { name: 'finance', platforms: ['demo'] });
  await cottage.advance('5m');
};

const withApp = (cottage: TestCottage) => cottage.publish();

const ADD = [
  ['onboarding-create-zone', 'created'],
  ['onboarding-request-certificate', 'requested'],
  ['onboarding-await-certificate', 'CertificatePending'],
  ['onboarding-write-validation', 'written'],
  ['onboarding-await-certificate', 'issued'],
  ['onboarding-register-team', 'ready'],
] as const;

const REMOVE = [
  ['onboarding-check-empty', 'empty'],
  ['onboarding-remove-records', 'removed'],
  ['onboarding-remove-delegation', 'removed'],
  ['onboarding-delete-zone', 'deleted'],
  ['onboarding-delete-certificate', 'deleted'],
  ['onboarding-close-team', 'removed'],
] as const;

const RETIRE = [
  ['lifecycle-stop-publishes', 'stopped'],
  ['lifecycle-remove-dns', 'removed'],
  ['lifecycle-unbind-name', 'unbound'],
  ['lifecycle-remove-certificate', 'unchanged'],
  ['lifecycle-remove-files', 'removed'],
  ['lifecycle-retire', 'retired'],
] as const;

describe('the steps that add a team', () => {
  test('may each run twice', async () => {
    const cottage = await startStill();
    await cottage.admin('POST', '/v1/teams', { name: 'finance', platforms: ['demo'] });
    const input = { team: 'finance', attempt: 1 };
    for (const [name, expected] of ADD)
      expect([name, await twice(cottage, name, input)]).toEqual([name, expected]);
    expect((await cottage.deps.teams.find('finance'))?.value.state).toBe('ready');
  });

  test('touch nothing once another attempt is at it, or none', async () => {
    const cottage = await startStill();
    await cottage.admin('POST', '/v1/teams', { name: 'finance', platforms: ['demo'] });
    for (const [name] of [...ADD, ...REMOVE]) {
      const before = await everything(cottage);
      for (const input of [
        { team: 'finance', attempt: 2 },
        { team: 'hr', attempt: 1 },
      ])
        expect([name, await outcomeOf(cottage, name, input)]).toEqual([name, 'Cancelled']);
      expect(await everything(cottage)).toEqual(before);
    }
    // Nor does what removes a team touch one that is added.
    for (const [name] of REMOVE)
      expect(await outcomeOf(cottage, name, { team: 'finance', attempt: 1 })).toBe('Cancelled');
  });
});

test('a start with another address goes on with a team whose zone is not there yet', async () => {
  const still = await startStill();
  await still.admin('POST', '/v1/teams', { name: 'finance', platforms: ['demo'] });
  const { folder } = still;
  await still.cottage.stop();
  const cottage = await startTestCottage({ folder, config: { publicIpv4: '127.0.0.2', virtualClock: true } });
  await cottage.cottage.runner.idle();
  const team = (await cottage.deps.teams.find('finance'))?.value;
  expect(team).toMatchObject({ state: 'ready', hostingEndpoint: { ipv4: '127.0.0.2' } });
  expect(await cottage.problems()).toEqual([]);
});

describe('the steps that remove a team', () => {
  const input = { team: 'finance', attempt: 2 };

  test('may each run twice, and leave nothing', async () => {
    const cottage = await startStill(withTeam);
    await cottage.admin('DELETE', '/v1/teams/finance');
    for (const [name, expected] of REMOVE)
      expect([name, await twice(cottage, name, input)]).toEqual([name, expected]);
    const left = await everything(cottage);
    expect(left.team?.value).toMatchObject({ state: 'removed' });
    expect(left.zones[ZONE]).toBe('NotFound');
    expect(JSON.stringify(left.zones['apps.localhost'])).not.toContain('finance');
    expect(left.platform?.value.teams).toEqual(['demo']);
  });

  test('do not delete a zone whose records are there, and take nothing of a team with apps', async () => {
    const cottage = await startStill(withTeam);
    await cottage.admin('DELETE', '/v1/teams/finance');
    expect(await outcomeOf(cottage, 'onboarding-delete-zone', input)).toBe('PreconditionFailed');
    const read = await cottage.deps.teams.find('finance');
    expect(read?.value.summary).toBeUndefined();
  });

  test('come to a halt in words, with who, what and what next', async () => {
    const cottage = await startStill(withTeam);
    await cottage.admin('DELETE', '/v1/teams/finance');
    const execution = { error: { Error: 'Busy', Cause: 'x' } };
    expect(await outcomeOf(cottage, 'onboarding-explain-team', { ...input, execution })).toBe('removing');
    const { summary = '' } = (await cottage.deps.teams.find('finance'))?.value ?? {};
    expect(summary).toBe(
      'Team finance (admin@cottage.localhost) could not be removed: something it needs was too busy, in every try [Busy]. Next for an admin: See what was held back, and let it be tried again. Then: cottage team remove finance',
    );
    // It has been said, and what comes later says nothing else.
    const other = { error: { Error: 'NotOurs', Cause: 'x' } };
    await outcomeOf(cottage, 'onboarding-explain-team', { ...input, execution: other });
    expect((await cottage.deps.teams.find('finance'))?.value.summary).toBe(summary);
    expect(await cottage.admin('DELETE', '/v1/teams/finance')).toMatchObject({ body: { attempt: 3 } });
    // Of the attempt before, nothing failed that anybody waits for.
    expect(await STEPS['onboarding-explain-team']?.run({ ...input, execution }, cottage.deps)).toEqual({
      outcome: 'ended',
      status: 'removing',
      error: 'Busy',
      summary:
        'Team finance (admin@cottage.localhost) is removing: another execution has taken over from this one [Cancelled]. Next: nothing.',
    });
  });
});

describe('the steps that take an app down', () => {
  test('may each run twice, and leave the entry alone', async () => {
    const cottage = await startStill(withApp);
    const appId = (await cottage.app()).appId as AppId;
    await cottage.act('retire');
    for (const [name, expected] of RETIRE)
      expect([name, await twice(cottage, name, { appId, attempt: 1 }, appId)]).toEqual([name, expected]);
    const left = await everything(cottage, appId);
    expect(left).toMatchObject({ bindings: [], blobs: [], claim: { value: { state: 'tombstone' } } });
    const { value: app } = left.app ?? {};
    expect(app).toMatchObject({ state: 'retired', title: 'Lunch', owner: 'ana@example.com' });
    for (const gone of ['target', 'live', 'boundHost', 'dnsHost', 'certificateId', 'url', 'nextAction'])
      expect(app).not.toHaveProperty(gone);
    // A late twin of any of them finds that it is over.
    for (const [name] of RETIRE) {
      const late = await outcomeOf(cottage, name, { appId, attempt: 1 });
      expect([name, late]).toEqual([name, name === 'lifecycle-retire' ? 'unchanged' : 'Cancelled']);
      expect(await outcomeOf(cottage, name, { appId, attempt: 2 })).toBe('Cancelled');
    }
    expect(await everything(cottage, appId)).toEqual(left);
  });

  test('do not touch an app that nobody retires, or that another attempt is at', async () => {
    const cottage = await startStill(withApp);
    const appId = (await cottage.app()).appId as AppId;
    const before = await everything(cottage, appId);
    for (const [name] of RETIRE)
      expect(await outcomeOf(cottage, name, { appId, attempt: 1 })).toBe('Cancelled');
    expect(await everything(cottage, appId)).toEqual(before);
    await cottage.act('retire');
    for (const [name] of RETIRE)
      expect(await outcomeOf(cottage, name, { appId, attempt: 2 })).toBe('Cancelled');
    expect((await cottage.visit(HOST)).status).toBe(200);
  });

  test('do not unbind a name that DNS still leads to', async () => {
    const cottage = await startStill(withApp);
    const appId = (await cottage.app()).appId as AppId;
    await cottage.act('retire');
    expect(await outcomeOf(cottage, 'lifecycle-unbind-name', { appId, attempt: 1 })).toBe(
      'PreconditionFailed',
    );
    expect((await cottage.visit(HOST)).status).toBe(200);
  });

  test('come to a halt in words, with who, what and what next', async () => {
    const cottage = await startStill(withApp);
    const appId = (await cottage.app()).appId as AppId;
    await cottage.act('retire');
    const input = { appId, attempt: 1, execution: { error: { Error: 'NotConverged' } } };
    expect(await outcomeOf(cottage, 'lifecycle-explain-removal', input)).toBe('halted');
    expect((await cottage.app()).retirement?.summary).toBe(
      'demo/lunch (admin@cottage.localhost) could not be retired: the edge did not let go of it in time [NotConverged]. Next for an admin: Wait a while: the edge may be slow. Then: cottage retire demo/lunch',
    );
    // The next attempt begins without it, and the one before says nothing about it.
    expect((await cottage.act('retire')).status).toBe(202);
    expect((await cottage.app()).retirement?.summary).toBeNull();
    expect(await STEPS['lifecycle-explain-removal']?.run(input, cottage.deps)).toMatchObject({
      outcome: 'ended',
      status: 'live',
      summary: expect.stringContaining('another execution has taken over from this one'),
    });
    expect((await cottage.app()).retirement?.summary).toBeNull();
  });

  test('wait for a publish that is at work when the app is retired', async () => {
    const cottage = await startStill();
    // Begun, and standing still: its execution runs.
    await cottage.begin({ 'index.html': '<!doctype html><title>x</title>' });
    const appId = (await cottage.app()).appId as AppId;
    await cottage.act('retire');
    const input = { appId, attempt: 1 };
    expect(await twice(cottage, 'lifecycle-stop-publishes', input, appId)).toBe('PublishRunning');
    const [publish] = await cottage.deps.publishes.ofApp(appId);
    expect(publish?.status).toBe('cancelled');
  });
});

describe('what halts an attempt', () => {
  const ERRORS = [
    'AlreadyExists',
    'Busy',
    'CertificateFailed',
    'CertificatePending',
    'NotConverged',
    'NotOurs',
    'PublishRunning',
    'States.Timeout',
    'TeamNotEmpty',
    'Unheard',
  ];
  test.each(ERRORS)('is told in at most 300 characters, the next step in them: %s', (error) => {
    const long = 'x'.repeat(63);
    const by = `person:${'y'.repeat(200)}@example.com`;
    const team = haltedTeam(
      { name: long, state: 'adding', stateBy: by, zone: `${long}.apps.example.com` },
      error,
    );
    const retirement = { by, at: '2026-03-02T09:00:00.000Z', attempt: 1 };
    const app = haltedRemoval({ team: 'finance', name: long, state: 'live', retirement }, error);
    for (const [text, again] of [
      [team, `cottage team add ${long}`],
      [app, `cottage retire finance/${long}`],
    ] as const) {
      expect(text.length).toBeLessThanOrEqual(300);
      expect(text.endsWith(again)).toBe(true);
    }
  });
});
