import type { DoctorAnswer } from '../api-types.ts';
import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { count } from '../output.ts';

export const doctor: Define = (command, act) => {
  command.description(
    'Compares apps, names, addresses, certificates, versions and what is still to be done with each other, and lists ' +
      'what does not fit. Changes nothing. Ends with 5 when there is something.',
  );
  example(command, 'cottage doctor');
  act(command, async ({ output, client }) => {
    const answer = await client().get<DoctorAnswer>('/v1/doctor');
    const checked = Object.entries(answer.checked).map(([what, number]) => `${number} ${inWords(what)}`);
    const found = answer.ok ? 'All is well.' : `${count(answer.problems.length, 'problem')} found.`;
    output.result(answer, [
      `Checked ${checked.join(', ')}. ${found}`,
      ...answer.problems.flatMap(({ code, subject, text, fix }) => [
        '',
        `  ✗ ${text}`,
        `    What to do: ${fix}`,
        `    About: ${subject} (${code})`,
      ]),
    ]);
    return answer.ok ? EXIT.fine : EXIT.failed;
  });
};

/** `auditEntries` as a person writes it. */
const inWords = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
