import { describe, expect, test, vi } from 'vitest';
import type { Json } from '../../shared/records/record-store.ts';
import {
  answers,
  eventsOf,
  harness,
  machine,
  named,
  openHandler,
  statesEntered,
  task,
  typesOf,
} from './runner-harness.ts';

/** The delays (milliseconds) after which a task that always fails with `error` is tried again. */
async function delays(retry: object, options: { error?: string; random?: () => number } = {}) {
  const work = async () => {
    throw named(options.error ?? 'Busy');
  };
  const { run } = harness({
    definition: machine({ Work: task({ Retry: [retry] }) }),
    work,
    ...(options.random ? { random: options.random } : {}),
  });
  const execution = await run();
  return eventsOf(execution, 'RetryScheduled').map(
    (event) => (event.detail as { dueAt: number }).dueAt - event.at,
  );
}

describe('retrying', () => {
  test('each delay is the one before times the backoff rate, up to the longest', async () => {
    const retry = {
      ErrorEquals: ['Busy'],
      IntervalSeconds: 2,
      BackoffRate: 3,
      MaxAttempts: 4,
      MaxDelaySeconds: 20,
    };
    expect(await delays(retry)).toEqual([2_000, 6_000, 18_000, 20_000]);
  });

  test('without figures a task is tried three times more, after one, two and four seconds', async () => {
    expect(await delays({ ErrorEquals: ['Busy'] })).toEqual([1_000, 2_000, 4_000]);
  });

  test('a delay that grows beyond all bounds stays a number', async () => {
    const retry = { ErrorEquals: ['Busy'], BackoffRate: 1e300, MaxAttempts: 3 };
    expect(await delays(retry)).toEqual([1_000, 99_999_999_000, 99_999_999_000]);
  });

  test('full jitter takes a random share of each delay', async () => {
    const shares = [0.25, 0, 0.999];
    const retry = { ErrorEquals: ['Busy'], JitterStrategy: 'FULL' };
    expect(await delays(retry, { random: () => shares.shift() ?? 1 })).toEqual([250, 0, 3_996]);
  });

  test('without jitter chance has no part in a delay', async () => {
    const retry = { ErrorEquals: ['Busy'], JitterStrategy: 'NONE', MaxAttempts: 1 };
    expect(await delays(retry, { random: () => 0.1 })).toEqual([1_000]);
  });

  test('no attempts means no retry', async () => {
    expect(await delays({ ErrorEquals: ['Busy'], MaxAttempts: 0 })).toEqual([]);
  });

  test('an error that no retrier names is not retried', async () => {
    expect(await delays({ ErrorEquals: ['Conflict'] })).toEqual([]);
  });

  test('each retrier counts for itself, and one that is used up does not pass the error on to the next', async () => {
    const work = answers(named('A'), named('B'), named('C'), named('B'));
    const { run } = harness({
      definition: machine({
        Work: task({
          Retry: [
            { ErrorEquals: ['A', 'B'], MaxAttempts: 2 },
            { ErrorEquals: ['C'], IntervalSeconds: 5 },
            { ErrorEquals: ['States.ALL'] },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Z' }],
        }),
        Z: { Type: 'Succeed' },
      }),
      work,
    });
    const execution = await run();
    expect(execution.output).toEqual({ error: { Error: 'B', Cause: 'a B' } });
    expect(
      eventsOf(execution, 'RetryScheduled').map(({ at, detail }) => ({
        ...(detail as object),
        at: undefined,
        dueAt: (detail as { dueAt: number }).dueAt - at,
      })),
    ).toMatchObject([
      { error: 'A', attempt: 2, dueAt: 1_000 },
      { error: 'B', attempt: 3, dueAt: 2_000 },
      { error: 'C', attempt: 4, dueAt: 5_000 },
    ]);
  });

  test('the count begins anew with every state', async () => {
    const retry = [{ ErrorEquals: ['Busy'], MaxAttempts: 1 }];
    const work = answers(named('Busy'), 1, named('Busy'), 2);
    const { run } = harness({
      definition: machine({ One: task({ Retry: retry, Next: 'Two' }), Two: task({ Retry: retry }) }),
      work,
    });
    expect(await run()).toMatchObject({ status: 'SUCCEEDED', output: { Payload: 2 } });
  });

  test('a retry begins when business time reaches it, and not before', async () => {
    const work = answers(named('Busy'), 'done');
    const onDue = vi.fn<(dueAt: number) => void>();
    const {
      runner,
      clock,
      start,
      describe: read,
    } = harness({
      definition: machine({ Work: task({ Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 10 }] }) }),
      work,
      onDue,
    });
    const dueAt = clock.now() + 10_000;
    await start();
    await runner.idle();
    expect(runner.nextDueAt()).toBe(dueAt);
    expect(onDue.mock.calls).toEqual([[dueAt]]);
    clock.advance(9_999);
    runner.wake();
    await runner.idle();
    expect(work.calls).toHaveLength(1);
    clock.advance(1);
    runner.wake();
    await runner.idle();
    expect(work.calls).toHaveLength(2);
    expect(runner.nextDueAt()).toBeUndefined();
    expect(typesOf(await read())).toEqual([
      'ExecutionStarted',
      'StateEntered',
      'TaskScheduled',
      'TaskFailed',
      'RetryScheduled',
      'TaskScheduled',
      'TaskSucceeded',
      'StateExited',
      'ExecutionSucceeded',
    ]);
  });

  test('a delay of nothing at all is a retry at once', async () => {
    const work = answers(named('Busy'), 'done');
    const {
      runner,
      start,
      describe: read,
    } = harness({
      definition: machine({ Work: task({ Retry: [{ ErrorEquals: ['Busy'], JitterStrategy: 'FULL' }] }) }),
      work,
      random: () => 0,
    });
    await start();
    await runner.idle();
    expect((await read()).status).toBe('SUCCEEDED');
  });
});

