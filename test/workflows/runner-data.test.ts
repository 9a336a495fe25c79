import { expect, test } from 'vitest';
import type { Json } from '../../shared/records/record-store.ts';
import { eventsOf, harness, machine, statesEntered, task, typesOf } from './runner-harness.ts';

test('a name that every object inherits is not found in data', async () => {
  const { run } = harness({
    definition: machine({ Shape: { Type: 'Pass', InputPath: '$.constructor', End: true } }),
  });
  expect(await run({})).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

test.each(['$.list.length', "$.list['0']", '$.object[0]', '$.text.length', '$.text[0]'])(
  'a list has no fields, an object no places, a text neither: %s',
  async (InputPath) => {
    const { run } = harness({ definition: machine({ Shape: { Type: 'Pass', InputPath, End: true } }) });
    expect(await run({ list: [1], object: { 0: 1 }, text: 'a' })).toMatchObject({ error: 'States.Runtime' });
  },
);

test.each([0, false, '', null])('the result of a Pass may be %j', async (Result) => {
  const { run } = harness({ definition: machine({ Shape: { Type: 'Pass', Result, End: true } }) });
  expect((await run({ a: 1 })).output).toBe(Result);
});

test('a rule may ask that something is not there', async () => {
  const { run } = harness({
    definition: machine({
      Choose: {
        Type: 'Choice',
        Choices: [{ Variable: '$.x', IsPresent: false, Next: 'Yes' }],
        Default: 'No',
      },
      Yes: { Type: 'Succeed' },
      No: { Type: 'Succeed' },
    }),
  });
  expect(statesEntered(await run({}))).toEqual(['Choose', 'Yes']);
});

test('a field called __proto__ is a field like another', async () => {
  const input = JSON.parse('{"__proto__": {"a": 1}}');
  const { run } = harness({
    definition: machine({ Shape: { Type: 'Pass', Result: 2, ResultPath: '$.__proto__.b', End: true } }),
  });
  const { output } = await run(input);
  expect(JSON.stringify(output)).toBe('{"__proto__":{"a":1,"b":2}}');
  expect(Object.getPrototypeOf({})).not.toHaveProperty('b');
});

test('a result does not lead through a list', async () => {
  const { run } = harness({
    definition: machine({ Shape: { Type: 'Pass', Result: 2, ResultPath: '$.list.b', End: true } }),
  });
  expect(await run({ list: [] })).toMatchObject({ error: 'States.ResultPathMatchFailure' });
});

test('a task may tell its handler which execution it works for', async () => {
  const calls: unknown[] = [];
  const Payload = { 'name.$': '$$.Execution.Name' };
  const { run } = harness({
    definition: machine({ Work: task({ Parameters: { FunctionName: 'work', Payload } }) }),
    work: async (payload) => calls.push(payload),
  });
  await run({}, 'p_1-2');
  expect(calls).toEqual([{ name: 'p_1-2' }]);
});

test('a wait lasts its seconds of business time', async () => {
  const { runner, clock, start, describe } = harness({
    definition: machine({ Rest: { Type: 'Wait', Seconds: 30, End: true } }),
  });
  const startedAt = clock.now();
  await start({ a: 1 });
  expect(runner.nextDueAt()).toBe(startedAt + 30_000);
  clock.advance(29_999);
  runner.wake();
  expect((await describe()).status).toBe('RUNNING');
  clock.advance(1);
  runner.wake();
  const execution = await describe();
  expect(execution).toMatchObject({ status: 'SUCCEEDED', startedAt, endedAt: startedAt + 30_000 });
  expect(eventsOf(execution, 'StateExited')).toMatchObject([
    { at: startedAt + 30_000, detail: { output: { a: 1 } } },
  ]);
});

test.each([
  [{ Cause: 'of that' }, 'of that'],
  [{}, ''],
])('a Fail ends the execution with its error, and its cause or an empty one', async (fields, cause) => {
  const { run } = harness({ definition: machine({ Stop: { Type: 'Fail', Error: 'Because', ...fields } }) });
  expect(await run()).toMatchObject({ status: 'FAILED', error: 'Because', cause });
});

test.each<[string, object, object]>([
  [
    'takes its words from its input',
    { why: { error: 'Busy', cause: 'no room' } },
    { error: 'Busy', cause: 'no room' },
  ],
  ['has an error that is no text', { why: { error: 1, cause: 'no room' } }, { error: 'States.Runtime' }],
  ['lacks its cause', { why: { error: 'Busy' } }, { error: 'States.Runtime' }],
  [
    'has a very long cause',
    { why: { error: 'Busy', cause: 'x'.repeat(40_000) } },
    { cause: 'x'.repeat(32_768) },
  ],
])('a Fail that %s ends the execution so', async (_, input, expected) => {
  const stop = { Type: 'Fail', ErrorPath: '$.why.error', CausePath: '$.why.cause' };
  const { run } = harness({ definition: machine({ Stop: stop }) });
  const execution = await run(input as Json);
  expect(execution).toMatchObject({ status: 'FAILED', ...expected });
  expect(typesOf(execution)).toEqual(['ExecutionStarted', 'StateEntered', 'ExecutionFailed']);
});
