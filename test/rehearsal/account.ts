import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  type PutEventsCommandInput,
} from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateHostedZoneCommand,
  ListHostedZonesByNameCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateConfigurationSetCommand,
  CreateEmailIdentityCommand,
  SESv2Client,
  type SendEmailCommandInput,
} from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { TENANT_PARAMETERS } from '../../shared/hosting/tenant-parameters.ts';
import type { Json } from '../../shared/records/record-store.ts';
import type { AwsVariables } from '../../shared/runtime/environment.ts';
import { loadWorkflow, localFunctionNames, WORKFLOW_NAMES, workflowText } from '../../workflows/index.ts';
import { VARIABLES } from '../builders/aws-runtime.ts';
import { TestClock } from '../builders/clock.ts';
import type { CloudFrontParts } from '../builders/cloudfront-answer.ts';
import { objectsAt, objectsOf } from '../builders/cloudfront-edge.ts';
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
import type { RawEvent, RawItem, RawMail } from './observer.ts';

/** An AWS account as the templates leave it, before the first team, served on loopback. */
export interface Account {
  server: AwsServer;
  clock: TestClock;
  sfn: FakeStepFunctions;
  cloudfront: FakeCloudFront;
  /** What an operator has put into the edge's key-value store. */
  edgeKeys: Map<string, string>;
  /** What every function is given. */
  variables: AwsVariables;
  /** The id of the zone of this name. */
  zoneId: (name: string) => Promise<string>;
  /** What a visitor's request finds in the release bucket. */
  object: CloudFrontParts['object'];
  items: () => Promise<RawItem[]>;
  mails: () => Promise<RawMail[]>;
  events: () => Promise<RawEvent[]>;
  /** Whether a form that is posted to a bucket leaves the file's checksum there, as it has to. */
  takesForms: boolean;
  /** Lets reads that lag catch up. */
  settle: () => void;
  /** Everything there is, remembered; what it returns brings that back. No execution may be running. */
  snapshot: () => () => void;
  close: () => Promise<void>;
}

/** Step Functions and CloudFront: what no emulator of others has, or has as Cottage needs it. */
function makeOwn(
  clock: TestClock,
  functions: Functions,
  certificate?: (arn: string, host: string) => boolean,
) {
  return {
    sfn: new FakeStepFunctions({ functions, clock }),
    cloudfront: new FakeCloudFront({
      distributionId: 'E1',
      edgeDistributionId: 'E2',
      connectionGroupId: VARIABLES.COTTAGE_CONNECTION_GROUP,
      parameters: TENANT_PARAMETERS,
      certificate,
      deployReads: 1,
    }),
  };
}

type Functions = Record<string, LambdaHandler>;

/**
 * Over our own fakes, as unkind as they can be: indexes lag, certificates wait for their records in DNS, and a change of
 * the edge takes its time.
 * @param functions by the names that the workflows call them by; looked up when one is called.
 */
export async function openAccount(functions: Functions): Promise<Account> {
  const clock = new TestClock();
  const now = () => clock.now();
  const route53 = new FakeRoute53({ pendingReads: 1 });
  const cname = (name: string) =>
    route53
      .setsNamed(name)
      .find(({ Type }) => Type === 'CNAME')
      ?.ResourceRecords?.[0]?.Value?.replace(/\.$/, '');
  const acm = new FakeAcm({ recordlessReads: 1, pendingReads: 1, cname });
  const own = makeOwn(clock, functions, (arn, host) => acm.serves(arn, host));
  const fakes = {
    ...own,
    dynamodb: new FakeDynamoDb({ lag: true }),
    s3: new FakeS3(),
    route53,
    acm,
    kms: new FakeKms(),
    sesv2: new FakeSes({ now }),
    eventbridge: new FakeEventBridge(),
  };
  const server = await serveAws(fakes);
  const { variables, edgeKeys } = await layOut(server);
  return {
    ...own,
    server,
    clock,
    variables,
    edgeKeys,
    zoneId: async (name) => route53.zoneId(name),
    object: objectsOf(() => fakes.s3.bucket(variables.COTTAGE_RELEASE_BUCKET)),
    items: async () => fakes.dynamodb.items(variables.COTTAGE_TABLE),
    mails: async () => fakes.sesv2.taken,
    events: async () => fakes.eventbridge.delivered,
    takesForms: true,
    settle: () => fakes.dynamodb.settle(),
    snapshot: () => {
      const restores = Object.values(fakes).map((fake) => ('snapshot' in fake ? fake.snapshot() : undefined));
      const at = clock.now();
      return () => {
        for (const restore of restores) restore?.();
        clock.advance(at - clock.now());
      };
    },
    close: async () => {
      await server.close();
      own.sfn.close();
    },
  };
}

