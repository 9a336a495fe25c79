import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { type Definition, parseDefinition, type Task } from '../../local/runner/definition.ts';
import { STEPS } from '../../local/steps.ts';
import { RECORD_TTL_SECONDS } from '../../shared/dns/plan.ts';
import * as errors from '../../shared/errors/errors.ts';
import type { Json } from '../../shared/records/record-store.ts';
import {
  loadWorkflow,
  localFunctionNames,
  placeholders,
  WORKFLOW_NAMES,
  workflowText,
} from '../../workflows/index.ts';
import { harness, named, statesEntered } from './runner-harness.ts';
import { waitsForToken } from './scenarios.ts';
import { WAYS } from './ways.ts';

const validate: (definition: Json) => { isValid: boolean; errorsText: () => string } = createRequire(
  import.meta.url,
)('asl-validator');

/** The literal names of the classes in errors.ts. */
const ours = [
  ...readFileSync(new URL('../../shared/errors/errors.ts', import.meta.url), 'utf8').matchAll(
    /override readonly name = '(\w+)'/g,
  ),
].map(([, name]) => name ?? '');

/** What Step Functions and its Lambda integration call their own errors. */
const theirs = [
  'States.ALL',
  'States.TaskFailed',
  'States.Timeout',
  'States.DataLimitExceeded',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.Unknown',
];

/** What a workflow keeps of the step that explains. */
const EXPLAINED = ['outcome.$', 'status.$', 'error.$', 'summary.$'];

/** The states at the end of every workflow that does not reach its own. */
const FAILING = ['Explain', 'Is it a failure?', 'Failed'];
const ENDING = ['Explain', 'Is it a failure?', 'Ended'];
const WORDS = { status: 'x', error: 'Busy', summary: 'why' };

const local = (text: string) => loadWorkflow('publish', localFunctionNames(text));
const tasks = (definition: Definition) =>
  [...definition.states].filter((entry): entry is [string, Task] => entry[1].Type === 'Task');

/** Every text in a file. */
const texts = (value: Json): string[] => {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
};

test('every workflow file has a name', () => {
  const files = readdirSync(new URL('../../workflows/', import.meta.url)).filter((file) =>
    file.endsWith('.asl.json'),
  );
  expect(files.toSorted()).toEqual(WORKFLOW_NAMES.map((name) => `${name}.asl.json`).toSorted());
});

test('the names of our errors are found', () => {
  const classes = Object.keys(errors).filter((name) => name !== 'CottageError');
  expect(ours.toSorted()).toEqual(classes.toSorted());
});

describe.each(WORKFLOW_NAMES)('the workflow %s', (name) => {
  const text = workflowText(name);
  const file = JSON.parse(text);
  const definition = parseDefinition(loadWorkflow(name, localFunctionNames(text)));

  test('is valid in the Amazon States Language', () => {
    // The validator writes into what it is given.
    const { isValid, errorsText } = validate(JSON.parse(text));
    expect(isValid ? '' : errorsText()).toBe('');
  });

  test('uses only what the runner knows', () => {
    expect(() => parseDefinition(text)).not.toThrow();
  });

  test('names no error that nothing throws', () => {
    const names = tasks(definition).flatMap(([, task]) =>
      [...task.Retry, ...task.Catch].flatMap(({ ErrorEquals }) => ErrorEquals),
    );
    expect(names.filter((error) => !theirs.includes(error) && !ours.includes(error))).toEqual([]);
  });

  test('has a function of its own for every task', () => {
    expect(tasks(definition)).toHaveLength(placeholders(text).length);
    const functions = texts(file).filter((each) => each.startsWith('${'));
    expect(functions).toEqual(placeholders(text).map((placeholder) => `\${${placeholder}}`));
  });

  test('never takes the cause of an error out of its data', () => {
    expect(texts(file).filter((each) => each.startsWith('$') && each.includes('Cause'))).toEqual([]);
  });

  test('limits the time of every task', () => {
    expect(tasks(definition).filter(([, task]) => task.TimeoutSeconds === undefined)).toEqual([]);
  });

  test('keeps its input: no state replaces it', () => {
    for (const [, task] of tasks(definition)) {
      for (const path of [task.ResultPath, ...task.Catch.map((catcher) => catcher.ResultPath)]) {
        expect(['publishId', 'appId', 'sequence', 'team', 'attempt', undefined]).not.toContain(
          path?.steps[0],
        );
      }
      expect(task.OutputPath?.text).toBe('$');
    }
  });
});

