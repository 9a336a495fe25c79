import type { Environment } from './config.ts';
import type { Sink } from './output.ts';

/** What a command touches besides the server: one place to put others in for tests. */
export interface Io {
  stdout: Sink;
  stderr: Sink;
  environment: Environment;
  platform: NodeJS.Platform;
  /** May this process change the machine for everybody? */
  isRoot: boolean;
  /** Is somebody sitting there who can answer a question? */
  interactive: boolean;
  /** Asks one question on the terminal; what is typed, trimmed. */
  ask(question: string): Promise<string>;
  pause: (pauseMs: number) => Promise<void>;
  /**
   * Runs a program without a shell.
   * @throws Error when it cannot be started or ends with another code than 0; `message` carries what it said.
   */
  execute(program: string, args: readonly string[], options?: { cwd?: string }): Promise<string>;
  /** Calls `work` whenever somebody asks this process to read its files again (SIGHUP). */
  onReload(work: () => void): void;
  /** Resolves when somebody asks this process to end (Ctrl-C). */
  untilStopped(): Promise<void>;
  /** Aborted when somebody asks this process to end; asked again, it ends at once. */
  stopSignal(): AbortSignal;
}
