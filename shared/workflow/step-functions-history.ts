import type { HistoryEvent as SfnEvent } from '@aws-sdk/client-sfn';
import type { Json, JsonObject } from '../records/record-store.ts';
import type { HistoryEvent } from './engine.ts';

/**
 * A part of an execution's history in the words of the port; `events` oldest first.
 *
 * An event of a task does not say which state it is of: it is the state entered last, since our workflow files know
 * neither Parallel nor Map. What only tells how Step Functions calls a function is left out, and so are the parameters
 * of a call: a task token may be among them. Step Functions has no event for a retry; the next attempt is its own sign.
 */
export function readHistory(events: SfnEvent[]): HistoryEvent[] {
  let state: string | undefined;
  let attempt = 0;
  return events.flatMap((event): HistoryEvent[] => {
    const { stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = event;
    if (entered) [state, attempt] = [entered.name, 0];
    if (event.type === 'TaskScheduled') attempt += 1;
    const told = tell(event, attempt);
    const where = exited?.name ?? (told && OF_EXECUTION.has(told.type) ? undefined : state);
    if (exited) state = undefined;
    if (!told) return [];
    return [
      {
        id: event.id ?? 0,
        at: event.timestamp?.getTime() ?? 0,
        type: told.type,
        ...(where === undefined ? {} : { state: where }),
        detail: told.detail,
      },
    ];
  });
}

const OF_EXECUTION = new Set<HistoryEvent['type']>([
  'ExecutionStarted',
  'ExecutionSucceeded',
  'ExecutionFailed',
]);

/** What an event is called by the port, and what belongs to it; undefined for what only Step Functions tells apart. */
function tell(
  event: SfnEvent,
  attempt: number,
): { type: HistoryEvent['type']; detail: JsonObject } | undefined {
  const { type = '' } = event;
  if (event.stateEnteredEventDetails)
    return { type: 'StateEntered', detail: jsonOf('input', event.stateEnteredEventDetails.input) };
  if (event.stateExitedEventDetails)
    return { type: 'StateExited', detail: jsonOf('output', event.stateExitedEventDetails.output) };
  switch (type) {
    case 'ExecutionStarted':
      return { type, detail: jsonOf('input', event.executionStartedEventDetails?.input) };
    case 'ExecutionRedriven':
      return {
        type: 'ExecutionStarted',
        detail: { redriven: event.executionRedrivenEventDetails?.redriveCount ?? 0 },
      };
    case 'TaskScheduled':
      return { type, detail: { ...functionOf(event.taskScheduledEventDetails?.parameters), attempt } };
    case 'TaskSucceeded':
      return { type, detail: jsonOf('output', event.taskSucceededEventDetails?.output) };
    case 'TaskFailed':
      return { type, detail: failureOf(event.taskFailedEventDetails) };
    case 'TaskStartFailed':
      return { type: 'TaskFailed', detail: failureOf(event.taskStartFailedEventDetails) };
    case 'TaskSubmitFailed':
      return { type: 'TaskFailed', detail: failureOf(event.taskSubmitFailedEventDetails) };
    case 'TaskTimedOut':
      return { type, detail: failureOf(event.taskTimedOutEventDetails) };
    case 'ExecutionSucceeded':
      return { type, detail: jsonOf('output', event.executionSucceededEventDetails?.output) };
    case 'ExecutionFailed':
      return { type, detail: failureOf(event.executionFailedEventDetails) };
    case 'ExecutionTimedOut':
      return {
        type: 'ExecutionFailed',
        detail: failureOf({ error: 'States.Timeout', ...event.executionTimedOutEventDetails }),
      };
    case 'ExecutionAborted':
      return {
        type: 'ExecutionFailed',
        detail: failureOf({ error: 'Aborted', ...event.executionAbortedEventDetails }),
      };
    default:
      return undefined;
  }
}

const jsonOf = (name: string, text: string | undefined): JsonObject =>
  text === undefined ? {} : { [name]: JSON.parse(text) as Json };

const failureOf = (details: { error?: string | undefined; cause?: string | undefined } = {}): JsonObject => ({
  ...(details.error === undefined ? {} : { error: details.error }),
  ...(details.cause === undefined ? {} : { cause: details.cause }),
});

/** Of the parameters of a call the function's name, and nothing else. */
function functionOf(parameters: string | undefined): JsonObject {
  const { FunctionName: name } = JSON.parse(parameters ?? '{}') as { FunctionName?: Json };
  return typeof name === 'string' ? { function: name } : {};
}
