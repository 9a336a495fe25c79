import { describe, expect, test } from 'vitest';
import { parseDefinition } from '../../local/runner/definition.ts';
import type { Json, JsonObject } from '../../shared/records/record-store.ts';
import type { Execution } from '../../shared/workflow/engine.ts';
import { loadWorkflow, localFunctionNames, WORKFLOW_NAMES, workflowText } from '../../workflows/index.ts';
import { type Observed, observe } from './oracle.ts';
import { answers, eventsOf, harness, machine, named, task } from './runner-harness.ts';
import {
  everyExhaustion,
  everyGap,
  everyPath,
  everyRetry,
  type Reaction,
  type Scenario,
  waitsForToken,
} from './scenarios.ts';

/** The answer of a step, or its error. A step that its scenario does not expect fails the comparison. */
function react(reaction: Reaction | undefined): Json {
  if (!reaction) throw named('Unexpected');
  if ('error' in reaction) throw named(reaction.error);
  return 'outcome' in reaction
    ? { outcome: reaction.outcome, status: 'ended', error: 'Busy', summary: 'in words' }
    : {};
}

/** Deals out the reactions of a scenario, and keeps what each state was sent. */
function steps({ reactions }: Scenario) {
  const left = new Map([...reactions].map(([state, list]) => [state, [...list]]));
  const sent: { state: string; payload: Json }[] = [];
  const step = (state: string, payload: Json): Json => {
    sent.push({ state, payload });
    return react(left.get(state)?.shift());
  };
  return { step, sent };
}

/** The error, and the cause where a Fail state has said it: as the oracle shows them. */
function failureOf(execution: Execution): { error: string; cause?: string } {
  const { error = '', cause = '', history } = execution;
  const saidSo = history.at(-2)?.type === 'StateEntered' && !error.startsWith('States.');
  return saidSo ? { error, cause } : { error };
}

const INPUT = { publishId: 'p_1', appId: 'a_1', sequence: 7, team: 'finance', attempt: 2 };

describe.each(WORKFLOW_NAMES)('the workflow %s, beside an independent interpreter', (workflow) => {
  const text = loadWorkflow(workflow, localFunctionNames(workflowText(workflow)));
  const definition = parseDefinition(text);
  const stateOf = new Map(
    [...definition.states].flatMap(([name, state]) =>
      state.Type === 'Task' ? [[state.Parameters.FunctionName, name] as const] : [],
    ),
  );

  /** What the oracle makes of a scenario; see `observe` for tokens. */
  async function expected(scenario: Scenario, name: string) {
    const { step, sent } = steps(scenario);
    const observed = await observe(
      text,
      INPUT,
      async (state, { Payload }) => {
        const masked = { ...(Payload as JsonObject) };
        if (waitsForToken(definition.states.get(state))) masked.taskToken = 'a token';
        const answer = step(state, masked);
        return waitsForToken(definition.states.get(state)) ? answer : { Payload: answer, StatusCode: 200 };
      },
      name,
    );
    return { ...observed, sent };
  }

  /** The runner under the same scenarios, one execution each. What comes for a token comes while its handler runs. */
  function actual() {
    let current = steps({ title: '', reactions: new Map() });
    const answer = async (name: string, payload: Json): Promise<Json> => {
      const state = stateOf.get(name) ?? '';
      if (!waitsForToken(definition.states.get(state))) return current.step(state, payload);
      const { taskToken } = payload as { taskToken: string };
      try {
        const output = current.step(state, { ...(payload as JsonObject), taskToken: 'a token' });
        await runner.complete(taskToken, { output });
      } catch (error) {
        const { name: thrown, message } = error as Error;
        await runner.complete(taskToken, { error: thrown, cause: message });
      }
      return 'ignored';
    };
    const handlers = Object.fromEntries(
      [...stateOf.keys()].map((name) => [name, (payload: Json) => answer(name, payload)]),
    );
    const { runner, run } = harness({ definition: text, handlers });
    return async (scenario: Scenario, name: string) => {
      current = steps(scenario);
      const execution = await run(INPUT, name);
      const observed: Observed = {
        entered: eventsOf(execution, 'StateEntered').map(({ state, detail }) => ({
          state: state ?? '',
          input: (detail as { input: Json }).input,
        })),
        ...(execution.status === 'SUCCEEDED' ? { output: execution.output ?? null } : failureOf(execution)),
      };
      return { ...observed, sent: current.sent };
    };
  }

  const both = async (scenarios: Scenario[]) => {
    const run = actual();
    const runner = [];
    const oracle = [];
    for (const [index, scenario] of scenarios.entries()) {
      const name = `s-${index}`;
      runner.push({ title: scenario.title, ...(await run(scenario, name)) });
      oracle.push({ title: scenario.title, ...(await expected(scenario, name)) });
    }
    return { runner, oracle };
  };

  test('goes the same way on every path', async () => {
    const paths = everyPath(definition);
    const passed = new Set(paths.flatMap(({ reactions }) => [...reactions.keys()]));
    expect([...passed].toSorted()).toEqual([...stateOf.values()].toSorted());
    const { runner, oracle } = await both(paths);
    expect(runner).toEqual(oracle);
  });

  test('goes the same way after every retry', async () => {
    const { runner, oracle } = await both(everyRetry(definition));
    expect(runner).toEqual(oracle);
  });

  test('gives up retrying at the same attempt', async () => {
    const { runner, oracle } = await both(everyExhaustion(definition));
    expect(runner).toEqual(oracle);
  });

  test('fails alike when an answer lacks what the workflow takes from it', async () => {
    const { runner, oracle } = await both(everyGap(definition));
    expect(runner).toEqual(oracle);
  });
});

