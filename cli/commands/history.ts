import type { HistoryAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../output.ts';
import { idOf } from '../references.ts';

type Execution = HistoryAnswer['executions'][number];
type Event = Execution['events'][number];

export const history: Define = (command, act) => {
  command
    .description(
      'Shows every step of a publish as it ran: when, which, what happened, which try, which error.',
    )
    .argument('<publishId>', 'as publish prints it');
  example(command, 'cottage history p_4mzq7c2kd3vtn6whx5jy2abcde');
  act(command, async ({ args, output, client }) => {
    const answer = await client().get<HistoryAnswer>(`/v1/publishes/${idOf('publish', args[0])}/history`);
    output.result(answer, answer.executions.flatMap(executionLines));
    return EXIT.fine;
  });
};

function executionLines({ name, status, events }: Execution, index: number): string[] {
  // Who reads past the first execution wants to see where the next begins.
  const gap = index === 0 ? [] : [''];
  const rows = events.flatMap(eventRow);
  return [
    ...gap,
    `${name}: ${status.toLowerCase()}`,
    ...table(['TIME', 'STATE', 'WHAT', 'TRY', 'ERROR'], rows),
  ];
}

/** What a kind of event is called in the table. The rest of what is recorded is for `--json`. */
const WHAT: Record<string, string> = {
  ExecutionStarted: 'started',
  StateEntered: 'entered',
  TaskScheduled: 'called again',
  TaskSucceeded: 'done',
  TaskFailed: 'failed',
  TaskTimedOut: 'took too long',
  RetryScheduled: 'will be tried again',
  ExecutionSucceeded: 'ended well',
  ExecutionFailed: 'ended with an error',
};

function eventRow({ at, type, state = '', detail }: Event): string[][] {
  const what = WHAT[type];
  const facts = (detail ?? {}) as { attempt?: unknown; error?: unknown; dueAt?: unknown };
  // That a state which was entered is then called needs no line; that it is called again does.
  if (what === undefined || (type === 'TaskScheduled' && facts.attempt === 1)) return [];
  const when = typeof facts.dueAt === 'number' ? ` at ${timeOf(facts.dueAt)}` : '';
  return [[timeOf(at), state, `${what}${when}`, textOf(facts.attempt), textOf(facts.error)]];
}

/** To the millisecond, for steps take few of them. */
const timeOf = (at: number): string => new Date(at).toISOString().slice(0, 23).replace('T', ' ');

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
