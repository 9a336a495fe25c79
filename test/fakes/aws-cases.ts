import { ACMClient, DescribeCertificateCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import {
  CloudFrontClient,
  CreateDistributionTenantCommand,
  UpdateDistributionTenantCommand,
} from '@aws-sdk/client-cloudfront';
import { DynamoDBClient, GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { clientConfig } from './aws-server.ts';
import type { ServiceName } from './aws-services.ts';

type Config = ReturnType<typeof clientConfig>;
type Send = (config: Config) => Promise<object>;

interface RoundTrip {
  service: ServiceName;
  operation: string;
  send: Send;
  /** As the fake must see it; what the SDK adds by itself is not looked at. */
  input: object;
  /** What the fake answers, and the client must return. */
  output: object;
}

const at = new Date('2026-03-02T09:00:00.000Z');
const bytes = new Uint8Array([0, 1, 254, 255]);

const dynamodb = (config: Config) => new DynamoDBClient(config);
const s3 = (config: Config) => new S3Client(config);
const route53 = (config: Config) => new Route53Client(config);
const cloudfront = (config: Config) => new CloudFrontClient(config);
const acm = (config: Config) => new ACMClient(config);
const kms = (config: Config) => new KMSClient(config);
const ses = (config: Config) => new SESv2Client(config);
const sfn = (config: Config) => new SFNClient(config);
const events = (config: Config) => new EventBridgeClient(config);

const item = {
  pk: { S: 'ä "<&' },
  n: { N: '1' },
  bytes: { B: bytes },
  deep: { M: { list: { L: [{ NULL: true }, { BOOL: false }, { SS: ['a'] }] } } },
};
const getItem = { TableName: 't', Key: { pk: { S: 'a' } }, ConsistentRead: true };
const records = {
  HostedZoneId: 'Z1',
  ChangeBatch: {
    Comment: ' two & <more> ',
    Changes: [
      {
        Action: 'UPSERT',
        ResourceRecordSet: {
          Name: 'a.example.',
          Type: 'CNAME',
          TTL: 60,
          ResourceRecords: [{ Value: 'b.example.' }],
        },
      },
      {
        Action: 'DELETE',
        ResourceRecordSet: {
          Name: 'c.example.',
          Type: 'TXT',
          TTL: 60,
          ResourceRecords: [{ Value: '"one"' }, { Value: '"two"' }],
        },
      },
    ],
  },
} as const;
const changeInfo = { Id: '/change/C1', Status: 'PENDING', SubmittedAt: at } as const;
const tenant = {
  DistributionId: 'D1',
  Name: 'lunch',
  Domains: [{ Domain: 'lunch.finance.example.com' }],
  Parameters: [
    { Name: 'app', Value: 'a1' },
    { Name: 'release', Value: 'r1' },
  ],
  Customizations: { Certificate: { Arn: 'arn:aws:acm:us-east-1:1:certificate/1' } },
  Tags: { Items: [{ Key: 'app', Value: 'a1' }] },
  Enabled: true,
};
const mail = {
  FromEmailAddress: 'cottage@example.com',
  Destination: { ToAddresses: ['ann@example.com', 'bob@example.com'] },
  Content: {
    Simple: {
      Subject: { Data: 'Lunch is live – ä' },
      Body: { Text: { Data: 'Hello', Charset: 'UTF-8' }, Html: { Data: '<p>Hello</p>' } },
    },
  },
};

/** Real operations of every client, with nested inputs and outputs, and every binding of the protocols. */
export const ROUND_TRIPS: RoundTrip[] = [
  {
    service: 'dynamodb',
    operation: 'GetItem',
    send: (config) => dynamodb(config).send(new GetItemCommand(getItem)),
    input: getItem,
    output: { Item: item },
  },
  {
    service: 's3',
    operation: 'DeleteObjects',
    send: (config) =>
      s3(config).send(
        new DeleteObjectsCommand({
          Bucket: 'b',
          Delete: { Objects: [{ Key: 'a/ä & b' }, { Key: 'c', VersionId: 'v1' }], Quiet: true },
        }),
      ),
    input: {
      Bucket: 'b',
      Delete: { Objects: [{ Key: 'a/ä & b' }, { Key: 'c', VersionId: 'v1' }], Quiet: true },
    },
    output: {
      Deleted: [{ Key: 'c', DeleteMarker: true }],
      Errors: [{ Key: 'a/ä & b', Code: 'AccessDenied' }],
    },
  },
  {
    service: 's3',
    operation: 'ListObjectsV2',
    send: (config) => s3(config).send(new ListObjectsV2Command({ Bucket: 'b', Prefix: 'a/ä&', MaxKeys: 2 })),
    input: { Bucket: 'b', Prefix: 'a/ä&', MaxKeys: 2 },
    output: {
      IsTruncated: true,
      Contents: [
        { Key: 'a/1', LastModified: at, Size: 3, ETag: '"e"' },
        { Key: 'a/2', LastModified: at, Size: 4 },
      ],
      NextContinuationToken: 'more',
    },
  },
  {
    service: 's3',
    operation: 'HeadObject',
    send: (config) =>
      s3(config).send(new HeadObjectCommand({ Bucket: 'b', Key: 'a b/ä+c', IfModifiedSince: at })),
    input: { Bucket: 'b', Key: 'a b/ä+c', IfModifiedSince: at },
    output: { ContentLength: 3, LastModified: at, Metadata: { sha: 'abc', csp: "default-src 'self'" } },
  },
  {
    service: 'cloudfront',
    operation: 'CreateDistributionTenant',
    send: (config) => cloudfront(config).send(new CreateDistributionTenantCommand(tenant)),
    input: tenant,
    output: {
      ETag: 'E1',
      DistributionTenant: {
        Id: 'dt_1',
        Name: 'lunch',
        Domains: [{ Domain: 'lunch.finance.example.com', Status: 'active' }],
        Enabled: true,
        CreatedTime: at,
      },
    },
  },
  {
    service: 'route53',
    operation: 'ChangeResourceRecordSets',
    send: (config) =>
      route53(config).send(new ChangeResourceRecordSetsCommand(structuredClone(records) as never)),
    input: records,
    output: { ChangeInfo: changeInfo },
  },
  {
    service: 'route53',
    operation: 'ListResourceRecordSets',
    send: (config) =>
      route53(config).send(
        new ListResourceRecordSetsCommand({
          HostedZoneId: '/hostedzone/Z1',
          StartRecordName: 'a.example.',
          MaxItems: 5,
        }),
      ),
    input: { HostedZoneId: 'Z1', StartRecordName: 'a.example.', MaxItems: 5 },
    output: {
      ResourceRecordSets: [
        { Name: 'a.example.', Type: 'A', TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] },
      ],
      IsTruncated: false,
      MaxItems: 5,
    },
  },
  {
    service: 'acm',
    operation: 'DescribeCertificate',
    send: (config) =>
      acm(config).send(new DescribeCertificateCommand({ CertificateArn: 'arn:aws:acm:::c/1' })),
    input: { CertificateArn: 'arn:aws:acm:::c/1' },
    output: {
      Certificate: {
        NotAfter: at,
        DomainValidationOptions: [
          { DomainName: '*.x', ResourceRecord: { Name: '_a.x', Type: 'CNAME', Value: '_b.acm' } },
        ],
      },
    },
  },
  {
    service: 'sesv2',
    operation: 'SendEmail',
    send: (config) => ses(config).send(new SendEmailCommand(mail)),
    input: mail,
    output: { MessageId: 'm-1' },
  },
  {
    service: 'kms',
    operation: 'GenerateMac',
    send: (config) =>
      kms(config).send(new GenerateMacCommand({ KeyId: 'k', Message: bytes, MacAlgorithm: 'HMAC_SHA_256' })),
    input: { KeyId: 'k', Message: bytes, MacAlgorithm: 'HMAC_SHA_256' },
    output: { Mac: new Uint8Array([9, 8, 7]), KeyId: 'k' },
  },
  {
    service: 'sfn',
    operation: 'StartExecution',
    send: (config) =>
      sfn(config).send(new StartExecutionCommand({ stateMachineArn: 'arn', name: 'p-1', input: '{"a":1}' })),
    input: { stateMachineArn: 'arn', name: 'p-1', input: '{"a":1}' },
    output: { executionArn: 'arn:p-1', startDate: at },
  },
  {
    service: 'eventbridge',
    operation: 'PutEvents',
    send: (config) =>
      events(config).send(
        new PutEventsCommand({
          Entries: [{ Source: 'cottage', DetailType: 'AppPublished', Detail: '{}', Time: at }],
        }),
      ),
    input: { Entries: [{ Source: 'cottage', DetailType: 'AppPublished', Detail: '{}', Time: at }] },
    output: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'later' }] },
  },
];

