import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { AwsFault } from './aws-errors.ts';
import { caught, open, openOne } from './aws-open.ts';
import { ROUND_TRIPS } from './aws-round-trips.ts';
import { clientConfig, serveAws } from './aws-server.ts';

const objects = (inside: string) => `<Delete>${inside}</Delete>`;
const scopeOf = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=A/20260302/eu-central-1/${service}/aws4_request, Signature=0`;

describe('a request that no client of the SDK would send', () => {
  const deleting = '/b?delete&x-id=DeleteObjects';
  it.each<[string, string, string, string | undefined, string]>([
    ['that is no XML', 'POST', deleting, '<Delete>', 'is not XML'],
    ['with an unknown element', 'POST', deleting, objects('<Odd>1</Odd>'), 'Delete.Odd is not in the model'],
    [
      'with one element twice',
      'POST',
      deleting,
      objects('<Quiet>true</Quiet><Quiet>true</Quiet>'),
      'Quiet is given more than once',
    ],
    [
      'with a word for a boolean',
      'POST',
      deleting,
      objects('<Quiet>yes</Quiet>'),
      'Quiet is not true or false: yes',
    ],
    [
      'with text for a structure',
      'POST',
      deleting,
      objects('<Object>k</Object>'),
      'Objects[0] is not a structure: k',
    ],
    [
      'with an unknown parameter',
      'GET',
      '/b?list-type=2&odd=1',
      undefined,
      'ListObjectsV2?odd is not in the model',
    ],
    [
      'with a parameter twice',
      'GET',
      '/b?list-type=2&prefix=a&prefix=b',
      undefined,
      'Prefix is given more than once',
    ],
    [
      'with a word for a number',
      'GET',
      '/b?list-type=2&max-keys=ten',
      undefined,
      'MaxKeys is no number: ten',
    ],
    ['with a body where none is taken', 'DELETE', '/b/k?x-id=DeleteObject', 'x', 'takes no body'],
  ])('is refused: one %s', async (_, method, path, body, says) => {
    const server = await open({ s3: { operations: {} } });
    const answered = await fetch(server.url + path, { method, ...(body === undefined ? {} : { body }) });
    expect(answered.status).toBe(400);
    expect(await answered.text()).toContain(says);
    expect(server.defects).toEqual([]);
  });

  it('is refused: one with an unknown element in a list', async () => {
    const server = await open({ route53: { operations: {} } });
    const body = '<Request><ChangeBatch><Changes><Odd/></Changes></ChangeBatch></Request>';
    const path = '/2013-04-01/hostedzone/Z1/rrset/';
    const headers = { authorization: scopeOf('route53') };
    const answered = await fetch(server.url + path, { method: 'POST', body, headers });
    expect(answered.status).toBe(400);
    expect(await answered.text()).toContain('ChangeBatch.Changes.Odd is not in the model');
  });

  it.each<[string, string, object, string]>([
    [
      'with an unknown member',
      'GetItem',
      { TableName: 't', Key: {}, Odd: 1 },
      'GetItem.Odd is not in the model',
    ],
    [
      'with what is no base64',
      'GetItem',
      { TableName: 't', Key: { pk: { B: 'a b' } } },
      'Key.pk.B is not base64',
    ],
    ['with a list for a map', 'GetItem', { TableName: 't', Key: [] }, 'GetItem.Key is not a map'],
    ['for an unknown operation', 'GetThing', {}, 'no such operation'],
  ])('is refused: one in JSON %s', async (_, operation, body, says) => {
    const server = await open({ dynamodb: { operations: {} } });
    const answered = await fetch(server.url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=A/20260302/eu-central-1/dynamodb/aws4_request, Signature=0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      },
    });
    expect(answered.status).toBeGreaterThanOrEqual(400);
    expect(await answered.text()).toContain(says);
    expect(server.defects).toEqual([]);
  });
});

const key = { pk: { S: 'a' } };
const get = new GetItemCommand({ TableName: 't', Key: key });

describe('what a fake does wrong', () => {
  it.each<[string, () => unknown, string]>([
    [
      'an answer with a member that no model knows',
      () => ({ Itemm: {} }),
      'GetItemOutput.Itemm is not in the model',
    ],
    [
      'an answer of the wrong type',
      () => ({ Item: { pk: 'a' } }),
      'GetItemOutput.Item.pk is not a structure',
    ],
    [
      'an error with the status of another',
      () => fail('ItemCollectionSizeLimitExceededException', { Foo: 1 }),
      'Foo is not in the model',
    ],
    [
      'an error with a member of the wrong type',
      () => fail('TransactionCanceledException', { CancellationReasons: 'none' }),
      'CancellationReasons is not a list',
    ],
    ['an error with fields and no model', () => fail('Odd', { a: 1 }), 'no model of the error Odd'],
    [
      'a defect',
      () => {
        throw new RangeError('a defect');
      },
      'a defect',
    ],
  ])('is a defect, never an answer that looks right: %s', async (_, handle, says) => {
    const server = await openOne('dynamodb', 'GetItem', handle);
    const thrown = await caught(new DynamoDBClient(clientConfig(server)).send(get));
    expect(thrown).toBeInstanceOf(Error);
    expect(server.defects.join()).toContain(says);
  });

  it('is a defect where an error has another status than in its model', async () => {
    const server = await openOne('sesv2', 'SendEmail', () => {
      throw new AwsFault('NotFoundException', 400, 'no');
    });
    const trip = ROUND_TRIPS.find(({ service }) => service === 'sesv2');
    expect(await caught(trip?.send(clientConfig(server)) ?? Promise.resolve({}))).toBeInstanceOf(Error);
    expect(server.defects.join()).toContain('NotFoundException has the status 404 in its model, not 400');
  });

  it('is a defect where it has no such operation', async () => {
    const server = await open({ dynamodb: { operations: {} } });
    expect(await caught(new DynamoDBClient(clientConfig(server)).send(get))).toMatchObject({
      name: 'NotImplemented',
    });
    expect(server.defects).toEqual(['the fake of dynamodb has no GetItem']);
  });

  it('is a defect where nobody serves the service', async () => {
    const server = await open({ s3: { operations: {} } });
    const thrown = await caught(new DynamoDBClient(clientConfig(server)).send(get));
    expect(thrown).toMatchObject({ $metadata: { httpStatusCode: 404 } });
    expect(server.defects).toEqual(['nobody serves POST /']);
  });

  it('keeps it from being served when its service has no such operation', async () => {
    await expect(serveAws({ dynamodb: { operations: { GetThing: () => ({}) } } })).rejects.toThrow(
      'dynamodb has no operation GetThing',
    );
  });
});

function fail(name: string, fields: Record<string, unknown>): never {
  throw new AwsFault(name, 400, 'no', fields);
}
