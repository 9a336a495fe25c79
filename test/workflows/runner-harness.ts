import { onTestFinished } from 'vitest';
import { openDatabase } from '../../local/database.ts';
import {
  type Timer,
  WorkflowRunner,
  type WorkflowRunnerOptions,
} from '../../local/runner/workflow-runner.ts';
import type { Json } from '../../shared/records/record-store.ts';
import type { Execution, HistoryEvent } from '../../shared/workflow/engine.ts';
import { TestClock } from '../builders/clock.ts';

/** System time that stands still until told. */
export class TestTimer {
  #now = 0;
  readonly #pending = new Set<{ at: number; fire: () => void }>();
  readonly timer: Timer = (delayMs, fire) => {
    const entry = { at: this.#now + delayMs, fire };
    this.#pending.add(entry);
    return () => void this.#pending.delete(entry);
  };
  get pending(): number {
    return this.#pending.size;
  }
  advance(ms: number): void {
    this.#now += ms;
    for (const entry of this.#pending) {
      if (entry.at > this.#now) continue;
      this.#pending.delete(entry);
      entry.fire();
    }
  }
}

export type Handler = (payload: Json) => Promise<Json>;

/** The state machine with these states, beginning at the first. */
export const machine = (states: Record<string, object>): string =>
  JSON.stringify({ StartAt: Object.keys(states)[0], States: states });

/** A Task that hands its whole input to the function `work`, and ends the execution unless it has a Next. */
export const task = (fields: { Next?: string; [field: string]: unknown } = {}, functionName = 'work') => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: functionName, Payload: { 'input.$': '$' } },
  ...(fields.Next === undefined ? { End: true } : {}),
  ...fields,
});

/** A Task that hands its token to the function `work`. */
export const tokenTask = (fields: { Next?: string; [field: string]: unknown } = {}) =>
  task({
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Parameters: { FunctionName: 'work', Payload: { 'token.$': '$$.Task.Token' } },
    ...fields,
  });

/** An error as a step throws it. */
export const named = (name: string, message = `a ${name}`): Error =>
  Object.assign(new Error(message), { name });

/** A handler that gives these answers in turn, then fails the test; an Error is thrown. */
export function answers(...list: (Json | Error)[]): Handler & { calls: Json[] } {
  const calls: Json[] = [];
  const handler = async (payload: Json) => {
    const answer = list[calls.length];
    calls.push(payload);
    if (answer === undefined) throw named('TooManyCalls');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return Object.assign(handler, { calls });
}

/** A handler whose calls stay open until the test answers them. */
export function openHandler() {
  const calls: { payload: Json; answer: (value: Json) => void; fail: (error: Error) => void }[] = [];
  const watchers: { count: number; resolve: () => void }[] = [];
  const handler: Handler = (payload) =>
    new Promise((answer, fail) => {
      calls.push({ payload, answer, fail });
      for (const { count, resolve } of watchers) if (calls.length >= count) resolve();
    });
  /** Resolves once it has been called so often. */
  const called = (count: number) =>
    new Promise<void>((resolve) => {
      if (calls.length >= count) resolve();
      else watchers.push({ count, resolve });
    });
  return { handler, calls, called };
}

/** Lets everything run that is ready to. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface Options extends Partial<Omit<WorkflowRunnerOptions, 'definitions' | 'handlers'>> {
  definition: string;
  /** What the function `work` does. */
  work?: Handler;
  handlers?: Record<string, Handler>;
}

/** A database that is gone with its test. What is about durability brings its own, on disk. */
function memory() {
  const database = openDatabase(':memory:');
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  return database;
}

export function harness({ definition, work = answers(), handlers = {}, ...rest }: Options) {
  const clock = rest.clock instanceof TestClock ? rest.clock : new TestClock();
  const timer = new TestTimer();
  const database = rest.database ?? memory();
  const log: string[] = [];
  const runner = new WorkflowRunner({
    definitions: { publish: definition },
    handlers: { work, ...handlers },
    random: () => 0.5,
    timer: timer.timer,
    log: (message) => log.push(message),
    ...rest,
    database,
    clock,
  });
  const describe = (name = 'one') => runner.describe('publish', name);
  return {
    runner,
    clock,
    timer,
    database,
    log,
    describe,
    start: (input: Json = {}, name = 'one') => runner.start('publish', name, input),
    /** Starts an execution and lets it run, from due instant to due instant, until it ends or waits for a token. */
    run: async (input: Json = {}, name = 'one'): Promise<Execution> => {
      await runner.start('publish', name, input);
      return settle(runner, clock, name);
    },
  };
}

/** Lets everything run, moving the clock to what is due next, until `name` has ended or only a token is waited for. */
export async function settle(runner: WorkflowRunner, clock: TestClock, name: string): Promise<Execution> {
  for (;;) {
    await runner.idle();
    const execution = await runner.describe('publish', name);
    const dueAt = runner.nextDueAt();
    if (execution.status !== 'RUNNING' || dueAt === undefined) return execution;
    clock.advance(Math.max(0, dueAt - clock.now()));
    runner.wake();
  }
}

export const typesOf = (execution: Execution) => execution.history.map((event) => event.type);
export const statesEntered = (execution: Execution) =>
  eventsOf(execution, 'StateEntered').map((event) => event.state);
export const eventsOf = (execution: Execution, type: HistoryEvent['type']) =>
  execution.history.filter((event) => event.type === type);
