import type { Json } from '../../shared/records/record-store.ts';
import type { HistoryEvent } from '../../shared/workflow/engine.ts';
import {
  type Choice,
  type Condition,
  type Definition,
  type Fail,
  INVOKE_WITH_TOKEN,
  type Pass,
  type Retrier,
  type State,
  type Task,
} from './definition.ts';
import { find, place, type ReferencePath, read, render } from './json-path.ts';
import { type Failure, orFailure, StateError } from './state-error.ts';

// What a definition means: given where an execution stands and what happened, where it stands next. Nothing here
// waits, calls or stores. Times are epoch milliseconds of business time.

/** Where a running execution stands between two transitions; stored as it is. */
export interface Position {
  state: string;
  input: Json;
  /** How often each of the state's retriers was used since the state was entered. */
  retries: number[];
  rest: Rest;
}

export type Rest =
  /** The next attempt of a task begins at `dueAt`. */
  | { kind: 'attempt'; dueAt: number }
  /** A Wait is over at `dueAt`. */
  | { kind: 'wait'; dueAt: number }
  /** A handler was called (`called`) or has returned and its token is waited for (`token`), until `dueAt`. */
  | { kind: 'called' | 'token'; token?: string; dueAt?: number };

export type End = { status: 'SUCCEEDED'; output: Json } | ({ status: 'FAILED' } & Failure);

export interface Call {
  functionName: string;
  payload: Json;
  /** Milliseconds of system time; none for a task that waits for its token. */
  timeoutMs?: number;
}

/** One execution, and the moment at which it moves. */
export interface Scene {
  definition: Definition;
  executionName: string;
  now: number;
  /** At least 0, below 1. */
  random: () => number;
  newToken: () => string;
  record(type: HistoryEvent['type'], state?: string, detail?: Json): void;
  /** Asks for a handler to be called once the transition is stored. */
  call(call: Call): void;
}

/** Step Functions: 262,144 bytes of JSON as UTF-8 on every input and output. */
const LIMIT_BYTES = 262_144;
/** Step Functions: the longest cause, in characters. */
const LIMIT_CAUSE = 32_768;

export const fits = (value: Json) => Buffer.byteLength(JSON.stringify(value)) <= LIMIT_BYTES;

function limited(value: Json, what: string): Json {
  if (!fits(value)) throw new StateError('States.DataLimitExceeded', `${what} is over ${LIMIT_BYTES} bytes`);
  return value;
}

/** A way out of a state; `undefined` ends the execution. */
type Exit = { output: Json; to: string | undefined };

export function start(scene: Scene, input: Json): Position | End {
  scene.record('ExecutionStarted', undefined, { input });
  return enter(scene, scene.definition.startAt, input);
}

/** Goes on until something has to be waited for, or the execution has ended. */
function enter(scene: Scene, name: string, input: Json): Position | End {
  const state = scene.definition.states.get(name) as State;
  scene.record('StateEntered', name, { input });
  const retries = state.Type === 'Task' ? state.Retry.map(() => 0) : [];
  const at = (rest: Rest): Position => ({ state: name, input, retries, rest });
  if (state.Type === 'Task') return at({ kind: 'attempt', dueAt: scene.now });
  if (state.Type === 'Wait') return at({ kind: 'wait', dueAt: scene.now + state.Seconds * 1000 });
  if (state.Type === 'Fail')
    return fail(
      scene,
      orFailure(() => failureOf(state, input), asItIs),
    );
  return passThrough(scene, name, input);
}

/** How a Fail state ends the execution: by its own words, or by those it takes from its input. */
function failureOf({ Error: error = '', ErrorPath, Cause = '', CausePath }: Fail, input: Json): Failure {
  const cause = CausePath ? readText(CausePath, input) : Cause;
  return { error: ErrorPath ? readText(ErrorPath, input) : error, cause: cause.slice(0, LIMIT_CAUSE) };
}

