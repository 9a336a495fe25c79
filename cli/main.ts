import { Command, CommanderError } from 'commander';
import { Client } from './client.ts';
import type { Act, Handler } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { resolveTarget } from './config.ts';
import { EXIT, type ExitCode, exitCodeHelp } from './exit-codes.ts';
import { CommandFailed, type Problem, usage } from './failures.ts';
import { findingLines } from './finding-lines.ts';
import type { Io } from './io.ts';
import { Output } from './output.ts';

/** Runs one command line and answers what the process is to end with. Never throws. */
export async function run(
  args: readonly string[],
  io: Io,
  commands: readonly CommandEntry[] = COMMANDS,
): Promise<ExitCode> {
  // Known before anything is parsed, so that a mistyped command is told in the form that was asked for.
  const output = new Output(io, args.includes('--json'));
  let exitCode: ExitCode = EXIT.fine;
  const act: Act = <Options>(command: Command, handler: Handler<Options>) => {
    command.action(async () => {
      const global = command.optsWithGlobals<{ api?: string; token?: string }>();
      exitCode = await handler({
        args: command.processedArgs as (string | undefined)[],
        options: command.opts() as Options,
        output,
        io,
        client: () => new Client(resolveTarget(global, io.environment), io.pause),
      });
    });
  };
  try {
    const program = programOf(commands, act, io, output.json);
    // `cottage help publish` and `cottage publish --help` are the same; commander's own would know no options yet.
    const typed = args[0] === 'help' ? [...args.slice(1), '--help'] : [...args];
    await program.parseAsync(typed, { from: 'user' });
    return exitCode;
  } catch (error) {
    return tell(error, output);
  }
}

function programOf(commands: readonly CommandEntry[], act: Act, io: Io, json: boolean): Command {
  const program = new Command('cottage')
    .description('Host, secure and retire the small apps that colleagues build.')
    .option('--json', 'print one JSON document instead of text')
    .option('--api <address>', 'where Cottage is; COTTAGE_API says the same')
    .option('--token <token>', 'an admin’s token; COTTAGE_TOKEN says the same')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => {
        if (!json) write(text);
      },
    })
    .showHelpAfterError(json ? false : 'Add --help to see how it is used.')
    .exitOverride()
    .addHelpText('after', `\n${exitCodeHelp()}\n\nExample:\n  $ cottage publish ./lunch-menu`);
  const loading = new Map(commands.map((entry) => [entry.name, entry.load]));
  for (const { name, summary, group } of commands) {
    program.command(name).summary(summary).helpGroup(group).helpCommand(false);
  }
  program.hook('preSubcommand', async (_, command) => {
    const define = await loading.get(command.name())?.();
    define?.(command, act);
  });
  return program;
}

/** Says what went wrong and answers the exit code for it. */
function tell(error: unknown, output: Output): ExitCode {
  if (error instanceof CommanderError) {
    // Help that was asked for comes this way too. Commander has written its own words already.
    if (error.exitCode === 0) return EXIT.fine;
    return output.json ? tell(usage(error.message.replace(/^error: /, '')), output) : EXIT.usage;
  }
  if (error instanceof CommandFailed) {
    if (output.json) output.result({ error: documentOf(error) }, []);
    else for (const line of linesOf(error.message, error.problem)) output.progress(line);
    return error.exitCode;
  }
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  if (output.json)
    output.result({ error: { code: 'cli/unexpected', exitCode: EXIT.unexpected, message } }, []);
  output.progress('This is a fault in Cottage itself. What follows helps whoever mends it:');
  for (const line of (stack ?? message).split('\n')) output.progress(line);
  return EXIT.unexpected;
}

function documentOf({ code, exitCode, message, problem }: CommandFailed) {
  const { fields, findings, suggestions } = problem;
  return { code, exitCode, message, fields, findings, suggestions };
}

function linesOf(message: string, { fields = [], findings = [], suggestions = [] }: Problem): string[] {
  return [
    message,
    ...fields.map((field) => `  ${field.path}: ${field.message}`),
    ...findingLines(findings),
    // The finding about a name that is taken names them itself.
    ...(suggestions.length > 0 && findings.length === 0 ? [`These are free: ${suggestions.join(', ')}`] : []),
  ];
}
