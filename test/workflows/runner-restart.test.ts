import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../local/database.ts';
import { ExecutionAlreadyExists } from '../../shared/errors/errors.ts';
import type { Json } from '../../shared/records/record-store.ts';
import { TestClock } from '../builders/clock.ts';
import { tempDatabase, tempFolder } from '../builders/temp.ts';
import {
  answers,
  eventsOf,
  harness,
  machine,
  named,
  type Options,
  openHandler,
  settle,
  statesEntered,
  task,
  tokenTask,
  turn,
  typesOf,
} from './runner-harness.ts';

const twoTasks = machine({ One: task({ Next: 'Two' }), Two: task() });

/** A place on disk where one runner after the other works, as after a `kill -9`: none is stopped. */
function place() {
  const folder = tempFolder();
  const clock = new TestClock();
  return {
    clock,
    next: (options: Options) => harness({ clock, database: tempDatabase(folder), ...options }),
  };
}

describe('after a crash', () => {
  test('an attempt that had begun is made again, and does not count as a retry', async () => {
    const { next } = place();
    const { handler, called } = openHandler();
    await next({ definition: twoTasks, work: handler }).start('input');
    await called(1);

    const work = answers('first', 'second');
    const { runner, describe: read } = next({ definition: twoTasks, work });
    runner.resume();
    await runner.idle();
    const execution = await read();
    expect(execution.status).toBe('SUCCEEDED');
    expect(work.calls[0]).toEqual({ input: 'input' });
    expect(eventsOf(execution, 'TaskScheduled')).toMatchObject([
      { state: 'One', detail: { function: 'work', attempt: 1 } },
      { state: 'One', detail: { function: 'work', attempt: 1 } },
      { state: 'Two', detail: { function: 'work', attempt: 1 } },
    ]);
  });

  test('the result a task had is not asked for again', async () => {
    const { next } = place();
    const two = openHandler();
    const handlers = { one: answers('first'), two: two.handler };
    const definition = machine({ One: task({ Next: 'Two' }, 'one'), Two: task({}, 'two') });
    await next({ definition, handlers }).start();
    await two.called(1);

    const again = { one: answers(), two: answers('second') };
    const { runner, describe: read } = next({ definition, handlers: again });
    runner.resume();
    await runner.idle();
    expect(again.one.calls).toHaveLength(0);
    expect(again.two.calls).toMatchObject([{ input: { Payload: 'first' } }]);
    expect((await read()).status).toBe('SUCCEEDED');
  });

  test('what a runner of before still answers is dropped', async () => {
    const { next } = place();
    const before = openHandler();
    await next({ definition: twoTasks, work: before.handler }).start();
    await before.called(1);

    const now = openHandler();
    const { runner, describe: read } = next({ definition: twoTasks, work: now.handler });
    runner.resume();
    await now.called(1);
    before.calls[0]?.answer('of before');
    await turn();
    now.calls[0]?.answer('of now');
    await now.called(2);
    expect(eventsOf(await read(), 'TaskSucceeded')).toMatchObject([
      { detail: { output: { Payload: 'of now' } } },
    ]);
  });

  test('an attempt that runs is not begun a second time by resuming', async () => {
    const { handler, calls, called } = openHandler();
    const { runner, start } = harness({ definition: twoTasks, work: handler });
    await start();
    runner.resume();
    calls[0]?.answer('first');
    await called(2);
    expect(calls[1]?.payload).toMatchObject({ input: { Payload: 'first' } });
  });

  test('retries and waits keep their instants, and what is overdue begins at once', async () => {
    const { clock, next } = place();
    const definition = machine({
      Work: task({ Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, MaxAttempts: 2 }], Next: 'Rest' }),
      Rest: { Type: 'Wait', Seconds: 30, End: true },
    });
    const first = next({ definition, work: answers(named('Busy')) });
    await first.start();
    await first.runner.idle();
    const dueAt = clock.now() + 10_000;

    const second = next({ definition, work: answers('done') });
    second.runner.resume();
    expect(second.runner.nextDueAt()).toBe(dueAt);
    clock.advance(60_000);
    second.runner.wake();
    await second.runner.idle();

    const third = next({ definition });
    expect(third.runner.nextDueAt()).toBe(clock.now() + 30_000);
    clock.advance(90_000);
    third.runner.resume();
    expect((await third.describe()).status).toBe('SUCCEEDED');
  });

  test('the delays of a retrier go on where they were', async () => {
    const { clock, next } = place();
    const definition = machine({ Work: task({ Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 2 }] }) });
    const first = next({ definition, work: answers(named('Busy')) });
    await first.start();
    await first.runner.idle();
    const second = next({ definition, work: answers(named('Busy'), named('Busy')) });
    const execution = await settle(second.runner, clock, 'one');
    expect(execution).toMatchObject({ status: 'FAILED', error: 'Busy' });
    expect(
      eventsOf(execution, 'RetryScheduled').map(({ detail }) => (detail as { attempt: number }).attempt),
    ).toEqual([2, 3]);
  });

  test('a token stays good; its handler is called again only when it had not returned', async () => {
    const { clock, next } = place();
    const definition = machine({
      Ask: tokenTask({ TimeoutSeconds: 100, Next: 'After' }),
      After: tokenTask(),
    });
    const hanging = openHandler();
    await next({ definition, work: hanging.handler }).start();
    await hanging.called(1);
    const dueAt = clock.now() + 100_000;
    clock.advance(50_000);

    const again = answers('returned');
    const second = next({ definition, work: again });
    second.runner.resume();
    await second.runner.idle();
    expect(again.calls).toEqual([hanging.calls[0]?.payload]);
    expect(second.runner.nextDueAt()).toBe(dueAt);

    const never = answers('returned too');
    const third = next({ definition, work: never });
    third.runner.resume();
    await third.runner.idle();
    expect(never.calls).toHaveLength(0);
    await third.runner.complete((again.calls[0] as { token: string }).token, { output: 'yes' });
    expect(statesEntered(await third.describe())).toEqual(['Ask', 'After']);
  });

  test('a token whose time ran out meanwhile times out, and its handler is not called again', async () => {
    const { clock, next } = place();
    const definition = machine({ Ask: tokenTask({ TimeoutSeconds: 100 }) });
    const hanging = openHandler();
    await next({ definition, work: hanging.handler }).start();
    await hanging.called(1);
    clock.advance(100_000);
    const work = answers();
    const { runner, describe: read } = next({ definition, work });
    runner.resume();
    await runner.idle();
    expect(work.calls).toHaveLength(0);
    expect(await read()).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  test('an execution keeps the definition it began with, and a new one takes the new', async () => {
    const { next } = place();
    const { handler, called } = openHandler();
    await next({ definition: twoTasks, work: handler }).start();
    await called(1);

    const renamed = machine({ Other: task() });
    const { runner, run, describe: read } = next({ definition: renamed, work: answers(1, 2, 3) });
    runner.resume();
    await runner.idle();
    expect(statesEntered(await read())).toEqual(['One', 'Two']);
    expect(statesEntered(await run({}, 'two'))).toEqual(['Other']);
  });

  test('a function that an older definition calls and that is gone is an error like another', async () => {
    const { next } = place();
    const definition = machine({
      Work: task({ Catch: [{ ErrorEquals: ['Lambda.ResourceNotFoundException'], Next: 'Gone' }] }, 'old'),
      Gone: { Type: 'Succeed' },
    });
    const { handler, called } = openHandler();
    await next({ definition, handlers: { old: handler } }).start();
    await called(1);
    const { runner, describe: read } = next({ definition: twoTasks });
    runner.resume();
    await runner.idle();
    expect(statesEntered(await read())).toEqual(['Work', 'Gone']);
  });

  test('an execution that cannot go on does not keep the others from it', async () => {
    const { next } = place();
    const { handler, called } = openHandler();
    const first = next({ definition: twoTasks, work: handler });
    await first.start({}, 'broken');
    await first.start({}, 'whole');
    await called(2);
    first.database.exec(`UPDATE workflow_executions SET standing = '{' WHERE name = 'broken'`);
    const { runner, log, describe: read } = next({ definition: twoTasks, work: answers(1, 2) });
    runner.resume();
    await runner.idle();
    expect((await read('whole')).status).toBe('SUCCEEDED');
    expect(log).toEqual(['an execution could not go on']);
  });
});

