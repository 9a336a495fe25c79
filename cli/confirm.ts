import { usage } from './failures.ts';
import type { Io } from './io.ts';
import { printable } from './output.ts';

/**
 * Asks whoever sits at the terminal to type the name of what cannot be brought back; `yes` was said before.
 * @throws CommandFailed when it is not typed, or nobody sits there
 */
export async function confirm(what: string, name: string, yes: true | undefined, io: Io): Promise<void> {
  if (yes) return;
  if (!io.interactive) throw usage(`${what} If that is meant, say --yes.`);
  const typed = await io.ask(printable(`${what} Type ${name} to go on: `));
  if (typed !== name) throw usage(`That is not ${name}, so nothing was done.`);
}
