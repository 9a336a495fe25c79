import { describe, expect, test } from 'vitest';
import { DefinitionRefused, parseDefinition } from '../../local/runner/definition.ts';
import { harness, machine, task, tokenTask } from './runner-harness.ts';

const End = { Type: 'Succeed' };
const passing = (fields: object) => machine({ Shape: { Type: 'Pass', Next: 'End', ...fields }, End });
const working = (fields: object) => machine({ Work: task({ Next: 'End', ...fields }), End });
const choosing = (rule: object) =>
  machine({ Choose: { Type: 'Choice', Choices: [{ Next: 'End', ...rule }] }, End });
const payload = (Payload: object) => ({ Parameters: { FunctionName: 'work', Payload } });
const all = { ErrorEquals: ['States.ALL'] };
const x = { Variable: '$.x', StringEquals: 'a' };

describe('a definition is refused when it is loaded, with the place and the reason', () => {
  test.each<[string, string, RegExp]>([
    ['text that is no JSON', '{', /JSON/],
    [
      'an unknown field of the machine',
      JSON.stringify({ StartAt: 'End', States: { End }, TimeoutSeconds: 5 }),
      /"TimeoutSeconds"/,
    ],
    [
      'another query language',
      JSON.stringify({ StartAt: 'End', States: { End }, QueryLanguage: 'JSONata' }),
      /"QueryLanguage"/,
    ],
    ['an unknown type of state', machine({ Each: { Type: 'Map' } }), /States\.Each\.Type/],
    ['an unknown field of a state', passing({ Assign: {} }), /"Assign"[^]*States\.Shape/],
    ['heartbeats', working({ HeartbeatSeconds: 5 }), /"HeartbeatSeconds"/],
    ['another resource', working({ Resource: 'arn:aws:states:::sns:publish' }), /States\.Work\.Resource/],
    [
      'a function name from data',
      working({ Parameters: { 'FunctionName.$': '$.f', Payload: {} } }),
      /FunctionName/,
    ],
    ['an empty function name', working({ Parameters: { FunctionName: '', Payload: {} } }), /FunctionName/],
    ['a task without a payload', working({ Parameters: { FunctionName: 'work' } }), /Payload/],
    ['an unknown field of a retrier', working({ Retry: [{ ...all, Jitter: 'FULL' }] }), /"Jitter"/],
    ['an unknown jitter', working({ Retry: [{ ...all, JitterStrategy: 'HALF' }] }), /JitterStrategy/],
    ['a delay of nothing', working({ Retry: [{ ...all, IntervalSeconds: 0 }] }), /IntervalSeconds/],
    ['a backoff that shrinks', working({ Retry: [{ ...all, BackoffRate: 0.5 }] }), /BackoffRate/],
    ['a negative count', working({ Retry: [{ ...all, MaxAttempts: -1 }] }), /MaxAttempts/],
    ['a longest delay of nothing', working({ Retry: [{ ...all, MaxDelaySeconds: 0 }] }), /MaxDelaySeconds/],
    ['a retrier for nothing', working({ Retry: [{ ErrorEquals: [] }] }), /ErrorEquals/],
    ['a catcher for nothing', working({ Catch: [{ ErrorEquals: [''], Next: 'End' }] }), /ErrorEquals/],
    [
      'States.ALL among others',
      working({ Retry: [{ ErrorEquals: ['Busy', 'States.ALL'] }] }),
      /stands alone/,
    ],
    ['a retrier after States.ALL', working({ Retry: [all, { ErrorEquals: ['Busy'] }] }), /stands last/],
    [
      'a catcher after States.ALL',
      working({
        Catch: [
          { ...all, Next: 'End' },
          { ErrorEquals: ['Busy'], Next: 'End' },
        ],
      }),
      /stands last/,
    ],
    [
      'catching States.Runtime',
      working({ Catch: [{ ErrorEquals: ['States.Runtime'], Next: 'End' }] }),
      /States\.Runtime/,
    ],
    ['a timeout of nothing', working({ TimeoutSeconds: 0 }), /TimeoutSeconds/],
    ['a timeout longer than a timer can wait', working({ TimeoutSeconds: 2_147_484 }), /TimeoutSeconds/],
    ['a wait of nothing', machine({ Rest: { Type: 'Wait', Seconds: 0, End: true } }), /Seconds/],
    [
      'a wait until an instant',
      machine({ Rest: { Type: 'Wait', Timestamp: '2030-01-01T00:00:00Z', End: true } }),
      /Seconds/,
    ],
    ['a state that neither ends nor goes on', machine({ Shape: { Type: 'Pass' } }), /Next or End/],
    ['a state that ends and goes on', passing({ End: true }), /Next or End/],
    ['a task that neither ends nor goes on', working({ Next: undefined, End: undefined }), /Next or End/],
    [
      'a wait that ends and goes on',
      machine({ Rest: { Type: 'Wait', Seconds: 1, Next: 'End', End: true }, End }),
      /Next or End/,
    ],
    ['a failure without a name', machine({ Stop: { Type: 'Fail' } }), /Error/],
    [
      'a failure with two names',
      machine({ Stop: { Type: 'Fail', Error: 'Because', ErrorPath: '$.error' } }),
      /either Error or ErrorPath/,
    ],
    [
      'a failure with two causes',
      machine({ Stop: { Type: 'Fail', Error: 'Because', Cause: 'x', CausePath: '$.cause' } }),
      /not both/,
    ],
    [
      'a failure that names the context',
      machine({ Stop: { Type: 'Fail', ErrorPath: '$$.Execution.Name' } }),
      /not available here/,
    ],
    ['a state that is not there', machine({ Shape: { Type: 'Pass', Next: 'Gone' } }), /"Gone" is no state/],
    ['a catcher into nowhere', working({ Catch: [{ ...all, Next: 'Gone' }] }), /"Gone" is no state/],
    ['a rule into nowhere', choosing({ ...x, Next: 'Gone' }), /"Gone" is no state/],
    [
      'a default into nowhere',
      machine({ Choose: { Type: 'Choice', Choices: [{ ...x, Next: 'End' }], Default: 'Gone' }, End }),
      /"Gone" is no state/,
    ],
    [
      'a beginning that is not there',
      JSON.stringify({ StartAt: 'Gone', States: { End } }),
      /"Gone" is no state/,
    ],
    ['a state nobody reaches', machine({ End, Other: End }), /"Other" is never reached/],
    ['a loop', machine({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } }), /"A" leads back/],
    [
      'a choice without rules',
      machine({ Choose: { Type: 'Choice', Choices: [], Default: 'End' }, End }),
      /Choices/,
    ],
    ['an unknown comparison', choosing({ Variable: '$.x', StringMatches: 'a*' }), /"StringMatches"/],
    ['two comparisons in one', choosing({ ...x, IsPresent: true }), /one comparison/],
    ['no comparison', choosing({ Variable: '$.x' }), /one comparison/],
    ['a comparison of nothing', choosing({ StringEquals: 'a' }), /one comparison/],
    ['a connective with a variable', choosing({ Variable: '$.x', Not: x }), /one comparison/],
    ['a connective and a comparison', choosing({ ...x, Not: x }), /one comparison/],
    ['a bad condition inside another', choosing({ Or: [x, { Not: { Variable: '$.x' } }] }), /one comparison/],
    ['an empty And', choosing({ And: [] }), /And/],
    ['an empty Or', choosing({ Or: [] }), /Or/],
    ['a Next inside a condition', choosing({ Not: { ...x, Next: 'End' } }), /"Next"/],
    ['a rule that leads nowhere', choosing({ ...x, Next: undefined }), /Next/],
    ['a filter', passing({ InputPath: '$.a[?(@.b)]' }), /not a path/],
    ['a wildcard', passing({ OutputPath: '$.a[*]' }), /not a path/],
    ['a slice', passing({ InputPath: '$.a[0:2]' }), /not a path/],
    ['a place from behind', passing({ InputPath: '$.a[-1]' }), /not a path/],
    ['a search', passing({ InputPath: '$..a' }), /not a path/],
    ['a path without its root', passing({ InputPath: 'a.b' }), /not a path/],
    ['something after a path', passing({ InputPath: '$.a b' }), /not a path/],
    ['an intrinsic function', passing({ Parameters: { 'a.$': 'States.UUID()' } }), /not a path/],
    ['a number for a path', passing({ Parameters: { 'a.$': 5 } }), /not a path/],
    [
      'a bad path deep in a template',
      passing({ Parameters: { a: [{ b: { 'c.$': '$.*' } }] } }),
      /not a path/,
    ],
    ['a result at a place in a list', passing({ ResultPath: '$.a[0]' }), /names fields/],
    [
      'an error at a place in a list',
      working({ Catch: [{ ...all, ResultPath: '$.a[0]', Next: 'End' }] }),
      /names fields/,
    ],
    ['the context as an input', passing({ InputPath: '$$.Execution.Name' }), /not available/],
    ['the context in a Pass', passing({ Parameters: { 'a.$': '$$.Execution.Name' } }), /not available/],
    ['the context in a result', working({ ResultSelector: { 'a.$': '$$.Task.Token' } }), /not available/],
    ['the context as a variable', choosing({ ...x, Variable: '$$.Execution.Name' }), /not available/],
    [
      'what the context does not have',
      working(payload({ a: [{ 'b.$': '$$.State.Name' }] })),
      /not available/,
    ],
    [
      'a token for a task that does not wait',
      working(payload({ 'a.$': '$$.Task.Token' })),
      /waits for its token/,
    ],
    ['a task that waits and gives no token', machine({ Ask: tokenTask(payload({})) }), /waits for its token/],
  ])('%s', (_title, text, reason) => {
    expect(() => parseDefinition(text)).toThrow(DefinitionRefused);
    expect(() => parseDefinition(text)).toThrow(reason);
  });

  test('a function without a handler', () => {
    const definition = machine({ Work: task({}, 'forgotten') });
    expect(() => harness({ definition })).toThrow(DefinitionRefused);
    expect(() => harness({ definition })).toThrow(/publish calls forgotten, which has no handler/);
    expect(() => harness({ definition: machine({ Work: task({}, 'toString') }) })).toThrow(DefinitionRefused);
  });
});

test('comments may stand everywhere', () => {
  const Comment = 'why';
  const text = JSON.stringify({
    Comment,
    StartAt: 'Choose',
    States: {
      Choose: { Type: 'Choice', Comment, Choices: [{ Comment, ...x, Next: 'Work' }], Default: 'Rest' },
      Work: task({
        Comment,
        Retry: [{ Comment, ErrorEquals: ['A'] }],
        Catch: [{ Comment, ...all, Next: 'Shape' }],
      }),
      Shape: { Type: 'Pass', Comment, Next: 'Stop' },
      Stop: { Type: 'Fail', Comment, Error: 'Because' },
      Rest: { Type: 'Wait', Comment, Seconds: 99_999_999, Next: 'End' },
      End: { Type: 'Succeed', Comment },
    },
  });
  expect([...parseDefinition(text).states.keys()]).toHaveLength(6);
});

test('two ways may meet in one state', () => {
  const text = machine({ Work: task({ Next: 'End', Catch: [{ ...all, Next: 'End' }] }), End });
  expect(parseDefinition(text).states.size).toBe(2);
});