interface ErrorCase {
  service: ServiceName;
  operation: string;
  send: Send;
  /** The error's name, its status, and what it carries beside its message. */
  error: [name: string, status: number, fields?: Record<string, unknown>];
}

const cancelled = { CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item: item }, { Code: 'None' }] };

/** An error of each service that its client has a class for. */
export const ERRORS: ErrorCase[] = [
  {
    service: 'dynamodb',
    operation: 'TransactWriteItems',
    send: (config) =>
      dynamodb(config).send(
        new TransactWriteItemsCommand({
          TransactItems: [{ Delete: { TableName: 't', Key: { pk: { S: 'a' } } } }],
        }),
      ),
    error: ['TransactionCanceledException', 400, cancelled],
  },
  {
    service: 's3',
    operation: 'GetObject',
    send: (config) => s3(config).send(new GetObjectCommand({ Bucket: 'b', Key: 'k' })),
    error: ['NoSuchKey', 404],
  },
  {
    service: 'cloudfront',
    operation: 'UpdateDistributionTenant',
    send: (config) =>
      cloudfront(config).send(new UpdateDistributionTenantCommand({ Id: 'dt_1', IfMatch: 'E0' })),
    error: ['PreconditionFailed', 412],
  },
  {
    service: 'route53',
    operation: 'ChangeResourceRecordSets',
    send: (config) =>
      route53(config).send(new ChangeResourceRecordSetsCommand(structuredClone(records) as never)),
    error: ['InvalidChangeBatch', 400, { messages: ['one <is> there', 'two is not'] }],
  },
  {
    service: 'acm',
    operation: 'RequestCertificate',
    send: (config) => acm(config).send(new RequestCertificateCommand({ DomainName: '*.x' })),
    error: ['LimitExceededException', 400],
  },
  {
    service: 'sesv2',
    operation: 'SendEmail',
    send: (config) => ses(config).send(new SendEmailCommand(mail)),
    error: ['MessageRejected', 400],
  },
  {
    service: 'kms',
    operation: 'GenerateMac',
    send: (config) =>
      kms(config).send(new GenerateMacCommand({ KeyId: 'k', Message: bytes, MacAlgorithm: 'HMAC_SHA_256' })),
    error: ['NotFoundException', 400],
  },
  {
    service: 'sfn',
    operation: 'DescribeExecution',
    send: (config) => sfn(config).send(new DescribeExecutionCommand({ executionArn: 'arn' })),
    error: ['ExecutionDoesNotExist', 400],
  },
  {
    service: 'eventbridge',
    operation: 'PutEvents',
    send: (config) => events(config).send(new PutEventsCommand({ Entries: [] })),
    error: ['InternalException', 500],
  },
];

