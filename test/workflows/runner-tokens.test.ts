import { describe, expect, test } from 'vitest';
import { TaskTimedOut, TooLarge } from '../../shared/errors/errors.ts';
import type { Json } from '../../shared/records/record-store.ts';
import {
  answers,
  eventsOf,
  harness,
  machine,
  named,
  openHandler,
  task,
  tokenTask,
  typesOf,
} from './runner-harness.ts';

const tokenOf = (payload: Json | undefined) => (payload as { token: string }).token;

const definition = machine({
  Ask: tokenTask({
    TimeoutSeconds: 100,
    ResultPath: '$.answer',
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Refused' }],
  }),
  Refused: { Type: 'Succeed' },
});

/** An execution that waits for its token. */
async function waiting() {
  const work = answers('ignored', 'ignored');
  const all = harness({ definition, work });
  await all.start({ question: 1 });
  await all.runner.idle();
  return { ...all, work, token: tokenOf(work.calls[0]) };
}

describe('a task that waits for its token', () => {
  test('goes on with what came for the token, whatever its handler returned', async () => {
    const { runner, token, describe: read } = await waiting();
    expect((await read()).status).toBe('RUNNING');
    await runner.complete(token, { output: { yes: true } });
    expect(await read()).toMatchObject({
      status: 'SUCCEEDED',
      output: { question: 1, answer: { yes: true } },
    });
  });

  test('fails with the error that came for the token', async () => {
    const { runner, token, describe: read } = await waiting();
    await runner.complete(token, { error: 'Declined', cause: 'not today' });
    expect((await read()).output).toEqual({ question: 1, error: { Error: 'Declined', Cause: 'not today' } });
  });

  test('an error without a cause has an empty one', async () => {
    const { runner, token, describe: read } = await waiting();
    await runner.complete(token, { error: 'Declined', cause: undefined });
    expect((await read()).output).toMatchObject({ error: { Error: 'Declined', Cause: '' } });
  });

  test('may be answered before its handler has returned, and then once', async () => {
    const { handler, calls, called } = openHandler();
    const { runner, start, describe: read } = harness({ definition, work: handler });
    await start();
    await called(1);
    await runner.complete(tokenOf(calls[0]?.payload), { output: 'early' });
    calls[0]?.fail(named('Busy'));
    await runner.idle();
    const execution = await read();
    expect(execution.output).toEqual({ answer: 'early' });
    expect(typesOf(execution)).toEqual([
      'ExecutionStarted',
      'StateEntered',
      'TaskScheduled',
      'TaskSucceeded',
      'StateExited',
      'ExecutionSucceeded',
    ]);
  });

  test('fails when its handler does', async () => {
    const { run } = harness({ definition, work: answers(named('Busy')) });
    expect((await run()).output).toMatchObject({ error: { Error: 'Busy' } });
  });

  test('takes one answer only', async () => {
    const { runner, token, describe: read } = await waiting();
    await runner.complete(token, { output: 'first' });
    await expect(runner.complete(token, { output: 'second' })).rejects.toThrow(TaskTimedOut);
    expect((await read()).output).toEqual({ question: 1, answer: 'first' });
  });

  test('takes no answer to an attempt that failed meanwhile', async () => {
    const work = answers(named('Busy'), 'ignored');
    const {
      runner,
      clock,
      start,
      describe: read,
    } = harness({
      definition: machine({ Ask: tokenTask({ Retry: [{ ErrorEquals: ['Busy'] }] }) }),
      work,
    });
    await start();
    await runner.idle();
    await expect(runner.complete(tokenOf(work.calls[0]), { output: 'late' })).rejects.toThrow(TaskTimedOut);
    clock.advance(1_000);
    runner.wake();
    await runner.idle();
    await expect(runner.complete(tokenOf(work.calls[0]), { output: 'late' })).rejects.toThrow(TaskTimedOut);
    await runner.complete(tokenOf(work.calls[1]), { output: 'right' });
    expect((await read()).output).toBe('right');
  });

  test('a token nobody handed out is refused', async () => {
    const { runner } = await waiting();
    await expect(runner.complete('', { output: 1 })).rejects.toThrow(TaskTimedOut);
    await expect(runner.complete('x'.repeat(43), { output: 1 })).rejects.toThrow(TaskTimedOut);
  });

  test('tokens are 256 random bits, and no history shows them', async () => {
    const { work, token, start, runner, describe: read } = await waiting();
    await start({}, 'two');
    await runner.idle();
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(tokenOf(work.calls[1])).not.toBe(token);
    expect(JSON.stringify(await read())).not.toContain(token);
  });

  test('times out at an instant of business time, stored when it was asked', async () => {
    const { runner, clock, token, timer, describe: read } = await waiting();
    const dueAt = clock.now() + 100_000;
    expect(runner.nextDueAt()).toBe(dueAt);
    expect(timer.pending).toBe(0);
    clock.advance(99_999);
    runner.wake();
    expect((await read()).status).toBe('RUNNING');
    clock.advance(1);
    await expect(runner.complete(token, { output: 'too late' })).rejects.toThrow(TaskTimedOut);
    runner.wake();
    const execution = await read();
    expect(eventsOf(execution, 'TaskTimedOut')).toMatchObject([{ state: 'Ask' }]);
    expect(execution.output).toMatchObject({ error: { Error: 'States.Timeout' } });
  });

  test('times out as well when its handler has not even returned', async () => {
    const { handler, called } = openHandler();
    const { runner, clock, start, describe: read } = harness({ definition, work: handler });
    await start();
    await called(1);
    clock.advance(100_000);
    runner.wake();
    await runner.idle();
    expect((await read()).output).toMatchObject({ error: { Error: 'States.Timeout' } });
  });

  test('the answer is the first moment of the next state', async () => {
    const work = answers('ignored', 'after');
    const {
      runner,
      start,
      describe: read,
    } = harness({
      definition: machine({ Ask: tokenTask({ Next: 'After' }), After: task() }),
      work,
    });
    await start();
    await runner.idle();
    await runner.complete(tokenOf(work.calls[0]), { output: 'go' });
    await runner.idle();
    expect(work.calls[1]).toEqual({ input: 'go' });
    expect((await read()).status).toBe('SUCCEEDED');
  });

  test('an answer over the limit is refused, and the token can still be answered', async () => {
    const { runner, token, describe: read } = await waiting();
    await expect(runner.complete(token, { output: 'x'.repeat(262_143) })).rejects.toThrow(TooLarge);
    await runner.complete(token, { output: 'short' });
    expect((await read()).output).toEqual({ question: 1, answer: 'short' });
  });
});
