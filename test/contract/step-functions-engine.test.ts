import {
  SendTaskSuccessCommand,
  SFNClient,
  SFNServiceException,
  TaskDoesNotExist,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, test } from 'vitest';
import {
  Busy,
  ExecutionAlreadyExists,
  NotFound,
  TaskTimedOut,
  TooLarge,
} from '../../shared/errors/errors.ts';
import { StepFunctionsEngine } from '../../shared/workflow/step-functions-engine.ts';
import type { FaultKind } from '../fakes/aws-faults.ts';
import { machine, named, task, tokenTask } from '../workflows/runner-harness.ts';
import { openStepFunctions, stateMachines } from './step-functions.ts';
import { workflowEngineContract } from './workflow-engine.suite.ts';

workflowEngineContract('Step Functions', async (definition, functions) => {
  const { engine, fake } = await openStepFunctions(definition, { functions });
  return { engine, settled: () => fake.idle() };
});

workflowEngineContract('Step Functions with a history of short pages', async (definition, functions) => {
  const { engine, fake } = await openStepFunctions(definition, { functions, pageSize: 3 });
  return { engine, settled: () => fake.idle() };
});

const working = machine({ Work: task() });
const asking = machine({ Ask: tokenTask() });

/** JSON of exactly so many bytes. */
const input = (bytes: number) => ({ x: 'é'.repeat((bytes - 8) / 2) });

describe('StepFunctionsEngine', () => {
  test('an input that was stored meanwhile is the same input, in whatever order it comes back', async () => {
    const { engine, fake } = await openStepFunctions(asking, { functions: { work: async () => null } });
    await engine.start('publish', 'one', { publishId: 'p', more: { a: 1, b: [{ c: 2, d: 3 }] } });
    await fake.idle();
    await engine.start('publish', 'one', { more: { b: [{ d: 3, c: 2 }], a: 1 }, publishId: 'p' });
    expect(Object.keys(await fake.executions())).toHaveLength(1);
  });

  test('sends inputs with their names in order', async () => {
    const { engine, server } = await openStepFunctions(working, { functions: { work: async () => null } });
    await engine.start('publish', 'one', { b: 1, a: { d: 2, c: 3 } });
    expect(server.log.at(-1)?.input).toMatchObject({ input: '{"a":{"c":3,"d":2},"b":1}' });
  });

  test.each(['', 'a b', 'a:b', 'ü', 'x'.repeat(81)])('"%s" names no execution', async (name) => {
    const { engine, calls } = await openStepFunctions(working);
    await expect(engine.start('publish', name, {})).rejects.toThrow(RangeError);
    await expect(engine.describe('publish', name)).rejects.toThrow(RangeError);
    expect(calls()).toEqual([]);
  });

  test('80 characters name an execution', async () => {
    const { engine } = await openStepFunctions(working, { functions: { work: async () => null } });
    const name = 'x'.repeat(80);
    await engine.start('publish', name, {});
    expect((await engine.describe('publish', name)).name).toBe(name);
  });

  test('what is over the limit of an input or output is not sent', async () => {
    const { engine, calls } = await openStepFunctions(working, { functions: { work: async () => null } });
    await expect(engine.start('publish', 'one', input(262_146))).rejects.toThrow(TooLarge);
    await expect(engine.complete('token', { output: input(262_146) })).rejects.toThrow(TooLarge);
    expect(calls()).toEqual([]);
    await engine.start('publish', 'one', input(262_144));
  });

  test('an error and its cause are cut to what Step Functions takes', async () => {
    const tokens: string[] = [];
    const work = async (payload: { token: string }) => void tokens.push(payload.token);
    const { engine, fake } = await openStepFunctions(asking, { functions: { work } });
    await engine.start('publish', 'one', {});
    await fake.idle();
    await engine.complete(tokens[0] ?? '', { error: 'E'.repeat(300), cause: 'c'.repeat(40_000) });
    const { error, cause } = await engine.describe('publish', 'one');
    expect([error?.length, cause?.length]).toEqual([256, 32_768]);
  });

  test('a token that is used is told as one that is unknown: both are answered by nobody', async () => {
    const { engine, calls } = await openStepFunctions(asking);
    await expect(engine.complete('made up', { error: 'x' })).rejects.toThrow(TaskTimedOut);
    await expect(engine.complete('t'.repeat(43), { output: 1 })).rejects.toThrow(TaskTimedOut);
    expect(calls()).toEqual(['SendTaskFailure: InvalidToken', 'SendTaskSuccess: TaskTimedOut']);
  });

  test('so is a token of a task that is gone', async () => {
    const client = new SFNClient({ region: 'eu-central-1' });
    const gone = new TaskDoesNotExist({ message: 'gone', $metadata: {} });
    mockClient(client).on(SendTaskSuccessCommand).rejects(gone);
    const engine = new StepFunctionsEngine({ client, stateMachines: stateMachines('arn') });
    await expect(engine.complete('token', { output: 1 })).rejects.toThrow(TaskTimedOut);
  });

  test('the quota of running executions is for later', async () => {
    const { engine, fake } = await openStepFunctions(asking, { functions: { work: async () => null } });
    fake.limitExecutions(1);
    await engine.start('publish', 'one', {});
    await expect(engine.start('publish', 'two', {})).rejects.toThrow(Busy);
    await engine.start('publish', 'one', {});
  });

  test.each(['throttle', 'server-error', 'timeout-after-effect'] as FaultKind[])(
    'after a %s every call is for later, and may be made again',
    async (kind) => {
      const tokens: string[] = [];
      const work = async (payload: { token: string }) => void tokens.push(payload.token);
      const { engine, fake, server } = await openStepFunctions(asking, { functions: { work } });
      const failing = async (call: () => Promise<unknown>, index = 1) => {
        server.faults.at(server.log.length + index, kind);
        await expect(call()).rejects.toThrow(Busy);
        expect(server.faults.unreached()).toEqual([]);
      };
      const start = () => engine.start('publish', 'one', { a: 1 });
      await failing(start);
      await start();
      await fake.idle();
      const look = () => engine.describe('publish', 'one');
      await failing(look);
      await failing(look, 2);
      const answer = () => engine.complete(tokens[0] ?? '', { output: null });
      await failing(answer);
      // Of an answer that got there, nothing but the receipt was lost.
      const again = await answer().catch((error: unknown) => error);
      expect(again instanceof TaskTimedOut).toBe(kind === 'timeout-after-effect');
      expect((await look()).status).toBe('SUCCEEDED');
      expect(tokens).toHaveLength(1);
    },
  );

  test('what is wrong with the account is thrown as it came', async () => {
    const { client } = await openStepFunctions(working);
    const gone = stateMachines('arn:aws:states:eu-central-1:123456789012:stateMachine:gone');
    const engine = new StepFunctionsEngine({ client, stateMachines: gone });
    const failure = await engine.start('publish', 'one', {}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SFNServiceException);
    expect(failure).toMatchObject({ name: 'StateMachineDoesNotExist' });
    expect(failure).not.toBeInstanceOf(ExecutionAlreadyExists);
    await expect(engine.describe('publish', 'one')).rejects.toThrow(NotFound);
  });
});

