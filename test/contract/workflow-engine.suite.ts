import { describe, expect, test } from 'vitest';
import { ExecutionAlreadyExists, NotFound, TaskTimedOut } from '../../shared/errors/errors.ts';
import type { Json } from '../../shared/records/record-store.ts';
import type { WorkflowEngine } from '../../shared/workflow/engine.ts';

export interface EngineUnderTest {
  engine: WorkflowEngine;
  /** Resolves when nothing runs that could go on by itself. */
  settled: () => Promise<void>;
}

/**
 * Makes a fresh engine whose workflow `publish` is this definition, and whose functions are these. The handlers are the
 * second route by which the suite sees what an engine does.
 */
export type EngineFactory = (
  definition: string,
  functions: Record<string, (payload: Json) => Promise<Json>>,
) => Promise<EngineUnderTest>;

const Resource = 'arn:aws:states:::lambda:invoke';

/** Works; asks; is done when the answer is yes. */
const DEFINITION = JSON.stringify({
  StartAt: 'Work',
  States: {
    Work: {
      Type: 'Task',
      Resource,
      Parameters: { FunctionName: 'work', Payload: { 'number.$': '$.number' } },
      ResultSelector: { 'double.$': '$.Payload.double' },
      ResultPath: '$.work',
      Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 1 }],
      Catch: [{ ErrorEquals: ['Refused'], ResultPath: '$.error', Next: 'Refused' }],
      Next: 'Ask',
    },
    Ask: {
      Type: 'Task',
      Resource: `${Resource}.waitForTaskToken`,
      Parameters: {
        FunctionName: 'ask',
        Payload: { 'taskToken.$': '$$.Task.Token', 'about.$': '$.work.double' },
      },
      ResultPath: '$.answer',
      TimeoutSeconds: 3600,
      Next: 'Yes?',
    },
    'Yes?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.answer.yes', BooleanEquals: true, Next: 'Done' }],
      Default: 'Not done',
    },
    Done: { Type: 'Succeed' },
    'Not done': { Type: 'Fail', Error: 'SaidNo', Cause: 'somebody said no' },
    Refused: { Type: 'Succeed' },
  },
});

/** A function that always fails with this error. */
const failing = (name: string) => async (): Promise<never> => {
  throw Object.assign(new Error('on purpose'), { name });
};

