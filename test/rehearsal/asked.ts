import type { LoggedCall } from '../fakes/aws-faults.ts';

/** What a call asks of IAM: an action on a resource, and what conditions may look at. */
export interface Asked {
  action: string;
  resource: string;
  context: Record<string, string[]>;
}

/** How the resources of the rehearsal are called in the templates. */
export interface ResourceNames {
  table: string;
  key: string;
  bus: string;
  apex: { id: string; resource: string };
  buckets: Record<string, string>;
  account: string;
}

type Input = Record<string, unknown>;
type Reader = (input: Input, names: ResourceNames) => Asked[];

const ask = (action: string, resource: string, context: Asked['context'] = {}): Asked => ({
  action,
  resource,
  context,
});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): Input[] => (Array.isArray(value) ? (value as Input[]) : []);

const object =
  (...actions: string[]): Reader =>
  ({ Bucket, Key, VersionId }, { buckets }) => {
    const [plain = '', versioned = plain] = actions;
    return [ask(VersionId === undefined ? plain : versioned, `${buckets[text(Bucket)]}/${text(Key)}`)];
  };

const listing =
  (action: string): Reader =>
  ({ Bucket, Prefix }, { buckets }) => [
    ask(action, buckets[text(Bucket)] ?? '', { 's3:prefix': [text(Prefix)] }),
  ];

const onZone =
  (action: string): Reader =>
  ({ HostedZoneId, Id }, names) => [ask(action, zoneOf(text(HostedZoneId ?? Id), names))];

const zoneOf = (id: string, { apex }: ResourceNames): string =>
  `arn:aws:route53:::hostedzone/${id.replace('/hostedzone/', '') === apex.id ? apex.resource : id}`;

const onCertificate =
  (action: string): Reader =>
  ({ CertificateArn }, { account }) => [
    ask(action, text(CertificateArn).replace(/\d{12}/, account), { 'aws:ResourceTag/heritage': ['cottage'] }),
  ];

const anywhere =
  (action: string): Reader =>
  () => [ask(action, '*')];

const onTenant =
  (action: string): Reader =>
  ({ Id, Identifier }, { account }) => [
    ask(action, `arn:aws:cloudfront::${account}:distribution-tenant/${text(Id ?? Identifier)}`),
  ];

const mac =
  (action: string): Reader =>
  ({ MacAlgorithm }, { key }) => [ask(action, key, { 'kms:MacAlgorithm': [text(MacAlgorithm)] })];

const onArn =
  (action: string, member: string): Reader =>
  (input, { account }) => [ask(action, text(input[member]).replace(/\d{12}/, account))];

