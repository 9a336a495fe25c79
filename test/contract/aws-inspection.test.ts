import { ACMClient, RequestCertificateCommand } from '@aws-sdk/client-acm';
import { CreateKeyCommand, DisableKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CERTIFICATE_TAG } from '../../shared/certificates/acm-certificates.ts';
import { DAY_MS, HOUR_MS } from '../../shared/clock/clock.ts';
import { unusedCertificates, wrongWithMail } from '../../shared/doctor/aws-account.ts';
import type { AwsInspectionOptions } from '../../shared/doctor/aws-inspection.ts';
import { readWorld, type World } from '../../shared/doctor/world.ts';
import { Busy } from '../../shared/errors/errors.ts';
import { StepFunctionsEngine } from '../../shared/workflow/step-functions-engine.ts';
import { FakeAcm } from '../fakes/acm.ts';
import { AwsFault } from '../fakes/aws-errors.ts';
import { open as openFakes } from '../fakes/aws-open.ts';
import { clientConfig, serveAws } from '../fakes/aws-server.ts';
import { FakeDynamoDb } from '../fakes/dynamodb.ts';
import { FakeKms } from '../fakes/kms.ts';
import { FakeRoute53 } from '../fakes/route53.ts';
import { FakeSes, type SesOptions } from '../fakes/ses.ts';
import { FakeStepFunctions } from '../fakes/step-functions.ts';
import { machine } from '../workflows/runner-harness.ts';
import { MAIL_FROM, openAwsInspection } from './aws-inspection.ts';
import { BASE, inspectionContract } from './inspection.suite.ts';
import { stateMachines } from './step-functions.ts';
import { waiting } from './waiting-publish.ts';

interface Unkindness {
  pageSize?: number;
  cutPages?: () => number;
  ses?: SesOptions;
  /** ACM's clock, from the system's. */
  acmMs?: number;
  options?: Partial<AwsInspectionOptions>;
}

async function open({ pageSize, cutPages, ses = {}, acmMs = 0, options = {} }: Unkindness = {}) {
  const { work, states, tokenOf } = waiting();
  const paged = pageSize === undefined ? {} : { pageSize };
  const fakes = {
    dynamodb: new FakeDynamoDb(cutPages ? { cutPages } : {}),
    route53: new FakeRoute53(paged),
    sfn: new FakeStepFunctions({ functions: { work }, ...paged }),
    acm: new FakeAcm({ ...paged, now: () => Date.now() + acmMs }),
    kms: new FakeKms(),
    sesv2: new FakeSes(ses),
  };
  const server = await serveAws(fakes);
  onTestFinished(async () => {
    await server.close();
    fakes.sfn.close();
    expect(server.defects).toEqual([]);
  });
  const opened = await openAwsInspection(clientConfig(server), machine(states), {
    table: 'records',
    ...options,
  });
  const engine = new StepFunctionsEngine({
    client: opened.clients.sfn,
    stateMachines: stateMachines(opened.publishStateMachine),
  });
  const before = server.log.length;
  return {
    ...opened,
    fakes,
    server,
    calls: () => server.log.slice(before).map(({ operation }) => operation),
    damage: ({ pk = '', sk = '' }) => {
      const item = fakes.dynamodb.items('records').find((one) => one['pk']?.S === pk && one['sk']?.S === sk);
      fakes.dynamodb.plant('records', { ...item, data: { S: '{' } });
    },
    damageCounter: ({ pk = '', sk = '' }) => {
      const key = { pk: { S: `counter ${pk}` }, sk: { S: sk } };
      fakes.dynamodb.plant('records', { ...key, value: { S: 'many' } });
    },
    start: async (name: string) => {
      await engine.start('publish', name, { name });
      await fakes.sfn.idle();
    },
    end: async (name: string) => {
      await engine.complete(tokenOf(name), { output: null });
      await fakes.sfn.idle();
    },
  };
}

describe('the inspection of AWS', () => {
  inspectionContract(() => open());
});

describe('the inspection of AWS, with pages of any length', () => {
  inspectionContract(() => {
    const cuts = [0.5, 0, 0.2, 0.9, 0];
    let cut = 0;
    return open({ pageSize: 1, cutPages: () => cuts[(cut += 1) % cuts.length] ?? 0 });
  });
});

describe('records', () => {
  it('of any damage are told by their keys', async () => {
    const { inspection, fakes } = await open();
    const whole = { data: { S: '{}' }, version: { N: '1' }, opId: { S: 'x' } };
    const { version: _, ...noVersion } = whole;
    for (const [sk, item] of Object.entries({
      list: { ...whole, data: { S: '[]' } },
      unversioned: noVersion,
      half: { ...whole, due_pk: { S: 'due#0' } },
    })) {
      fakes.dynamodb.plant('records', { pk: { S: 'odd' }, sk: { S: sk }, ...item });
    }
    const { found } = await readWorld(inspection);
    expect(found.map(({ code, subject }) => `${code} ${subject}`).toSorted()).toEqual([
      'record/damaged odd/half',
      'record/damaged odd/list',
      'record/damaged odd/unversioned',
    ]);
  });

  it('are read as they are now, not as a replica has them', async () => {
    const { inspection, server } = await open();
    await readWorld(inspection);
    expect(server.log.at(-1)).toMatchObject({ operation: 'Scan', input: { ConsistentRead: true } });
  });
});

