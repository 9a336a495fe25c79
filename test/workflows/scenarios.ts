import { type Definition, INVOKE_WITH_TOKEN, type State, type Task } from '../../local/runner/definition.ts';

/** What one attempt of a task comes to. */
export type Reaction = { outcome: string } | { error: string } | { nothing: true };

/** What the tasks of an execution do: the reactions of each, in the order of its attempts. */
export interface Scenario {
  title: string;
  reactions: Map<string, Reaction[]>;
}

/** No workflow names this error, so only States.ALL catches it. */
const UNNAMED = 'SomethingElse';

const tasksOf = ({ states }: Definition) =>
  [...states].filter((entry): entry is [string, Task] => entry[1].Type === 'Task');

export const waitsForToken = (state: State | undefined) =>
  state?.Type === 'Task' && state.Resource === INVOKE_WITH_TOKEN;

/** The outcomes of a task that some Choice tells apart, and one that none knows. */
function outcomes({ states }: Definition, task: Task): string[] {
  const place = task.ResultPath?.text;
  const known = [...states.values()]
    .flatMap((state) => (state.Type === 'Choice' ? state.Choices : []))
    .filter((rule) => rule.Variable?.text === `${place}.outcome`)
    .flatMap((rule) => rule.StringEquals ?? []);
  return known.length > 0 ? [...known, 'unheard-of'] : ['done'];
}

/** Every way through a workflow without retries: each task with each outcome, each error caught, and one uncaught. */
export function everyPath(definition: Definition): Scenario[] {
  const walk = (name: string | undefined, so: [string, Reaction][]): Scenario[] => {
    const state = name === undefined ? undefined : definition.states.get(name);
    if (name === undefined || !state) return [scenario(so)];
    if (state.Type === 'Choice') {
      const last = so.flatMap(([, reaction]) => ('outcome' in reaction ? reaction.outcome : []));
      const rule = state.Choices.find(
        ({ StringEquals }) => StringEquals !== undefined && last.includes(StringEquals),
      );
      return walk(rule?.Next ?? state.Default, so);
    }
    if (state.Type !== 'Task') return walk('Next' in state ? state.Next : undefined, so);
    const passed = outcomes(definition, state).flatMap((outcome) =>
      walk(state.Next, [...so, [name, { outcome }]]),
    );
    const caught = state.Catch.flatMap((catcher) =>
      catcher.ErrorEquals.flatMap((error) =>
        walk(catcher.Next, [...so, [name, { error: error === 'States.ALL' ? UNNAMED : error }]]),
      ),
    );
    const uncaught = state.Catch.length > 0 ? [] : [scenario([...so, [name, { error: UNNAMED }]])];
    return [...passed, ...caught, ...uncaught];
  };
  return walk(definition.startAt, []);
}

const scenario = (reactions: [string, Reaction][]): Scenario => ({
  title: reactions.map(([state, reaction]) => `${state}: ${Object.values(reaction)[0]}`).join(', '),
  reactions: new Map(reactions.map(([state, reaction]) => [state, [reaction]])),
});

/** A path that comes by `state` as early as any, with something before what the task does there. */
function before(definition: Definition, state: string, first: Reaction[], title: string): Scenario {
  const path = everyPath(definition).find(({ reactions }) => reactions.has(state));
  const reactions = new Map(path?.reactions);
  reactions.set(state, [...first, ...(reactions.get(state) ?? [])]);
  return { title: `${state}: ${title}`, reactions };
}

/** Every error that a task retries, once, and then the path as if nothing had been. */
export const everyRetry = (definition: Definition): Scenario[] =>
  tasksOf(definition).flatMap(([name, task]) =>
    task.Retry.flatMap(({ ErrorEquals }) =>
      ErrorEquals.map((error) => before(definition, name, [{ error }], `${error}, then well`)),
    ),
  );

/** Every error that a task retries, until it gives up. */
export const everyExhaustion = (definition: Definition): Scenario[] =>
  tasksOf(definition).flatMap(([name, task]) =>
    task.Retry.map(({ ErrorEquals, MaxAttempts }) => {
      const error = ErrorEquals[0] ?? '';
      return before(
        definition,
        name,
        Array.from({ length: MaxAttempts + 1 }, () => ({ error })),
        `${error} for ever`,
      );
    }),
  );

/** Every task once with an answer that lacks what its ResultSelector takes. */
export const everyGap = (definition: Definition): Scenario[] =>
  tasksOf(definition).map(([name]) => before(definition, name, [{ nothing: true }], 'an empty answer'));