/** Whether a catcher for `names` catches `error`. */
async function catches(names: string[], error: string): Promise<boolean> {
  const { run } = harness({
    definition: machine({
      Work: task({ Catch: [{ ErrorEquals: names, Next: 'Caught' }] }),
      Caught: { Type: 'Succeed' },
    }),
    work: answers(named(error)),
  });
  return statesEntered(await run()).includes('Caught');
}

/** What follows on a task that failed, with this in its catcher, and the input {a: 1}. */
async function outputAfter(catcher: object): Promise<Json | undefined> {
  const { run } = harness({
    definition: machine({
      Work: task({
        InputPath: '$.a',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'End', ...catcher }],
      }),
      End: { Type: 'Succeed' },
    }),
    work: answers(named('Busy', 'come back later')),
  });
  return (await run({ a: 1 })).output;
}

describe('which errors a name stands for', () => {
  test.each([
    [['Busy'], 'Busy', true],
    [['Busy'], 'Conflict', false],
    [['Conflict', 'Busy'], 'Busy', true],
    [['States.ALL'], 'Busy', true],
    [['States.ALL'], 'States.Timeout', true],
    [['States.ALL'], 'States.Runtime', false],
    [['States.ALL'], 'States.DataLimitExceeded', false],
    [['States.DataLimitExceeded'], 'States.DataLimitExceeded', true],
    [['States.TaskFailed'], 'Busy', true],
    [['States.TaskFailed'], 'States.Timeout', false],
    [['States.TaskFailed'], 'States.Runtime', false],
    [['States.TaskFailed'], 'States.DataLimitExceeded', false],
    [['States.Timeout'], 'States.Timeout', true],
  ])('%j and the error %s: %s', async (names, error, expected) => {
    expect(await catches(names, error)).toBe(expected);
  });

  test('States.ALL does not retry States.Runtime either', async () => {
    expect(await delays({ ErrorEquals: ['States.ALL'] }, { error: 'States.Runtime' })).toEqual([]);
  });
});

