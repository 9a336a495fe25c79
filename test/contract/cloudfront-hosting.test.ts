import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  AlreadyExists,
  CorruptRecord,
  NotConverged,
  NotFound,
  PreconditionFailed,
  QuotaReached,
  TooLarge,
} from '../../shared/errors/errors.ts';
import { CloudFrontHosting } from '../../shared/hosting/cloudfront-hosting.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import { TENANT_PARAMETERS } from '../../shared/hosting/tenant-parameters.ts';
import { HOLDING, PARKED } from '../../shared/ids/ids.ts';
import { placeOf } from '../builders/edge.ts';
import { open } from '../fakes/aws-open.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { type CloudFrontSetUp, FakeCloudFront } from '../fakes/cloudfront.ts';
import { hostingContract } from './hosting.suite.ts';

const DISTRIBUTION = { distributionId: 'E1MULTITENANT', connectionGroupId: 'cg_apps' };
const ARN = 'arn:aws:acm:us-east-1:123456789012:certificate/0';

const certificateFor = (host: string) => Promise.resolve(`${ARN}/${host}`);

async function openHosting(setUp: Partial<CloudFrontSetUp> = {}) {
  const fake = new FakeCloudFront({
    ...DISTRIBUTION,
    parameters: TENANT_PARAMETERS,
    certificate: (arn, host) => arn === `${ARN}/${host}`,
    ...setUp,
  });
  const server = await open({ cloudfront: fake });
  const client = new CloudFrontClient(clientConfig(server));
  onTestFinished(() => {
    client.destroy();
    expect(server.defects).toEqual([]);
  });
  const hosting = new CloudFrontHosting({ client, ...DISTRIBUTION, certificateFor });
  return { hosting, fake, server };
}

async function openHarness(setUp: Partial<CloudFrontSetUp>) {
  const { hosting, fake } = await openHosting(setUp);
  return {
    hosting,
    shown: async (host: string) => {
      const met = fake.visit(host);
      return met && { app: met.get('app') ?? '', release: met.get('release') ?? '' };
    },
    settle: async () => fake.settle(),
  };
}

hostingContract(
  () => openHarness({}),
  () => openHarness({ lag: true }),
);

describe('deployed for three reads, with pages of one', () => {
  hostingContract(
    () => openHarness({ deployReads: 3, pageSize: 1 }),
    () => openHarness({ lag: true, pageSize: 1 }),
  );
});

const { app, host } = placeOf('lunch');
const { app: other, host: otherHost } = placeOf('dinner');
const SITE: Site = { release: PARKED, page: 'held', access: 'viewers', spa: true, headers: { 'x-a': 'b' } };

const etagOf = async (hosting: CloudFrontHosting) => (await hosting.bindings(app))[0]?.etag ?? '';

const headersOf = (length: number) => ({ a: 'x'.repeat(length - '{"a":""}'.length) });