describe('storing', () => {
  test('a state costs one commit: result, transition and the next attempt together', async () => {
    const { database, run } = harness({ definition: twoTasks, work: answers(1, 2) });
    const exec = vi.spyOn(database, 'exec');
    await run();
    expect(exec.mock.calls.filter(([sql]) => sql === 'COMMIT')).toHaveLength(3);
  });

  test('an attempt is recorded before its handler is called', async () => {
    const folder = tempFolder();
    const other = tempDatabase(folder);
    let seen: Json[] = [];
    const { run } = harness({
      definition: twoTasks,
      database: tempDatabase(folder),
      work: async () => {
        seen = other.prepare('SELECT state, type FROM workflow_history ORDER BY id').all() as Json[];
        return 1;
      },
    });
    await run();
    expect(seen.at(-1)).toEqual({ state: 'Two', type: 'TaskScheduled' });
  });

  test('a result that the database refuses for a while is stored later', async () => {
    const folder = tempFolder();
    const database = tempDatabase(folder);
    database.exec('PRAGMA busy_timeout = 0');
    const { handler, calls, called } = openHandler();
    const {
      runner,
      timer,
      log,
      start,
      describe: read,
    } = harness({ definition: twoTasks, database, work: handler });
    await start();
    await called(1);
    const other = tempDatabase(folder);
    other.exec('BEGIN IMMEDIATE');
    calls[0]?.answer('first');
    await turn();
    expect(log).toEqual(['a result could not be stored yet']);
    other.exec('ROLLBACK');
    timer.advance(1_000);
    await called(2);
    calls[1]?.answer('second');
    await runner.idle();
    expect((await read()).output).toMatchObject({ Payload: 'second' });
  });

  test('an attempt that can’t be begun again for a while after a restart is begun later', async () => {
    const { next } = place();
    const { handler, called } = openHandler();
    await next({ definition: twoTasks, work: handler }).start();
    await called(1);
    const work = answers('first', 'second');
    const { database, runner, timer, log, describe: read } = next({ definition: twoTasks, work });
    database.exec('PRAGMA query_only = ON');
    runner.resume();
    expect(log).toEqual(['an execution could not go on']);
    expect(work.calls).toEqual([]);
    database.exec('PRAGMA query_only = OFF');
    timer.advance(1_000);
    await runner.idle();
    expect((await read()).status).toBe('SUCCEEDED');
    expect(work.calls).toHaveLength(2);
  });

  test('a result that comes after the database was closed is let go without a word', async () => {
    const { handler, calls, called } = openHandler();
    const { database, timer, log, start } = harness({ definition: twoTasks, work: handler });
    await start();
    await called(1);
    database.close();
    calls[0]?.answer('too late');
    await turn();
    expect(log).toEqual([]);
    expect(timer.pending).toBe(0);
  });

  test('a definition is stored once, however many executions and starts use it', async () => {
    const { next } = place();
    await next({ definition: twoTasks, work: answers(1, 2) }).run();
    const { database } = next({ definition: twoTasks });
    expect(database.prepare('SELECT count(*) AS count FROM workflow_definitions').get()).toEqual({
      count: 1,
    });
  });

  test('a history shows its last thousand events', async () => {
    const retry = { ErrorEquals: ['Busy'], MaxAttempts: 400, MaxDelaySeconds: 1 };
    const { run } = harness({
      definition: machine({ Work: task({ Retry: [retry] }) }),
      database: openDatabase(join(tempFolder(), 'fast.db')),
      work: async () => {
        throw named('Busy');
      },
    });
    const { history } = await run();
    expect(history).toHaveLength(1_000);
    expect(history.at(-1)).toMatchObject({ type: 'ExecutionFailed', id: (history[0]?.id as number) + 999 });
  });
});