describe('catching', () => {
  test('the first catcher that names the error is taken', async () => {
    const { run } = harness({
      definition: machine({
        Work: task({
          Catch: [
            { ErrorEquals: ['Other'], Next: 'No' },
            { ErrorEquals: ['Busy'], Next: 'First' },
            { ErrorEquals: ['States.ALL'], Next: 'No' },
          ],
        }),
        First: { Type: 'Succeed' },
        No: { Type: 'Succeed' },
      }),
      work: answers(named('Busy')),
    });
    expect(statesEntered(await run())).toEqual(['Work', 'First']);
  });

  test("the error stands at the ResultPath in the state's input, or replaces it", async () => {
    const error = { Error: 'Busy', Cause: 'come back later' };
    expect(await outputAfter({ ResultPath: '$.why.it.failed' })).toEqual({
      a: 1,
      why: { it: { failed: error } },
    });
    expect(await outputAfter({ ResultPath: null })).toEqual({ a: 1 });
    expect(await outputAfter({})).toEqual(error);
  });

  test('an error that nothing catches ends the execution', async () => {
    const { run } = harness({
      definition: machine({ Work: task({ Next: 'More' }), More: { Type: 'Succeed' } }),
      work: answers(named('Busy', 'no room')),
    });
    const execution = await run();
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Busy', cause: 'no room' });
    expect(execution.output).toBeUndefined();
    expect(execution.history.at(-1)).toMatchObject({
      type: 'ExecutionFailed',
      detail: { error: 'Busy', cause: 'no room' },
    });
  });

  test('an error that has no place in the input ends the execution', async () => {
    const { run } = harness({
      definition: machine({
        Work: task({ Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'End' }] }),
        End: { Type: 'Succeed' },
      }),
      work: answers(named('Busy')),
    });
    expect(await run('no object')).toMatchObject({
      status: 'FAILED',
      error: 'States.ResultPathMatchFailure',
    });
  });

  test('what is thrown and is no Error is one named Error', async () => {
    const { run } = harness({
      definition: machine({ Work: task() }),
      work: () => Promise.reject('out of paper'),
    });
    expect(await run()).toMatchObject({ error: 'Error', cause: 'out of paper' });
  });

  test('an error whose name and message are no text fails its task all the same', async () => {
    const { run } = harness({
      definition: machine({ Work: task() }),
      work: answers(Object.assign(new Error('odd'), { name: 5, message: { deep: 1 } }) as never),
    });
    expect(await run()).toMatchObject({ error: '5', cause: '[object Object]' });
  });

  test('a handler that throws before it returns a promise fails its task', async () => {
    const { run } = harness({
      definition: machine({ Work: task() }),
      work: () => {
        throw named('Busy');
      },
    });
    expect(await run()).toMatchObject({ error: 'Busy' });
  });
});

/** How many timers keep this process from ending. */
const openTimers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('timeouts', () => {
  const definition = machine({
    Work: task({
      TimeoutSeconds: 60,
      Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }],
      ResultSelector: { 'kept.$': '$.Payload' },
    }),
  });

  test('a task that takes too long fails with States.Timeout, and what it answers later is dropped', async () => {
    const { handler, calls, called } = openHandler();
    const { runner, clock, timer, start, describe: read } = harness({ definition, work: handler });
    await start();
    await called(1);
    timer.advance(59_999);
    expect(eventsOf(await read(), 'TaskTimedOut')).toHaveLength(0);
    timer.advance(1);
    expect(eventsOf(await read(), 'TaskTimedOut')).toMatchObject([{ detail: { error: 'States.Timeout' } }]);
    calls[0]?.answer('late, before the retry');
    await runner.idle();
    clock.advance(1_000);
    runner.wake();
    await called(2);
    calls[1]?.answer('in time');
    await runner.idle();
    expect((await read()).output).toEqual({ kept: 'in time' });
  });

  test('a late answer does not stand in for the attempt that is made now', async () => {
    const { handler, calls, called } = openHandler();
    const { runner, clock, timer, start, describe: read } = harness({ definition, work: handler });
    await start();
    await called(1);
    timer.advance(60_000);
    clock.advance(1_000);
    runner.wake();
    await called(2);
    calls[0]?.answer('late');
    calls[1]?.answer('in time');
    await runner.idle();
    expect((await read()).output).toEqual({ kept: 'in time' });
  });

  test('business time does not time a function out', async () => {
    const { handler, calls, called } = openHandler();
    const { runner, clock, start, describe: read } = harness({ definition, work: handler });
    await start();
    await called(1);
    clock.advance(3_600_000);
    runner.wake();
    calls[0]?.answer('unhurried');
    await runner.idle();
    expect((await read()).output).toEqual({ kept: 'unhurried' });
  });

  test('an answer in time puts the timer away', async () => {
    const { run, timer } = harness({ definition, work: answers('in time') });
    await run();
    expect(timer.pending).toBe(0);
  });

  test('a task without a timeout has no timer', async () => {
    const { handler, called } = openHandler();
    const { timer, start } = harness({ definition: machine({ Work: task() }), work: handler });
    await start();
    await called(1);
    expect(timer.pending).toBe(0);
  });

  test("unless told otherwise the timer is the system's", async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { handler } = openHandler();
      const { start, describe: read } = harness({ definition, work: handler, timer: undefined });
      await start();
      vi.advanceTimersByTime(60_000);
      expect(eventsOf(await read(), 'TaskTimedOut')).toHaveLength(1);

      await harness({ definition, work: answers('in time'), timer: undefined }).run();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a task that hangs does not keep the process from ending', async () => {
    const { handler, called } = openHandler();
    const { start } = harness({ definition, work: handler, timer: undefined });
    const before = openTimers();
    await start();
    await called(1);
    expect(openTimers()).toBe(before);
  });
});
