import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Endpoint, endpoint } from '../../functions/api/endpoint.ts';
import { ENDPOINTS } from '../../functions/api/endpoints.ts';
import { apiHandler } from '../../functions/aws/api-handler.ts';
import { stepHandler } from '../../functions/aws/step-handler.ts';
import { sweepHandler } from '../../functions/aws/sweep-handler.ts';
import {
  Busy,
  Cancelled,
  CertificatePending,
  Declined,
  Parked,
  Refused,
  Superseded,
} from '../../shared/errors/errors.ts';
import { derivedId, instant, randomId } from '../../shared/ids/ids.ts';
import { dueKeys } from '../../shared/records/due.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { step } from '../../shared/runtime/step.ts';
import { apiEvent } from '../builders/api-event.ts';
import { openRuntime } from '../builders/aws-runtime.ts';
import { lambdaContext } from '../fakes/lambda.ts';

const CONTEXT = lambdaContext('test-function');
const publishId = randomId('p');
const appId = randomId('a');
const PAYLOAD = { publishId, appId, sequence: 1 };
const anything = z.looseObject({});

const stepThat = (run: (deps: Deps) => unknown) =>
  step({
    input: anything,
    run: async (_, deps) => {
      deps.log.info('at work');
      await run(deps);
      return { outcome: 'done' };
    },
  });
const throwing = (error: unknown) =>
  stepThat(() => {
    throw error;
  });

describe('a step on Lambda', () => {
  test('gets its payload, and answers what the state machine keeps', async () => {
    const { runtime } = await openRuntime();
    const seen: unknown[] = [];
    const handler = stepHandler(
      step({
        input: anything,
        run: async (input) => {
          seen.push(input);
          return { outcome: 'passed' };
        },
      }),
      runtime,
    );
    expect(await handler(PAYLOAD, CONTEXT)).toEqual({ outcome: 'passed' });
    expect(seen).toEqual([PAYLOAD]);
  });

  test('has the publish, the app and the request in every line it logs', async () => {
    const { runtime, logs } = await openRuntime();
    await stepHandler(throwing(new Busy('not now')), runtime)(PAYLOAD, CONTEXT).catch(() => undefined);
    expect(logs().map(({ message }) => message)).toEqual(['at work', 'to be tried again']);
    for (const line of logs()) {
      expect(line).toMatchObject({ publishId, appId, service: 'test-function' });
      expect(line['function_request_id']).toBe(CONTEXT.awsRequestId);
    }
  });

  test('does not remember the publish before', async () => {
    const { runtime, logs } = await openRuntime();
    const handler = stepHandler(
      stepThat(() => undefined),
      runtime,
    );
    await handler(PAYLOAD, CONTEXT);
    await handler({ other: true }, CONTEXT);
    const other = randomId('p');
    await handler({ publishId: other }, CONTEXT);
    expect(logs().map((line) => [line['publishId'], line['appId']])).toEqual([
      [publishId, appId],
      [undefined, undefined],
      [other, undefined],
    ]);
  });

  test('logs nothing as an id that is none', async () => {
    const { runtime, logs } = await openRuntime();
    await stepHandler(
      stepThat(() => undefined),
      runtime,
    )({ publishId: 'p_1"\n', appId: 7 }, CONTEXT);
    expect(logs()[0]).not.toHaveProperty('publishId');
    expect(logs()[0]).not.toHaveProperty('appId');
  });

  const thrown: [what: string, error: unknown, name: string, metric: string, level: string][] = [
    ['an ending', new Refused('no'), 'Refused', 'Endings', 'INFO'],
    ['a newer publish', new Superseded('no'), 'Superseded', 'Endings', 'INFO'],
    ['a release that waits', new Parked('no'), 'Parked', 'Endings', 'INFO'],
    ['a publish that was stopped', new Cancelled('no'), 'Cancelled', 'Endings', 'INFO'],
    ['a no', new Declined('no'), 'Declined', 'Endings', 'INFO'],
    ['what is to be tried again', new CertificatePending('wait'), 'CertificatePending', 'Retries', 'WARN'],
    ['a defect', new TypeError('oh'), 'TypeError', 'Failures', 'ERROR'],
    ['what is no error', 'oh', 'Unexpected', 'Failures', 'ERROR'],
  ];
  test.each(thrown)('names, logs and counts %s', async (_, error, name, metric, level) => {
    const { runtime, logs, metrics } = await openRuntime();
    const failure: unknown = await stepHandler(throwing(error), runtime)(PAYLOAD, CONTEXT).catch(
      (each: unknown) => each,
    );
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject({ name });
    expect(logs().at(-1)).toMatchObject({ level, reason: name });
    expect(metrics()).toEqual([{ [metric]: 1 }]);
  });

  test('counts nothing of what went well', async () => {
    const { runtime, metrics } = await openRuntime();
    await stepHandler(
      stepThat(() => undefined),
      runtime,
    )(PAYLOAD, CONTEXT);
    expect(metrics()).toEqual([]);
  });
});