describe('zones', () => {
  it('of others are no business of the doctor: neither without our mark nor of another domain', async () => {
    const { inspection, dns, fakes } = await open({ pageSize: 1 });
    fakes.route53.plantZone('theirs.example.com');
    fakes.route53.plantZone(`private.${BASE}`, { PrivateZone: true, Comment: 'heritage=cottage' });
    fakes.route53.plantZone(`foreign.${BASE}`);
    fakes.route53.plantZone('apps.example.net', { Comment: 'heritage=cottage' });
    fakes.route53.plantZone('myapps.example.com', { Comment: 'heritage=cottage' });
    for (const zone of [BASE, `zebra.${BASE}`]) await dns.createZone(zone);
    expect((await inspection.zones()).toSorted()).toEqual([BASE, `zebra.${BASE}`]);
  });
});

const worldOf = async (inspection: AwsInspectionOf): Promise<World> => (await readWorld(inspection)).world;
type AwsInspectionOf = Awaited<ReturnType<typeof open>>['inspection'];

/** An account with a key and a verified sender, in which nothing is wrong. */
async function openAccount(unkindness: Unkindness = {}) {
  const signingKeys: Record<string, string> = {};
  const opened = await open({ ...unkindness, options: { signingKeys } });
  const { clients } = opened;
  const command = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
  for (const kid of ['k1', 'k2']) {
    const { KeyMetadata } = await clients.kms.send(new CreateKeyCommand(command));
    signingKeys[kid] = KeyMetadata?.Arn ?? '';
  }
  await clients.ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'example.com' }));
  const order = async (name: string, Tags = [CERTIFICATE_TAG]) => {
    const asked = { DomainName: name, ValidationMethod: 'DNS', Tags } as const;
    const { CertificateArn = '' } = await clients.acm.send(new RequestCertificateCommand(asked));
    return CertificateArn;
  };
  const problems = async (change: (world: World) => void = () => undefined) => {
    const world = await worldOf(opened.inspection);
    change(world);
    return opened.inspection.ownProblems(world);
  };
  return { ...opened, signingKeys, order, problems };
}

describe('the account', () => {
  it('in which all is well is not complained of', async () => {
    const { problems, order } = await openAccount({ acmMs: -2 * HOUR_MS });
    const arn = await order(`*.finance.${BASE}`);
    const known = (world: World) => world.teams.set('finance', { certificateId: arn } as never);
    expect(await problems(known)).toEqual([]);
  });

  it.each<[string, (a: Awaited<ReturnType<typeof openAccount>>) => Promise<unknown>, RegExp]>([
    [
      'disabled',
      ({ clients, signingKeys }) => clients.kms.send(new DisableKeyCommand({ KeyId: signingKeys['k2'] })),
      /^The signing key k2 is disabled\.$/,
    ],
    [
      'about to be deleted',
      ({ clients, signingKeys }) =>
        clients.kms.send(
          new ScheduleKeyDeletionCommand({ KeyId: signingKeys['k2'], PendingWindowInDays: 7 }),
        ),
      new RegExp(
        `^The signing key k2 is to be deleted on ${new Date(Date.now() + 7 * DAY_MS).toISOString().slice(0, 10)}`,
      ),
    ],
    [
      'gone',
      async ({ signingKeys }) => (signingKeys['k2'] = 'arn:aws:kms:eu-central-1:111122223333:key/none'),
      /^The signing key k2 is not in KMS\.$/,
    ],
  ])('with a signing key that is %s is told, though another signs', async (_, damage, text) => {
    const account = await openAccount();
    await damage(account);
    expect(await account.problems()).toMatchObject([
      { code: 'signing-key/unusable', subject: 'k2', text: expect.stringMatching(text) as string },
    ]);
  });

  it.each<[string, SesOptions, string[]]>([
    ['in the sandbox', { isSandbox: true }, ['mail/sandbox SES']],
    ['that was stopped', { isPaused: true }, ['mail/paused SES']],
    ['that has not verified the sender', { isUnverified: true }, ['mail/unverified example.com']],
  ])('with an SES %s is told', async (_, ses, expected) => {
    const found = await (await openAccount({ ses })).problems();
    expect(found.map(({ code, subject }) => `${code} ${subject}`)).toEqual(expected);
  });

  it('whose SES knows nothing of the sender is told', async () => {
    const { problems } = await openAccount({ options: {} });
    const { inspection } = await open({ options: { mailFrom: `${MAIL_FROM}.au` } });
    expect(await problems()).toEqual([]);
    expect(await inspection.ownProblems(await worldOf(inspection))).toMatchObject([
      { code: 'mail/unverified', subject: 'example.com.au' },
    ]);
  });
});