describe('the workflow publish', () => {
  const text = workflowText('publish');
  const file = JSON.parse(text) as {
    States: Record<string, { Parameters?: { Payload: Json }; ResultSelector?: object; Retry?: object[] }>;
  };
  const definition = parseDefinition(local(text));
  const stateOf = Object.fromEntries(
    tasks(definition).map(([state, task]) => [task.Parameters.FunctionName, state]),
  );

  test('has the states an admin knows', () => {
    expect(Object.keys(file.States)).toEqual([
      'Unpack',
      'Validate',
      'Scan',
      'Check policy',
      'Needs approval?',
      'Await approval',
      'Deploy release',
      'Ensure certificate',
      'Bind name',
      'Ensure DNS',
      'Go live',
      'Verify',
      'Register',
      'Revert',
      'Explain',
      'Is it a failure?',
      'Failed',
      'Ended',
    ]);
  });

  test('tells each step which publish it works for, and nothing more', () => {
    const ids = { 'publishId.$': '$.publishId', 'appId.$': '$.appId', 'sequence.$': '$.sequence' };
    const more: Record<string, object> = {
      'Await approval': { 'taskToken.$': '$$.Task.Token' },
      // Its attempt is in the name: a late twin of an earlier one ends nothing.
      Explain: { 'execution.$': '$', 'executionName.$': '$$.Execution.Name' },
    };
    for (const [state] of tasks(definition)) {
      expect(file.States[state]?.Parameters?.Payload).toEqual({ ...ids, ...more[state] });
    }
  });

  test('keeps of each answer the outcome, and of the last one its words', () => {
    for (const [state] of tasks(definition)) {
      const kept = Object.keys(file.States[state]?.ResultSelector ?? {});
      expect(kept).toEqual(state === 'Explain' ? EXPLAINED : ['outcome.$']);
    }
  });

  /** Runs a publish; `fails` names an error for a state's first attempt. */
  const publish = async (outcome: string, fails: Record<string, string> = {}, end = 'failed') => {
    const failing = new Map(Object.entries(fails));
    const attempts: string[] = [];
    const step = async (state: string, payload: Json): Promise<Json> => {
      attempts.push(state);
      const error = failing.get(state);
      failing.delete(state);
      if (error !== undefined) throw named(error);
      const outcomes: Record<string, string> = { 'Check policy': outcome, Explain: end };
      const output = { outcome: outcomes[state] ?? 'done', ...WORDS };
      if (waitsForToken(definition.states.get(state))) {
        await runner.complete((payload as { taskToken: string }).taskToken, { output });
      }
      return output;
    };
    const { runner, run } = harness({
      definition: local(text),
      handlers: Object.fromEntries(
        Object.entries(stateOf).map(([name, state]) => [name, (payload: Json) => step(state, payload)]),
      ),
    });
    const execution = await run({ publishId: 'p_1', appId: 'a_1', sequence: 1 });
    const { status, error, cause } = execution;
    return { status, error, cause, attempts, entered: statesEntered(execution) };
  };

  const asked = WAYS.publish.indexOf('Needs approval?') + 1;
  const [BEFORE, AFTER] = [WAYS.publish.slice(0, asked), WAYS.publish.slice(asked)];

  test('binds a name before DNS knows it, and flips before it verifies and registers', async () => {
    expect(await publish('passed')).toMatchObject({ status: 'SUCCEEDED', entered: WAYS.publish });
  });

  test('asks for approval where the policies want one, and then goes on the same way', async () => {
    expect((await publish('needs-approval')).entered).toEqual([...BEFORE, 'Await approval', ...AFTER]);
  });

  test('deploys nothing on a verdict it does not know', async () => {
    expect((await publish('unheard-of')).entered).toEqual([...BEFORE, ...FAILING]);
  });

  test('points nothing back when the flip was not its own', async () => {
    for (const error of ['Superseded', 'Parked', 'Cancelled']) {
      const { entered } = await publish('passed', { 'Go live': error });
      expect(entered.slice(-4)).toEqual(['Go live', ...FAILING]);
    }
    const { entered } = await publish('passed', { Verify: 'Superseded' });
    expect(entered.slice(-4)).toEqual(['Verify', ...FAILING]);
  });

  test('points back when the release does not work', async () => {
    const { entered } = await publish('passed', { Verify: 'SmokeTestFailed' });
    expect(entered.slice(-5)).toEqual(['Verify', 'Revert', ...FAILING]);
    const other = await publish('passed', { 'Go live': 'Other' });
    expect(other.entered.slice(-4)).toEqual(['Revert', ...FAILING]);
  });

  test('explains all the same when pointing back fails', async () => {
    const { entered } = await publish('passed', { Verify: 'SmokeTestFailed', Revert: 'Other' });
    expect(entered.slice(-4)).toEqual(['Revert', ...FAILING]);
  });

  test('fails with the error it met and the words of Explain when something broke, and only then', async () => {
    expect(await publish('passed', { Scan: 'Other' })).toMatchObject({
      status: 'FAILED',
      error: WORDS.error,
      cause: WORDS.summary,
    });
    const ended = await publish('passed', { Scan: 'Refused' }, 'ended');
    expect(ended).toMatchObject({ status: 'SUCCEEDED', error: undefined, cause: undefined });
    expect(ended.entered.slice(-4)).toEqual(['Scan', ...ENDING]);
  });

  const everywhere = [
    'Busy',
    'Conflict',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ];
  const besides: Record<string, string[]> = {
    Unpack: ['SourceUnavailable'],
    'Deploy release': ['ReleaseDeleting'],
    'Ensure certificate': ['CertificatePending'],
    'Ensure DNS': ['PreconditionFailed'],
    'Go live': ['PreconditionFailed'],
    Verify: ['NotConverged'],
    Revert: ['PreconditionFailed'],
  };
  const transient = tasks(definition).flatMap(([state]) => {
    // An approval that nobody gave in time is an answer; for all others taking too long is a passing trouble.
    const tooLong = state === 'Await approval' ? [] : ['States.Timeout'];
    return [...everywhere, ...tooLong, ...(besides[state] ?? [])].map((error) => ({ state, error }));
  });

  test.each(transient)('$state is tried again after $error', async ({ state, error }) => {
    const [outcome, fails]: [string, Record<string, string>] =
      state === 'Revert' ? ['passed', { Verify: 'SmokeTestFailed' }] : ['needs-approval', {}];
    const verdict = state === 'Explain' ? 'refused' : outcome;
    const undisturbed = await publish(verdict, fails);
    const disturbed = await publish(verdict, { ...fails, [state]: error });
    expect(disturbed.entered).toEqual(undisturbed.entered);
    expect(disturbed.attempts.filter((each) => each === state)).toHaveLength(2);
  });

  test('every error that calls itself retryable is retried somewhere', () => {
    const retryable = [
      errors.Busy,
      errors.PreconditionFailed,
      errors.CertificatePending,
      errors.NotConverged,
      errors.ReleaseDeleting,
      errors.SourceUnavailable,
    ].map((Kind) => new Kind('').name);
    const retried = tasks(definition).flatMap(([, task]) =>
      task.Retry.flatMap(({ ErrorEquals }) => ErrorEquals),
    );
    expect(retryable.filter((error) => !retried.includes(error))).toEqual([]);
  });

  test('a certificate may take days: 30 seconds, doubling to an hour, 80 times', () => {
    expect(file.States['Ensure certificate']?.Retry?.[0]).toEqual({
      ErrorEquals: ['CertificatePending'],
      IntervalSeconds: 30,
      BackoffRate: 2,
      MaxAttempts: 80,
      MaxDelaySeconds: 3600,
    });
  });

  test('what ends a publish is tried again whatever fails', () => {
    for (const state of ['Revert', 'Explain'])
      expect(file.States[state]?.Retry?.at(-1)).toMatchObject({ ErrorEquals: ['States.ALL'] });
  });

  test('what everybody retries at once is spread by jitter', () => {
    const spread = tasks(definition).flatMap(([, task]) =>
      task.Retry.filter(({ ErrorEquals }) => isRetried('Busy', ErrorEquals)),
    );
    expect(spread).toHaveLength(tasks(definition).length);
    expect(spread.filter(({ JitterStrategy }) => JitterStrategy !== 'FULL')).toEqual([]);
  });
});