describe('stopping', () => {
  test('waits for the handlers that run, stores what they answer, and begins nothing new', async () => {
    const { next } = place();
    const { handler, calls, called } = openHandler();
    const first = next({ definition: twoTasks, work: handler });
    await first.start();
    await called(1);
    let stopped = false;
    const stopping = first.runner.stop().then(() => (stopped = true));
    await turn();
    expect(stopped).toBe(false);
    calls[0]?.answer('first');
    await stopping;
    expect(calls).toHaveLength(1);
    expect(typesOf(await first.describe()).slice(-3)).toEqual([
      'TaskSucceeded',
      'StateExited',
      'StateEntered',
    ]);

    const work = answers('second');
    const second = next({ definition: twoTasks, work });
    second.runner.resume();
    await second.runner.idle();
    expect(work.calls).toMatchObject([{ input: { Payload: 'first' } }]);
    expect((await second.describe()).status).toBe('SUCCEEDED');
  });

  test('an execution started afterwards is stored, and runs after the next start', async () => {
    const { next } = place();
    const work = answers();
    const first = next({ definition: twoTasks, work });
    await first.runner.stop();
    await first.start();
    first.runner.wake();
    expect(work.calls).toHaveLength(0);
    const second = next({ definition: twoTasks, work: answers(1, 2) });
    second.runner.resume();
    await second.runner.idle();
    expect((await second.describe()).status).toBe('SUCCEEDED');
  });

  test('waits go on waiting', async () => {
    const {
      clock,
      runner,
      start,
      describe: read,
    } = harness({
      definition: machine({ Rest: { Type: 'Wait', Seconds: 1, End: true } }),
    });
    await start();
    await runner.stop();
    clock.advance(1_000);
    runner.wake();
    expect((await read()).status).toBe('RUNNING');
  });
});