function readText(path: ReferencePath, input: Json): string {
  const found = read(path, input);
  if (typeof found === 'string') return found;
  throw new StateError('States.Runtime', `${path.text} is no text`);
}

const asItIs = (failure: Failure) => failure;

/** Leaves a state that chooses, shapes data or succeeds; also a Wait that is over. */
export function passThrough(scene: Scene, name: string, input: Json): Position | End {
  const state = scene.definition.states.get(name) as Exclude<State, Task | { Type: 'Fail' }>;
  const work = (): Exit => {
    const effective = select(state.InputPath, input);
    const result = state.Type === 'Pass' ? passed(state, input, effective) : effective;
    const to = state.Type === 'Choice' ? chosen(state, effective) : 'Next' in state ? state.Next : undefined;
    return { output: select(state.OutputPath, result), to };
  };
  return go(scene, name, work, (failure) => fail(scene, failure));
}

function passed(state: Pass, input: Json, effective: Json): Json {
  const shaped = state.Parameters ? render(state.Parameters, effective) : effective;
  return merge(state.ResultPath, input, state.Result === undefined ? shaped : state.Result);
}

function chosen(state: Choice, input: Json): string {
  const to = state.Choices.find((rule) => holds(rule, input))?.Next ?? state.Default;
  if (to === undefined) throw new StateError('States.NoChoiceMatched', 'no rule matched, and no Default');
  return to;
}

function holds(condition: Condition, input: Json): boolean {
  if (condition.And) return condition.And.every((inner) => holds(inner, input));
  if (condition.Or) return condition.Or.some((inner) => holds(inner, input));
  if (condition.Not) return !holds(condition.Not, input);
  const variable = condition.Variable as ReferencePath;
  if (condition.IsPresent !== undefined) return (find(variable, input) !== undefined) === condition.IsPresent;
  const expected = condition.StringEquals ?? condition.NumericEquals ?? condition.BooleanEquals;
  return read(variable, input) === expected;
}

/** Begins an attempt; after a restart the same one again, with the token that was handed out and its deadline. */
export function attempt(scene: Scene, position: Position): Position | End {
  const { state: name, input, rest } = position;
  const task = taskAt(scene, position);
  const { FunctionName: functionName, Payload } = task.Parameters;
  const timeoutMs = task.TimeoutSeconds === undefined ? {} : { timeoutMs: task.TimeoutSeconds * 1000 };
  const deadline = task.TimeoutSeconds === undefined ? {} : { dueAt: scene.now + task.TimeoutSeconds * 1000 };
  const waitsForToken = task.Resource === INVOKE_WITH_TOKEN;
  let called: Rest = { kind: 'called' };
  if (rest.kind === 'called') called = rest;
  else if (waitsForToken) called = { kind: 'called', token: scene.newToken(), ...deadline };
  const context = {
    Execution: { Name: scene.executionName },
    Task: { Token: called.token ?? null },
  };
  return orFailure(
    () => {
      const payload = render(Payload, select(task.InputPath, input), context);
      limited(payload, `the payload of "${name}"`);
      scene.record('TaskScheduled', name, { function: functionName, attempt: attempts(position) });
      scene.call({ functionName, payload, ...(waitsForToken ? {} : timeoutMs) });
      return { ...position, rest: called };
    },
    (failure) => resolve(scene, position, failure),
  );
}

/** A handler returned `payload`. A task that waits for its token ignores it, and goes on waiting. */
export function returned(scene: Scene, position: Position, payload: Json): Position | End {
  if (taskAt(scene, position).Resource === INVOKE_WITH_TOKEN) {
    return { ...position, rest: { ...position.rest, kind: 'token' } };
  }
  return succeed(scene, position, { ExecutedVersion: '$LATEST', Payload: payload, StatusCode: 200 });
}

