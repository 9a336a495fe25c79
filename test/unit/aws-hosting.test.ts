import { expect, it, onTestFinished } from 'vitest';
import { NotFound } from '../../shared/errors/errors.ts';
import { TENANT_PARAMETERS } from '../../shared/hosting/tenant-parameters.ts';
import { TeamSchema } from '../../shared/teams/team.ts';
import { T0 } from '../builders/app.ts';
import { deployToAws } from '../builders/deployed-to-aws.ts';
import { placeOf } from '../builders/edge.ts';
import { FakeCloudFront } from '../fakes/cloudfront.ts';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/demo';

const TEAM = TeamSchema.parse({
  state: 'ready',
  stateSince: T0,
  stateBy: 'cottage',
  attempt: 1,
  name: 'demo',
  title: 'Demo',
  businessUnit: 'Kitchen',
  costCenter: 'cc-1',
  zone: 'demo.apps.example.com',
  hostingEndpoint: { kind: 'name', name: 'd111111abcdef8.cloudfront.net' },
  certificateId: CERTIFICATE,
  members: ['*'],
  leads: [],
  approvers: [],
  standingGrants: [],
  maxApps: 10,
  createdAt: T0,
  auditSeq: 0,
  auditHash: '',
});

async function openTeam() {
  const cloudfront = new FakeCloudFront({
    distributionId: 'E1',
    edgeDistributionId: 'E2',
    connectionGroupId: 'cg_1',
    parameters: TENANT_PARAMETERS,
  });
  const { deps, server, close } = await deployToAws({ cloudfront });
  onTestFinished(close);
  const added = { action: 'added', by: 'person:ada@example.com', at: T0 };
  await deps.store.write({ opId: 'team', operations: deps.teams.changing(undefined, TEAM, added) });
  return { deps, server };
}

it.each([
  ['shared', 'E1'],
  ['edge', 'E2'],
] as const)('an app of the tier %s is a tenant of %s, with its team’s certificate', async (tier, id) => {
  const { deps, server } = await openTeam();
  const { app, host } = placeOf('lunch', 'apps.example.com');
  await deps.hosting.bind(app, host, tier);
  expect(server.log.at(-1)).toMatchObject({
    operation: 'CreateDistributionTenant',
    input: { DistributionId: id, Customizations: { Certificate: { Arn: CERTIFICATE } } },
  });
});

it('an app of a team that is not there is not bound', async () => {
  const { deps } = await openTeam();
  const { app } = placeOf('lunch');
  await expect(deps.hosting.bind(app, 'lunch.nobody.apps.example.com')).rejects.toThrow(NotFound);
});
