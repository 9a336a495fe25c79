import { describe, expect, it } from 'vitest';
import { RECORDS_TABLE } from '../../shared/records/table.ts';
import { KEPT_DAYS } from '../../shared/uploads/upload.ts';
import { type Resource, resourcesOf, synthesise } from './synthesised.ts';

const { stacks, templates } = synthesise();
const { data } = templates;
const only = (type: string): Resource => {
  const [resource, ...others] = resourcesOf(data, type);
  expect(others).toEqual([]);
  return resource as Resource;
};
const bucket = (name: string): Resource =>
  resourcesOf(data, 'AWS::S3::Bucket').find((each) =>
    JSON.stringify(each.Properties['BucketName']).includes(`-${name}-`),
  ) as Resource;

describe('what outlives everything', () => {
  it.each([
    'AWS::DynamoDB::Table',
    'AWS::S3::Bucket',
    'AWS::KMS::Key',
    'AWS::Route53::HostedZone',
    'AWS::SES::EmailIdentity',
  ])('is kept when the stack goes: %s', (type) => {
    const resources = resourcesOf(data, type);
    expect(resources).not.toEqual([]);
    for (const resource of resources) {
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  it('is in a stack that cannot be deleted by mistake', () => {
    expect(stacks.data.terminationProtection).toBe(true);
  });
});

const keySchema = (pk: string, sk: string) => [
  { AttributeName: pk, KeyType: 'HASH' },
  { AttributeName: sk, KeyType: 'RANGE' },
];

describe('the table of records', () => {
  const { Properties } = only('AWS::DynamoDB::Table');

  it('can be put back to any second of five weeks, and is neither deleted nor read by others', () => {
    expect(Properties).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
      DeletionProtectionEnabled: true,
      SSESpecification: { SSEEnabled: true },
      BillingMode: 'PAY_PER_REQUEST',
    });
  });

  it('has the keys and indexes that the store asks by, all strings, all whole', () => {
    expect(Properties['KeySchema']).toEqual(keySchema(RECORDS_TABLE.partitionKey, RECORDS_TABLE.sortKey));
    expect(Properties['GlobalSecondaryIndexes']).toMatchObject(
      RECORDS_TABLE.indexes.map(({ name, partitionKey, sortKey }) => ({
        IndexName: name,
        KeySchema: keySchema(partitionKey, sortKey),
        Projection: { ProjectionType: 'ALL' },
      })),
    );
    const types = (Properties['AttributeDefinitions'] as { AttributeType: string }[]).map(
      (a) => a.AttributeType,
    );
    expect(new Set(types)).toEqual(new Set(['S']));
  });
});

describe('each bucket', () => {
  it.each(['incoming', 'releases', 'audit', 'logs'])('%s is private, encrypted and versioned', (name) => {
    expect(bucket(name).Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });

  it('is reached over TLS 1.2 or not at all', () => {
    const policies = resourcesOf(data, 'AWS::S3::BucketPolicy');
    expect(policies).toHaveLength(4);
    for (const { Properties } of policies) {
      const { Statement } = Properties['PolicyDocument'] as {
        Statement: { Effect: string; Condition: unknown }[];
      };
      const denied = Statement.filter(({ Effect }) => Effect === 'Deny').map(({ Condition }) => Condition);
      expect(denied).toEqual([
        { Bool: { 'aws:SecureTransport': 'false' } },
        { NumericLessThan: { 's3:TlsVersion': 1.2 } },
      ]);
    }
  });

  it.each([
    // Longer than a publish of it may wait.
    ['incoming', { Id: 'left-behind', ExpirationInDays: KEPT_DAYS + 7 }],
    ['incoming', { NoncurrentVersionExpiration: { NoncurrentDays: KEPT_DAYS + 7 } }],
    ['releases', { Id: 'old-versions', NoncurrentVersionExpiration: { NoncurrentDays: 30 } }],
    ['releases', { Id: 'work', Prefix: 'work/', ExpirationInDays: 30 }],
    ['logs', { Id: 'old-logs', ExpirationInDays: 90 }],
    ['audit', { Id: 'unfinished-uploads', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }],
  ])('%s forgets what nobody needs: %o', (name, rule) => {
    const { Rules } = bucket(name).Properties['LifecycleConfiguration'] as { Rules: unknown[] };
    expect(Rules).toContainEqual(expect.objectContaining(rule));
  });

  it('of releases forgets no file that is current, outside work in progress', () => {
    const { Rules } = bucket('releases').Properties['LifecycleConfiguration'] as {
      Rules: { ExpirationInDays?: number; Prefix?: string }[];
    };
    expect(Rules.filter((rule) => rule.ExpirationInDays !== undefined).map(({ Prefix }) => Prefix)).toEqual([
      'work/',
    ]);
  });

  it('of the audit trail cannot be rewritten, by anybody', () => {
    expect(bucket('audit').Properties).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 365 } } },
    });
  });
});