/** Whether a retrier of these names takes this error. */
const isRetried = (error: string, names: readonly string[]): boolean =>
  names.includes(error) || names.includes('States.ALL');

const OTHERS = ['add-team', 'remove-team', 'remove-app'] as const;

describe.each(OTHERS)('the workflow %s', (name) => {
  const way = WAYS[name];
  const text = loadWorkflow(name, localFunctionNames(workflowText(name)));
  const definition = parseDefinition(text);
  const { States } = JSON.parse(text);
  const subject = name === 'remove-app' ? 'appId' : 'team';
  const input: Record<string, Json> = { [subject]: 'x', attempt: 3 };

  /** Runs it; `fails` names the state that fails for good, and how. */
  const run = async (fails: Record<string, string> = {}, end = 'failed') => {
    const handlers = Object.fromEntries(
      tasks(definition).map(([state, { Parameters }]) => [
        Parameters.FunctionName,
        async (): Promise<Json> => {
          if (fails[state] !== undefined) throw named(fails[state]);
          return { outcome: state === 'Explain' ? end : 'done', ...WORDS };
        },
      ]),
    );
    const { run: start, clock } = harness({ definition: text, handlers });
    const began = clock.now();
    const execution = await start(input);
    const { status, error, cause } = execution;
    return {
      ended: { status, error, cause },
      entered: statesEntered(execution),
      seconds: (clock.now() - began) / 1000,
    };
  };

  test('goes its way in this order, and no other', async () => {
    expect(await run()).toMatchObject({ ended: { status: 'SUCCEEDED' }, entered: way });
    expect(Object.keys(States)).toEqual([...way, ...FAILING, 'Ended']);
  });

  test.each(tasks(definition).flatMap(([state]) => (state === 'Explain' ? [] : [state])))(
    'explains where it stopped at %s, and goes no further',
    async (state) => {
      const until = way.slice(0, way.indexOf(state) + 1);
      const { ended, entered } = await run({ [state]: 'SomethingElse' });
      expect(entered).toEqual([...until, ...FAILING]);
      expect(ended).toEqual({ status: 'FAILED', error: WORDS.error, cause: WORDS.summary });
      const overtaken = await run({ [state]: 'Cancelled' }, 'ended');
      expect(overtaken).toMatchObject({ ended: { status: 'SUCCEEDED' }, entered: [...until, ...ENDING] });
    },
  );

  test('tells each step what it works for, and nothing more', () => {
    const ids = { [`${subject}.$`]: `$.${subject}`, 'attempt.$': '$.attempt' };
    for (const [state] of tasks(definition)) {
      const more = state === 'Explain' ? { 'execution.$': '$' } : {};
      expect(States[state].Parameters.Payload).toEqual({ ...ids, ...more });
      const kept = Object.keys(States[state].ResultSelector);
      expect(kept).toEqual(state === 'Explain' ? EXPLAINED : ['outcome.$']);
    }
  });

  test('every step is tried again after what passes by itself, with jitter', () => {
    for (const [, { Retry }] of tasks(definition)) {
      const everywhere = Retry.find(({ ErrorEquals }) => isRetried('Busy', ErrorEquals));
      expect(everywhere).toMatchObject({ JitterStrategy: 'FULL', MaxAttempts: 6 });
      const names = ['Conflict', 'States.Timeout'];
      expect(names.filter((error) => !isRetried(error, everywhere?.ErrorEquals ?? []))).toEqual([]);
    }
  });

  test('Explain is tried again whatever fails', () => {
    expect(States.Explain.Retry.map((retrier: { ErrorEquals: string[] }) => retrier.ErrorEquals)).toEqual([
      ['States.ALL'],
    ]);
  });

  test('waits until no cache knows any more what it took out of DNS', async () => {
    const waits = way.includes('Let caches forget');
    expect((await run()).seconds).toBe(waits ? 60 + RECORD_TTL_SECONDS : 0);
  });
});

test('a team’s certificate may take days, as an app’s', () => {
  const { States } = JSON.parse(workflowText('add-team'));
  expect(States['Wait for certificate'].Retry[0]).toEqual({
    ErrorEquals: ['CertificatePending'],
    IntervalSeconds: 30,
    BackoffRate: 2,
    MaxAttempts: 80,
    MaxDelaySeconds: 3600,
  });
});

test('what takes an app down waits for its publishes, and for the edge', () => {
  const { States } = JSON.parse(workflowText('remove-app'));
  const first = (state: string) => States[state].Retry[0].ErrorEquals;
  expect([first('Stop publishes'), first('Unbind name')]).toEqual([['PublishRunning'], ['NotConverged']]);
});

test('every placeholder of every file is a step of this edition, and every step is in a file', () => {
  const used = WORKFLOW_NAMES.flatMap((name) => Object.values(localFunctionNames(workflowText(name))));
  expect([...new Set(used)].toSorted()).toEqual(Object.keys(STEPS).toSorted());
});
