import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../shared/clock/clock.ts';
import {
  Busy,
  ExecutionAlreadyExists,
  NotFound,
  TaskTimedOut,
  TooLarge,
} from '../../shared/errors/errors.ts';
import { sha256 } from '../../shared/ids/ids.ts';
import type { Json } from '../../shared/records/record-store.ts';
import type { Execution, HistoryEvent, WorkflowEngine, WorkflowName } from '../../shared/workflow/engine.ts';
import { transact } from '../database.ts';
import { type Definition, DefinitionRefused, parseDefinition } from './definition.ts';
import { executionTable, type Stored } from './execution-table.ts';
import type { Call, End, Position, Scene } from './interpreter.ts';
import * as interpreter from './interpreter.ts';
import type { Failure } from './state-error.ts';

/** Calls `fire` once, after so many milliseconds of system time; what it returns takes that back. */
export type Timer = (delayMs: number, fire: () => void) => () => void;

/** Does not keep the process from ending. */
const systemTimer: Timer = (delayMs, fire) => {
  const handle = setTimeout(fire, delayMs).unref();
  return () => clearTimeout(handle);
};

export interface WorkflowRunnerOptions {
  database: DatabaseSync;
  clock: Clock;
  /** The text of each workflow's definition, its function names filled in. */
  definitions: Partial<Record<WorkflowName, string>>;
  /** By function name. The `name` of what a handler throws is what Retry and Catch match. */
  handlers: Record<string, (payload: Json) => Promise<Json>>;
  /** At least 0, below 1; for jitter. */
  random: () => number;
  /** Told of every instant (epoch milliseconds of business time) until which something now waits: call `wake()` then. */
  onDue?: (dueAt: number) => void;
  /** For the timeouts of tasks. */
  timer?: Timer;
  log?: (message: string, detail: { [name: string]: Json }) => void;
}

/** A handler that was called. Its answer counts as long as its execution has not moved on. */
interface Attempt {
  id: number;
  version: number;
  cancelTimer?: () => void;
}

type Answer = { payload: Json } | Failure;
type Decide = (scene: Scene, position: Position, version: number) => Position | End | undefined;

const NAME = /^[A-Za-z0-9_-]{1,80}$/;
const TIMED_OUT = { error: 'States.Timeout', cause: 'the task took longer than its TimeoutSeconds' };
/** How long until a result is stored that the database refused (locked, or the disk is full). */
const STORE_AGAIN_MS = 1000;

/**
 * Step Functions on one machine: durable, for the part of the language that `definition.ts` lists.
 *
 * An attempt is recorded before its handler is called; its result, the transition and the beginning of the next attempt
 * are one transaction. So a task runs at least once, and all else exactly once. Nothing is locked while a handler runs.
 * A timeout does not stop a handler: what it answers later is dropped.
 */
export class WorkflowRunner implements WorkflowEngine {
  readonly #options: WorkflowRunnerOptions;
  readonly #timer: Timer;
  readonly #table: ReturnType<typeof executionTable>;
  /** By workflow: the digest of the definition that new executions begin with. */
  readonly #current = new Map<string, string>();
  /** By digest. */
  readonly #definitions = new Map<string, Definition>();
  /** By execution. */
  readonly #attempts = new Map<number, Attempt>();
  readonly #idlers: (() => void)[] = [];
  #stopping = false;

  /** @throws DefinitionRefused when a definition uses what the runner does not know, or a function has no handler. */
  constructor(options: WorkflowRunnerOptions) {
    this.#options = options;
    this.#timer = options.timer ?? systemTimer;
    this.#table = executionTable(options.database);
    for (const [workflow, text] of Object.entries(options.definitions)) {
      const definition = parseDefinition(text);
      for (const state of definition.states.values()) {
        if (state.Type !== 'Task' || Object.hasOwn(options.handlers, state.Parameters.FunctionName)) continue;
        throw new DefinitionRefused(
          `${workflow} calls ${state.Parameters.FunctionName}, which has no handler`,
        );
      }
      const digest = sha256(text);
      this.#table.keepDefinition(digest, text);
      this.#definitions.set(digest, definition);
      this.#current.set(workflow, digest);
    }
  }