/** What every `WorkflowEngine` does. */
export function workflowEngineContract(edition: string, make: EngineFactory): void {
  /** An engine, what was asked of its functions, and short forms for one execution. */
  const setUp = async (
    work = async (payload: Json) => ({ double: 2 * (payload as { number: number }).number }),
  ) => {
    const asked: { taskToken: string; about: number }[] = [];
    const worked: Json[] = [];
    const { engine, settled } = await make(DEFINITION, {
      work: async (payload) => {
        worked.push(payload);
        return work(payload);
      },
      ask: async (payload) => {
        asked.push(payload as { taskToken: string; about: number });
        return null;
      },
    });
    const start = (input: Json = { number: 21 }, name = 'p_1-1') => engine.start('publish', name, input);
    const look = (name = 'p_1-1') => engine.describe('publish', name);
    return { engine, settled, start, look, asked, worked };
  };

  describe(`WorkflowEngine: ${edition}`, () => {
    test('an execution is known as soon as its start resolved', async () => {
      const { start, look } = await setUp();
      await start();
      expect(await look()).toMatchObject({ name: 'p_1-1', status: 'RUNNING', input: { number: 21 } });
    });

    test('functions get what the definition says, and their answers go on', async () => {
      const { settled, start, look, asked, worked } = await setUp();
      await start();
      await settled();
      expect(worked).toEqual([{ number: 21 }]);
      expect(asked).toMatchObject([{ about: 42 }]);
      const execution = await look();
      expect(execution.status).toBe('RUNNING');
      expect(execution.endedAt).toBeUndefined();
    });

    test('the answer to a token ends the waiting', async () => {
      const { engine, settled, start, look, asked } = await setUp();
      await start();
      await settled();
      await engine.complete(asked[0]?.taskToken ?? '', { output: { yes: true } });
      await settled();
      const execution = await look();
      expect(execution).toMatchObject({
        status: 'SUCCEEDED',
        output: { number: 21, work: { double: 42 }, answer: { yes: true } },
      });
      expect(execution.endedAt).toBeGreaterThanOrEqual(execution.startedAt);
      expect(execution.error).toBeUndefined();
    });

    test('an error for a token fails its task', async () => {
      const { engine, settled, start, look, asked } = await setUp();
      await start();
      await settled();
      await engine.complete(asked[0]?.taskToken ?? '', { error: 'Declined', cause: 'not today' });
      await settled();
      expect(await look()).toMatchObject({ status: 'FAILED', error: 'Declined', cause: 'not today' });
    });

    test('a Fail gives the execution its error', async () => {
      const { engine, settled, start, look, asked } = await setUp();
      await start();
      await settled();
      await engine.complete(asked[0]?.taskToken ?? '', { output: { yes: false } });
      await settled();
      const execution = await look();
      expect(execution).toMatchObject({ status: 'FAILED', error: 'SaidNo', cause: 'somebody said no' });
      expect(execution.output).toBeUndefined();
    });

    test('a token is answered once', async () => {
      const { engine, settled, start, asked } = await setUp();
      await start();
      await settled();
      const token = asked[0]?.taskToken ?? '';
      await engine.complete(token, { output: { yes: true } });
      await expect(engine.complete(token, { output: { yes: false } })).rejects.toThrow(TaskTimedOut);
      await expect(engine.complete(token, { error: 'Declined' })).rejects.toThrow(TaskTimedOut);
    });

    test('a token that nobody handed out is refused', async () => {
      const { engine } = await setUp();
      await expect(engine.complete('made up', { output: null })).rejects.toThrow(TaskTimedOut);
    });

    test('an error of a function is caught by its name', async () => {
      const { settled, start, look } = await setUp(failing('Refused'));
      await start();
      await settled();
      const execution = await look();
      expect(execution.status).toBe('SUCCEEDED');
      expect(execution.output).toMatchObject({ number: 21, error: { Error: 'Refused' } });
    });

    test('an error that nothing catches fails the execution', async () => {
      const { settled, start, look } = await setUp(failing('Other'));
      await start();
      await settled();
      expect(await look()).toMatchObject({ status: 'FAILED', error: 'Other' });
    });

    test('the same name and input while it runs is the same execution', async () => {
      const { settled, start, worked } = await setUp();
      await start();
      await start();
      await settled();
      await start();
      await settled();
      expect(worked).toHaveLength(1);
    });

    test('the same name with another input is refused', async () => {
      const { settled, start, look } = await setUp();
      await start();
      await expect(start({ number: 22 })).rejects.toThrow(ExecutionAlreadyExists);
      await settled();
      expect((await look()).input).toEqual({ number: 21 });
    });

    test('the name of an execution that has ended is never used again', async () => {
      const { settled, start, worked } = await setUp(failing('Other'));
      await start();
      await settled();
      await expect(start()).rejects.toThrow(ExecutionAlreadyExists);
      expect(worked).toHaveLength(1);
    });

    test('executions do not mix', async () => {
      const { engine, settled, start, look, asked } = await setUp();
      await start({ number: 1 }, 'one');
      await start({ number: 2 }, 'two');
      await settled();
      const second = asked.find(({ about }) => about === 4);
      await engine.complete(second?.taskToken ?? '', { output: { yes: true } });
      await settled();
      expect((await look('two')).status).toBe('SUCCEEDED');
      expect((await look('one')).status).toBe('RUNNING');
    });

    test('an execution nobody started is not found', async () => {
      const { engine } = await setUp();
      await expect(engine.describe('publish', 'nobody')).rejects.toThrow(NotFound);
    });

    test('the history tells what happened, oldest first', async () => {
      const { engine, settled, start, look, asked } = await setUp();
      await start();
      await settled();
      await engine.complete(asked[0]?.taskToken ?? '', { output: { yes: true } });
      await settled();
      const { history } = await look();
      expect(history.map(({ type, state }) => (state === undefined ? type : `${type} ${state}`))).toEqual([
        'ExecutionStarted',
        'StateEntered Work',
        'TaskScheduled Work',
        'TaskSucceeded Work',
        'StateExited Work',
        'StateEntered Ask',
        'TaskScheduled Ask',
        'TaskSucceeded Ask',
        'StateExited Ask',
        'StateEntered Yes?',
        'StateExited Yes?',
        'StateEntered Done',
        'StateExited Done',
        'ExecutionSucceeded',
      ]);
      const ids = history.map(({ id }) => id);
      expect(ids).toEqual(ids.toSorted((one, other) => one - other));
      expect(new Set(ids).size).toBe(ids.length);
      expect(history[1]?.detail).toMatchObject({ input: { number: 21 } });
      expect(history[4]?.detail).toMatchObject({ output: { work: { double: 42 } } });
    });
  });
}
