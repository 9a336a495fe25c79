import { type Define, example } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

export const mailbox: Define = (command, act) => {
  command.description(
    'Prints the address of the page that shows every mail Cottage has written on this machine.',
  );
  example(command, 'cottage mailbox');
  act(command, async ({ output, client }) => {
    const address = `${client().target.api}/mailbox`;
    output.result({ mailbox: address }, [address]);
    return EXIT.fine;
  });
};