/** A runtime in which the start of a workflow was committed, and could not be done. */
const failing = async () => {
  const opened = await openRuntime();
  const { server, deps } = opened;
  // Calls: the transaction, then the start that fails.
  server.faults.at(server.log.length + 2, 'server-error');
  const request = { kind: 'start-workflow', workflow: 'publish', name: 'p-1', input: { a: 1 } } as const;
  const isDone = await deps.effects.commit({ opId: 'op', operations: [], effects: [request] });
  expect(server.faults.unreached()).toEqual([]);
  expect(isDone).toBe(false);
  return opened;
};

describe('the sweep on Lambda', () => {
  test('does what the committer tried in vain, once it is due again', async () => {
    const { runtime, clock, sfn, metrics, dynamodb } = await failing();
    const handler = sweepHandler(runtime);
    expect(await handler({}, CONTEXT)).toEqual({ done: 0 });
    expect(Object.keys(await sfn.executions())).toEqual([]);
    clock.advance(60_000);
    expect(await handler({}, CONTEXT)).toEqual({ done: 1 });
    expect(Object.keys(await sfn.executions())).toHaveLength(1);
    expect(dynamodb.items('records')).toEqual([]);
    expect(metrics()).toEqual([
      { Swept: 0, OldestDueSeconds: 0 },
      { Swept: 1, OldestDueSeconds: 0 },
    ]);
  });

  test('says for how long the oldest thing has been due that cannot be done', async () => {
    const { runtime, deps, clock, metrics, logs } = await openRuntime();
    const index = dueKeys('odd', { action: 'run', at: instant(clock.now()) });
    const key = { pk: 'odd#1', sk: 'odd' };
    await deps.store.write({
      opId: 'odd',
      operations: [{ op: 'create', key, record: { data: {}, index } }],
    });
    clock.advance(300_000);
    expect(await sweepHandler(runtime)({}, CONTEXT)).toEqual({ done: 0 });
    expect(metrics()).toEqual([{ Swept: 0, OldestDueSeconds: 300 }]);
    expect(logs()).toMatchObject([{ message: 'a due record failed', key: 'odd#1/odd' }]);
  });
});

/** Answers with the bytes it was given. */
const echo = (fields: Partial<Endpoint> = {}): Endpoint => ({
  ...endpoint({
    method: 'post',
    path: '/v1/hooks/{platform}/publish',
    operationId: 'echo',
    summary: 'Echo',
    auth: 'anyone',
    answers: {},
    run: async ({ rawBody }, { log }) => {
      log.info('at work');
      return { status: 200, body: { hex: rawBody.toString('hex') } };
    },
  }),
  ...fields,
});
const hook = (fields: object) =>
  apiEvent({
    method: 'POST',
    path: '/v1/hooks/demo/publish',
    resource: '/v1/hooks/{platform}/publish',
    headers: { 'Content-Type': 'application/json', 'Webhook-Id': 'msg_1' },
    ...fields,
  });

