import type {
  CreateStateMachineCommandInput,
  DescribeExecutionCommandInput,
  GetExecutionHistoryCommandInput,
  ListExecutionsCommandInput,
  SendTaskFailureCommandInput,
  SendTaskSuccessCommandInput,
  StartExecutionCommandInput,
} from '@aws-sdk/client-sfn';
import { openDatabase } from '../../local/database.ts';
import { parseDefinition } from '../../local/runner/definition.ts';
import { WorkflowRunner } from '../../local/runner/workflow-runner.ts';
import { ExecutionAlreadyExists, NotFound, TaskTimedOut } from '../../shared/errors/errors.ts';
import type { Json } from '../../shared/records/record-store.ts';
import type { Execution, HistoryEvent, WorkflowName } from '../../shared/workflow/engine.ts';
import { TestClock } from '../builders/clock.ts';
import { AwsFault } from './aws-errors.ts';
import type { Fake } from './aws-server.ts';
import { invokeLambda, type LambdaHandler } from './lambda.ts';
import { toSfnEvents } from './step-functions-history.ts';

const PREFIX = 'arn:aws:states:eu-central-1:123456789012';
/** The one workflow of a runner, for each state machine has a runner of its own. */
const ITS_OWN = 'publish' satisfies WorkflowName;
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;
const MAX_BYTES = 262_144;

export interface StepFunctionsOptions {
  /** By what stands as FunctionName in the workflows: name or ARN. Looked up when a task is due. */
  functions?: Record<string, LambdaHandler>;
  clock?: TestClock;
  /** At least 0, below 1; for jitter. */
  random?: () => number;
  /** Ways in which Step Functions may behave at any time: pages cut to this many events, or executions. */
  pageSize?: number;
}

/**
 * Step Functions: Standard workflows, run by the interpreter of the single-node edition, which `test/workflows/` holds
 * to two others. Here it is put behind the service's API: its inputs as texts, its limits, its errors, its history.
 */
export class FakeStepFunctions implements Fake {
  readonly operations = {
    CreateStateMachine: (input: CreateStateMachineCommandInput) => this.#createStateMachine(input),
    StartExecution: (input: StartExecutionCommandInput) => this.#start(input),
    DescribeExecution: (input: DescribeExecutionCommandInput) => this.#describe(input),
    GetExecutionHistory: (input: GetExecutionHistoryCommandInput) => this.#history(input),
    ListExecutions: (input: ListExecutionsCommandInput) => this.#list(input),
    SendTaskSuccess: (input: SendTaskSuccessCommandInput) => this.#succeed(input),
    SendTaskFailure: (input: SendTaskFailureCommandInput) => this.#fail(input),
  };
  readonly clock: TestClock;
  readonly #options: StepFunctionsOptions;
  readonly #machines = new Map<string, StateMachine>();
  #runningMost = Infinity;

  constructor(options: StepFunctionsOptions = {}) {
    this.#options = options;
    this.clock = options.clock ?? new TestClock();
  }

