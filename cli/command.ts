import type { Command } from 'commander';
import type { Client } from './client.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import type { Output } from './output.ts';

/** What a command gets to work with. */
export interface Call<Options = unknown> {
  /** Positional arguments in order; an optional one may be missing. */
  args: readonly (string | undefined)[];
  options: Options;
  output: Output;
  io: Io;
  /** Made at first use: a command that calls nobody works without credentials. */
  client: () => Client;
}

/** What a command does; its answer is what the process ends with. */
export type Handler<Options> = (call: Call<Options>) => Promise<ExitCode>;

/** Hands a command its handler. */
export type Act = <Options>(command: Command, handler: Handler<Options>) => void;

/** Gives a command its arguments, options, example and handler. Called only when that command is asked for. */
export type Define = (command: Command, act: Act) => void;

/** Shows how the command is typed; every command has one. */
export function example(command: Command, ...lines: readonly [string, ...string[]]): Command {
  const title = lines.length === 1 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', `\n${title}\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}
