import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { expect, onTestFinished } from 'vitest';
import { logOf, makeMetrics, type Runtime } from '../../functions/aws/runtime.ts';
import { TENANT_PARAMETERS } from '../../shared/hosting/tenant-parameters.ts';
import { OidcIdentity } from '../../shared/identity/oidc-identity.ts';
import { openAws, PORT_MAKERS } from '../../shared/runtime/aws.ts';
import { readAwsEnvironment } from '../../shared/runtime/environment.ts';
import { type Team, TeamSchema } from '../../shared/teams/team.ts';
import { createRecordsTable } from '../contract/dynamodb-tables.ts';
import { createAuditBucket } from '../contract/s3-heads.ts';
import { createStateMachine } from '../contract/step-functions.ts';
import { waiting } from '../contract/waiting-publish.ts';
import { FakeAcm } from '../fakes/acm.ts';
import { clientConfig, serveAws } from '../fakes/aws-server.ts';
import { FakeCloudFront } from '../fakes/cloudfront.ts';
import { FakeDynamoDb } from '../fakes/dynamodb.ts';
import { FakeEventBridge } from '../fakes/event-bridge.ts';
import { FakeKms } from '../fakes/kms.ts';
import { FakeRoute53 } from '../fakes/route53.ts';
import { FakeS3 } from '../fakes/s3.ts';
import { FakeSes } from '../fakes/ses.ts';
import { FakeStepFunctions } from '../fakes/step-functions.ts';
import { machine } from '../workflows/runner-harness.ts';
import { VARIABLES, writtenLines } from './aws-runtime.ts';
import { TestClock } from './clock.ts';
import { newKey, openIssuer, signToken } from './issuer.ts';

const BASE = VARIABLES.COTTAGE_BASE_DOMAIN;
const ZONE = `finance.${BASE}`;

/** What stands behind every port of the AWS edition, as its templates lay it out, with one team in it. */
export async function openAwsAccount() {
  const { work, states } = waiting();
  const acm = new FakeAcm();
  const fakes = {
    acm,
    cloudfront: new FakeCloudFront({
      distributionId: 'E1',
      connectionGroupId: VARIABLES.COTTAGE_CONNECTION_GROUP,
      parameters: TENANT_PARAMETERS,
      certificate: (arn, host) => acm.serves(arn, host),
    }),
    dynamodb: new FakeDynamoDb(),
    eventbridge: new FakeEventBridge(),
    kms: new FakeKms(),
    route53: new FakeRoute53(),
    s3: new FakeS3(),
    sesv2: new FakeSes(),
    sfn: new FakeStepFunctions({ functions: { work } }),
  };
  const server = await serveAws(fakes);
  const sdk = clientConfig(server);
  const clients = {
    dynamodb: new DynamoDBClient(sdk),
    kms: new KMSClient(sdk),
    s3: new S3Client(sdk),
    ses: new SESv2Client(sdk),
    sfn: new SFNClient(sdk),
  };
  onTestFinished(async () => {
    for (const client of Object.values(clients)) client.destroy();
    await server.close();
    fakes.sfn.close();
    expect(server.defects).toEqual([]);
  });
  const signingKey = await layOut(clients, machine(states));
  const environment = { COTTAGE_SIGNING_KEYS: JSON.stringify({ k1: signingKey }) };
  const lines = writtenLines();
  const logger = new Logger({ serviceName: 'test-function', logLevel: 'INFO' });
  const clock = new TestClock();
  const key = newKey('k1');
  const issuer = await openIssuer(key);
  const { COTTAGE_OIDC_AUDIENCE: audience } = VARIABLES;
  const deps = openAws({
    name: 'test-function',
    ports: PORT_MAKERS,
    environment: readAwsEnvironment({ ...VARIABLES, ...environment }),
    log: logOf(logger),
    sdk,
    replace: {
      clock,
      // An issuer on loopback, which is none that an environment may name.
      identity: new OidcIdentity({ issuer: issuer.url, audience, rolesByGroup: { it: ['admin'] } }),
    },
  });
  const runtime: Runtime = { deps, logger, metrics: makeMetrics('test-function') };
  const team = await addTeam(deps);
  // The data stack says who may issue certificates below the base domain.
  const caa = {
    Name: `${BASE}.`,
    Type: 'CAA',
    TTL: 300,
    ResourceRecords: [{ Value: '0 issue "amazon.com"' }],
  } as const;
  fakes.route53.plantSet(BASE, { ...caa, ResourceRecords: [...caa.ResourceRecords] });
  return {
    fakes,
    /** What the environment of a function has here and not in `VARIABLES`. */
    environment,
    server,
    clients,
    clock,
    deps,
    runtime,
    team,
    adminToken: signToken(key, issuer.claims({ groups: ['it'] })),
    logs: () => lines.filter((line) => !('_aws' in line)),
    /** Values of metrics, by their names, in the order in which they were written. */
    metrics: () =>
      lines.flatMap((line) => {
        const { _aws: marker, service: _, function_name: __, ...values } = line;
        return marker === undefined ? [] : [values];
      }),
  };
}

interface Clients {
  dynamodb: DynamoDBClient;
  kms: KMSClient;
  s3: S3Client;
  ses: SESv2Client;
  sfn: SFNClient;
}

/** Makes what the data stack makes. Returns the ARN of the signing key. */
async function layOut({ dynamodb, kms, s3, ses, sfn }: Clients, publish: string): Promise<string> {
  await createRecordsTable(dynamodb, VARIABLES.COTTAGE_TABLE);
  for (const Bucket of [VARIABLES.COTTAGE_INCOMING_BUCKET, VARIABLES.COTTAGE_RELEASE_BUCKET]) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  await createAuditBucket(s3, VARIABLES.COTTAGE_AUDIT_BUCKET);
  await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'example.com' }));
  await createStateMachine(sfn, 'cottage-publish', publish);
  const command = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(command));
  return KeyMetadata?.Arn ?? '';
}

/** The zones of the base domain and of one team, its certificate, and its record. */
async function addTeam({ dns, certificates, teams, store }: Runtime['deps']): Promise<Team> {
  for (const zone of [BASE, ZONE]) await dns.createZone(zone);
  const certificateId = await certificates.request([`*.${ZONE}`]);
  expect(await certificates.status(certificateId)).toMatchObject({ state: 'issued' });
  const at = '2026-03-02T09:00:00.000Z';
  const team = TeamSchema.parse({
    state: 'ready',
    stateSince: at,
    stateBy: 'cottage',
    attempt: 1,
    name: 'finance',
    title: 'Finance',
    businessUnit: 'Finance',
    costCenter: 'cc-1',
    zone: ZONE,
    hostingEndpoint: { kind: 'name', name: VARIABLES.COTTAGE_EDGE_ENDPOINT },
    certificateId,
    members: ['*'],
    leads: [],
    approvers: [],
    standingGrants: [],
    maxApps: 10,
    createdAt: at,
    auditSeq: 0,
    auditHash: '',
  });
  const added = { at, action: 'added', by: 'person:ada@example.com' };
  await store.write({ opId: 'add-team', operations: teams.changing(undefined, team, added) });
  return team;
}