interface Unfit {
  send: Send;
  service: ServiceName;
  /** The name of the error, and what is said. */
  refusal: [name: string, says: string];
}

const unfit = (input: unknown) => input as never;

/** What the SDK sends as it is told to, and no service takes. */
export const UNFIT: Unfit[] = [
  {
    service: 'dynamodb',
    send: (config) => dynamodb(config).send(new GetItemCommand(unfit({ TableName: 't' }))),
    refusal: ['ValidationException', 'GetItem.Key is required and missing'],
  },
  {
    service: 'dynamodb',
    send: (config) => dynamodb(config).send(new GetItemCommand(unfit({ TableName: 7, Key: {} }))),
    refusal: ['ValidationException', 'GetItem.TableName is of the wrong type: 7'],
  },
  {
    service: 'dynamodb',
    send: (config) =>
      dynamodb(config).send(new GetItemCommand(unfit({ TableName: 't', Key: { pk: { S: 'a', N: '1' } } }))),
    refusal: ['ValidationException', 'GetItem.Key.pk has 2 members; a union has one'],
  },
  {
    service: 's3',
    send: (config) =>
      s3(config).send(new DeleteObjectsCommand(unfit({ Bucket: 'b', Delete: { Quiet: true } }))),
    refusal: ['InvalidArgument', 'DeleteObjects.Delete.Objects is required and missing'],
  },
  {
    service: 'cloudfront',
    send: (config) =>
      cloudfront(config).send(new CreateDistributionTenantCommand(unfit({ DistributionId: 'D', Name: 'n' }))),
    refusal: ['InvalidArgument', 'CreateDistributionTenant.Domains is required and missing'],
  },
  {
    service: 'route53',
    send: (config) =>
      route53(config).send(
        new ChangeResourceRecordSetsCommand(
          unfit({
            HostedZoneId: 'Z',
            ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: { Name: 'a.' } }] },
          }),
        ),
      ),
    refusal: [
      'InvalidInput',
      'ChangeResourceRecordSets.ChangeBatch.Changes[0].ResourceRecordSet.Type is required and missing',
    ],
  },
  {
    service: 'acm',
    send: (config) => acm(config).send(new DescribeCertificateCommand(unfit({}))),
    refusal: ['ValidationException', 'DescribeCertificate.CertificateArn is required and missing'],
  },
  {
    service: 'sesv2',
    send: (config) => ses(config).send(new SendEmailCommand(unfit({ Destination: {} }))),
    refusal: ['BadRequestException', 'SendEmail.Content is required and missing'],
  },
  {
    service: 'kms',
    send: (config) => kms(config).send(new GenerateMacCommand(unfit({ KeyId: 'k', Message: bytes }))),
    refusal: ['ValidationException', 'GenerateMac.MacAlgorithm is required and missing'],
  },
  {
    service: 'sfn',
    send: (config) => sfn(config).send(new StartExecutionCommand(unfit({ name: 'n' }))),
    refusal: ['ValidationException', 'StartExecution.stateMachineArn is required and missing'],
  },
  {
    service: 'eventbridge',
    send: (config) => events(config).send(new PutEventsCommand(unfit({}))),
    refusal: ['ValidationException', 'PutEvents.Entries is required and missing'],
  },
];
