import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { expect, onTestFinished } from 'vitest';
import { CloudFrontHosting, type CloudFrontHostingOptions } from '../../shared/hosting/cloudfront-hosting.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import { TENANT_PARAMETERS } from '../../shared/hosting/tenant-parameters.ts';
import { PARKED } from '../../shared/ids/ids.ts';
import { placeOf } from '../builders/edge.ts';
import { open } from '../fakes/aws-open.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { type CloudFrontSetUp, FakeCloudFront } from '../fakes/cloudfront.ts';

export const DISTRIBUTION = {
  distributionId: 'E1MULTITENANT',
  edgeDistributionId: 'E2EDGETIER',
  connectionGroupId: 'cg_apps',
};
export const ARN = 'arn:aws:acm:us-east-1:123456789012:certificate/0';

const certificateFor = (host: string) => Promise.resolve(`${ARN}/${host}`);

/** A hosting over a fake CloudFront, until the test ends. */
export async function openHosting(
  setUp: Partial<CloudFrontSetUp> = {},
  more: Partial<CloudFrontHostingOptions> = {},
) {
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
  const hosting = new CloudFrontHosting({ client, ...DISTRIBUTION, certificateFor, ...more });
  return { hosting, fake, server };
}

export const { app, host } = placeOf('lunch');
export const { app: other, host: otherHost } = placeOf('dinner');
export const SITE: Site = {
  release: PARKED,
  page: 'held',
  access: 'viewers',
  spa: true,
  headers: { 'x-a': 'b' },
};

export const etagOf = async (hosting: CloudFrontHosting) => (await hosting.bindings(app))[0]?.etag ?? '';