/** Ends the execution with its input as its output. */
const End = { Type: 'Succeed' };
const passing = (fields: object) => machine({ Shape: { Type: 'Pass', Next: 'End', ...fields }, End });
const choosing = (rule: object) =>
  machine({
    Choose: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
    Yes: End,
    No: End,
  });
const working = (fields: object) => machine({ Work: task({ Next: 'End', ...fields }), End });
const x = { Variable: '$.x' };

describe('data on its way, beside an independent interpreter', () => {
  test.each<[string, string, Json]>([
    ['a Pass hands on its input', passing({}), { a: 1 }],
    ['a Pass puts a result', passing({ Result: { b: 2 }, ResultPath: '$.a.c' }), { a: { d: 1 } }],
    ['a Pass replaces its input by a result', passing({ Result: [1] }), { a: 1 }],
    ['a Pass drops its result', passing({ Result: [1], ResultPath: null }), { a: 1 }],
    [
      'an input path narrows, the result goes to the whole',
      passing({ InputPath: '$.a', ResultPath: '$.b' }),
      { a: { c: 1 } },
    ],
    ['no input path is an empty object', passing({ InputPath: null }), { a: 1 }],
    ['an output path narrows', passing({ OutputPath: '$.a' }), { a: { c: 1 } }],
    ['no output path is an empty object', passing({ OutputPath: null }), { a: 1 }],
    ['a missing input', passing({ InputPath: '$.b' }), { a: 1 }],
    ['a missing output', passing({ OutputPath: '$.b' }), { a: 1 }],
    ['a result that replaces what is there', passing({ Result: 2, ResultPath: '$.a' }), { a: { c: 1 } }],
    ['a result beside what is no object', passing({ Result: 2, ResultPath: '$.a' }), 'text'],
    ['names in brackets', passing({ InputPath: "$['a b'].c" }), { 'a b': { c: 1 } }],
    ['places in lists', passing({ InputPath: '$.a[1][0]' }), { a: [0, [5]] }],
    ['a place beyond a list', passing({ InputPath: '$.a[2]' }), { a: [0, 1] }],
    [
      'a template with lists, objects and paths',
      passing({ Parameters: { 'a.$': '$.x', b: [1, { 'c.$': '$.x[0]' }], d: { 'e.$': '$', f: null } } }),
      { x: [true] },
    ],
    ['a template whose path leads nowhere', passing({ Parameters: { 'a.$': '$.y' } }), { x: 1 }],
    [
      'a result selector',
      working({ ResultSelector: { 'a.$': '$.Payload', b: 1 }, ResultPath: '$.r' }),
      { x: 1 },
    ],
    ['a result selector that finds nothing', working({ ResultSelector: { 'a.$': '$.Nothing' } }), { x: 1 }],
    ['a result that is dropped', working({ ResultPath: null }), { x: 1 }],
    ['a task with an output path', working({ ResultPath: '$.r', OutputPath: '$.r.Payload' }), { x: 1 }],
    ['a task with an input path', working({ InputPath: '$.x' }), { x: 1 }],
    ['a task whose input is missing', working({ InputPath: '$.y' }), { x: 1 }],
    ['a string that is equal', choosing({ ...x, StringEquals: 'a' }), { x: 'a' }],
    ['a string that is not', choosing({ ...x, StringEquals: 'a' }), { x: 'b' }],
    ['a string that is a number', choosing({ ...x, StringEquals: '1' }), { x: 1 }],
    ['an empty string', choosing({ ...x, StringEquals: '' }), { x: '' }],
    ['a number that is equal', choosing({ ...x, NumericEquals: 0 }), { x: 0 }],
    ['a number that is not', choosing({ ...x, NumericEquals: 1 }), { x: 2 }],
    ['true that is equal', choosing({ ...x, BooleanEquals: true }), { x: true }],
    ['false that is equal', choosing({ ...x, BooleanEquals: false }), { x: false }],
    ['false that is not', choosing({ ...x, BooleanEquals: false }), { x: true }],
    ['what is compared and missing', choosing({ ...x, StringEquals: 'a' }), {}],
    ['what is present', choosing({ ...x, IsPresent: true }), { x: null }],
    ['what is not present', choosing({ ...x, IsPresent: true }), {}],
    ['what must not be present and is', choosing({ ...x, IsPresent: false }), { x: 1 }],
    [
      'both',
      choosing({
        And: [
          { ...x, IsPresent: true },
          { ...x, StringEquals: 'a' },
        ],
      }),
      { x: 'a' },
    ],
    [
      'not both',
      choosing({
        And: [
          { ...x, StringEquals: 'a' },
          { ...x, StringEquals: 'b' },
        ],
      }),
      { x: 'a' },
    ],
    [
      'the first decides',
      choosing({
        And: [
          { ...x, IsPresent: true },
          { ...x, StringEquals: 'a' },
        ],
      }),
      {},
    ],
    [
      'one of two',
      choosing({
        Or: [
          { ...x, StringEquals: 'a' },
          { ...x, StringEquals: 'b' },
        ],
      }),
      { x: 'b' },
    ],
    [
      'none of two',
      choosing({
        Or: [
          { ...x, StringEquals: 'a' },
          { ...x, StringEquals: 'b' },
        ],
      }),
      { x: 'c' },
    ],
    ['the opposite', choosing({ Not: { ...x, StringEquals: 'a' } }), { x: 'b' }],
    ['the opposite of what holds', choosing({ Not: { ...x, StringEquals: 'a' } }), { x: 'a' }],
    [
      'a choice between narrowed inputs',
      machine({
        Choose: {
          Type: 'Choice',
          InputPath: '$.a',
          OutputPath: '$.b',
          Choices: [{ ...x, IsPresent: true, Next: 'Yes' }],
        },
        Yes: End,
      }),
      { a: { x: 1, b: 'kept' }, b: 'not this' },
    ],
    [
      'a choice that has no default',
      machine({ Choose: { Type: 'Choice', Choices: [{ ...x, StringEquals: 'a', Next: 'Yes' }] }, Yes: End }),
      { x: 'b' },
    ],
    [
      'the first rule that holds',
      machine({
        Choose: {
          Type: 'Choice',
          Choices: [
            { ...x, StringEquals: 'b', Next: 'One' },
            { ...x, StringEquals: 'a', Next: 'Two' },
            { ...x, IsPresent: true, Next: 'Three' },
          ],
        },
        One: End,
        Two: End,
        Three: End,
      }),
      { x: 'a' },
    ],
    [
      'a wait',
      machine({ Rest: { Type: 'Wait', Seconds: 5, Next: 'End', OutputPath: '$.a' }, End }),
      { a: 1 },
    ],
    [
      'a Succeed that narrows',
      machine({ End: { ...End, InputPath: '$.a', OutputPath: '$.b' } }),
      { a: { b: 1 } },
    ],
    ['a Fail', machine({ Stop: { Type: 'Fail', Error: 'Because', Cause: 'of that' } }), {}],
    [
      'a Fail whose words are in its input',
      machine({ Stop: { Type: 'Fail', ErrorPath: '$.why.error', CausePath: '$.why.cause' } }),
      { why: { error: 'Because', cause: 'of that' } },
    ],
    ['a Fail whose input lacks its words', machine({ Stop: { Type: 'Fail', ErrorPath: '$.error' } }), {}],
  ])('%s', async (_title, definition, input) => {
    const result = { ExecutedVersion: '$LATEST', Payload: { ok: true }, StatusCode: 200 };
    const sent: Json[] = [];
    const expected = await observe(definition, input, async (_state, { Payload }) => {
      sent.push(Payload as Json);
      return result;
    });
    const work = answers({ ok: true });
    const { run } = harness({ definition, work });
    const execution = await run(input);
    expect({
      entered: eventsOf(execution, 'StateEntered').map(({ state, detail }) => ({
        state,
        ...(detail as object),
      })),
      ...(execution.status === 'SUCCEEDED' ? { output: execution.output } : failureOf(execution)),
    }).toEqual(expected);
    expect(work.calls).toEqual(sent);
  });
});
