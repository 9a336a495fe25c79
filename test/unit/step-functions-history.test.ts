import type { HistoryEvent as SfnEvent } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../../shared/workflow/engine.ts';
import { readHistory } from '../../shared/workflow/step-functions-history.ts';

const AT = new Date('2026-03-02T09:00:00.000Z');
const resource = { resourceType: 'lambda', resource: 'invoke' };
const failure = { error: 'Busy', cause: 'not now' };
const entered: Partial<SfnEvent> = {
  type: 'TaskStateEntered',
  stateEnteredEventDetails: { name: 'Scan', input: '{"a":1}' },
};
const scheduled = (parameters: object): Partial<SfnEvent> => ({
  type: 'TaskScheduled',
  taskScheduledEventDetails: { ...resource, region: 'eu-central-1', parameters: JSON.stringify(parameters) },
});
const history = (...events: Partial<SfnEvent>[]): HistoryEvent[] =>
  readHistory(events.map((event, index) => ({ ...event, id: index + 1, timestamp: AT }) as SfnEvent));

describe('a history from Step Functions', () => {
  const cases: [event: Partial<SfnEvent>, type: HistoryEvent['type'], detail: object][] = [
    [
      { type: 'ExecutionStarted', executionStartedEventDetails: { input: '{"a":1}' } },
      'ExecutionStarted',
      { input: { a: 1 } },
    ],
    [
      { type: 'ExecutionRedriven', executionRedrivenEventDetails: { redriveCount: 2 } },
      'ExecutionStarted',
      { redriven: 2 },
    ],
    [
      { type: 'ExecutionSucceeded', executionSucceededEventDetails: { output: '[1]' } },
      'ExecutionSucceeded',
      { output: [1] },
    ],
    [{ type: 'ExecutionFailed', executionFailedEventDetails: failure }, 'ExecutionFailed', failure],
    [
      { type: 'ExecutionTimedOut', executionTimedOutEventDetails: {} },
      'ExecutionFailed',
      { error: 'States.Timeout' },
    ],
    [{ type: 'ExecutionAborted' }, 'ExecutionFailed', { error: 'Aborted' }],
    [
      { type: 'ExecutionAborted', executionAbortedEventDetails: { error: 'Stopped', cause: 'by an admin' } },
      'ExecutionFailed',
      { error: 'Stopped', cause: 'by an admin' },
    ],
  ];
  test.each(cases)('tells %j of the execution', (event, type, detail) => {
    expect(history(event)).toEqual([{ id: 1, at: AT.getTime(), type, detail }]);
    // Where the window begins or ends, a state may be the last thing named: it is not the execution's.
    expect(history(entered, event)[1]).toEqual({ id: 2, at: AT.getTime(), type, detail });
  });

  const ofTasks: [event: Partial<SfnEvent>, type: HistoryEvent['type'], detail: object][] = [
    [
      { type: 'TaskSucceeded', taskSucceededEventDetails: { ...resource, output: '{"b":2}' } },
      'TaskSucceeded',
      { output: { b: 2 } },
    ],
    [{ type: 'TaskFailed', taskFailedEventDetails: { ...resource, ...failure } }, 'TaskFailed', failure],
    [
      { type: 'TaskStartFailed', taskStartFailedEventDetails: { ...resource, ...failure } },
      'TaskFailed',
      failure,
    ],
    [
      { type: 'TaskSubmitFailed', taskSubmitFailedEventDetails: { ...resource, ...failure } },
      'TaskFailed',
      failure,
    ],
    [
      { type: 'TaskTimedOut', taskTimedOutEventDetails: { ...resource, error: 'States.Timeout' } },
      'TaskTimedOut',
      { error: 'States.Timeout' },
    ],
  ];
  test.each(ofTasks)('tells %j of the state it is in', (event, type, detail) => {
    expect(history(entered, event)[1]).toEqual({ id: 2, at: AT.getTime(), type, state: 'Scan', detail });
  });

  test('leaves out how a function is called, and never shows what it was called with', () => {
    const told = history(
      entered,
      scheduled({ FunctionName: 'publish-scan', Payload: { taskToken: 'secret' } }),
      { type: 'TaskStarted', taskStartedEventDetails: resource },
      { type: 'TaskSubmitted', taskSubmittedEventDetails: { ...resource, output: '{}' } },
    );
    expect(told).toHaveLength(2);
    expect(told[1]).toMatchObject({ detail: { function: 'publish-scan', attempt: 1 } });
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  test('counts attempts anew in each state', () => {
    const told = history(entered, scheduled({}), scheduled({}), entered, scheduled({}));
    const attempts = told.flatMap(({ type, detail }) => (type === 'TaskScheduled' ? [detail] : []));
    expect(attempts).toEqual([{ attempt: 1 }, { attempt: 2 }, { attempt: 1 }]);
  });

  test('names no state where the window begins in the midst of one', () => {
    const exited: Partial<SfnEvent> = {
      type: 'TaskStateExited',
      stateExitedEventDetails: { name: 'Scan', output: '{}' },
    };
    expect(history(scheduled({}), exited, scheduled({})).map(({ state }) => state)).toEqual([
      undefined,
      'Scan',
      undefined,
    ]);
  });
});
