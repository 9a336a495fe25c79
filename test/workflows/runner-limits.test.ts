import { describe, expect, test } from 'vitest';
import { TooLarge } from '../../shared/errors/errors.ts';
import { answers, harness, machine, named, statesEntered, task } from './runner-harness.ts';

/** Text that is so many bytes as JSON, its quotes included. */
const bytes = (count: number) => 'x'.repeat(count - 2);
const LIMIT = 262_144;

const catchAll = { Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Caught' }] };
const Caught = { Type: 'Succeed' };
const tiny = { Parameters: { FunctionName: 'work', Payload: {} } };

describe('the size of inputs and outputs', () => {
  test('an input may be 262,144 bytes and no more', async () => {
    const { runner, run } = harness({ definition: machine({ End: { Type: 'Succeed' } }) });
    expect((await run(bytes(LIMIT))).status).toBe('SUCCEEDED');
    await expect(runner.start('publish', 'two', bytes(LIMIT + 1))).rejects.toThrow(TooLarge);
    await expect(runner.describe('publish', 'two')).rejects.toThrow('no execution');
  });

  test('bytes count, not characters', async () => {
    const { runner } = harness({ definition: machine({ End: { Type: 'Succeed' } }) });
    await expect(runner.start('publish', 'one', 'ü'.repeat(LIMIT / 2))).rejects.toThrow(TooLarge);
  });

  test('a result over the limit ends the execution; States.ALL does not catch it', async () => {
    const { run } = harness({
      definition: machine({ Work: task({ ...catchAll, ResultPath: null }), Caught }),
      work: answers(bytes(LIMIT)),
    });
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  test('an output that grew over the limit by its result ends the execution', async () => {
    const { run } = harness({
      definition: machine({ Work: task({ ...tiny, ...catchAll, ResultPath: '$.b' }), Caught }),
      work: answers(bytes(LIMIT / 2)),
    });
    const execution = await run({ a: bytes(LIMIT / 2) });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(execution.cause).toContain('the output of "Work"');
  });

  test('a payload over the limit is never sent', async () => {
    const work = answers();
    const { run } = harness({ definition: machine({ Work: task(catchAll), Caught }), work });
    expect(await run(bytes(LIMIT))).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(work.calls).toHaveLength(0);
  });

  test('an output over the limit in a state that only shapes data ends the execution', async () => {
    const { run } = harness({
      definition: machine({
        Twice: { Type: 'Pass', Parameters: { 'a.$': '$', 'b.$': '$' }, End: true },
      }),
    });
    expect(await run(bytes(LIMIT / 2))).toMatchObject({ error: 'States.DataLimitExceeded' });
  });

  test('a cause is cut, so that an error always has a place', async () => {
    const { run } = harness({
      definition: machine({
        Work: task({ Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Caught' }] }),
        Caught,
      }),
      work: answers(named('Busy', 'x'.repeat(500_000))),
    });
    const execution = await run();
    expect(statesEntered(execution)).toEqual(['Work', 'Caught']);
    expect((execution.output as { error: { Cause: string } }).error.Cause).toHaveLength(32_768);
  });
});

describe('what a handler is given and gives', () => {
  test('is JSON: nothing is shared, and what JSON does not know is gone', async () => {
    const { run } = harness({
      definition: machine({
        Work: task({ Next: 'After', ResultPath: '$.result' }),
        After: { Type: 'Succeed' },
      }),
      work: async (payload) => {
        (payload as { input: { list: number[] } }).input.list.push(2);
        return { at: new Date(0), gone: undefined } as never;
      },
    });
    const result = {
      ExecutedVersion: '$LATEST',
      Payload: { at: '1970-01-01T00:00:00.000Z' },
      StatusCode: 200,
    };
    expect((await run({ list: [1] })).output).toEqual({ list: [1], result });
  });

  test('is null when a handler returns nothing', async () => {
    const { run } = harness({ definition: machine({ Work: task() }), work: async () => undefined as never });
    expect((await run()).output).toMatchObject({ Payload: null });
  });

  test('fails the task when it is no JSON at all', async () => {
    const { run } = harness({ definition: machine({ Work: task() }), work: async () => 1n as never });
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'TypeError' });
  });
});
