import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Aws } from 'aws-cdk-lib/core';
import { RECORDS_TABLE } from '../shared/records/table.ts';
import { WORKFLOW_NAMES } from '../workflows/index.ts';
import type { Facilities } from './facilities.ts';
import { type BucketName, EDGE_REGION, type Names } from './names.ts';
import type { Use } from './uses.ts';

/** What the role of a function may do that is for this. */
export const grantsFor = (uses: readonly Use[], facilities: Facilities): PolicyStatement[] =>
  uses.flatMap((use) => USES[use](facilities));

const allow = (
  actions: string[],
  resources: string[],
  conditions: Record<string, Record<string, unknown>> = {},
): PolicyStatement => new PolicyStatement({ actions, resources, conditions });

/** Every file whose key begins so. */
const filesIn = (names: Names, bucket: BucketName, prefix: string): string =>
  `${names.bucketArn(bucket)}/${prefix}*`;
/** Lists no more than what is below one of these. */
const below = (...prefixes: string[]) => ({
  StringLike: { 's3:prefix': prefixes.map((prefix) => `${prefix}*`) },
});
const hostedZones = `arn:${Aws.PARTITION}:route53:::hostedzone/*`;
const certificates = `arn:${Aws.PARTITION}:acm:${EDGE_REGION}:${Aws.ACCOUNT_ID}:certificate/*`;
const cloudfront = (resource: string) => `arn:${Aws.PARTITION}:cloudfront::${Aws.ACCOUNT_ID}:${resource}`;
const executions = ({ names }: Facilities): string[] =>
  WORKFLOW_NAMES.map((name) => `${names.stateMachineArn(name).replace(':stateMachine:', ':execution:')}:*`);
const stateMachines = ({ names }: Facilities): string[] =>
  WORKFLOW_NAMES.map((name) => names.stateMachineArn(name));

const mailIdentity = ({ config, data }: Facilities): string =>
  `arn:${Aws.PARTITION}:ses:${config.region}:${Aws.ACCOUNT_ID}:identity/${data.mailIdentity.ref}`;

/**
 * Changes of records, by name, type and kind of change.
 *
 * Route 53 compares normalised names: small letters, no final dot. `ForAllValues` is true of a request that lacks the key
 * altogether, so `Null` asks that it is there. (Route 53 Developer Guide, "Using IAM policy conditions for fine-grained
 * access control".)
 */
