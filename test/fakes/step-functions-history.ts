import type { HistoryEvent as SfnEvent } from '@aws-sdk/client-sfn';
import type { State } from '../../local/runner/definition.ts';
import type { Json } from '../../shared/records/record-store.ts';
import type { HistoryEvent } from '../../shared/workflow/engine.ts';

type States = ReadonlyMap<string, State>;
type Told = Omit<SfnEvent, 'id' | 'timestamp' | 'previousEventId'>;

const text = (value: unknown) => JSON.stringify(value ?? null);

/**
 * A history as Step Functions tells it: more kinds of events than the runner has, numbered anew, each with the one
 * before it. As there, the parameters of a call hold its payload, task token and all, and a retry has no event.
 */
export function toSfnEvents(history: HistoryEvent[], states: States): SfnEvent[] {
  const told = history.flatMap((event) => tell(event, states).map((each) => ({ ...each, at: event.at })));
  return told.map(({ at, ...event }, index) => ({
    ...event,
    id: index + 1,
    // The first state is entered after nothing.
    previousEventId: index < 2 ? 0 : index,
    timestamp: new Date(at),
  }));
}

function tell({ type, state = '', detail }: HistoryEvent, states: States): Told[] {
  const { input, output, error, cause } = (detail ?? {}) as Record<string, Json>;
  const failure = { error: String(error), cause: String(cause) };
  const at = states.get(state);
  const waits = at?.Type === 'Task' && at.Resource.endsWith('.waitForTaskToken');
  const resource = { resourceType: 'lambda', resource: waits ? 'invoke.waitForTaskToken' : 'invoke' };
  const submitted: Told[] = waits ? [{ type: 'TaskSubmitted', taskSubmittedEventDetails: resource }] : [];
  switch (type) {
    case 'ExecutionStarted':
      return [{ type, executionStartedEventDetails: { input: text(input), roleArn: ROLE } }];
    case 'StateEntered':
      return [
        { type: `${kindOf(at)}StateEntered`, stateEnteredEventDetails: { name: state, input: text(input) } },
      ];
    case 'StateExited':
      return [
        {
          type: `${kindOf(at)}StateExited` as never,
          stateExitedEventDetails: { name: state, output: text(output) },
        },
      ];
    case 'TaskScheduled':
      return [
        {
          type,
          taskScheduledEventDetails: { ...resource, region: 'eu-central-1', parameters: parametersOf(at) },
        },
        { type: 'TaskStarted', taskStartedEventDetails: resource },
      ];
    case 'TaskSucceeded':
      return [...submitted, { type, taskSucceededEventDetails: { ...resource, output: text(output) } }];
    case 'TaskFailed':
      return [...submitted, { type, taskFailedEventDetails: { ...resource, ...failure } }];
    case 'TaskTimedOut':
      return [...submitted, { type, taskTimedOutEventDetails: { ...resource, ...failure } }];
    case 'RetryScheduled':
      return [];
    case 'ExecutionSucceeded':
      return [{ type, executionSucceededEventDetails: { output: text(output) } }];
    case 'ExecutionFailed':
      return [{ type, executionFailedEventDetails: failure }];
  }
}

const ROLE = 'arn:aws:iam::123456789012:role/workflows';
const kindOf = (state: State | undefined) => state?.Type ?? 'Pass';

function parametersOf(state: State | undefined): string {
  if (state?.Type !== 'Task') return '{}';
  return text({
    FunctionName: state.Parameters.FunctionName,
    Payload: { taskToken: 'a token, as in the payload' },
  });
}