  /** Remembers the state machines; executions are forgotten. None may be running, then or when they are brought back. */
  snapshot(): () => void {
    const kept = [...this.#machines.values()].map(({ arn, definition }) => ({ arn, definition }));
    return () => {
      for (const { close } of this.#machines.values()) close();
      this.#machines.clear();
      for (const { arn, definition } of kept) this.#machines.set(arn, this.#newMachine(arn, definition));
    };
  }

  /** Lets the functions that run come to their end. */
  async idle(): Promise<void> {
    for (const { runner } of this.#machines.values()) await runner.idle();
  }

  /**
   * Lets everything go on until it has ended or waits for a token: the clock moves from one due instant to the next, as
   * long as that is no further than `withinMs`.
   */
  async settle(withinMs = 3_600_000): Promise<void> {
    for (;;) {
      await this.idle();
      const next = this.nextDueAt() - this.clock.now();
      if (next > withinMs) return;
      this.clock.advance(Math.max(0, next));
      for (const { runner } of this.#machines.values()) runner.wake();
    }
  }

  /** When something goes on by itself, in epoch milliseconds; infinite when nothing does. */
  nextDueAt(): number {
    return Math.min(...[...this.#machines.values()].map(({ runner }) => runner.nextDueAt() ?? Infinity));
  }

  /** From now on the account may have only so many executions. */
  limitExecutions(most: number): void {
    this.#runningMost = most;
  }

  /** Every execution there is, by ARN. */
  async executions(): Promise<Record<string, Execution>> {
    const found = [...this.#machines.values()].flatMap(({ arn, runner, inputs }) =>
      [...inputs.keys()].map(
        async (name) => [executionArn(arn, name), await runner.describe(ITS_OWN, name)] as const,
      ),
    );
    return Object.fromEntries(await Promise.all(found));
  }

  close(): void {
    for (const { close } of this.#machines.values()) close();
  }

  #createStateMachine({ name = '', definition = '', type, roleArn = '' }: CreateStateMachineCommandInput) {
    if (!NAME.test(name)) throw new AwsFault('InvalidName', 400, `Invalid Name: '${name}'`);
    if (!/^arn:aws:iam::\d{12}:role\//.test(roleArn))
      throw new AwsFault('InvalidArn', 400, 'Invalid Role Arn');
    if (type === 'EXPRESS') throw new TypeError('this fake runs Standard workflows');
    const arn = `${PREFIX}:stateMachine:${name}`;
    if (this.#machines.has(arn)) throw new AwsFault('StateMachineAlreadyExists', 409, `${arn} exists`);
    this.#machines.set(arn, this.#newMachine(arn, definition));
    return { stateMachineArn: arn, creationDate: new Date(this.clock.now()) };
  }

  #newMachine(arn: string, text: string): StateMachine {
    const states = parseDefinition(text).states;
    const functions = [...states.values()].flatMap((state) =>
      state.Type === 'Task' ? [state.Parameters.FunctionName] : [],
    );
    const invoke = (name: string) => async (payload: Json) =>
      invokeLambda(name, this.#options.functions?.[name], payload);
    const database = openDatabase(':memory:');
    const runner = new WorkflowRunner({
      database,
      clock: this.clock,
      definitions: { [ITS_OWN]: text },
      handlers: Object.fromEntries(functions.map((name) => [name, invoke(name)])),
      random: this.#options.random ?? (() => 0.5),
      timer: () => () => undefined,
    });
    const history = database.prepare(
      `SELECT * FROM workflow_history
       WHERE execution = (SELECT id FROM workflow_executions WHERE name = ?) ORDER BY id`,
    );
    return {
      arn,
      definition: text,
      states,
      runner,
      inputs: new Map(),
      historyOf: (name) => history.all(name).map(readEvent),
      close: () => database.close(),
    };
  }

  async #start({ stateMachineArn = '', name = '', input = '{}' }: StartExecutionCommandInput) {
    const machine = this.#machine(stateMachineArn);
    if (!NAME.test(name)) throw new AwsFault('InvalidName', 400, `Invalid Name: '${name}'`);
    const value = parse(input, 'InvalidExecutionInput');
    if (!machine.inputs.has(name) && (await this.#running()) >= this.#runningMost) {
      throw new AwsFault(
        'ExecutionLimitExceeded',
        400,
        'The maximum number of running executions has been reached',
      );
    }
    const exists = new AwsFault('ExecutionAlreadyExists', 400, `Execution Already Exists: '${name}'`);
    // By the letter: nothing says that Step Functions knows two texts of one value to be the same input.
    if ((machine.inputs.get(name) ?? input) !== input) throw exists;
    try {
      await machine.runner.start(ITS_OWN, name, value);
    } catch (error) {
      throw error instanceof ExecutionAlreadyExists ? exists : error;
    }
    machine.inputs.set(name, input);
    const { startedAt } = await machine.runner.describe(ITS_OWN, name);
    return { executionArn: executionArn(stateMachineArn, name), startDate: new Date(startedAt) };
  }

  #machine(arn: string): StateMachine {
    const machine = this.#machines.get(arn);
    if (machine) return machine;
    throw new AwsFault('StateMachineDoesNotExist', 400, `State Machine Does Not Exist: '${arn}'`);
  }

  async #running(): Promise<number> {
    const all = Object.values(await this.executions());
    return all.filter(({ status }) => status === 'RUNNING').length;
  }

  async #describe({ executionArn: arn = '' }: DescribeExecutionCommandInput) {
    const { machine, execution } = await this.#find(arn);
    const { name, status, startedAt, endedAt, input, output, error, cause } = execution;
    return {
      executionArn: arn,
      stateMachineArn: machine.arn,
      name,
      status,
      startDate: new Date(startedAt),
      ...(endedAt === undefined ? {} : { stopDate: new Date(endedAt) }),
      input: JSON.stringify(input),
      ...(output === undefined ? {} : { output: JSON.stringify(output) }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
  }

  async #list(asked: ListExecutionsCommandInput) {
    const { stateMachineArn = '', statusFilter, maxResults = 0, nextToken, ...unknown } = asked;
    const others = Object.entries(unknown).filter(([, value]) => value !== undefined);
    if (others.length > 0)
      throw new TypeError(`the fake of Step Functions lists nothing by ${JSON.stringify(others)}`);
    if (maxResults > 1_000) throw new AwsFault('ValidationException', 400, 'maxResults is at most 1000');
    const machine = this.#machine(stateMachineArn);
    const all = await Promise.all(
      [...machine.inputs.keys()].map((name) => machine.runner.describe(ITS_OWN, name)),
    );
    // The latest first.
    const found = all
      .filter(({ status }) => statusFilter === undefined || status === statusFilter)
      .toSorted((a, b) => b.startedAt - a.startedAt);
    const of = `${stateMachineArn} ${statusFilter ?? ''}`;
    const start = nextToken === undefined ? 0 : readToken(nextToken, of);
    const end = start + Math.min(maxResults || 100, this.#options.pageSize ?? Infinity);
    return {
      executions: found.slice(start, end).map(({ name, status, startedAt, endedAt }) => ({
        executionArn: executionArn(stateMachineArn, name),
        stateMachineArn,
        name,
        status,
        startDate: new Date(startedAt),
        ...(endedAt === undefined ? {} : { stopDate: new Date(endedAt) }),
      })),
      ...(end < found.length ? { nextToken: `${end} ${of}` } : {}),
    };
  }

  async #history(asked: GetExecutionHistoryCommandInput) {
    const { executionArn: arn = '', reverseOrder = false, maxResults = 0, nextToken } = asked;
    if (maxResults > 1_000) throw new AwsFault('ValidationException', 400, 'maxResults is at most 1000');
    const { machine, execution } = await this.#find(arn);
    const events = toSfnEvents(machine.historyOf(execution.name), machine.states);
    const ordered = reverseOrder ? events.toReversed() : events;
    const start = nextToken === undefined ? 0 : readToken(nextToken, `${arn} ${reverseOrder}`);
    const end = start + Math.min(maxResults || 100, this.#options.pageSize ?? Infinity);
    return {
      events: ordered.slice(start, end),
      ...(end < ordered.length ? { nextToken: `${end} ${arn} ${reverseOrder}` } : {}),
    };
  }

  async #find(arn: string) {
    const [, , , , , kind, machineName = '', name = ''] = arn.split(':');
    const machine = this.#machines.get(`${PREFIX}:stateMachine:${machineName}`);
    const gone = () => new AwsFault('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${arn}'`);
    if (kind !== 'execution' || machine === undefined) throw gone();
    try {
      return { machine, execution: await machine.runner.describe(ITS_OWN, name) };
    } catch (error) {
      if (error instanceof NotFound) throw gone();
      throw error;
    }
  }

  async #succeed({ taskToken = '', output = '' }: SendTaskSuccessCommandInput) {
    return this.#complete(taskToken, { output: parse(output, 'InvalidOutput') });
  }

  async #fail({ taskToken = '', error = '', cause = '' }: SendTaskFailureCommandInput) {
    if (error.length > 256) throw new AwsFault('ValidationException', 400, 'error is at most 256 characters');
    if (cause.length > 32_768)
      throw new AwsFault('ValidationException', 400, 'cause is at most 32768 characters');
    return this.#complete(taskToken, { error, cause });
  }

  /** A text that was never a token is told from one that nobody waits for any more. */
  async #complete(token: string, answer: Parameters<WorkflowRunner['complete']>[1]) {
    if (!/^[\w-]{43}$/.test(token)) throw new AwsFault('InvalidToken', 400, 'Invalid token');
    for (const { runner } of this.#machines.values()) {
      try {
        await runner.complete(token, answer);
        return {};
      } catch (error) {
        if (!(error instanceof TaskTimedOut)) throw error;
      }
    }
    throw new AwsFault('TaskTimedOut', 400, 'Task Timed Out: provided task does not exist anymore');
  }
}

interface StateMachine {
  arn: string;
  definition: string;
  states: ReturnType<typeof parseDefinition>['states'];
  runner: WorkflowRunner;
  /** The text of its input, by the name of each execution. */
  inputs: Map<string, string>;
  /** The whole of it: the runner shows the last 1,000 events, Step Functions keeps 25,000. */
  historyOf: (name: string) => HistoryEvent[];
  close: () => void;
}

const readEvent = ({ id, at, type, state, detail }: Record<string, unknown>): HistoryEvent =>
  ({
    id,
    at,
    type,
    ...(state === null ? {} : { state }),
    ...(detail === null ? {} : { detail: JSON.parse(String(detail)) as Json }),
  }) as HistoryEvent;

const executionArn = (machine: string, name: string) =>
  `${machine.replace(':stateMachine:', ':execution:')}:${name}`;

function parse(text: string, fault: string): Json {
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw new AwsFault(fault, 400, `${fault}: over ${MAX_BYTES} bytes`);
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new AwsFault(fault, 400, `${fault}: not JSON`);
  }
}

function readToken(token: string, of: string): number {
  const [, end = '', rest] = /^(\d+) (.*)$/s.exec(token) ?? [];
  if (rest !== of) throw new AwsFault('InvalidToken', 400, 'the token is of another request');
  return Number(end);
}
