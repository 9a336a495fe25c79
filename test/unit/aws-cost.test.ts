import { describe, expect, it } from 'vitest';
import { costOf, PRICES, type Priced, priced, sum, times, type Usage } from '../../bench/aws-prices.ts';
import { Meter, usageOfColdStarts, usageOfExecution, usageOfFunctions } from '../../bench/aws-usage.ts';
import type { LoggedCall } from '../fakes/aws-faults.ts';
import type { ServiceName } from '../fakes/aws-services.ts';
import { sizeOf } from '../fakes/dynamodb-table.ts';

const call = (service: ServiceName, operation: string, input: unknown, outcome = 'ok'): LoggedCall => ({
  number: 1,
  service,
  operation,
  input,
  outcome,
  caller: 'publish-deploy',
});

const schema = (name: string) => [
  { AttributeName: `${name}pk`, KeyType: 'HASH' },
  { AttributeName: `${name}sk`, KeyType: 'RANGE' },
];
const TABLE = call('dynamodb', 'CreateTable', {
  TableName: 'records',
  KeySchema: schema(''),
  AttributeDefinitions: ['pk', 'sk', 'due_pk', 'due_sk', 'team_pk', 'team_sk'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  GlobalSecondaryIndexes: ['due', 'team'].map((IndexName) => ({
    IndexName,
    KeySchema: schema(`${IndexName}_`),
    Projection: { ProjectionType: 'ALL' },
  })),
});

type Texts = Record<string, string>;
const texts = (values: Texts) =>
  Object.fromEntries(Object.entries(values).map(([name, S]) => [name, { S }] as const));
const KEY = { pk: 'app#a', sk: 'app' };
const DUE = { due_pk: 'due#1', due_sk: '2026#a' };
const TEAM = { team_pk: 'team#t', team_sk: 'a' };
/** A record of this many bytes in all. */
function record(bytes: number, more: Texts = {}, key: Texts = KEY) {
  const bare = texts({ ...key, ...more, data: '' });
  return texts({ ...key, ...more, data: 'x'.repeat(bytes - sizeOf(bare)) });
}

const put = (Item: unknown, outcome?: string) =>
  call('dynamodb', 'PutItem', { TableName: 'records', Item }, outcome);
const transaction = (TransactItems: unknown[], outcome?: string) =>
  call('dynamodb', 'TransactWriteItems', { TransactItems }, outcome);
const OTHER = { pk: 'app#b', sk: 'app' };

describe('records are billed', () => {
  const before = (...items: unknown[]) => [TABLE, ...items.map((item) => put(item))];
  it.each<[what: string, before: LoggedCall[], call: LoggedCall, usage: Usage]>([
    ['one kB, alone', before(), put(record(1_024)), { writeUnits: 1 }],
    ['a byte more', before(), put(record(1_025)), { writeUnits: 2 }],
    ['by what was there, if that was larger', before(record(3_000)), put(record(100)), { writeUnits: 3 }],
    ['with a row of an index', before(), put(record(1_025, DUE)), { writeUnits: 4 }],
    ['with a row that stays where it is', before(record(100, DUE)), put(record(100, DUE)), { writeUnits: 2 }],
    [
      'with a row that goes elsewhere, which is two',
      before(record(100, DUE)),
      put(record(2_000, { ...DUE, due_sk: '2027#a' })),
      { writeUnits: 2 + 1 + 2 },
    ],
    ['with a row that goes', before(record(1_025, DUE)), put(record(100)), { writeUnits: 2 + 2 }],
    [
      'twice in a transaction, but for its rows: two puts, one of them with two rows',
      before(),
      transaction([
        { Put: { Item: record(1_024, { ...DUE, ...TEAM }) } },
        { Put: { Item: record(1_025, {}, OTHER) } },
      ]),
      { writeUnits: 2 + 4 + 2 },
    ],
    [
      'as large as what is removed, rows too',
      before(record(3_000, DUE)),
      transaction([{ Delete: { Key: texts(KEY) } }]),
      { writeUnits: 2 * 3 + 3 },
    ],
    [
      'as large as what is checked',
      before(record(1_500, DUE)),
      transaction([{ ConditionCheck: { Key: texts(KEY) } }]),
      { writeUnits: 4 },
    ],
    [
      'when refused as well',
      before(record(1_500, DUE)),
      put(record(100), 'ConditionalCheckFailedException'),
      { writeUnits: 2 },
    ],
    ['for a counter', before(), call('dynamodb', 'UpdateItem', { Key: texts(KEY) }), { writeUnits: 1 }],
    ['for looking at nothing', before(), get(true), { readUnits: 1 }],
    ['for reading 4 kB', before(record(4_096)), get(true), { readUnits: 1 }],
    ['for reading a byte more', before(record(4_097)), get(true), { readUnits: 2 }],
    ['half for what may lag', before(record(4_097)), get(false), { readUnits: 1 }],
    [
      'for what a query finds, together',
      before(record(3_000, DUE), record(3_000, DUE, OTHER)),
      call('dynamodb', 'Query', {
        TableName: 'records',
        IndexName: 'due',
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': 'due_pk' },
        ExpressionAttributeValues: { ':pk': { S: 'due#1' } },
      }),
      { readUnits: 1 },
    ],
  ])('%s', (_, earlier, asked, usage) => {
    const meter = new Meter();
    meter.read(earlier);
    expect(meter.read([asked])).toEqual(usage);
  });

  it('for as long as they are kept, rows and all', () => {
    const meter = new Meter();
    meter.read([TABLE, put(record(400, { ...DUE, ...TEAM })), put(record(500, {}, OTHER))]);
    expect(meter.keptBytes()).toBe(3 * (400 + 100) + 500 + 100);
    meter.read([transaction([{ Delete: { Key: texts(KEY) } }])]);
    expect(meter.keptBytes()).toBe(600);
  });

  it('not by guessing', () => {
    expect(() => new Meter().read([TABLE, call('dynamodb', 'BatchWriteItem', {})])).toThrow('BatchWriteItem');
    expect(() => new Meter().read([call('s3', 'SelectObjectContent', {})])).toThrow('SelectObjectContent');
  });
});

function get(ConsistentRead: boolean): LoggedCall {
  return call('dynamodb', 'GetItem', { TableName: 'records', Key: texts(KEY), ConsistentRead });
}

/** As many bytes of JSON. */
const entry = (bytes: number) => 'x'.repeat(bytes - 2);

describe('other calls are billed', () => {
  const mail = { Destination: { ToAddresses: ['a', 'b'] }, Content: { Raw: { Data: Buffer.alloc(700) } } };
  it.each<[ServiceName, string, unknown, Usage]>([
    ['s3', 'PutObject', {}, { s3Writes: 1 }],
    ['s3', 'PostForm', undefined, { s3Writes: 1 }],
    ['s3', 'ListObjectVersions', {}, { s3Writes: 1 }],
    ['s3', 'GetObject', {}, { s3Reads: 1 }],
    ['s3', 'DeleteObjects', {}, {}],
    ['kms', 'GenerateMac', {}, { keyRequests: 1 }],
    ['sesv2', 'SendEmail', mail, { mails: 2, mailBytes: 700 }],
    [
      'eventbridge',
      'PutEvents',
      { Entries: [entry(64_000), entry(64_001)] },
      { events: 3, archivedBytes: 128_001 },
    ],
    ['route53', 'ChangeResourceRecordSets', {}, {}],
    ['cloudfront', 'UpdateDistributionTenant', {}, {}],
    ['acm', 'DescribeCertificate', {}, {}],
    ['sfn', 'StartExecution', {}, {}],
  ])('%s %s', (service, operation, input, usage) => {
    expect(new Meter().read([call(service, operation, input)])).toEqual(usage);
  });
});

const one = (name: string, ms: number, calls = 0) =>
  usageOfFunctions(
    [{ name, ms }],
    Array.from({ length: calls }, () => ({ caller: name })),
  );

describe('functions are billed', () => {
  it('by their memory and time, longer where they have less than a processor', () => {
    // 512 MB are 0.29 of a processor, 3,008 MB one for code of one thread.
    expect(one('publish-go-live', 100).gbSeconds).toBeCloseTo(0.5 * 0.346, 6);
    expect(one('publish-scan', 100).gbSeconds).toBeCloseTo((3_008 / 1_024) * 0.1, 6);
  });

  it('for waiting too, ten milliseconds a call', () => {
    const { gbSeconds = 0 } = one('publish-go-live', 0, 8);
    expect(gbSeconds).toBeCloseTo(0.5 * 0.08, 6);
    expect(usageOfFunctions([], [{ caller: '' }])).toEqual({});
  });

  it('a request each, and what lies before them: API Gateway, its web ACL, and a trace', () => {
    expect(one('publish-scan', 1)).toMatchObject({ invocations: 1, logBytes: 2_000 });
    expect(one('publish-scan', 1)).not.toHaveProperty('traces');
    expect(one('api-hooks', 1)).toMatchObject({ apiRequests: 1, wafRequests: 1, traces: 1, logBytes: 2_500 });
    expect(one('lifecycle-sweep', 1)).toMatchObject({ traces: 1 });
    expect(one('lifecycle-sweep', 1)).not.toHaveProperty('apiRequests');
  });

  it('for half a second when they start, once each', () => {
    const { gbSeconds } = usageOfColdStarts(['publish-go-live', 'publish-go-live', 'api-hooks']);
    expect(gbSeconds).toBeCloseTo(0.5 * (0.5 + 1), 6);
  });
});

const executed = (...types: string[]) => usageOfExecution(types.map((type) => ({ type })));

it('an execution is billed for its start, its end, every state, and every time one is tried again', () => {
  const task = ['TaskStateEntered', 'TaskScheduled', 'TaskSucceeded', 'TaskStateExited'];
  expect(executed('ExecutionStarted', ...task, 'ChoiceStateEntered', 'ExecutionSucceeded')).toMatchObject({
    transitions: 4,
    traces: 1,
    logBytes: 3_500,
  });
  expect(executed(...task.slice(0, 2), 'TaskFailed', ...task.slice(1)).transitions).toBe(4);
});

describe('a price', () => {
  it('is of so many units, by service, the dearest first', () => {
    const usage = { transitions: 14, writeUnits: 200, readUnits: 50, mails: 1, tenantMonths: 0 };
    const prices = priced(usage).map(([service, usd]) => [service, usd.toFixed(8)]);
    expect(prices).toEqual([
      ['Step Functions', '0.00035000'],
      ['DynamoDB', '0.00013125'],
      ['SES', '0.00010000'],
      ['CloudFront', '0.00000000'],
    ]);
    expect(costOf(usage)).toBeCloseTo(0.00058125, 9);
  });

  /** What a million of each comes to, or a GB, as AWS's pages have them. */
  const LISTED: [name: Priced, units: number, usd: number][] = [
    ['writeUnits', 1_000_000, 0.625],
    ['readUnits', 1_000_000, 0.125],
    ['recordByteMonths', 1_000_000_000, 0.45],
    ['s3Writes', 1_000_000, 5],
    ['s3Reads', 1_000_000, 0.4],
    ['fileByteMonths', 1_000_000_000, 0.023],
    ['transitions', 1_000_000, 25],
    ['invocations', 1_000_000, 0.2],
    ['gbSeconds', 1_000_000, 13.3334],
    ['apiRequests', 1_000_000, 3.5],
    ['wafRequests', 1_000_000, 0.6],
    ['edgeRequests', 1_000_000, 1.4],
    ['tenantMonths', 1, 0.1],
    ['keyRequests', 1_000_000, 3],
    ['mails', 1_000_000, 100],
    ['mailBytes', 1_000_000_000, 0.12],
    ['events', 1_000_000, 1],
    ['archivedBytes', 1_000_000_000, 0.1],
    ['logBytes', 1_000_000_000, 0.5],
    ['traces', 1_000_000, 5],
  ];
  it.each(LISTED)('of %s: %d are %d dollars', (name, units, usd) => {
    expect(costOf({ [name]: units })).toBeCloseTo(usd, 9);
  });

  it('is listed for everything that has one', () => {
    expect(LISTED.map(([name]) => name).toSorted()).toEqual(Object.keys(PRICES).toSorted());
  });

  it('of several is their sum, and of one many times so much', () => {
    expect(sum({ mails: 1 }, { mails: 2, events: 1 })).toEqual({ mails: 3, events: 1 });
    expect(times(-2, { mails: 3 })).toEqual({ mails: -6 });
  });
});
