import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../failures.ts';
import { count, formatInstant } from '../output.ts';

export const clock: Define = (command, act) => {
  command.description('Moves the clock Cottage goes by, where it was started with --virtual-clock.');
  const advance = command
    .command('advance')
    .summary('move the clock forward')
    .description('Moves the clock forward and does on the way what falls due: mails, expiries, retries.')
    .argument('<duration>', 'a number and d, h, m or s');
  example(advance, 'cottage clock advance 30d');
  act(advance, async ({ args: [by = ''], output, client }) => {
    if (!/^[1-9]\d*[dhms]$/.test(by))
      throw usage(`“${by}” is not a duration. Write it like 30d, 12h, 15m or 90s`);
    const answer = await client().post<{ now: string; ran: number }>('/v1/clock/advance', { by });
    output.result(answer, [
      `It is now ${formatInstant(answer.now)}. ${count(answer.ran, 'thing')} fell due on the way.`,
    ]);
    return EXIT.fine;
  });
  example(command, 'cottage clock advance 30d');
};
