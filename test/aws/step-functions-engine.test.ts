import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ExecutionAlreadyExists, NotFound, TaskTimedOut } from '../../shared/errors/errors.ts';
import { randomId } from '../../shared/ids/ids.ts';
import type { Json } from '../../shared/records/record-store.ts';
import { StepFunctionsEngine } from '../../shared/workflow/step-functions-engine.ts';
import { loadWorkflow, placeholders, WORKFLOW_NAMES, workflowText } from '../../workflows/index.ts';
import { createStateMachine, stateMachines } from '../contract/step-functions.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { machine, task, tokenTask } from '../workflows/runner-harness.ts';
import { WAYS } from '../workflows/ways.ts';
import { motoUrl } from './moto.ts';

/** Every task of every state machine here calls this one function, which answers what moto is told beforehand. */
const FUNCTION = 'work';
const PATIENCE = { timeout: 20_000, interval: 50 };

const post = async (path: string, body: unknown, service = 'lambda') => {
  const scope = `AKIDEXAMPLE/20260101/eu-central-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
  const isForm = body instanceof URLSearchParams;
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  return fetch(`${motoUrl()}${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': type },
    body: isForm ? body : JSON.stringify(body),
  });
};

beforeAll(async () => {
  await post('/moto-api/config', {
    stepfunctions: { execute_state_machine: true },
    lambda: { use_docker: false },
  });
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const role = {
    Action: 'CreateRole',
    Version: '2010-05-08',
    RoleName: 'workflows',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  };
  await post('/', new URLSearchParams(role), 'iam');
  const emptyZip = Buffer.concat([Buffer.from('PK\u0005\u0006'), Buffer.alloc(18)]);
  const made = await post('/2015-03-31/functions', {
    FunctionName: FUNCTION,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: 'arn:aws:iam::123456789012:role/workflows',
    Code: { ZipFile: emptyZip.toString('base64') },
  });
  if (made.status !== 201) throw new Error(`moto made no function: ${await made.text()}`);
});

const answerNext = (...answers: Json[]) =>
  post('/moto-api/static/lambda-simple/response', {
    region: 'eu-central-1',
    results: answers.map((answer) => JSON.stringify(answer)),
  });

async function openEngine(definition: string) {
  const client = new SFNClient(clientConfig({ url: motoUrl() }));
  onTestFinished(() => client.destroy());
  const arn = await createStateMachine(client, randomId('machine'), definition);
  const engine = new StepFunctionsEngine({ client, stateMachines: stateMachines(arn) });
  const ended = () =>
    vi.waitFor(async () => {
      const execution = await engine.describe('publish', 'one');
      expect(execution.status).not.toBe('RUNNING');
      return execution;
    }, PATIENCE);
  /** The token that was handed to the function, read as an admin would who may see everything. */
  const token = () =>
    vi.waitFor(async () => {
      const executionArn = `${arn.replace(':stateMachine:', ':execution:')}:one`;
      const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
      const parameters = events.find(({ type }) => type === 'TaskScheduled')?.taskScheduledEventDetails
        ?.parameters;
      return (JSON.parse(parameters ?? '') as { Payload: { token: string } }).Payload.token;
    }, PATIENCE);
  return { engine, ended, token, arn };
}

describe('StepFunctionsEngine on moto', () => {
  const asking = machine({ Ask: tokenTask() });

  test('a task runs and its answer goes on', async () => {
    const { engine, ended } = await openEngine(machine({ Work: task({ ResultPath: '$.work' }) }));
    await answerNext({ double: 42 });
    await engine.start('publish', 'one', { number: 21 });
    const { status, output, history } = await ended();
    expect(status).toBe('SUCCEEDED');
    expect(output).toMatchObject({ number: 21, work: { Payload: { double: 42 } } });
    expect(history.map(({ type, state }) => `${type} ${state ?? '-'}`)).toEqual([
      'ExecutionStarted -',
      'StateEntered Work',
      'TaskScheduled Work',
      'TaskSucceeded Work',
      'StateExited Work',
      'ExecutionSucceeded -',
    ]);
  });

  test('the answer to a token ends the waiting, once', async () => {
    const { engine, ended, token } = await openEngine(asking);
    await engine.start('publish', 'one', {});
    const given = await token();
    await engine.complete(given, { output: { yes: true } });
    expect(await ended()).toMatchObject({ status: 'SUCCEEDED', output: { yes: true } });
    await expect(engine.complete(given, { output: 1 })).rejects.toThrow(TaskTimedOut);
  });

  test('an error for a token fails its task', async () => {
    const { engine, ended, token } = await openEngine(asking);
    await engine.start('publish', 'one', {});
    await engine.complete(await token(), { error: 'Declined', cause: 'not today' });
    // moto keeps the cause to itself.
    expect(await ended()).toMatchObject({ status: 'FAILED', error: 'Declined' });
  });

  test('a name is one execution while that one runs', async () => {
    const { engine } = await openEngine(asking);
    await engine.start('publish', 'one', { a: 1, b: 2 });
    await engine.start('publish', 'one', { b: 2, a: 1 });
    await expect(engine.start('publish', 'one', { a: 2 })).rejects.toThrow(ExecutionAlreadyExists);
    await expect(engine.describe('publish', 'two')).rejects.toThrow(NotFound);
    await expect(engine.complete('made up', { output: 1 })).rejects.toThrow(TaskTimedOut);
  });
});

describe.each(WORKFLOW_NAMES)('the workflow %s on moto', (name) => {
  const text = workflowText(name);
  const definition = loadWorkflow(
    name,
    Object.fromEntries(placeholders(text).map((placeholder) => [placeholder, FUNCTION])),
  );

  test('is taken', async () => {
    expect((await openEngine(definition)).arn).toMatch(/:stateMachine:machine_/);
  });
});

test('a publish that broke fails on moto, by the error it met and in the words of its last step', async () => {
  const text = workflowText('publish');
  const { engine, ended } = await openEngine(
    loadWorkflow('publish', Object.fromEntries(placeholders(text).map((each) => [each, FUNCTION]))),
  );
  const told = { outcome: 'failed', status: 'failed', error: 'Busy', summary: 'demo/lunch: too busy' };
  const passed = { outcome: 'passed' };
  // No more than are asked for: what is left over would be the next test's.
  await answerNext(passed, passed, passed, { outcome: 'refused' }, told);
  await engine.start('publish', 'one', { publishId: 'p_1', appId: 'a_1', sequence: 1 });
  expect(await ended()).toMatchObject({ status: 'FAILED', error: 'Busy', cause: 'demo/lunch: too busy' });
});

test.each(WORKFLOW_NAMES)(
  'the workflow %s goes its way on moto, from the first state to the last',
  async (name) => {
    const text = workflowText(name);
    const definition = loadWorkflow(
      name,
      Object.fromEntries(placeholders(text).map((each) => [each, FUNCTION])),
    );
    // Moto waits by the clock on the wall.
    const { engine, ended } = await openEngine(definition.replace(/"Seconds": \d+/, '"Seconds": 0'));
    await answerNext(...placeholders(text).map(() => ({ outcome: 'passed' })));
    const subject = { publishId: 'p_1', appId: 'a_1', team: 'finance' };
    await engine.start('publish', 'one', { ...subject, sequence: 1, attempt: 1 });
    const { status, history } = await ended();
    expect(status).toBe('SUCCEEDED');
    expect(history.flatMap(({ type, state }) => (type === 'StateEntered' ? [state] : []))).toEqual(
      WAYS[name],
    );
  },
);
