import type { DoctorAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { count } from '../output.ts';

/** Some minutes: with --deep, every byte that was ever published is read. */
const PATIENCE_MS = 30 * 60_000;

export const doctor: Define = (command, act) => {
  command
    .description(
      'Compares apps, names, addresses, certificates, versions, files and what is still to be done with each other, and ' +
        'lists what does not fit. Changes nothing, and may run while apps are published. Cottage must be running. Ends ' +
        'with 5 when there is something.',
    )
    .option('--deep', 'read every byte of every version again, however many there are');
  example(command, 'cottage doctor');
  act<{ deep?: boolean }>(command, async ({ options, output, client }) => {
    const path = options.deep ? '/v1/doctor?deep=true' : '/v1/doctor';
    const answer = await client().get<DoctorAnswer>(path, PATIENCE_MS);
    const checked = Object.entries(answer.checked).map(([what, number]) => `${number} ${inWords(what)}`);
    const isOld = Date.now() - Date.parse(answer.at) > PATIENCE_MS;
    const when = isOld ? `At ${answer.at.slice(0, 16).replace('T', ' ')} UTC: checked` : 'Checked';
    const found = answer.ok ? 'All is well.' : `${count(answer.problems.length, 'problem')} found.`;
    output.result(answer, [
      `${when} ${checked.join(', ')}. ${found}`,
      ...answer.problems.flatMap(({ code, severity, subject, text, fix }) => [
        '',
        `  ${severity === 'warning' ? '!' : '✗'} ${text}`,
        `    What to do: ${fix}`,
        `    About: ${subject} (${code})`,
      ]),
    ]);
    return answer.ok ? EXIT.fine : EXIT.failed;
  });
};

/** `auditEntries` as a person writes it. */
const inWords = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
