import * as z from 'zod';
import type { Json } from '../../shared/records/record-store.ts';
import { compileTemplate, parsePath, pathsOf, type ReferencePath, type Template } from './json-path.ts';

// The Amazon States Language as far as our files use it. The list is closed: what is not here is refused when a
// definition is loaded, so that nothing is ever ignored silently.

const INVOKE = 'arn:aws:states:::lambda:invoke';
export const INVOKE_WITH_TOKEN = 'arn:aws:states:::lambda:invoke.waitForTaskToken';

/** What `$$` may name, and only in the Payload of a Task. */
const CONTEXT = ['$$.Execution.Name', '$$.Task.Token'];

/** Step Functions' longest. */
const MAX_SECONDS = 99_999_999;
/** The longest that `setTimeout` waits; asked for more, it fires at once. */
const MAX_TIMEOUT_SECONDS = 2_147_483;

/** Turns the SyntaxError of `parse` into a problem of the file. */
const parsed = <In extends Json, Out>(schema: z.ZodType<In>, parse: (source: In) => Out) =>
  schema.transform((source, issues): Out => {
    try {
      return parse(source);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      issues.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });

const refuseContext = (paths: ReferencePath[], allowed: string[]) => {
  const stray = paths.find(({ root, text }) => root === '$$' && !allowed.includes(text));
  if (stray) throw new SyntaxError(`"${stray.text}" is not available here`);
};
const template = (allowed: string[]) =>
  parsed(z.record(z.string(), z.json()), (source): Template => {
    const compiled = compileTemplate(source);
    refuseContext(pathsOf(compiled), allowed);
    return compiled;
  });
const Path = parsed(z.string(), (text) => {
  const path = parsePath(text);
  refuseContext([path], []);
  return path;
});
const ResultPath = Path.refine((path) => !path.steps.some(Number.isInteger), 'a ResultPath names fields only')
  .nullable()
  .prefault('$');

const Seconds = z.int().min(1).max(MAX_SECONDS);
const Comment = z.string().optional();
const ErrorEquals = z
  .array(z.string().min(1))
  .min(1)
  .refine((names) => !names.includes('States.Runtime'), 'States.Runtime always ends an execution')
  .refine((names) => names.length === 1 || !names.includes('States.ALL'), 'States.ALL stands alone');
const allStandsLast = (handlers: { ErrorEquals: string[] }[]) =>
  !handlers.slice(0, -1).some((handler) => handler.ErrorEquals.includes('States.ALL'));

const Retrier = z.strictObject({
  Comment,
  ErrorEquals,
  IntervalSeconds: Seconds.default(1),
  BackoffRate: z.number().min(1).default(2),
  MaxAttempts: z.int().min(0).max(MAX_SECONDS).default(3),
  MaxDelaySeconds: Seconds.default(MAX_SECONDS),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
});
export type Retrier = z.infer<typeof Retrier>;
const Catcher = z.strictObject({ Comment, ErrorEquals, Next: z.string(), ResultPath });

const data = { Comment, InputPath: Path.nullable().prefault('$'), OutputPath: Path.nullable().prefault('$') };
const onward = { Next: z.string().optional(), End: z.literal(true).optional() };
const goesOn = (state: { Next?: string | undefined; End?: true | undefined }) => !state.Next === !!state.End;
const GOES_ON = 'a state has either Next or End';

const Task = z
  .strictObject({
    Type: z.literal('Task'),
    ...data,
    ...onward,
    Resource: z.enum([INVOKE, INVOKE_WITH_TOKEN]),
    Parameters: z.strictObject({ FunctionName: z.string().min(1), Payload: template(CONTEXT) }),
    ResultSelector: template([]).optional(),
    ResultPath,
    TimeoutSeconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS).optional(),
    Retry: z.array(Retrier).refine(allStandsLast, 'States.ALL stands last').default([]),
    Catch: z.array(Catcher).refine(allStandsLast, 'States.ALL stands last').default([]),
  })
  .refine(goesOn, GOES_ON)
  .refine(
    ({ Parameters, Resource }) =>
      pathsOf(Parameters.Payload).some((path) => path.text === '$$.Task.Token') ===
      (Resource === INVOKE_WITH_TOKEN),
    'a task that waits for its token, and only that, has $$.Task.Token in its Payload',
  );
export type Task = z.infer<typeof Task>;

const Pass = z
  .strictObject({
    Type: z.literal('Pass'),
    ...data,
    ...onward,
    Parameters: template([]).optional(),
    Result: z.json().optional(),
    ResultPath,
  })
  .refine(goesOn, GOES_ON);
export type Pass = z.infer<typeof Pass>;

