import type { HistoryAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../output.ts';
import { appPath, idOf, teamPath } from '../references.ts';

type Execution = HistoryAnswer['executions'][number];
type Event = Execution['events'][number];

export const history: Define = (command, act) => {
  command
    .description(
      'Shows every step of a publish as it ran: when, which, what happened, which try, which error. Of a team: how it was ' +
        'added or removed; of an app: how it was retired.',
    )
    .argument('<publishId>', 'as publish prints it; or a team, or team/app');
  example(
    command,
    'cottage history p_4mzq7c2kd3vtn6whx5jy2abcde',
    'cottage history finance',
    'cottage history demo/hello',
  );
  act(command, async ({ args, output, client }) => {
    const answer = await client().get<HistoryAnswer>(`${pathOf(args[0])}/history`);
    const lines = answer.executions.flatMap(executionLines);
    output.result(answer, lines.length > 0 ? lines : ['Nothing has run for it.']);
    return EXIT.fine;
  });
};

/** An id has an underscore, which no name has; an app is written with its team. */
function pathOf(what: string | undefined): string {
  if (what?.includes('/')) return appPath(what);
  return what?.includes('_') ? `/v1/publishes/${idOf('publish', what)}` : teamPath(what);
}

function executionLines({ name, status, summary, events }: Execution, index: number): string[] {
  // Who reads past the first execution wants to see where the next begins.
  const gap = index === 0 ? [] : [''];
  const rows = events.flatMap(eventRow);
  return [
    ...gap,
    `${name}: ${status.toLowerCase()}`,
    ...(summary === undefined ? [] : [summary]),
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
