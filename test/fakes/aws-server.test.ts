import { Readable } from 'node:stream';
import {
  DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { ERRORS, UNFIT } from './aws-error-cases.ts';
import { AwsFault } from './aws-errors.ts';
import { FAULT_KINDS } from './aws-faults.ts';
import { loadModel } from './aws-model.ts';
import { caught, open, openOne } from './aws-open.ts';
import { ROUND_TRIPS } from './aws-round-trips.ts';
import { clientConfig } from './aws-server.ts';
import { SERVICES, type ServiceName } from './aws-services.ts';

describe('a real client of the SDK', () => {
  it.each(ROUND_TRIPS)('of $service is understood and answered: $operation', async (each) => {
    const { service, operation, send, input, output } = each;
    const server = await openOne(service, operation, () => output);
    const answered = await send(clientConfig(server));
    expect(answered).toMatchObject(output);
    expect(server.log).toMatchObject([{ number: 1, service, operation, input, outcome: 'ok' }]);
    expect(server.defects).toEqual([]);
  });

  it.each(ERRORS)(
    'of $service throws the class of an error: $error',
    async ({ service, operation, send, error }) => {
      const [name, status, fields] = error;
      const server = await openOne(service, operation, () => {
        throw new AwsFault(name, status, 'no & <never>', fields);
      });
      const thrown = await caught(send(clientConfig(server)));
      const module = (await SERVICES[service].load()) as unknown as Record<string, object>;
      expect(thrown?.constructor).toBe(module[name]);
      expect(thrown).toMatchObject({
        name,
        message: 'no & <never>',
        $metadata: { httpStatusCode: status },
        ...fields,
      });
      expect(server.log.map(({ outcome }) => outcome)).toEqual([name]);
      expect(server.defects).toEqual([]);
    },
  );

  it.each(UNFIT)(
    'of $service is refused what the model does not know: $refusal',
    async ({ service, send, refusal }) => {
      const [name, says] = refusal;
      const server = await open({ [service]: { operations: {} } });
      const thrown = await caught(send(clientConfig(server)));
      expect(thrown).toMatchObject({ name, message: says });
      expect(server.log.map(({ outcome }) => outcome)).toEqual([name]);
      expect(server.defects).toEqual([]);
    },
  );

  it.each<[string, string | Uint8Array]>([
    ['text', 'ä<&>'],
    ['bytes', Buffer.from([0, 13, 10, 255])],
  ])('of s3 sends %s as a body, and gets it back, with what headers carry', async (_, Body) => {
    let put: { Body?: Buffer; Metadata?: object; ChecksumCRC32?: string } = {};
    const server = await open({
      s3: {
        operations: {
          PutObject: (input: never) => {
            put = input;
            return { ETag: '"e"', VersionId: 'v1' };
          },
          GetObject: () => ({ Body: put.Body, Metadata: put.Metadata, ContentType: 'text/x' }),
        },
      },
    });
    const client = new S3Client(clientConfig(server));
    const at = { Bucket: 'b', Key: 'a b/ä+c?.html' };
    const answered = await client.send(new PutObjectCommand({ ...at, Body, Metadata: { csp: 'x y' } }));
    expect(answered).toMatchObject({ ETag: '"e"', VersionId: 'v1' });
    expect(put).toMatchObject({ ...at, Metadata: { csp: 'x y' } });
    expect(put.ChecksumCRC32).toMatch(/^[\w+/]{6}==$/);
    const got = await client.send(new GetObjectCommand(at));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(Buffer.from(Body as string));
    expect(got).toMatchObject({ Metadata: { csp: 'x y' }, ContentType: 'text/x' });
    expect(server.defects).toEqual([]);
  });

  it('of s3 sends a stream in chunks, with its checksum behind it', async () => {
    let put: { Body?: Buffer; ChecksumCRC32?: string; ContentLength?: number; ContentEncoding?: string } = {};
    const server = await openOne('s3', 'PutObject', (input) => {
      put = input;
    });
    const parts = ['a'.repeat(70_000), '\r\n0\r\n', 'b'];
    const Body = Readable.from(parts.map((part) => Buffer.from(part)));
    const sent = new PutObjectCommand({ Bucket: 'b', Key: 'k', Body, ContentLength: 70_006 });
    await new S3Client(clientConfig(server)).send(sent);
    expect(put.Body?.toString()).toBe(parts.join(''));
    expect(put.ContentEncoding).toBeUndefined();
    expect(put.ContentLength).toBe(70_006);
  });
});

describe('the model of each service', () => {
  it.each(Object.keys(SERVICES) as ServiceName[])('%s has operations and errors', async (name) => {
    const model = await loadModel(name);
    expect(model.operations.size).toBeGreaterThan(10);
    expect(model.errors.size).toBeGreaterThan(5);
    const isRest = model.protocol.startsWith('rest');
    expect([...model.operations.values()].filter(({ http }) => (http !== undefined) !== isRest)).toEqual([]);
  });
});

const key = { pk: { S: 'a' } };
const get = new GetItemCommand({ TableName: 't', Key: key });

describe('a planned fault', () => {
  it.each(
    (Object.keys(SERVICES) as ServiceName[]).flatMap((service) =>
      FAULT_KINDS.map((kind) => ({ service, kind })),
    ),
  )('is met by the call of its number alone: $service, $kind', async ({ service, kind }) => {
    const trip = ROUND_TRIPS.find((each) => each.service === service);
    if (trip === undefined) throw new TypeError('no round trip');
    let done = 0;
    const server = await openOne(service, trip.operation, () => {
      done += 1;
      return trip.output;
    });
    server.faults.at(2, kind);
    expect(server.faults.unreached()).toEqual([{ number: 2, kind }]);
    const config = clientConfig(server);
    const outcomes = [];
    for (let i = 0; i < 3; i += 1) outcomes.push(await caught(trip.send(config)));
    const lost = kind === 'timeout-after-effect';
    const [name, status] = lost ? [] : SERVICES[service][NAMED[kind]];
    const second = lost ? { code: 'ECONNRESET' } : { name, $metadata: { httpStatusCode: status } };
    expect(outcomes[0]).toBeUndefined();
    expect(outcomes[1]).toMatchObject(second);
    expect(outcomes[2]).toBeUndefined();
    expect(done).toBe(lost ? 3 : 2);
    expect(server.log.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, 'ok'],
      [2, name ?? kind],
      [3, 'ok'],
    ]);
    expect(server.faults.unreached()).toEqual([]);
    expect(server.defects).toEqual([]);
  });

  it('cancels a transaction with a reason for each of its items', async () => {
    const server = await openOne('dynamodb', 'TransactWriteItems', () => ({}));
    server.faults.at(1, 'conditional-failure');
    const Delete = { TableName: 't', Key: key };
    const sent = new TransactWriteItemsCommand({ TransactItems: [{ Delete }, { Delete }] });
    const thrown = await caught(new DynamoDBClient(clientConfig(server)).send(sent));
    expect(thrown).toBeInstanceOf(TransactionCanceledException);
    expect(thrown).toMatchObject({
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }],
    });
  });

  it('is overcome by a client that tries again, and the log has every try', async () => {
    const server = await openOne('dynamodb', 'GetItem', () => ({ Item: key }));
    server.faults.at(1, 'throttle');
    server.faults.at(2, 'timeout-after-effect');
    expect(await new DynamoDBClient(clientConfig(server, 3)).send(get)).toMatchObject({ Item: key });
    expect(server.log.map(({ outcome }) => outcome)).toEqual([
      'ThrottlingException',
      'timeout-after-effect',
      'ok',
    ]);
  });
});

const NAMED = {
  throttle: 'throttled',
  'server-error': 'broken',
  'conditional-failure': 'conditional',
} as const;
