import { StateMachine } from 'aws-local-stepfunctions';
import type { Json, JsonObject } from '../../shared/records/record-store.ts';

/** What an independent interpreter makes of an execution. */
export interface Observed {
  /** Each state entered, with its input, in order. */
  entered: { state: string; input: Json }[];
  output?: Json;
  error?: string;
  /** Of a Fail state, which has its words from the definition; others' are every interpreter's own. */
  cause?: string;
}

/**
 * Runs a definition on `aws-local-stepfunctions`, without a pause before its retries and in its waits.
 *
 * It knows no task tokens: a Task of any kind has what its handler returns as its result, and what its handler throws
 * as its error. So the handler of a task that waits for its token stands for what comes for the token, and `$$.Task`
 * holds a token that nobody uses.
 */
export async function observe(
  definition: string,
  input: Json,
  task: (state: string, parameters: JsonObject) => Promise<Json>,
  executionName = 'one',
): Promise<Observed> {
  const machine = JSON.parse(definition) as { States: Record<string, { Type: string }> };
  const named = (type: string) =>
    Object.keys(machine.States).filter((name) => machine.States[name]?.Type === type);
  const tasks = named('Task');
  // Whether the files are valid is a test of its own.
  const interpreter = new StateMachine(JSON.parse(definition), { validationOptions: { noValidate: true } });
  const run = interpreter.run(input, {
    context: { Execution: { Name: executionName }, Task: { Token: 'unused' } },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        tasks.map((state) => [state, (parameters) => task(state, parameters as JsonObject)]),
      ),
      retryIntervalOverrides: Object.fromEntries(tasks.map((state) => [state, 0])),
      waitTimeOverrides: Object.fromEntries(named('Wait').map((state) => [state, 0])),
    },
  });
  // How it ended stands in its events; the promise says it again.
  run.result.catch(() => undefined);
  const observed: Observed = { entered: [] };
  for await (const event of run.eventLogs) {
    if (event.type === 'StateEntered') {
      observed.entered.push({ state: event.state.name, input: event.state.input });
    }
    if (event.type === 'ExecutionSucceeded') observed.output = event.output;
    if (event.type === 'ExecutionFailed') {
      observed.error = event.Error;
      const last = machine.States[observed.entered.at(-1)?.state ?? ''];
      if (last?.Type === 'Fail' && !event.Error?.startsWith('States.'))
        observed.cause = String(event.Cause ?? '');
    }
  }
  return observed;
}