describe('the history Step Functions keeps', () => {
  test('counts the attempts of a task, says why each failed, and holds no token', async () => {
    let calls = 0;
    const work = async () => {
      calls += 1;
      if (calls === 1) throw named('Busy', 'not now');
      return null;
    };
    const definition = machine({
      Ask: tokenTask({ Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 5 }] }),
    });
    const { engine, fake } = await openStepFunctions(definition, { functions: { work } });
    await engine.start('publish', 'one', {});
    await fake.settle();
    const { history } = await engine.describe('publish', 'one');
    expect(history.map(({ type, state }) => `${type} ${state ?? '-'}`)).toEqual([
      'ExecutionStarted -',
      'StateEntered Ask',
      'TaskScheduled Ask',
      'TaskFailed Ask',
      'TaskScheduled Ask',
    ]);
    expect(history[2]?.detail).toEqual({ function: 'work', attempt: 1 });
    expect(history[3]?.detail).toMatchObject({ error: 'Busy' });
    expect(history[4]?.detail).toEqual({ function: 'work', attempt: 2 });
    expect((history[4]?.at ?? 0) - (history[3]?.at ?? 0)).toBe(5_000);
    expect(JSON.stringify(history)).not.toContain('oken');
  });

  test('has its last 1,000 events, oldest first, however long it is', async () => {
    const definition = machine({
      Work: task({ Retry: [{ ErrorEquals: ['Busy'], BackoffRate: 1, MaxAttempts: 700 }] }),
    });
    const functions = { work: () => Promise.reject(named('Busy')) };
    const { engine, fake } = await openStepFunctions(definition, { functions, pageSize: 300 });
    await engine.start('publish', 'one', {});
    await fake.settle();
    const { history, status } = await engine.describe('publish', 'one');
    expect(status).toBe('FAILED');
    expect(history.at(-1)?.type).toBe('ExecutionFailed');
    const ids = history.map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((one, other) => one - other));
    expect((ids.at(-1) ?? 0) - (ids[0] ?? 0)).toBeGreaterThan(990);
    expect((ids.at(-1) ?? 0) - (ids[0] ?? 0)).toBeLessThan(1_000);
  });
});