describe('the edge', () => {
  it("reads apps' files, lists to tell what is missing, and nothing else", () => {
    const policies = resourcesOf(data, 'AWS::S3::BucketPolicy').flatMap(
      ({ Properties }) =>
        (
          Properties['PolicyDocument'] as {
            Statement: { Action: string; Principal: unknown; Resource: unknown }[];
          }
        ).Statement,
    );
    const ofEdge = policies.filter(({ Principal }) => JSON.stringify(Principal).includes('cloudfront'));
    expect(ofEdge.map(({ Action }) => Action).toSorted()).toEqual(['s3:GetObject', 's3:ListBucket']);
    expect(JSON.stringify(ofEdge.find(({ Action }) => Action === 's3:GetObject')?.Resource)).toContain(
      '/apps/*',
    );
  });
});

describe('keys, zone, mail and events', () => {
  it('has a key for macs that KMS never shows, for each kid', () => {
    const config = { signingKeys: ['k2', 'k1'] };
    const keys = resourcesOf(synthesise(config).templates.data, 'AWS::KMS::Key');
    expect(keys.map(({ Properties }) => [Properties['KeySpec'], Properties['KeyUsage']])).toEqual([
      ['HMAC_256', 'GENERATE_VERIFY_MAC'],
      ['HMAC_256', 'GENERATE_VERIFY_MAC'],
    ]);
  });

  it('marks the apex as ours, and says which name servers to delegate to', () => {
    expect(only('AWS::Route53::HostedZone').Properties).toMatchObject({
      Name: 'apps.example.com.',
      HostedZoneConfig: { Comment: 'heritage=cottage' },
    });
    expect(data.Outputs).toHaveProperty('NameServers');
  });

  it('sends mail over TLS, and to nobody who has bounced', () => {
    expect(only('AWS::SES::ConfigurationSet').Properties).toMatchObject({
      DeliveryOptions: { TlsPolicy: 'REQUIRE' },
      SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
    });
    expect(only('AWS::SES::EmailIdentity').Properties).toMatchObject({ EmailIdentity: 'example.net' });
  });

  it('has a schema for every event, which says whose it is', () => {
    const schemas = resourcesOf(data, 'AWS::EventSchemas::Schema').map(({ Properties }) => ({
      name: Properties['SchemaName'],
      schema: JSON.parse(String(Properties['Content'])) as {
        properties: Record<string, { enum?: string[] }>;
      },
    }));
    expect(schemas.map(({ name }) => name)).toContain('cottage@AppPublished');
    expect(schemas).toHaveLength(12);
    for (const { name, schema } of schemas) {
      expect(name).toBe(`cottage@${String(schema.properties['detail-type']?.enum?.[0])}`);
      expect(schema.properties['source']?.enum).toEqual(['cottage']);
    }
  });

  it('keeps events to be replayed', () => {
    expect(only('AWS::Events::Archive').Properties).toMatchObject({ RetentionDays: 90 });
  });
});
