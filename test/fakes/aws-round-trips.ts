import { DescribeCertificateCommand } from '@aws-sdk/client-acm';
import { CreateDistributionTenantCommand } from '@aws-sdk/client-cloudfront';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GenerateMacCommand } from '@aws-sdk/client-kms';
import { ChangeResourceRecordSetsCommand, ListResourceRecordSetsCommand } from '@aws-sdk/client-route-53';
import { DeleteObjectsCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import {
  acm,
  at,
  bytes,
  changeInfo,
  cloudfront,
  dynamodb,
  events,
  getItem,
  item,
  kms,
  mail,
  records,
  route53,
  type Send,
  s3,
  ses,
  sfn,
  tenant,
} from './aws-case-inputs.ts';
import type { ServiceName } from './aws-services.ts';

interface RoundTrip {
  service: ServiceName;
  operation: string;
  send: Send;
  /** As the fake must see it; what the SDK adds by itself is not looked at. */
  input: object;
  /** What the fake answers, and the client must return. */
  output: object;
}

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