describe('CloudFrontHosting', () => {
  it('shows a visitor what the edge functions read', async () => {
    const { hosting, fake } = await openHosting();
    await hosting.bind(app, host);
    expect(fake.visit(host)).toEqual(
      new Map([
        ['app', app],
        ['release', HOLDING],
        ['mode', 'app open'],
      ]),
    );
    await hosting.point(app, SITE, await etagOf(hosting));
    expect(fake.visit(host)).toEqual(
      new Map([
        ['app', app],
        ['release', PARKED],
        ['mode', 'held viewers spa'],
        ['headersA', '{"x-a":"b"}'],
      ]),
    );
  });

  it('keeps headers of 512 characters, and says when they are more', async () => {
    const { hosting } = await openHosting();
    await hosting.bind(app, host);
    const large = { ...SITE, headers: headersOf(512) };
    await hosting.point(app, large, await etagOf(hosting));
    expect((await hosting.bindings(app))[0]?.site).toEqual(large);
    const tooLarge = { ...SITE, headers: headersOf(513) };
    await expect(hosting.point(app, tooLarge, await etagOf(hosting))).rejects.toThrow(TooLarge);
  });

  it('an update leaves everything else as it was', async () => {
    const { hosting, server } = await openHosting();
    await hosting.bind(app, host);
    const etag = await etagOf(hosting);
    await hosting.point(app, SITE, etag);
    const { input } = server.log.at(-1) ?? {};
    expect(input).toMatchObject({
      IfMatch: etag,
      DistributionId: DISTRIBUTION.distributionId,
      ConnectionGroupId: DISTRIBUTION.connectionGroupId,
      Domains: [{ Domain: host }],
      Customizations: { Certificate: { Arn: `${ARN}/${host}` } },
      Enabled: true,
    });
  });

  it('is disabled first, and gone once the edge has let go', async () => {
    const { hosting, fake } = await openHosting({ deployReads: 3 });
    await hosting.bind(app, host);
    await expect(hosting.unbind(app)).rejects.toThrow(NotConverged);
    expect(fake.tenants()).toEqual([{ name: app, domains: [host], enabled: false }]);
    expect(fake.visit(host)).toBeUndefined();
    for (const _ of [1, 2, 3]) await expect(hosting.unbind(app)).rejects.toThrow(NotConverged);
    await hosting.unbind(app);
    expect(fake.tenants()).toEqual([]);
  });

  it('what is being taken down is still a binding, is pointed nowhere, and can be bound again', async () => {
    const { hosting, fake } = await openHosting();
    await hosting.bind(app, host);
    await hosting.point(app, SITE, await etagOf(hosting));
    await expect(hosting.unbind(app)).rejects.toThrow(NotConverged);
    expect(await hosting.bindings()).toMatchObject([{ app, host }]);
    await expect(hosting.point(app, SITE, await etagOf(hosting))).rejects.toThrow(NotFound);
    await hosting.bind(app, host);
    expect(fake.visit(host)?.get('release')).toBe(HOLDING);
    expect(fake.tenants()).toEqual([{ name: app, domains: [host], enabled: true }]);
  });

  it('that somebody changes between the read and the update is not pointed', async () => {
    const { hosting, fake } = await openHosting();
    await hosting.bind(app, host);
    const etag = await etagOf(hosting);
    fake.touchAfterRead();
    await expect(hosting.point(app, SITE, etag)).rejects.toThrow(PreconditionFailed);
    expect(fake.visit(host)?.get('release')).toBe(HOLDING);
  });

  it('a tenant of that name under another endpoint is not taken for the binding', async () => {
    const { hosting, fake } = await openHosting();
    fake.plant(app, host, [], { ConnectionGroupId: 'cg_others' });
    await expect(hosting.bind(app, host)).rejects.toThrow(AlreadyExists);
  });

  it('a tenant of that name elsewhere is not taken for the binding', async () => {
    const { hosting, fake } = await openHosting();
    fake.plant(app, host, [], { DistributionId: 'E2SOMEBODYELSES' });
    await expect(hosting.bind(app, host)).rejects.toThrow(AlreadyExists);
    expect(await hosting.bindings(app)).toEqual([]);
    await hosting.unbind(app);
    expect(fake.tenants()).toHaveLength(1);
  });

  it('a host of a distribution of somebody else is refused, and nothing is left', async () => {
    const { hosting, fake } = await openHosting();
    fake.takeDomain(host);
    await expect(hosting.bind(app, host)).rejects.toThrow('something else at CloudFront');
    expect(fake.tenants()).toEqual([]);
  });

  it('says whose the host is', async () => {
    const { hosting } = await openHosting();
    await hosting.bind(app, host);
    await expect(hosting.bind(other, host)).rejects.toThrow(app);
    await expect(hosting.bind(app, otherHost)).rejects.toThrow(host);
  });

  it('tenants that others made in the distribution are no bindings', async () => {
    const { hosting, fake } = await openHosting({ pageSize: 1 });
    fake.plant('a-shop', 'shop.example.com');
    await hosting.bind(app, host);
    expect((await hosting.bindings()).map((each) => each.app)).toEqual([app]);
  });

  it.each([
    ['none', []],
    ['another app', [{ Name: 'app', Value: other }]],
    [
      'no mode',
      [
        { Name: 'app', Value: app },
        { Name: 'release', Value: HOLDING },
      ],
    ],
    [
      'damaged headers',
      [
        { Name: 'app', Value: app },
        { Name: 'release', Value: HOLDING },
        { Name: 'mode', Value: 'app open' },
        { Name: 'headersA', Value: '{' },
      ],
    ],
    [
      'a mode that is none',
      [
        { Name: 'app', Value: app },
        { Name: 'release', Value: HOLDING },
        { Name: 'mode', Value: 'app everybody' },
      ],
    ],
  ])('parameters that are no site (%s) are never read as absent', async (_, parameters) => {
    const { hosting, fake } = await openHosting();
    fake.plant(app, host, parameters);
    await expect(hosting.bindings(app)).rejects.toThrow(CorruptRecord);
  });

  it('over the quota is refused, and says what to ask for', async () => {
    const { hosting } = await openHosting({ maxTenants: 1 });
    await hosting.bind(app, host);
    await expect(hosting.bind(other, otherHost)).rejects.toThrow(QuotaReached);
  });

  it('a certificate that does not cover the host is an error, and no binding', async () => {
    const { hosting } = await openHosting({ certificate: () => false });
    await expect(hosting.bind(app, host)).rejects.toMatchObject({ name: 'InvalidArgument' });
    expect(await hosting.bindings()).toEqual([]);
  });

  it.each(['', 'localhost', 'UPPER.demo.apps.localhost', 'a..b', 'a/b.c', '*.a.b'])(
    'binds no host like %j',
    async (wrong) => {
      const { hosting, server } = await openHosting();
      await expect(hosting.bind(app, wrong)).rejects.toThrow(TypeError);
      expect(server.log).toEqual([]);
    },
  );

  it.each(['throttle', 'server-error', 'timeout-after-effect'] as const)(
    'after %s, the same again ends as if nothing had happened',
    async (kind) => {
      for (let number = 1; number <= 8; number += 1) {
        const { hosting, fake, server } = await openHosting();
        const told: unknown[] = [];
        const again = (work: () => Promise<unknown>) =>
          work().catch((error: Error) => {
            told.push(error.name);
            return work();
          });
        server.faults.at(number, kind);
        await again(() => hosting.bind(app, host));
        await again(async () => {
          const [binding] = await hosting.bindings(app);
          if (binding?.site.release !== PARKED) await hosting.point(app, SITE, binding?.etag ?? '');
        });
        expect(fake.visit(host)?.get('release')).toBe(PARKED);
        await again(() => hosting.bindings());
        for (let tries = 1; fake.tenants().length > 0 && tries < 9; tries += 1) {
          await hosting.unbind(app).catch((error: Error) => told.push(error.name));
        }
        await again(() => hosting.unbind(app));
        expect(fake.tenants()).toEqual([]);
        expect(server.faults.unreached()).toEqual([]);
        expect(told.filter((name) => name !== 'NotConverged')).toEqual(['Busy']);
      }
    },
  );

  it('a condition that failed is a binding that has changed', async () => {
    const { hosting, server } = await openHosting();
    await hosting.bind(app, host);
    const etag = await etagOf(hosting);
    server.faults.at(server.log.length + 2, 'conditional-failure');
    await expect(hosting.point(app, SITE, etag)).rejects.toThrow(PreconditionFailed);
    expect(server.faults.unreached()).toEqual([]);
  });
});
