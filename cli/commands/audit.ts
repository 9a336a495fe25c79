import { readFileSync } from 'node:fs';
import type { AuditVerifyAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed, usage } from '../failures.ts';
import { count, formatInstant } from '../output.ts';
import { printLines } from '../print-lines.ts';

export const audit: Define = (command, act) => {
  command.description('The record of who did what and when. Each entry seals the one before it.');
  const verify = command
    .command('verify')
    .summary('check that nothing in the record was changed')
    .description(
      'Checks every seal in the record, and compares it with the heads Cottage keeps itself. Keep the head it prints ' +
        'somewhere else: given back with --head later, it shows as well what was cut off or written anew, and that an ' +
        'older database was put back. Ends with 5 when something is wrong.',
    )
    .option(
      '--head <head>',
      'the head of an earlier check: the line itself, a file it stands in, or - to read it',
    );
  example(verify, 'cottage audit verify', 'cottage audit verify --head kept.json');
  act<{ head?: string }>(verify, async ({ options, output, client }) => {
    const answer =
      options.head === undefined
        ? await client().get<AuditVerifyAnswer>('/v1/audit/verify')
        : await client().post<AuditVerifyAnswer>('/v1/audit/verify', { head: headOf(options.head) });
    const size = `${count(answer.entries, 'entry', 'entries')} about ${count(answer.streams, 'record')}`;
    output.result(answer, [
      answer.ok ? `All is well: ${size}.` : `Something is wrong in ${size}:`,
      ...answer.faults.map(({ text }) => `  ✗ ${text}`),
      ...answer.compared.map(({ what, at }) => `Compared with ${what}, made ${formatInstant(at)}.`),
      `Head: ${answer.head}`,
      ...(answer.head.startsWith('s1.') ? [TOO_LONG] : []),
    ]);
    return answer.ok ? EXIT.fine : EXIT.failed;
  });
  const head = command
    .command('head')
    .summary('print the head of the record as it is now, to keep elsewhere')
    .description(
      'Prints a signed document that says how far the record of each app, publish, team and platform has got. Keep it ' +
        'where nobody who can change this machine can change it, and give it to: cottage audit verify --head',
    );
  example(head, 'cottage audit head > kept.json');
  act(head, async ({ output, client }) => {
    for await (const line of client().lines('/v1/audit/head')) output.jsonLine(line);
    return EXIT.fine;
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

const TOO_LONG =
  'The record is too long for a line that tells all of it. Keep this as well: cottage audit head > kept.json';

const STANDARD_INPUT = 0;

/** What was given as a head: the name of a file is read, and everything else is the head itself. */
function headOf(given: string): string {
  if (given.trim() === '')
    throw usage('--head is empty. Give the line that an earlier check printed, or a file.');
  try {
    return readFileSync(given === '-' ? STANDARD_INPUT : given, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A line is no file's name, or a name too long for one.
    if (/^[hs]1\./.test(given) || given.startsWith('{')) return given;
    if (code === 'ENOENT' || code === 'ENAMETOOLONG') {
      throw usage(`${given} is neither a file nor a head. A head begins with h1. or s1.`);
    }
    throw new CommandFailed(EXIT.notAllowed, 'cli/head-unreadable', `${given} cannot be read.`);
  }
}