/** A task has its result: a function's answer, or the output that came for its token. */
export function succeed(scene: Scene, position: Position, result: Json): Position | End {
  const { state: name, input } = position;
  const task = taskAt(scene, position);
  const work = (): Exit => {
    limited(result, `the result of "${name}"`);
    scene.record('TaskSucceeded', name, { output: result });
    const kept = task.ResultSelector ? render(task.ResultSelector, result) : result;
    return { output: select(task.OutputPath, merge(task.ResultPath, input, kept)), to: task.Next };
  };
  return go(scene, name, work, (failure) => resolve(scene, position, failure));
}

/** An attempt failed: by its handler, by its token or by its timeout. */
export function failAttempt(scene: Scene, position: Position, { error, cause }: Failure): Position | End {
  const failure = { error, cause: cause.slice(0, LIMIT_CAUSE) };
  scene.record(error === 'States.Timeout' ? 'TaskTimedOut' : 'TaskFailed', position.state, failure);
  return resolve(scene, position, failure);
}

/** Retry, else Catch, else the end. In each, the first entry that matches the error counts and no other. */
function resolve(scene: Scene, position: Position, failure: Failure): Position | End {
  const { state: name, input, retries } = position;
  const task = taskAt(scene, position);
  const { error, cause } = failure;
  const index = task.Retry.findIndex((retrier) => matches(retrier.ErrorEquals, error));
  const retrier = task.Retry[index];
  const before = retries[index] ?? 0;
  if (retrier && before < retrier.MaxAttempts) {
    const dueAt = scene.now + delayMs(retrier, before, scene.random);
    const next: Position = {
      ...position,
      retries: retries.with(index, before + 1),
      rest: { kind: 'attempt', dueAt },
    };
    scene.record('RetryScheduled', name, { error, attempt: attempts(next), dueAt });
    return next;
  }
  const catcher = task.Catch.find((each) => matches(each.ErrorEquals, error));
  if (!catcher) return fail(scene, failure);
  const work = () => ({
    output: merge(catcher.ResultPath, input, { Error: error, Cause: cause }),
    to: catcher.Next,
  });
  return go(scene, name, work, (other) => fail(scene, other));
}

function matches(names: string[], error: string): boolean {
  if (names.includes(error)) return true;
  if (error === 'States.Runtime' || error === 'States.DataLimitExceeded') return false;
  return names.includes('States.ALL') || (names.includes('States.TaskFailed') && error !== 'States.Timeout');
}

function delayMs(retrier: Retrier, before: number, random: () => number): number {
  const seconds = Math.min(retrier.IntervalSeconds * retrier.BackoffRate ** before, retrier.MaxDelaySeconds);
  return Math.round(seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? random() : 1));
}

/** Leaves a state by the exit that `work` finds. Only what fails in this state's own data is for `otherwise`. */
function go(
  scene: Scene,
  name: string,
  work: () => Exit,
  otherwise: (failure: Failure) => Position | End,
): Position | End {
  const exit = orFailure<Exit | Failure>(
    () => {
      const found = work();
      limited(found.output, `the output of "${name}"`);
      return found;
    },
    (failure) => failure,
  );
  if ('error' in exit) return otherwise(exit);
  const { output, to } = exit;
  scene.record('StateExited', name, { output });
  if (to !== undefined) return enter(scene, to, output);
  scene.record('ExecutionSucceeded', undefined, { output });
  return { status: 'SUCCEEDED', output };
}

function fail(scene: Scene, { error, cause }: Failure): End {
  scene.record('ExecutionFailed', undefined, { error, cause });
  return { status: 'FAILED', error, cause };
}

/** `null` selects nothing, as an empty object. */
const select = (path: ReferencePath | null, document: Json) => (path ? read(path, document) : {});
/** `null` drops the result. */
const merge = (path: ReferencePath | null, input: Json, result: Json) =>
  path ? place(path, input, result) : input;
/** How many attempts there are with the one that is next, or is made now. */
const attempts = (position: Position) => position.retries.reduce((sum, count) => sum + count, 1);
const taskAt = (scene: Scene, position: Position) => scene.definition.states.get(position.state) as Task;