const Wait = z.strictObject({ Type: z.literal('Wait'), ...data, ...onward, Seconds }).refine(goesOn, GOES_ON);

const Condition = z.strictObject({
  Comment,
  Variable: Path.optional(),
  StringEquals: z.string().optional(),
  NumericEquals: z.number().optional(),
  BooleanEquals: z.boolean().optional(),
  IsPresent: z.boolean().optional(),
  get And() {
    return z.array(Condition).min(1).optional();
  },
  get Or() {
    return z.array(Condition).min(1).optional();
  },
  get Not() {
    return Condition.optional();
  },
});
export type Condition = z.infer<typeof Condition>;

const wellFormed = (condition: Condition): boolean => {
  const { Variable, StringEquals, NumericEquals, BooleanEquals, IsPresent, And, Or, Not } = condition;
  const comparisons = [StringEquals, NumericEquals, BooleanEquals, IsPresent].filter(
    (each) => each !== undefined,
  );
  const inner = [And, Or, Not].filter((each) => each !== undefined);
  const hasVariable = Variable !== undefined;
  return (
    comparisons.length + inner.length === 1 &&
    hasVariable === (comparisons.length === 1) &&
    inner.flat().every(wellFormed)
  );
};

const Choice = z
  .strictObject({
    Type: z.literal('Choice'),
    ...data,
    Choices: z.array(Condition.extend({ Next: z.string() })).min(1),
    Default: z.string().optional(),
  })
  .refine(
    ({ Choices }) => Choices.every(wellFormed),
    'a condition has a Variable with one comparison, or one of And, Or and Not',
  );
export type Choice = z.infer<typeof Choice>;

const Succeed = z.strictObject({ Type: z.literal('Succeed'), ...data });
const Fail = z
  .strictObject({
    Type: z.literal('Fail'),
    Comment,
    Error: z.string().optional(),
    ErrorPath: Path.optional(),
    Cause: z.string().optional(),
    CausePath: Path.optional(),
  })
  .refine(
    ({ Error: error, ErrorPath }) => (error === undefined) !== (ErrorPath === undefined),
    'a Fail has either Error or ErrorPath',
  )
  .refine(
    ({ Cause, CausePath }) => Cause === undefined || CausePath === undefined,
    'a Fail has Cause or CausePath, not both',
  );
export type Fail = z.infer<typeof Fail>;

const State = z.discriminatedUnion('Type', [Task, Pass, Wait, Choice, Succeed, Fail]);
export type State = z.infer<typeof State>;
const Machine = z.strictObject({ Comment, StartAt: z.string(), States: z.record(z.string(), State) });
const MachineText = parsed(z.string(), (text): unknown => JSON.parse(text)).pipe(Machine);

export interface Definition {
  startAt: string;
  states: ReadonlyMap<string, State>;
}

/** A definition uses what the runner does not know, or contradicts itself: a defect of the file. */
export class DefinitionRefused extends Error {
  override readonly name = 'DefinitionRefused';
}

/** @throws DefinitionRefused saying where and why. */
export function parseDefinition(text: string): Definition {
  const machine = MachineText.safeParse(text);
  if (!machine.success) throw new DefinitionRefused(z.prettifyError(machine.error));
  const { StartAt: startAt, States } = machine.data;
  const definition = { startAt, states: new Map(Object.entries(States)) };
  const problems = problemsOfShape(definition);
  if (problems.length > 0) throw new DefinitionRefused(problems.join('\n'));
  return definition;
}

/**
 * Every transition leads to a state, every state is reached, and no way leads back: waiting again is what Retry is for,
 * and a loop would run into Step Functions' 25,000 events.
 */
function problemsOfShape({ startAt, states }: Definition): string[] {
  const problems: string[] = [];
  const reached = new Set<string>();
  const visit = (name: string, trail: string[]): void => {
    const state = states.get(name);
    if (!state) problems.push(`"${name}" is no state`);
    else if (trail.includes(name)) problems.push(`"${name}" leads back to itself`);
    else if (!reached.has(name)) {
      reached.add(name);
      for (const next of successors(state)) visit(next, [...trail, name]);
    }
  };
  visit(startAt, []);
  for (const name of states.keys()) if (!reached.has(name)) problems.push(`"${name}" is never reached`);
  return problems;
}

/** The states that may come right after this one. */
function successors(state: State): string[] {
  const next = [
    'Next' in state ? state.Next : undefined,
    ...('Catch' in state ? state.Catch.map((catcher) => catcher.Next) : []),
    ...('Choices' in state ? [...state.Choices.map((rule) => rule.Next), state.Default] : []),
  ];
  return next.filter((name) => name !== undefined);
}