const changes = (zones: string[], names: string[], types: string[], actions: string[]): PolicyStatement =>
  allow(['route53:ChangeResourceRecordSets'], zones, {
    'ForAllValues:StringLike': { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': names },
    'ForAllValues:StringEquals': {
      'route53:ChangeResourceRecordSetsRecordTypes': types,
      'route53:ChangeResourceRecordSetsActions': actions,
    },
    Null: {
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': 'false',
      'route53:ChangeResourceRecordSetsRecordTypes': 'false',
      'route53:ChangeResourceRecordSetsActions': 'false',
    },
  });

/** Zones are made while Cottage runs, so a role names all of them; this takes the apex out again. */
const butNotTheApex = ({ data }: Facilities, action: string): PolicyStatement =>
  new PolicyStatement({ effect: Effect.DENY, actions: [action], resources: [data.apex.hostedZoneArn] });

const USES = {
  /** Every record there is: the store is one table, and its transactions span records. No scan. */
  records: ({ data }: Facilities) => [
    allow(
      [
        'dynamodb:GetItem',
        'dynamodb:Query',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
        'dynamodb:ConditionCheckItem',
      ],
      [data.records.tableArn],
    ),
    allow(
      ['dynamodb:Query'],
      RECORDS_TABLE.indexes.map(({ name }) => `${data.records.tableArn}/index/${name}`),
    ),
  ],

  /** Archives that come along or are fetched, and upload links: whoever signs a POST must be allowed it. */
  writeUploads: ({ names }: Facilities) => [
    allow(['s3:PutObject'], [filesIn(names, 'incoming', 'incoming/')]),
  ],

  /** What somebody uploaded, at the version that was accepted. */
  readUploads: ({ names }: Facilities) => [
    allow(['s3:GetObject', 's3:GetObjectVersion'], [filesIn(names, 'incoming', 'incoming/')]),
    // Without it what is not there is "forbidden", and a lost upload looks like a fault of ours.
    allow(['s3:ListBucket'], [names.bucketArn('incoming')], below('incoming/')),
  ],

  /** Releases, their manifests, and the work in progress of a publish. */
  readFiles: ({ names }: Facilities) => [
    allow(['s3:GetObject', 's3:GetObjectVersion'], [filesIn(names, 'releases', '')]),
    allow(['s3:ListBucket'], [names.bucketArn('releases')]),
  ],
  writeWork: ({ names }: Facilities) => [allow(['s3:PutObject'], [filesIn(names, 'releases', 'work/')])],
  writeReleases: ({ names }: Facilities) => [
    allow(['s3:PutObject'], [filesIn(names, 'releases', 'apps/'), filesIn(names, 'releases', 'manifests/')]),
  ],

  /** What a publish that has ended needs no more, and uploads that nobody needs; each with all its versions. */
  deleteLeftovers: ({ names }: Facilities) => [
    allow(
      ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      [filesIn(names, 'incoming', 'incoming/'), filesIn(names, 'releases', 'work/')],
    ),
    allow(['s3:ListBucketVersions'], [names.bucketArn('incoming')], below('incoming/')),
    allow(['s3:ListBucketVersions'], [names.bucketArn('releases')], below('work/')),
  ],
  deleteReleases: ({ names }: Facilities) => [
    allow(
      ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      ['apps/', 'manifests/'].map((prefix) => filesIn(names, 'releases', prefix)),
    ),
    allow(['s3:ListBucketVersions'], [names.bucketArn('releases')], below('apps/', 'manifests/')),
  ],

  /** Heads of the audit trail: written once, under object lock. Read by version, for only versions are locked. */
  keepHeads: ({ names }: Facilities) => [
    allow(['s3:PutObject', 's3:GetObjectVersion'], [filesIn(names, 'audit', 'heads/')]),
    allow(['s3:ListBucketVersions'], [names.bucketArn('audit')], {
      StringLike: { 's3:prefix': ['heads/*'] },
    }),
  ],

  /**
   * To compare everything with everything, once a night: the only scan there is, for what is damaged may be in no index.
   * The report it keeps is for those who ask by day.
   */
  diagnose: (facilities: Facilities) => [
    allow(['dynamodb:Scan'], [facilities.data.records.tableArn]),
    allow(['route53:ListHostedZones'], ['*']),
    allow(['states:ListExecutions'], [facilities.names.stateMachineArn('publish')]),
    allow(
      ['kms:DescribeKey'],
      [...facilities.data.signingKeys.values()].map((key) => key.keyArn),
    ),
    allow(['ses:GetEmailIdentity'], [mailIdentity(facilities)]),
    allow(['ses:GetAccount'], ['*']),
    allow(['s3:PutObject'], [filesIn(facilities.names, 'releases', 'doctor/')]),
  ],

  sign: ({ data }: Facilities) => [
    allow(
      ['kms:GenerateMac', 'kms:VerifyMac'],
      [...data.signingKeys.values()].map((key) => key.keyArn),
      { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_256' } },
    ),
  ],

  // What is committed with a change and done at once, an effect each. Who lacks one of these leaves it to the next sweep.
  sendMail: (facilities: Facilities) => [
    allow(
      // A message that is handed over raw asks for the second (SES, "Actions for Amazon SES API v2").
      ['ses:SendEmail', 'ses:SendRawEmail'],
      [
        mailIdentity(facilities),
        `arn:${Aws.PARTITION}:ses:${facilities.config.region}:${Aws.ACCOUNT_ID}:configuration-set/${facilities.data.mailConfiguration.ref}`,
      ],
      { StringEquals: { 'ses:FromAddress': facilities.config.senders.from } },
    ),
  ],
  /** Starts them, and answers for whom they wait. */
  runWorkflows: (facilities: Facilities) => [
    allow(
      ['states:StartExecution', 'states:SendTaskSuccess', 'states:SendTaskFailure'],
      stateMachines(facilities),
    ),
  ],
  announce: ({ data, names }: Facilities) => [
    allow(['events:PutEvents'], [data.bus.eventBusArn], {
      StringEquals: { 'events:source': names.eventSource },
    }),
  ],

  readExecutions: (facilities: Facilities) => [
    allow(['states:DescribeExecution', 'states:GetExecutionHistory'], executions(facilities)),
  ],

  /** The tenants of our own distributions: bind an app, point it, take it off. */
  tenants: ({ edge }: Facilities) => [
    allow(
      [
        'cloudfront:CreateDistributionTenant',
        'cloudfront:GetDistributionTenant',
        'cloudfront:UpdateDistributionTenant',
        'cloudfront:TagResource',
      ],
      [
        cloudfront('distribution-tenant/*'),
        cloudfront(`distribution/${edge.distributionIds.shared}`),
        cloudfront(`distribution/${edge.distributionIds.edge}`),
        cloudfront(`connection-group/${edge.connectionGroupId}`),
      ],
    ),
    allow(['cloudfront:GetDistributionTenantByDomain', 'cloudfront:ListDistributionTenants'], ['*']),
    // A tenant serves its team's certificate, and CloudFront looks at it in the name of whoever asks.
    allow(['acm:DescribeCertificate', 'acm:ListTagsForCertificate'], [certificates]),
    allow(['acm:ListCertificates'], ['*']),
  ],
  /** To compare what the edge shows with what it should. */
  readTenants: () => [
    allow(['cloudfront:GetDistributionTenant'], [cloudfront('distribution-tenant/*')]),
    allow(['cloudfront:ListDistributionTenants'], ['*']),
  ],
  deleteTenants: () => [
    allow(['cloudfront:DeleteDistributionTenant'], [cloudfront('distribution-tenant/*')]),
  ],

  readZones: () => [
    allow(['route53:GetHostedZone', 'route53:ListResourceRecordSets'], [hostedZones]),
    allow(['route53:ListHostedZonesByName'], ['*']),
  ],

  /** An app's names: below a team's zone, never at it. */
  appRecords: (facilities: Facilities) => [
    changes([hostedZones], [`*.*.${facilities.config.baseDomain}`], ['CNAME', 'TXT'], ['CREATE', 'DELETE']),
    butNotTheApex(facilities, 'route53:ChangeResourceRecordSets'),
  ],

  /** A team's zone: made with a mark and tags, its times to live shortened. The apex's own records have another name. */
  createZones: (facilities: Facilities) => [
    allow(['route53:CreateHostedZone'], ['*']),
    changes([hostedZones], [`*.${facilities.config.baseDomain}`], ['SOA', 'NS'], ['UPSERT']),
    allow(['route53:ChangeTagsForResource'], [hostedZones]),
    butNotTheApex(facilities, 'route53:ChangeTagsForResource'),
  ],
  deleteZones: (facilities: Facilities) => [
    allow(['route53:DeleteHostedZone'], [hostedZones]),
    butNotTheApex(facilities, 'route53:DeleteHostedZone'),
  ],

  /** The only hand on the apex: which name servers a team's zone has. */
  delegate: ({ config, data }: Facilities) => [
    changes([data.apex.hostedZoneArn], [`*.${config.baseDomain}`], ['NS'], ['CREATE', 'DELETE']),
  ],

  readCertificates: () => [
    allow(['acm:DescribeCertificate', 'acm:ListTagsForCertificate'], [certificates]),
    allow(['acm:ListCertificates'], ['*']),
  ],
  /** ACM knows no resource of a certificate that is not there yet: the conditions are what holds. */
  requestCertificates: ({ config }: Facilities) => [
    allow(['acm:RequestCertificate'], ['*'], {
      'ForAllValues:StringLike': { 'acm:DomainNames': [`*.${config.baseDomain}`] },
      StringEquals: { 'acm:ValidationMethod': 'DNS', 'aws:RequestedRegion': EDGE_REGION },
      Null: { 'acm:DomainNames': 'false' },
    }),
    allow(['acm:AddTagsToCertificate'], [certificates]),
  ],
  /** Only those that carry Cottage's mark. */
  deleteCertificates: () => [
    allow(['acm:DeleteCertificate'], [certificates], {
      StringEquals: { 'aws:ResourceTag/heritage': 'cottage' },
    }),
  ],

  fetchArtifacts: () => [],
  visitApps: () => [],
  knowPeople: () => [],
} satisfies Record<Use, (facilities: Facilities) => PolicyStatement[]>;