describe('many executions', () => {
  test('run beside each other', async () => {
    const { handler, calls, called } = openHandler();
    const { runner, start, describe: read } = harness({ definition: twoTasks, work: handler });
    await start('a', 'a');
    await start('b', 'b');
    await called(2);
    calls[1]?.answer('b first');
    await called(3);
    calls[2]?.answer('b second');
    await turn();
    expect((await read('b')).status).toBe('SUCCEEDED');
    expect((await read('a')).status).toBe('RUNNING');
    calls[0]?.answer('a first');
    await called(4);
    calls[3]?.answer('a second');
    await runner.idle();
    expect((await read('a')).status).toBe('SUCCEEDED');
  });

  test('the longest overdue goes first', async () => {
    const order: Json[] = [];
    const { runner, clock, start } = harness({
      definition: machine({ Rest: { Type: 'Wait', Seconds: 10, Next: 'Work' }, Work: task() }),
      work: async (payload) => order.push(payload),
    });
    await start('early', 'z');
    clock.advance(1);
    await start('late', 'a');
    clock.advance(60_000);
    runner.wake();
    await runner.idle();
    expect(order).toEqual([{ input: 'early' }, { input: 'late' }]);
  });

  test.each(['', 'a/b', 'a b', 'x'.repeat(81), 'ü'])('none is called %j', async (name) => {
    const { start } = harness({ definition: twoTasks });
    await expect(start({}, name)).rejects.toThrow(RangeError);
  });

  test('the order of fields makes no other input', async () => {
    const { handler } = openHandler();
    const { start } = harness({ definition: twoTasks, work: handler });
    await start({ a: 1, b: { c: 2, d: 3 } });
    await start({ b: { d: 3, c: 2 }, a: 1 });
    await expect(start({ a: 1, b: { c: 2, d: 4 } })).rejects.toThrow(ExecutionAlreadyExists);
  });
});