  /**
   * @throws TooLarge when the input is over 262,144 bytes.
   * @throws RangeError when the name is not 1 to 80 letters, digits, `-` and `_`.
   */
  async start(workflow: WorkflowName, name: string, input: Json): Promise<void> {
    if (!NAME.test(name)) throw new RangeError(`"${name}" cannot name an execution`);
    if (!interpreter.fits(input)) throw new TooLarge('the input of an execution is over its limit');
    const { clock } = this.#options;
    const digest = this.#current.get(workflow) as string;
    const open = () => {
      const found = this.#table.byName(workflow, name);
      if (!found) return this.#table.create(workflow, name, digest, clock.now(), JSON.stringify(input));
      const isOpen = found.standing && 'rest' in found.standing;
      if (isOpen && isDeepStrictEqual(found.input, input)) return undefined;
      throw new ExecutionAlreadyExists(`the execution ${workflow} ${name} exists`);
    };
    this.#transition(open, (scene) => interpreter.start(scene, input));
  }

  async describe(workflow: WorkflowName, name: string): Promise<Execution> {
    const found = this.#table.byName(workflow, name);
    if (!found) throw new NotFound(`there is no execution ${workflow} ${name}`);
    const { id, startedAt, input, standing } = found;
    const ended = standing && 'status' in standing ? standing : { status: 'RUNNING' as const };
    return { name, startedAt, input, ...ended, history: this.#table.history(id) };
  }

  /** @throws TooLarge when the output is over 262,144 bytes; the token can still be answered. */
  async complete(token: string, answer: { output: Json } | { error: string; cause?: string }): Promise<void> {
    const tooLarge = 'output' in answer && !interpreter.fits(answer.output);
    if (tooLarge) throw new TooLarge('the output of a task is over its limit');
    const waiting = () => {
      const found = this.#table.byToken(token);
      if (found && (dueAt(found.standing) ?? Infinity) > this.#options.clock.now()) return found;
      throw new TaskTimedOut('this task token was used, is too late or unknown');
    };
    this.#transition(waiting, (scene, position) =>
      'output' in answer
        ? interpreter.succeed(scene, position, answer.output)
        : interpreter.failAttempt(scene, position, { error: answer.error, cause: answer.cause ?? '' }),
    );
  }

  /** After a start: every running execution goes on. An attempt that had begun is made again. */
  resume(): void {
    this.wake();
    for (const id of this.#table.called()) if (!this.#attempts.has(id)) this.#goOn(id);
  }

  /** Ends the waits, begins the retries and times out the tokens that are due by now. */
  wake(): void {
    if (this.#stopping) return;
    for (const id of this.#table.due(this.#options.clock.now())) {
      this.#try(id, (scene, position) => {
        const { input, rest, state } = position;
        if (rest.kind === 'attempt') return position;
        if (rest.kind === 'wait') return interpreter.passThrough(scene, state, input);
        return interpreter.failAttempt(scene, position, TIMED_OUT);
      });
    }
  }

  /** The earliest instant (epoch milliseconds of business time) at which `wake()` has something to do. */
  nextDueAt(): number | undefined {
    return this.#table.nextDueAt();
  }

  /** Resolves when no handler runs whose answer still counts, and every answer is stored. */
  idle(): Promise<void> {
    if (this.#attempts.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idlers.push(resolve));
  }

  /** Begins no attempt any more. Resolves when the handlers that run have answered and that is stored. */
  stop(): Promise<void> {
    this.#stopping = true;
    return this.idle();
  }

  /** Makes again an attempt that had begun when the process ended, or whose beginning could not be stored. */
  #goOn(id: number): void {
    this.#try(id, (scene, position) =>
      'rest' in position && position.rest.kind === 'called'
        ? interpreter.attempt(scene, position)
        : undefined,
    );
  }

