import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateConfigurationSetCommand, CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { AwsVariables } from '../../shared/runtime/environment.ts';
import type { Json } from '../../shared/records/record-store.ts';
import { loadWorkflow, localFunctionNames, WORKFLOW_NAMES, workflowText } from '../../workflows/index.ts';
import { VARIABLES } from '../builders/aws-runtime.ts';
import { TestClock } from '../builders/clock.ts';
import { createRecordsTable } from '../contract/dynamodb-tables.ts';
import { createStateMachine } from '../contract/step-functions.ts';
import { FakeAcm } from '../fakes/acm.ts';
import { type AwsServer, clientConfig, serveAws } from '../fakes/aws-server.ts';
import { FakeCloudFront } from '../fakes/cloudfront.ts';
import { FakeDynamoDb } from '../fakes/dynamodb.ts';
import { FakeEventBridge } from '../fakes/event-bridge.ts';
import { FakeKms } from '../fakes/kms.ts';
import type { LambdaHandler } from '../fakes/lambda.ts';
import { FakeRoute53 } from '../fakes/route53.ts';
import { FakeS3 } from '../fakes/s3.ts';
import { FakeSes } from '../fakes/ses.ts';
import { FakeStepFunctions } from '../fakes/step-functions.ts';

/** What the multi-tenant distribution defines: see `infra/constructs/tenant-distribution.ts`. */
const PARAMETERS = ['app', 'release', 'mode', 'headersA', 'headersB'];

/** An AWS account as the templates leave it, before the first team: served on loopback, over fakes of its services. */
export interface Account {
  server: AwsServer;
  clock: TestClock;
  fakes: ReturnType<typeof makeFakes>;
  /** What every function is given. */
  variables: AwsVariables;
  /** Everything there is, remembered; what it returns brings that back. No execution may be running. */
  snapshot(): () => Promise<void>;
  close(): Promise<void>;
}

function makeFakes(clock: TestClock, functions: Record<string, LambdaHandler>) {
  const now = () => clock.now();
  const route53 = new FakeRoute53({ pendingReads: 1 });
  const acm = new FakeAcm({
    now,
    recordlessReads: 1,
    pendingReads: 1,
    cname: (name) =>
      route53
        .setsNamed(name)
        .find(({ Type }) => Type === 'CNAME')
        ?.ResourceRecords?.[0]?.Value?.replace(/\.$/, ''),
  });
  const cloudfront = new FakeCloudFront({
    distributionId: 'E1',
    connectionGroupId: VARIABLES.COTTAGE_CONNECTION_GROUP,
    parameters: PARAMETERS,
    certificate: (arn, host) => acm.serves(arn, host),
    deployReads: 1,
  });
  return {
    dynamodb: new FakeDynamoDb({ lag: true }),
    s3: new FakeS3(),
    route53,
    acm,
    cloudfront,
    kms: new FakeKms(),
    sesv2: new FakeSes({ now }),
    eventbridge: new FakeEventBridge(),
    sfn: new FakeStepFunctions({ functions, clock }),
  };
}

/** @param functions by the names that the workflows call them by; looked up when one is called. */
export async function openAccount(functions: Record<string, LambdaHandler>): Promise<Account> {
  const clock = new TestClock();
  const fakes = makeFakes(clock, functions);
  const server = await serveAws(fakes);
  const variables = await layOut(server);
  return {
    server,
    clock,
    fakes,
    variables,
    snapshot: () => {
      const restores = Object.values(fakes).map((fake) => ('snapshot' in fake ? fake.snapshot() : undefined));
      const at = clock.now();
      return async () => {
        for (const restore of restores) restore?.();
        clock.advance(at - clock.now());
      };
    },
    close: async () => {
      await server.close();
      fakes.sfn.close();
    },
  };
}

/** Makes what the stacks make, by the services' own calls; returns the variables that name it. */
export async function layOut(server: { url: string }): Promise<AwsVariables> {
  const config = clientConfig(server);
  const clients = {
    dynamodb: new DynamoDBClient(config),
    s3: new S3Client(config),
    route53: new Route53Client(config),
    kms: new KMSClient(config),
    ses: new SESv2Client(config),
    events: new EventBridgeClient(config),
    sfn: new SFNClient(config),
  };
  const { COTTAGE_TABLE, COTTAGE_BASE_DOMAIN, COTTAGE_EVENT_BUS, ...names } = VARIABLES;
  await createRecordsTable(clients.dynamodb, COTTAGE_TABLE);
  for (const Bucket of [names.COTTAGE_INCOMING_BUCKET, names.COTTAGE_RELEASE_BUCKET, names.COTTAGE_AUDIT_BUCKET]) {
    await clients.s3.send(new CreateBucketCommand({ Bucket }));
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await clients.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  await clients.route53.send(
    new CreateHostedZoneCommand({
      Name: COTTAGE_BASE_DOMAIN,
      CallerReference: 'the data stack',
      HostedZoneConfig: { Comment: 'heritage=cottage' },
    }),
  );
  const { KeyMetadata } = await clients.kms.send(
    new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
  );
  await clients.ses.send(new CreateEmailIdentityCommand({ EmailIdentity: 'example.com' }));
  const ConfigurationSetName = names.COTTAGE_MAIL_CONFIGURATION_SET;
  await clients.ses.send(new CreateConfigurationSetCommand({ ConfigurationSetName }));
  await clients.events.send(new CreateEventBusCommand({ Name: COTTAGE_EVENT_BUS }));
  let prefix = '';
  for (const name of WORKFLOW_NAMES) {
    const definition = loadWorkflow(name, localFunctionNames(workflowText(name)));
    const arn = await createStateMachine(clients.sfn, `cottage-${name}`, definition);
    prefix = arn.slice(0, -name.length);
  }
  for (const client of Object.values(clients)) client.destroy();
  return {
    ...VARIABLES,
    COTTAGE_SIGNING_KEYS: JSON.stringify({ k1: KeyMetadata?.Arn } satisfies Record<string, Json | undefined>),
    COTTAGE_STATE_MACHINES: prefix,
  };
}
