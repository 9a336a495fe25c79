import type { DecisionAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../failures.ts';
import { formatInstant, table } from '../output.ts';
import { idOf } from '../references.ts';

export const decide: Define = (command, act) => {
  command
    .description(
      'Without arguments: lists what waits for an answer. With them: answers it, once and for all.',
    )
    .argument('[decisionId]', 'which question, as the list names it')
    .argument('[option]', 'approve or decline')
    .option('--note <text>', 'a sentence for whoever asked');
  example(command, 'cottage decide', 'cottage decide d_4mzq7c2kd3vtn6whx5jy2abcde approve');
  act<{ note?: string }>(command, async ({ args: [id, option], options, output, client }) => {
    if (id === undefined) {
      const answer = await client().get<{ decisions: DecisionAnswer[] }>('/v1/decisions');
      output.result(answer, decisionTable(answer.decisions));
      return EXIT.fine;
    }
    const decisionId = idOf('decision', id);
    if (option !== 'approve' && option !== 'decline') {
      throw usage(`Say what the answer is: cottage decide ${decisionId} approve, or decline`);
    }
    const body = { option, ...(options.note === undefined ? {} : { note: options.note }) };
    const decision = await client().post<DecisionAnswer>(`/v1/decisions/${decisionId}`, body);
    const { app, subject } = decision;
    const done = option === 'approve' ? 'Approved' : 'Declined';
    output.result(decision, [`${done}: ${subject} for “${app.title}” (${app.team}/${app.name}).`]);
    return EXIT.fine;
  });
};

function decisionTable(decisions: readonly DecisionAnswer[]): string[] {
  if (decisions.length === 0) return ['Nothing waits for an answer.'];
  const rows = decisions.map(({ decisionId, app, subject, requestedBy, askedOf, dueAt }) => [
    decisionId,
    `${app.team}/${app.name}`,
    subject,
    requestedBy,
    askedOf.join(', '),
    formatInstant(dueAt),
  ]);
  return table(['DECISION', 'APP', 'ASKS FOR', 'REQUESTED BY', 'ASKED OF', 'UNTIL'], rows);
}