  /** A transition whose failing must not keep the other executions from going on. */
  #try(id: number, decide: Decide): void {
    try {
      this.#transition(() => this.#table.byId(id), decide);
    } catch (error) {
      if (!this.#options.database.isOpen) return;
      this.#options.log?.('an execution could not go on', { execution: id, error: String(error) });
      // What waits for an instant is found due again; what was called before a restart is found by nobody else.
      if (!(error instanceof Busy)) return;
      this.#timer(STORE_AGAIN_MS, () => {
        if (!this.#stopping && !this.#attempts.has(id)) this.#goOn(id);
      });
    }
  }

  /**
   * Moves one execution: reads it, decides and stores in one transaction, then calls the handler. A task that is due is
   * begun in the same transaction. Moves nothing when `find` or `decide` answers undefined.
   */
  #transition(find: () => Stored | undefined, decide: Decide): void {
    const { clock, database, onDue } = this.#options;
    const now = clock.now();
    const calls: Call[] = [];
    const moved = transact(database, () => {
      const execution = find();
      if (!execution) return undefined;
      const { id, standing, version } = execution;
      const history: HistoryEvent[] = [];
      const scene = this.#scene(execution, now, history, calls);
      let next = decide(scene, standing as Position, version);
      if (!next) return undefined;
      while (!this.#stopping && isDueAttempt(next, now)) next = interpreter.attempt(scene, next);
      for (const event of history) this.#table.append(id, event);
      const stored = 'rest' in next ? next : { ...next, endedAt: now };
      this.#table.move(id, stored, execution.events + history.length);
      return { id, version: version + 1, dueAt: dueAt(stored) };
    });
    if (!moved) return;
    this.#attempts.get(moved.id)?.cancelTimer?.();
    this.#attempts.delete(moved.id);
    for (const call of calls) this.#call(moved.id, moved.version, call);
    if (moved.dueAt !== undefined) onDue?.(moved.dueAt);
    if (this.#attempts.size === 0) for (const resolve of this.#idlers.splice(0)) resolve();
  }

  #scene({ name, definition, events }: Stored, now: number, history: HistoryEvent[], calls: Call[]): Scene {
    return {
      definition: this.#definition(definition),
      executionName: name,
      now,
      random: this.#options.random,
      newToken: () => randomBytes(32).toString('base64url'),
      record: (type, state, detail) => {
        const id = events + history.length + 1;
        history.push({
          id,
          at: now,
          type,
          ...(state === undefined ? {} : { state }),
          ...(detail === undefined ? {} : { detail }),
        });
      },
      call: (call) => void calls.push(call),
    };
  }

  #definition(digest: string): Definition {
    const definition = this.#definitions.get(digest) ?? parseDefinition(this.#table.definition(digest));
    this.#definitions.set(digest, definition);
    return definition;
  }

  #call(id: number, version: number, call: Call): void {
    const attempt: Attempt = { id, version };
    if (call.timeoutMs !== undefined) {
      attempt.cancelTimer = this.#timer(call.timeoutMs, () => this.#settle(attempt, TIMED_OUT));
    }
    this.#attempts.set(id, attempt);
    void this.#invoke(call).then((answer) => this.#settle(attempt, answer));
  }

  /** Never rejects. Payload and answer are JSON here as on Lambda: nothing is shared with a handler. */
  async #invoke({ functionName, payload }: Call): Promise<Answer> {
    const { handlers } = this.#options;
    const handler = Object.hasOwn(handlers, functionName) ? handlers[functionName] : undefined;
    // An execution that began with an older definition may call what is gone.
    if (!handler) return { error: 'Lambda.ResourceNotFoundException', cause: `there is no ${functionName}` };
    try {
      const answer = await handler(JSON.parse(JSON.stringify(payload)));
      return { payload: JSON.parse(JSON.stringify(answer) ?? 'null') };
    } catch (thrown) {
      const error: { name: unknown; message: unknown } =
        thrown instanceof Error ? thrown : new Error(String(thrown));
      return { error: String(error.name), cause: String(error.message) };
    }
  }

  #settle(attempt: Attempt, answer: Answer): void {
    const decide: Decide = (scene, position, version) => {
      if (version !== attempt.version) return undefined;
      return 'payload' in answer
        ? interpreter.returned(scene, position, answer.payload)
        : interpreter.failAttempt(scene, position, answer);
    };
    try {
      this.#transition(() => this.#table.byId(attempt.id), decide);
    } catch (error) {
      // Closed: the process is going down, and the attempt is made again after the next start.
      if (!this.#options.database.isOpen) return;
      const detail = { execution: attempt.id, error: String(error) };
      this.#options.log?.('a result could not be stored yet', detail);
      this.#timer(STORE_AGAIN_MS, () => this.#settle(attempt, answer));
    }
  }
}

const dueAt = (standing: Stored['standing']) =>
  standing && 'rest' in standing ? standing.rest.dueAt : undefined;

const isDueAttempt = (standing: Position | End, now: number): standing is Position =>
  'rest' in standing && standing.rest.kind === 'attempt' && standing.rest.dueAt <= now;
