import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Define } from '../../cli/command.ts';
import { COMMANDS } from '../../cli/commands.ts';
import { readEnvironment } from '../../cli/config.ts';
import type { ExitCode } from '../../cli/exit-codes.ts';
import type { Io } from '../../cli/io.ts';
import { run } from '../../cli/main.ts';
import { tempFolder } from './temp.ts';

export const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;

export interface RunOptions {
  variables?: Record<string, string>;
  platform?: NodeJS.Platform;
  isRoot?: boolean;
  /** What is typed at the terminal, in order; without it nobody sits there. */
  answers?: string[];
  /** What programs answer; one that is not named cannot be started. */
  /** Aborted when somebody presses Ctrl-C. */
  stop?: AbortSignal;
  onReload?: Io['onReload'];
  untilStopped?: () => Promise<void>;
  programs?: Record<string, (args: readonly string[], cwd?: string) => string>;
}

export interface Ran {
  code: ExitCode;
  out: string;
  err: string;
  /** Every program that was run, as one line. */
  executed: string[];
  /** Every pause that was asked for; none is waited for. */
  pauses: number[];
  asked: string[];
}

/** A data folder as `cottage start` leaves it, for a server at this address. */
export function dataFolderFor(api: string, fields: Record<string, unknown> = {}): string {
  const folder = tempFolder();
  const credentials = { api, platform: 'demo', secret: SECRET, adminToken: 'admin-token', ...fields };
  writeFileSync(join(folder, 'credentials.json'), JSON.stringify(credentials));
  return folder;
}

/** What `run` gets in place of a terminal, and what came of it. */
export function fakeIo(options: RunOptions = {}): { io: Io; ran: Omit<Ran, 'code'> } {
  const ran: Omit<Ran, 'code'> = { out: '', err: '', executed: [], pauses: [], asked: [] };
  const answers = [...(options.answers ?? [])];
  const platform = options.platform ?? 'linux';
  const io: Io = {
    stdout: { write: (text) => (ran.out += text) },
    stderr: { write: (text) => (ran.err += text) },
    environment: readEnvironment(
      { COTTAGE_DATA: join(tempFolder(), 'none'), ...options.variables },
      platform,
    ),
    platform,
    isRoot: options.isRoot ?? false,
    interactive: options.answers !== undefined,
    ask: async (question) => {
      ran.asked.push(question);
      return answers.shift() ?? '';
    },
    pause: async (pauseMs) => void ran.pauses.push(pauseMs),
    execute: async (program, args, { cwd } = {}) => {
      const answer = options.programs?.[program];
      if (answer === undefined) throw Object.assign(new Error(`spawn ${program} ENOENT`), { code: 'ENOENT' });
      ran.executed.push([program, ...args].join(' '));
      return answer(args, cwd);
    },
    onReload: options.onReload ?? (() => undefined),
    untilStopped: options.untilStopped ?? (async () => undefined),
    stopSignal: () => options.stop ?? new AbortController().signal,
  };
  return { io, ran };
}

/** Runs one command line as a person would, without waiting and without touching the machine. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { io, ran } = fakeIo(options);
  const code = await run(args, io);
  return { code, ...ran };
}

/** The same with one command replaced by another of its name. */
export async function runCliWith(
  name: string,
  define: Define,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const { io, ran } = fakeIo(options);
  const commands = COMMANDS.map((entry) =>
    entry.name === name ? { ...entry, load: async () => define } : entry,
  );
  const code = await run([name, ...args], io, commands);
  return { code, ...ran };
}

/** A folder with these files; a path's folders are made. */
export function siteFolder(files: Record<string, string | Buffer>, folder: string = tempFolder()): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}