/**
 * What an emulator by others stands in for: a second opinion on what our own fakes take and answer. Its certificates are
 * issued by a clock that nobody can move.
 */
const ELSEWHERE = ['dynamodb', 's3', 'route53', 'kms', 'sesv2', 'eventbridge'] as const;

/** Over an emulator at this address, and our own fakes of what it lacks. */
export async function openAccountElsewhere(functions: Functions, url: string): Promise<Account> {
  const clock = new TestClock();
  const acm = new FakeAcm({ recordlessReads: 1, pendingReads: 1 });
  const own = makeOwn(clock, functions, (arn, host) => acm.serves(arn, host));
  const server = await serveAws({ ...own, acm }, { url, services: ELSEWHERE });
  const { variables, edgeKeys } = await layOut(server);
  const direct = clientConfig({ url });
  const clients = {
    dynamodb: new DynamoDBClient(direct),
    s3: new S3Client(direct),
    route53: new Route53Client(direct),
  };
  const sent = (operation: string) =>
    server.log.filter((call) => call.operation === operation && call.outcome === 'ok');
  return {
    ...own,
    server,
    clock,
    variables,
    edgeKeys,
    zoneId: async (DNSName) => {
      const { HostedZones } = await clients.route53.send(new ListHostedZonesByNameCommand({ DNSName }));
      return HostedZones?.[0]?.Id?.replace('/hostedzone/', '') ?? '';
    },
    object: objectsAt(clients.s3, variables.COTTAGE_RELEASE_BUCKET),
    items: async () =>
      (await clients.dynamodb.send(new ScanCommand({ TableName: variables.COTTAGE_TABLE }))).Items ?? [],
    mails: async () =>
      sent('SendEmail').map(({ input }) => {
        const { Destination, Content } = input as SendEmailCommandInput;
        return { to: Destination?.ToAddresses ?? [], raw: String(Buffer.from(Content?.Raw?.Data ?? [])) };
      }),
    events: async () =>
      sent('PutEvents').flatMap(({ input }) =>
        ((input as PutEventsCommandInput).Entries ?? []).map(({ DetailType = '' }) => ({
          'detail-type': DetailType,
        })),
      ),
    takesForms: false,
    settle: () => undefined,
    snapshot: () => {
      throw new TypeError('what is elsewhere cannot be brought back');
    },
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await server.close();
      own.sfn.close();
    },
  };
}

/**
 * Makes what the stacks make, by the services' own calls, and gives the edge its key as docs/aws.md says; returns the
 * variables that name it all.
 */
async function layOut(server: { url: string }): Promise<Pick<Account, 'variables' | 'edgeKeys'>> {
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
  for (const Bucket of [
    names.COTTAGE_INCOMING_BUCKET,
    names.COTTAGE_RELEASE_BUCKET,
    names.COTTAGE_AUDIT_BUCKET,
  ]) {
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
  const { Mac = [] } = await clients.kms.send(
    new GenerateMacCommand({
      KeyId: KeyMetadata?.Arn,
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from('cottage/edge-key'),
    }),
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
    edgeKeys: new Map([['viewer-cookie/k1', Buffer.from(Mac).toString('base64')]]),
    variables: {
      ...VARIABLES,
      COTTAGE_SIGNING_KEYS: JSON.stringify({ k1: KeyMetadata?.Arn } satisfies Record<
        string,
        Json | undefined
      >),
      COTTAGE_STATE_MACHINES: prefix,
    },
  };
}
