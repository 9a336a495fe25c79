import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Archive, EventBus } from 'aws-cdk-lib/aws-events';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import {
  AccountRootPrincipal,
  Effect,
  ManagedPolicy,
  PolicyDocument,
  PolicyStatement,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { PublicHostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import { CfnConfigurationSet, CfnEmailIdentity } from 'aws-cdk-lib/aws-ses';
import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { RECORDS_TABLE } from '../../shared/records/table.ts';
import { KEPT_DAYS } from '../../shared/uploads/upload.ts';
import { BOUNDARY_ACTIONS } from '../boundary.ts';
import type { CottageConfig } from '../config.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { PrivateBucket } from '../constructs/private-bucket.ts';
import { EVENT_DETAILS, eventSchema } from '../event-schemas.ts';
import type { DataFacilities } from '../facilities.ts';
import { EDGE_REGION, type Names, ZONE_COMMENT } from '../names.ts';

export interface DataStackProps extends StackProps {
  config: CottageConfig;
  names: Names;
}

/** What the account's administrators may do with a key. Without it nobody could ever change its policy again. */
const KEY_ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:GetKeyPolicy',
  'kms:ListAliases',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
];

/**
 * What must outlive everything else: records, files, the audit trail, keys, the apex zone, the sender's identity. All of
 * it stays when the stack is deleted, and deleting is forbidden besides.
 */
export class DataStack extends Stack {
  readonly facilities: DataFacilities;

  constructor(scope: Construct, id: string, { config, names, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    this.#boundary(names);
    const logs = this.#logBucket(config, names);
    this.#fileBuckets(config, names, logs);
    const mail = this.#mail(config);
    this.facilities = {
      records: this.#records(),
      bus: this.#bus(config, names),
      apex: this.#apex(config),
      signingKeys: new Map(config.signingKeys.map((kid) => [kid, this.#signingKey(kid, config.name)])),
      ...mail,
    };
  }

  #boundary({ boundary }: Names): void {
    const policy = new ManagedPolicy(this, 'Boundary', {
      managedPolicyName: boundary,
      description: 'The most that any role of Cottage may do. It grants nothing by itself.',
      statements: [new PolicyStatement({ actions: [...BOUNDARY_ACTIONS], resources: ['*'] })],
    });
    acknowledge(policy, {
      'AwsSolutions-IAM5[Resource::*]':
        'A permissions boundary grants nothing: resources are in the policies of the roles.',
    });
  }

  #records(): Table {
    const table = new Table(this, 'Records', {
      partitionKey: { name: RECORDS_TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: RECORDS_TABLE.sortKey, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 35 },
      encryption: TableEncryption.AWS_MANAGED,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const { name, partitionKey, sortKey } of RECORDS_TABLE.indexes) {
      table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: partitionKey, type: AttributeType.STRING },
        sortKey: { name: sortKey, type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      });
    }
    return table;
  }

  /** Access logs of buckets and of the edge. */
  #logBucket({ retention }: CottageConfig, names: Names): Bucket {
    const bucket = new PrivateBucket(this, 'Logs', {
      bucketName: names.bucket('logs'),
      lifecycleRules: [
        {
          id: 'old-logs',
          expiration: Duration.days(retention.logDays),
          noncurrentVersionExpiration: Duration.days(1),
        },
      ],
    });
    // CloudWatch, "Enabling logging from AWS services", to S3: it writes as the owner of the bucket, and for us alone.
    bucket.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('delivery.logs.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [bucket.arnForObjects('edge/*')],
        conditions: {
          StringEquals: { 'aws:SourceAccount': this.account, 's3:x-amz-acl': 'bucket-owner-full-control' },
          ArnLike: {
            'aws:SourceArn': `arn:${this.partition}:logs:${EDGE_REGION}:${this.account}:delivery-source:*`,
          },
        },
      }),
    );
    acknowledge(bucket, { 'AwsSolutions-S1': 'It holds access logs; logging the logging would never end.' });
    return bucket;
  }

  #fileBuckets({ retention }: CottageConfig, names: Names, logs: Bucket): void {
    // What strangers send. Cottage deletes it in its time, for a publish may wait long; this is for what it forgot.
    new PrivateBucket(this, 'Incoming', {
      bucketName: names.bucket('incoming'),
      accessLogs: logs,
      lifecycleRules: [
        {
          id: 'left-behind',
          expiration: Duration.days(KEPT_DAYS + 7),
          // A publish reads the version it was accepted with, even where another was put since.
          noncurrentVersionExpiration: Duration.days(KEPT_DAYS + 7),
        },
        { id: 'markers', expiredObjectDeleteMarker: true },
      ],
    });
    const releases = new PrivateBucket(this, 'Releases', {
      bucketName: names.bucket('releases'),
      accessLogs: logs,
      lifecycleRules: [
        { id: 'old-versions', noncurrentVersionExpiration: Duration.days(30) },
        { id: 'work', prefix: 'work/', expiration: Duration.days(30) },
      ],
    });
    this.#letTheEdgeRead(releases);
    new PrivateBucket(this, 'Audit', {
      bucketName: names.bucket('audit'),
      accessLogs: logs,
      objectLockEnabled: true,
      // Nobody takes it back, root included, until it has run out.
      objectLockDefaultRetention: ObjectLockRetention.compliance(Duration.days(retention.auditDays)),
    });
  }

  /**
   * Any distribution of this account may read apps' files: naming ours here, whose stack needs this bucket, would be a
   * cycle. With the right to list, what is not there is 404 and not 403.
   */
  #letTheEdgeRead(releases: Bucket): void {
    const principals = [new ServicePrincipal('cloudfront.amazonaws.com')];
    const conditions = {
      StringEquals: { 'aws:SourceAccount': this.account },
      ArnLike: { 'aws:SourceArn': `arn:${this.partition}:cloudfront::${this.account}:distribution/*` },
    };
    releases.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals,
        actions: ['s3:GetObject'],
        resources: [releases.arnForObjects('apps/*')],
        conditions,
      }),
    );
    releases.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['s3:ListBucket'],
        resources: [releases.bucketArn],
        conditions,
      }),
    );
  }

  #bus({ name, retention }: CottageConfig, names: Names): EventBus {
    const bus = new EventBus(this, 'Events', {
      eventBusName: name,
      description: 'What happens to apps and teams, for others to act on',
    });
    new Archive(this, 'EventArchive', {
      sourceEventBus: bus,
      description: 'To be replayed to whoever missed them',
      eventPattern: { source: [names.eventSource] },
      retention: Duration.days(retention.logDays),
    });
    const registry = new CfnRegistry(this, 'EventSchemas', { registryName: name });
    for (const type of Object.keys(EVENT_DETAILS) as (keyof typeof EVENT_DETAILS)[]) {
      new CfnSchema(this, `${type}Schema`, {
        registryName: registry.attrRegistryName,
        schemaName: `${names.eventSource}@${type}`,
        type: 'JSONSchemaDraft4',
        content: JSON.stringify(eventSchema(type, names.eventSource)),
      });
    }
    return bus;
  }

  #apex({ baseDomain }: CottageConfig): PublicHostedZone {
    const zone = new PublicHostedZone(this, 'Apex', {
      zoneName: baseDomain,
      // The mark by which the adapter knows it for ours.
      comment: ZONE_COMMENT,
      caaAmazon: true,
    });
    zone.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnOutput(this, 'NameServers', {
      value: Fn.join(' ', zone.hostedZoneNameServers ?? []),
      description: `Delegate ${baseDomain} to these name servers`,
    });
    return zone;
  }

  /** HMAC keys never leave KMS, and KMS does not turn them over: a new one gets a new `kid`. */
  #signingKey(kid: string, name: string): Key {
    const key = new Key(this, `SigningKey-${kid}`, {
      alias: `${name}-signing-${kid}`,
      description: `Signs links, tickets and audit heads of Cottage; kid ${kid}`,
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      policy: new PolicyDocument({
        statements: [
          new PolicyStatement({
            sid: 'Administration',
            principals: [new AccountRootPrincipal()],
            actions: KEY_ADMINISTRATION,
            resources: ['*'],
          }),
          // Who of the account may sign is said by the roles' own policies.
          new PolicyStatement({
            sid: 'Use',
            principals: [new AccountRootPrincipal()],
            actions: ['kms:GenerateMac', 'kms:VerifyMac'],
            resources: ['*'],
          }),
        ],
      }),
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    return key;
  }

  #mail({ senders, name }: CottageConfig): Pick<DataFacilities, 'mailIdentity' | 'mailConfiguration'> {
    const domain = senders.from.slice(senders.from.lastIndexOf('@') + 1);
    const mailConfiguration = new CfnConfigurationSet(this, 'MailConfiguration', {
      name,
      deliveryOptions: { tlsPolicy: 'REQUIRE' },
      reputationOptions: { reputationMetricsEnabled: true },
      sendingOptions: { sendingEnabled: true },
      suppressionOptions: { suppressedReasons: ['BOUNCE', 'COMPLAINT'] },
    });
    const mailIdentity = new CfnEmailIdentity(this, 'MailIdentity', {
      emailIdentity: domain,
      dkimSigningAttributes: { nextSigningKeyLength: 'RSA_2048_BIT' },
    });
    mailIdentity.applyRemovalPolicy(RemovalPolicy.RETAIN);
    for (const n of [1, 2, 3] as const) {
      new CfnOutput(this, `Dkim${n}`, {
        value: `${mailIdentity[`attrDkimDnsTokenName${n}`]} CNAME ${mailIdentity[`attrDkimDnsTokenValue${n}`]}`,
        description: `Enter it into the zone of ${domain}`,
      });
    }
    return { mailIdentity, mailConfiguration };
  }
}
