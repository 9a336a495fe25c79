import { describe, expect, it } from 'vitest';
import { AlreadyExists, Busy, NotConverged, NotFound } from '../../shared/errors/errors.ts';
import { toParameters } from '../../shared/hosting/cloudfront-tenant.ts';
import { HOLDING } from '../../shared/ids/ids.ts';
import {
  ARN,
  app,
  DISTRIBUTION,
  etagOf,
  host,
  openHosting,
  other,
  otherHost,
  SITE,
} from './cloudfront-on-fake.ts';

describe('tiers', () => {
  it.each([
    ['shared', DISTRIBUTION.distributionId],
    ['isolated', DISTRIBUTION.distributionId],
    ['edge', DISTRIBUTION.edgeDistributionId],
    [undefined, DISTRIBUTION.distributionId],
  ] as const)('an app of the tier %s is a tenant of %s, and stays one', async (tier, DistributionId) => {
    const { hosting, server } = await openHosting();
    await hosting.bind(app, host, tier);
    expect(server.log.at(-1)?.input).toMatchObject({ DistributionId });
    await hosting.bind(app, host, tier);
    await hosting.point(app, SITE, await etagOf(hosting));
    expect(server.log.at(-1)?.input).toMatchObject({ DistributionId, IfMatch: expect.any(String) });
  });

  it('all are listed, and taken down the same way', async () => {
    const { hosting, fake } = await openHosting({ pageSize: 1 });
    await hosting.bind(app, host);
    await hosting.bind(other, otherHost, 'edge');
    expect((await hosting.bindings()).map((each) => each.app)).toEqual([app, other]);
    await expect(hosting.unbind(other)).rejects.toThrow(NotConverged);
    await hosting.unbind(other);
    expect(fake.tenants().map(({ name }) => name)).toEqual([app]);
  });

  it('an app bound in one is not bound in the other besides', async () => {
    const { hosting } = await openHosting();
    await hosting.bind(app, host);
    await expect(hosting.bind(app, host, 'edge')).rejects.toThrow(AlreadyExists);
  });

  it('without a distribution of its own, the tier edge is in the first, whose tenants are listed once', async () => {
    const { hosting } = await openHosting({}, { edgeDistributionId: DISTRIBUTION.distributionId });
    await hosting.bind(app, host, 'edge');
    expect(await hosting.bindings()).toHaveLength(1);
  });
});

describe('certificates', () => {
  it('gives the host the certificate of now at the next point, and leaves it where none is known', async () => {
    const certificates = [`${ARN}/first`, `${ARN}/second`];
    const { hosting, server } = await openHosting(
      { certificate: () => true },
      {
        certificateFor: (asked) => {
          const arn = certificates.shift();
          if (asked !== host || arn === undefined) throw new NotFound(`${asked} has no certificate`);
          return arn;
        },
      },
    );
    const certificate = () =>
      (server.log.at(-1)?.input as { Customizations?: object } | undefined)?.Customizations;
    await hosting.bind(app, host);
    expect(certificate()).toEqual({ Certificate: { Arn: `${ARN}/first` } });
    for (const site of [SITE, { ...SITE, spa: false }]) {
      await hosting.point(app, site, await etagOf(hosting));
      expect(certificate()).toEqual({ Certificate: { Arn: `${ARN}/second` } });
    }
  });

  it('leaves what else was customized for the app by hand', async () => {
    const { hosting, fake, server } = await openHosting();
    const GeoRestrictions = { RestrictionType: 'whitelist' as const, Locations: ['DE'] };
    const parameters = toParameters(app, { ...SITE, release: HOLDING });
    fake.plant(app, host, parameters, {
      Customizations: { Certificate: { Arn: `${ARN}/${host}` }, GeoRestrictions },
    });
    await hosting.point(app, SITE, await etagOf(hosting));
    expect(server.log.at(-1)?.input).toMatchObject({ Customizations: { GeoRestrictions } });
  });

  it('points nothing while it is not known which certificate the host has', async () => {
    const answers: (string | Error)[] = [`${ARN}/first`, new Busy('the table is busy')];
    const { hosting, fake } = await openHosting(
      { certificate: () => true },
      {
        certificateFor: () => {
          const next = answers.shift() ?? '';
          if (next instanceof Error) throw next;
          return next;
        },
      },
    );
    await hosting.bind(app, host);
    await expect(hosting.point(app, SITE, await etagOf(hosting))).rejects.toThrow(Busy);
    expect(fake.visit(host)?.get('release')).toBe(HOLDING);
  });
});