describe('mail', () => {
  it('that SES has stopped for its reputation is told', async () => {
    const server = await openFakes({
      sesv2: {
        operations: {
          GetEmailIdentity: () => ({ VerifiedForSendingStatus: true }),
          GetAccount: () => ({
            SendingEnabled: true,
            ProductionAccessEnabled: true,
            EnforcementStatus: 'SHUTDOWN',
          }),
        },
      },
    });
    const client = new SESv2Client(clientConfig(server));
    onTestFinished(() => client.destroy());
    expect(await wrongWithMail(client, MAIL_FROM)).toMatchObject([{ code: 'mail/paused' }]);
  });
});

describe('certificates', () => {
  it('that are deleted while they are looked at are nothing to tell of', async () => {
    const { inspection } = await open();
    const DomainName = `former.${BASE}`;
    const server = await openFakes({
      acm: {
        operations: {
          ListCertificates: () => ({ CertificateSummaryList: [{ CertificateArn: 'arn', DomainName }] }),
          ListTagsForCertificate: () => {
            throw new AwsFault('ResourceNotFoundException', 400, 'Could not find certificate');
          },
        },
      },
    });
    const client = new ACMClient(clientConfig(server));
    onTestFinished(() => client.destroy());
    expect(await unusedCertificates(client, BASE, await worldOf(inspection))).toEqual([]);
    expect(server.log.at(-1)).toMatchObject({ operation: 'ListTagsForCertificate' });
  });

  it('that nobody uses are told, those of others and those just ordered are not', async () => {
    const { problems, order, fakes } = await openAccount({ acmMs: -HOUR_MS - 60_000, pageSize: 1 });
    const [team, app] = [await order(`*.finance.${BASE}`), await order(`lunch.finance.${BASE}`)];
    const left = [await order(`*.former.${BASE}`), await order(`dinner.finance.${BASE}`)];
    await order(`foreign.${BASE}`, []);
    await order('cottage.example.net');
    await order(`x${BASE}`);
    fakes.acm.change(left[1] ?? '', { status: 'EXPIRED' });
    const known = (world: World) => {
      world.teams.set('finance', { certificateId: team } as never);
      world.apps.set('a_1', { certificateId: app } as never);
    };
    const found = await problems(known);
    expect(found.map(({ code, subject }) => [code, subject])).toEqual(
      left.map((arn) => ['certificate/orphan', arn]),
    );
    expect(found[0]?.text).toBe(`A certificate for *.former.${BASE} that no team and no app uses.`);
  });

  it('are left in peace for the hour in which their order is noted', async () => {
    const { problems, order } = await openAccount({ acmMs: -HOUR_MS + 60_000 });
    await order(`*.former.${BASE}`);
    expect(await problems()).toEqual([]);
  });
});

const all = async (records: AsyncIterable<unknown>) => {
  for await (const _ of records);
};

describe('a service in trouble', () => {
  it.each<[string, number, (a: Awaited<ReturnType<typeof openAccount>>) => Promise<unknown>]>([
    ['Scan', 5, ({ inspection }) => all(inspection.records())],
    ['GetItem', 5, ({ inspection }) => inspection.counter({ pk: 'app#a', sk: 'sequence' })],
    ['ListHostedZones', 1, ({ inspection }) => inspection.zones()],
    ['ListExecutions', 1, ({ inspection }) => inspection.runningExecutions()],
  ])('is busy: %s', async (operation, tries, ask) => {
    for (const kind of ['throttle', 'server-error', 'timeout-after-effect'] as const) {
      const account = await openAccount();
      for (let n = 1; n <= tries; n += 1) account.server.faults.at(account.server.log.length + n, kind);
      await expect(ask(account)).rejects.toThrow(Busy);
      expect(account.server.faults.unreached()).toEqual([]);
      expect(account.server.log.at(-1)?.operation).toBe(operation);
    }
  });

  it('is busy, whichever part of the account is asked about', async () => {
    const operations: string[] = [];
    const { problems, server, order } = await openAccount({ acmMs: -2 * HOUR_MS });
    await order(`*.former.${BASE}`);
    const before = server.log.length;
    await problems();
    const asked = server.log.slice(before).length;
    for (let n = 2; n <= asked; n += 1) {
      server.faults.at(server.log.length + n, 'throttle');
      await expect(problems()).rejects.toThrow(Busy);
      operations.push(server.log.at(-1)?.operation ?? '');
    }
    expect(new Set(operations)).toEqual(
      new Set([
        'DescribeKey',
        'GetEmailIdentity',
        'GetAccount',
        'ListCertificates',
        'ListTagsForCertificate',
      ]),
    );
  });
});
