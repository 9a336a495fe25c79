import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionDoesNotExist,
  ExecutionLimitExceeded,
  ExecutionAlreadyExists as ExistsAtSfn,
  GetExecutionHistoryCommand,
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  type HistoryEvent as SfnEvent,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut as TimedOutAtSfn,
} from '@aws-sdk/client-sfn';
import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { Busy, ExecutionAlreadyExists, NotFound, TaskTimedOut, TooLarge } from '../errors/errors.ts';
import type { Json } from '../records/record-store.ts';
import type { Execution, WorkflowEngine, WorkflowName } from './engine.ts';
import { readHistory } from './step-functions-history.ts';

/** Step Functions takes more characters, and wants a dozen of them escaped in its console: these are ours. */
const NAME = /^[A-Za-z0-9_-]{1,80}$/;
/** Step Functions: 262,144 bytes of JSON as UTF-8 on every input and output. */
const MAX_BYTES = 262_144;
/** API reference, SendTaskFailure: `error` has at most 256 characters, `cause` 32,768. */
const MAX_ERROR = 256;
const MAX_CAUSE = 32_768;
const MAX_EVENTS = 1_000;
/** API reference, GetExecutionHistory: the largest page; one may be shorter. */
const MAX_PAGE = 1_000;

/**
 * `WorkflowEngine` over Step Functions' Standard workflows.
 *
 * A name stands for one execution for as long as that one runs and for 90 days more (API reference, StartExecution): an
 * attempt of a publish is named once, and its effects are over in less.
 *
 * Throttling, the quota of running executions, lost connections and errors of the service are `Busy`, when the client's
 * own retries have not helped. What else Step Functions refuses (no such state machine, no permission) is thrown as it
 * came.
 */
export class StepFunctionsEngine implements WorkflowEngine {
  readonly #client: SFNClient;
  readonly #stateMachines: Readonly<Record<WorkflowName, string>>;

  /**
   * @param options.client belongs to the caller, who also destroys it.
   * @param options.stateMachines the ARN of each workflow's state machine, without version or alias.
   */
  constructor(options: { client: SFNClient; stateMachines: Readonly<Record<WorkflowName, string>> }) {
    this.#client = options.client;
    this.#stateMachines = options.stateMachines;
  }

  /**
   * @throws TooLarge when the input is over 262,144 bytes.
   * @throws RangeError when the name is not 1 to 80 letters, digits, `-` and `_`.
   */
  async start(workflow: WorkflowName, name: string, input: Json): Promise<void> {
    checkName(name);
    const command = {
      stateMachineArn: this.#stateMachines[workflow],
      name,
      input: jsonText(input, 'the input of an execution'),
    };
    try {
      await this.#client.send(new StartExecutionCommand(command));
    } catch (error) {
      if (error instanceof ExistsAtSfn) {
        throw new ExecutionAlreadyExists(`the execution ${workflow} ${name} exists`, { cause: error });
      }
      throw translated(error);
    }
  }

  async describe(workflow: WorkflowName, name: string): Promise<Execution> {
    checkName(name);
    const executionArn = `${this.#stateMachines[workflow].replace(':stateMachine:', ':execution:')}:${name}`;
    try {
      // The history after the state: an execution that ends in between shows an end more, never one too few.
      const described = await this.#client.send(new DescribeExecutionCommand({ executionArn }));
      return {
        ...readExecution(name, described),
        history: readHistory(await this.#lastEvents(executionArn)),
      };
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) {
        throw new NotFound(`there is no execution ${workflow} ${name}`, { cause: error });
      }
      throw translated(error);
    }
  }

  /** @throws TooLarge when the output is over 262,144 bytes; the token can still be answered. */
  async complete(token: string, answer: { output: Json } | { error: string; cause?: string }): Promise<void> {
    const command =
      'output' in answer
        ? new SendTaskSuccessCommand({
            taskToken: token,
            output: jsonText(answer.output, 'the output of a task'),
          })
        : new SendTaskFailureCommand({
            taskToken: token,
            error: answer.error.slice(0, MAX_ERROR),
            cause: (answer.cause ?? '').slice(0, MAX_CAUSE),
          });
    try {
      await (command instanceof SendTaskSuccessCommand
        ? this.#client.send(command)
        : this.#client.send(command));
    } catch (error) {
      // Used, too late, of a task that is gone, or never one of Step Functions': nobody waits for this answer.
      if (
        error instanceof TimedOutAtSfn ||
        error instanceof TaskDoesNotExist ||
        error instanceof InvalidToken
      ) {
        throw new TaskTimedOut('this task token was used, is too late or unknown', { cause: error });
      }
      throw translated(error);
    }
  }

  /** The last 1,000 events, oldest first: read from the end, for an execution may have 25,000. */
  async #lastEvents(executionArn: string): Promise<SfnEvent[]> {
    const events: SfnEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.#client.send(
        new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: MAX_PAGE, nextToken }),
      );
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined && events.length < MAX_EVENTS);
    return events.slice(0, MAX_EVENTS).toSorted((one, other) => (one.id ?? 0) - (other.id ?? 0));
  }
}

function checkName(name: string): void {
  if (!NAME.test(name)) throw new RangeError(`"${name}" cannot name an execution`);
}

/**
 * JSON with the names of each object in order. Step Functions tells a repeated start from another one by its input, and
 * an input that was stored meanwhile may come back in another order.
 * @throws TooLarge
 */
function jsonText(value: Json, what: string): string {
  const text = JSON.stringify(value, (_, each: Json) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
  if (Buffer.byteLength(text) > MAX_BYTES) throw new TooLarge(`${what} is over its limit`);
  return text;
}

function readExecution(name: string, described: DescribeExecutionCommandOutput): Omit<Execution, 'history'> {
  const { status, startDate, stopDate, input, output, error, cause } = described;
  return {
    name,
    // Only the children of a distributed map wait for a redrive in a state of their own.
    status: status === undefined || status === 'PENDING_REDRIVE' ? 'RUNNING' : status,
    startedAt: startDate?.getTime() ?? 0,
    ...(stopDate === undefined ? {} : { endedAt: stopDate.getTime() }),
    input: JSON.parse(input ?? 'null') as Json,
    ...(output === undefined ? {} : { output: JSON.parse(output) as Json }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** `Busy` for what passes; anything else as it came. */
function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const isPassing =
    error instanceof ExecutionLimitExceeded ||
    isThrottlingError(error as never) ||
    isTransientError(error as never);
  return isPassing
    ? new Busy(`Step Functions: ${error.name}: ${error.message}`, {
        cause: error,
        publicMessage: 'Cottage is very busy just now. Please try again in a minute.',
      })
    : error;
}