const READERS: Record<string, Reader> = {
  'dynamodb GetItem': (_, { table }) => [ask('dynamodb:GetItem', table)],
  'dynamodb PutItem': (_, { table }) => [ask('dynamodb:PutItem', table)],
  'dynamodb UpdateItem': (_, { table }) => [ask('dynamodb:UpdateItem', table)],
  'dynamodb Query': ({ IndexName }, { table }) => [
    ask('dynamodb:Query', IndexName === undefined ? table : `${table}/index/${text(IndexName)}`),
  ],
  'dynamodb Scan': (_, { table }) => [ask('dynamodb:Scan', table)],
  // A transaction asks for the action of each of its items (DynamoDB, "Using IAM with transactions").
  'dynamodb TransactWriteItems': ({ TransactItems }, { table }) =>
    list(TransactItems).flatMap((item) =>
      Object.keys(item).map((kind) =>
        ask(kind === 'ConditionCheck' ? 'dynamodb:ConditionCheckItem' : `dynamodb:${kind}Item`, table),
      ),
    ),
  's3 PutObject': object('s3:PutObject'),
  's3 GetObject': object('s3:GetObject', 's3:GetObjectVersion'),
  's3 ListObjectsV2': listing('s3:ListBucket'),
  's3 ListObjectVersions': listing('s3:ListBucketVersions'),
  's3 DeleteObjects': ({ Bucket, Delete }, names) =>
    list((Delete as Input)['Objects']).flatMap((each) =>
      object('s3:DeleteObject', 's3:DeleteObjectVersion')({ ...each, Bucket }, names),
    ),
  'kms GenerateMac': mac('kms:GenerateMac'),
  'kms VerifyMac': mac('kms:VerifyMac'),
  'kms DescribeKey': (_, { key }) => [ask('kms:DescribeKey', key)],
  'route53 GetHostedZone': onZone('route53:GetHostedZone'),
  'route53 ListResourceRecordSets': onZone('route53:ListResourceRecordSets'),
  'route53 ListHostedZones': anywhere('route53:ListHostedZones'),
  'route53 ListHostedZonesByName': anywhere('route53:ListHostedZonesByName'),
  'route53 CreateHostedZone': anywhere('route53:CreateHostedZone'),
  'route53 ChangeTagsForResource': ({ ResourceId }, names) => [
    ask('route53:ChangeTagsForResource', zoneOf(text(ResourceId), names)),
  ],
  'route53 DeleteHostedZone': onZone('route53:DeleteHostedZone'),
  // Names are compared in small letters, without the final dot.
  'route53 ChangeResourceRecordSets': ({ HostedZoneId, ChangeBatch }, names) => {
    const changes = list((ChangeBatch as Input)['Changes']) as unknown as Change[];
    const all = (read: (change: Change) => string) => [...new Set(changes.map(read))];
    return [
      ask('route53:ChangeResourceRecordSets', zoneOf(text(HostedZoneId), names), {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': all(({ ResourceRecordSet }) =>
          ResourceRecordSet.Name.toLowerCase().replace(/\.$/, ''),
        ),
        'route53:ChangeResourceRecordSetsRecordTypes': all(({ ResourceRecordSet }) => ResourceRecordSet.Type),
        'route53:ChangeResourceRecordSetsActions': all(({ Action }) => Action),
      }),
    ];
  },
  'acm ListCertificates': anywhere('acm:ListCertificates'),
  'acm DescribeCertificate': onCertificate('acm:DescribeCertificate'),
  'acm ListTagsForCertificate': onCertificate('acm:ListTagsForCertificate'),
  'acm DeleteCertificate': onCertificate('acm:DeleteCertificate'),
  'acm RequestCertificate': ({ DomainName, SubjectAlternativeNames, ValidationMethod }, { account }) => [
    ask('acm:RequestCertificate', '*', {
      'acm:DomainNames': [text(DomainName), ...((SubjectAlternativeNames ?? []) as string[])],
      'acm:ValidationMethod': [text(ValidationMethod)],
      'aws:RequestedRegion': ['us-east-1'],
    }),
    ask('acm:AddTagsToCertificate', `arn:aws:acm:us-east-1:${account}:certificate/new`),
  ],
  'cloudfront CreateDistributionTenant': (_, { account }) =>
    ['cloudfront:CreateDistributionTenant', 'cloudfront:TagResource'].map((action) =>
      ask(action, `arn:aws:cloudfront::${account}:distribution-tenant/new`),
    ),
  'cloudfront GetDistributionTenant': onTenant('cloudfront:GetDistributionTenant'),
  'cloudfront UpdateDistributionTenant': onTenant('cloudfront:UpdateDistributionTenant'),
  'cloudfront DeleteDistributionTenant': onTenant('cloudfront:DeleteDistributionTenant'),
  'cloudfront GetDistributionTenantByDomain': anywhere('cloudfront:GetDistributionTenantByDomain'),
  'cloudfront ListDistributionTenants': anywhere('cloudfront:ListDistributionTenants'),
  'sesv2 SendEmail': ({ FromEmailAddress }, { account }) =>
    ['identity/the-sender', 'configuration-set/the-mails'].map((resource) =>
      ask('ses:SendEmail', `arn:aws:ses:eu-central-1:${account}:${resource}`, {
        'ses:FromAddress': [text(FromEmailAddress)],
      }),
    ),
  'sesv2 GetAccount': anywhere('ses:GetAccount'),
  'sesv2 GetEmailIdentity': (_, { account }) => [
    ask('ses:GetEmailIdentity', `arn:aws:ses:eu-central-1:${account}:identity/the-sender`),
  ],
  'sfn StartExecution': onArn('states:StartExecution', 'stateMachineArn'),
  'sfn DescribeExecution': onArn('states:DescribeExecution', 'executionArn'),
  'sfn GetExecutionHistory': onArn('states:GetExecutionHistory', 'executionArn'),
  'sfn ListExecutions': onArn('states:ListExecutions', 'stateMachineArn'),
  'sfn SendTaskSuccess': (_, { account }) => [ask('states:SendTaskSuccess', machineOf(account))],
  'sfn SendTaskFailure': (_, { account }) => [ask('states:SendTaskFailure', machineOf(account))],
  'eventbridge PutEvents': ({ Entries }, { bus }) =>
    list(Entries).map(({ Source }) => ask('events:PutEvents', bus, { 'events:source': [text(Source)] })),
};

interface Change {
  Action: string;
  ResourceRecordSet: { Name: string; Type: string };
}

const machineOf = (account: string): string =>
  `arn:aws:states:eu-central-1:${account}:stateMachine:cottage-publish`;

/** @throws TypeError for a call that nobody has said of what it asks. */
export function askedBy({ service, operation, input }: LoggedCall, names: ResourceNames): Asked[] {
  const read = READERS[`${service} ${operation}`];
  if (!read) throw new TypeError(`what does ${service} ${operation} ask of IAM?`);
  return read(input as Input, names);
}
