import { DescribeCertificateCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import { CreateDistributionTenantCommand, UpdateDistributionTenantCommand } from '@aws-sdk/client-cloudfront';
import { GetItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GenerateMacCommand } from '@aws-sdk/client-kms';
import { ChangeResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { DeleteObjectsCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import {
  acm,
  bytes,
  cloudfront,
  dynamodb,
  events,
  item,
  kms,
  mail,
  records,
  route53,
  type Send,
  s3,
  ses,
  sfn,
} from './aws-case-inputs.ts';
import type { ServiceName } from './aws-services.ts';

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
