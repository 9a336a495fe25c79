import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { clientConfig } from './aws-server.ts';

export type Config = ReturnType<typeof clientConfig>;
export type Send = (config: Config) => Promise<object>;

export const at = new Date('2026-03-02T09:00:00.000Z');
export const bytes = new Uint8Array([0, 1, 254, 255]);

export const dynamodb = (config: Config) => new DynamoDBClient(config);
export const s3 = (config: Config) => new S3Client(config);
export const route53 = (config: Config) => new Route53Client(config);
export const cloudfront = (config: Config) => new CloudFrontClient(config);
export const acm = (config: Config) => new ACMClient(config);
export const kms = (config: Config) => new KMSClient(config);
export const ses = (config: Config) => new SESv2Client(config);
export const sfn = (config: Config) => new SFNClient(config);
export const events = (config: Config) => new EventBridgeClient(config);

export const item = {
  pk: { S: 'ä "<&' },
  n: { N: '1' },
  bytes: { B: bytes },
  deep: { M: { list: { L: [{ NULL: true }, { BOOL: false }, { SS: ['a'] }] } } },
};
export const getItem = { TableName: 't', Key: { pk: { S: 'a' } }, ConsistentRead: true };
export const records = {
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
export const changeInfo = { Id: '/change/C1', Status: 'PENDING', SubmittedAt: at } as const;
export const tenant = {
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
export const mail = {
  FromEmailAddress: 'cottage@example.com',
  Destination: { ToAddresses: ['ann@example.com', 'bob@example.com'] },
  Content: {
    Simple: {
      Subject: { Data: 'Lunch is live – ä' },
      Body: { Text: { Data: 'Hello', Charset: 'UTF-8' }, Html: { Data: '<p>Hello</p>' } },
    },
  },
};