const jsonLines = async () =>
  new Response('{"a":1}\n{"b":2}\n', { headers: { 'content-type': 'application/x-ndjson' } });

describe('the API on Lambda', () => {
  test('hands on the very bytes that were signed, as text and as base64', async () => {
    const { runtime } = await openRuntime();
    const handler = apiHandler([echo()], runtime);
    const bytes = randomBytes(300);
    const binary = await handler(hook({ body: bytes.toString('base64'), isBase64Encoded: true }), CONTEXT);
    expect(JSON.parse(binary.body)).toEqual({ hex: bytes.toString('hex') });
    const text = '{"title":"Mittagessen für Ünal ☕"}';
    const plain = await handler(hook({ body: text }), CONTEXT);
    expect(JSON.parse(plain.body)).toEqual({ hex: Buffer.from(text).toString('hex') });
    // Text that looks like base64 is text all the same.
    const lookAlike = await handler(hook({ body: 'YWJj' }), CONTEXT);
    expect(JSON.parse(lookAlike.body)).toEqual({ hex: Buffer.from('YWJj').toString('hex') });
  });

  const refused: [what: string, fields: object, status: number, code: string][] = [
    [
      'JSON that is not UTF-8',
      { body: Buffer.from('{"a":"\xfc"}', 'latin1').toString('base64'), isBase64Encoded: true },
      415,
      'body/media-type',
    ],
    ['what is not JSON', { body: 'a=1', headers: { 'content-type': 'text/plain' } }, 415, 'body/media-type'],
    [
      'another host',
      { body: '{}', headers: { Host: 'a1b2.execute-api.amazonaws.com' } },
      403,
      'host/not-allowed',
    ],
    ['an unknown path', { path: '/v1/nothing' }, 404, 'route/unknown'],
  ];
  test.each(refused)('refuses %s', async (_, fields, status, code) => {
    const { runtime } = await openRuntime();
    const handler = apiHandler([echo({ body: z.looseObject({}) })], runtime);
    const answer = await handler(hook(fields), CONTEXT);
    expect(answer.statusCode).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ code });
    expect(answer.isBase64Encoded).toBe(false);
  });

  test('answers in text, whatever its media type: API Gateway is not told of any that is binary', async () => {
    const { runtime } = await openRuntime();
    const answer = await apiHandler([echo({ run: jsonLines })], runtime)(hook({ body: '{}' }), CONTEXT);
    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false, body: '{"a":1}\n{"b":2}\n' });
  });

  test('has the publish in every line from the webhook on, and no path, query or token', async () => {
    const { runtime, logs } = await openRuntime();
    const status = echo({ method: 'get', path: '/v1/publishes/{id}' });
    const handler = apiHandler([echo(), status], runtime);
    await handler(hook({ body: '{}' }), CONTEXT);
    const known = derivedId('p', 'demo', 'msg_1');
    expect(logs().map(({ message, publishId: id }) => [message, id])).toEqual([
      ['at work', known],
      ['request', known],
    ]);
    expect(logs()[1]).toMatchObject({
      method: 'POST',
      resource: '/v1/hooks/{platform}/publish',
      status: 200,
    });
    await handler(
      apiEvent({
        path: `/v1/publishes/${publishId}`,
        resource: '/v1/publishes/{id}',
        pathParameters: { id: publishId },
        query: { t: 'secret-token' },
      }),
      CONTEXT,
    );
    expect(
      logs()
        .slice(2)
        .map((line) => line['publishId']),
    ).toEqual([publishId, publishId]);
    expect(JSON.stringify(logs())).not.toContain('secret-token');
  });

  test('a request that concerns no publish is logged without one', async () => {
    const { runtime, logs } = await openRuntime();
    const answer = await apiHandler(ENDPOINTS, runtime)(apiEvent({ path: '/healthz' }), CONTEXT);
    expect(answer.statusCode).toBe(200);
    expect(logs()).toHaveLength(1);
    expect(logs()[0]).not.toHaveProperty('publishId');
  });
});
