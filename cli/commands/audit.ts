import type { AuditVerifyAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { count } from '../output.ts';
import { printLines } from '../print-lines.ts';

export const audit: Define = (command, act) => {
  command.description('The record of who did what and when. Each entry seals the one before it.');
  const verify = command
    .command('verify')
    .summary('check that nothing in the record was changed')
    .description(
      'Checks every seal in the record. Keep the head it prints somewhere else: given with --head later, it shows as ' +
        'well that nothing was cut off. Ends with 5 when something is wrong.',
    )
    .option('--head <head>', 'the head of an earlier check');
  example(verify, 'cottage audit verify');
  act<{ head?: string }>(verify, async ({ options, output, client }) => {
    const query = options.head === undefined ? '' : `?head=${encodeURIComponent(options.head)}`;
    const answer = await client().get<AuditVerifyAnswer>(`/v1/audit/verify${query}`);
    const size = `${count(answer.entries, 'entry', 'entries')} about ${count(answer.streams, 'record')}`;
    output.result(answer, [
      answer.ok ? `All is well: ${size}.` : `Something is wrong in ${size}:`,
      ...answer.faults.map(({ subject, seq, fault }) => `  ✗ ${subject}, entry ${seq}: ${fault}`),
      `Head: ${answer.head}`,
    ]);
    return answer.ok ? EXIT.fine : EXIT.failed;
  });
  const exported = command
    .command('export')
    .summary('print the whole record')
    .description(
      'Prints the whole record, one entry a line, each a JSON document. With --json: all in one document.',
    );
  example(exported, 'cottage audit export > audit.jsonl');
  act(exported, async ({ output, client }) => {
    await printLines(client().lines('/v1/audit'), 'entries', output);
    return EXIT.fine;
  });
  example(command, 'cottage audit verify');
};
