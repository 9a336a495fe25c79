import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../failures.ts';
import { printLines } from '../print-lines.ts';

export const events: Define = (command, act) => {
  command
    .description('Prints what happened (published, refused, ...), one event a line, each a JSON document.')
    .option('--after <number>', 'only what came after the event with this number', '0');
  example(command, 'cottage events --after 120');
  act<{ after: string }>(command, async ({ options, output, client }) => {
    if (!/^\d+$/.test(options.after)) throw usage(`“${options.after}” is not the number of an event.`);
    await printLines(client().lines(`/v1/events?after=${options.after}`), 'events', output);
    return EXIT.fine;
  });
};
