import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_MS = 60_000;
const STOP_MS = 15_000;

const children = new Set<ChildProcess>();
const folders = new Set<string>();

/** Kills every server that still runs and removes every folder: nothing outlives the bench, however it ends. */
export function cleanUp(): void {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  children.clear();
  folders.clear();
}

/** A folder on the disk where temporary files are, gone when the bench ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cottage-bench-'));
  folders.add(folder);
  return folder;
}

/** Removes a folder of `tempFolder` that is needed no more. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

export interface Ready {
  api: string;
  edge: string;
  dns: string;
}

/** What follows `node` in `npm start`: flags of Node, the program, and `start`. */
function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return scripts.start.split(' ').slice(1);
}

interface Started {
  child: ChildProcess;
  /** The first line it printed. */
  line: string;
  /** From starting the process to that line. */
  startMs: number;
}

/** A server in a process of its own, of which Linux says what it uses. */
export class ServerProcess {
  readonly line: string;
  readonly startMs: number;
  readonly #child: ChildProcess;

  protected constructor({ child, line, startMs }: Started) {
    this.#child = child;
    this.line = line;
    this.startMs = startMs;
  }

  /** Starts Node with these arguments. @throws Error when it does not start. */
  static async run(args: string[]): Promise<ServerProcess> {
    return new ServerProcess(await ServerProcess.begin(args, {}));
  }

  /**
   * Starts Node with these arguments. It gets nothing of our environment but what is given here.
   * @param logFile where its standard error goes; absent, it is kept in case it does not start.
   * @throws Error with what it said when it ends, or prints no line within a minute.
   */
  protected static async begin(
    args: string[],
    variables: Record<string, string>,
    logFile?: string,
  ): Promise<Started> {
    const started = performance.now();
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: variables,
      stdio: ['ignore', 'pipe', logFile === undefined ? 'pipe' : openSync(logFile, 'a')],
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    });
    if (!child.stdout) throw new TypeError('its standard output is not a pipe');
    const lines = createInterface({ input: child.stdout });
    const line = await Promise.race([
      once(lines, 'line').then(([text]) => String(text)),
      once(child, 'exit').then(() => undefined),
      pause(READY_MS, undefined, { ref: false }),
    ]);
    if (line === undefined) {
      child.kill('SIGKILL');
      throw new Error(`${args.join(' ')} did not start: ${said}`);
    }
    return { child, line, startMs: performance.now() - started };
  }

  /** Resident memory in MB (1,000,000 bytes), as Linux counts it. */
  residentMB(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const kB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    return (kB * 1024) / 1_000_000;
  }

  /** The most resident memory since `forgetPeak`, in MB, as Linux keeps count of it. */
  peakMB(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const kB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
    return (kB * 1024) / 1_000_000;
  }

  forgetPeak(): void {
    // Linux: 5 sets the peak back to what is resident now.
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5');
  }

  /** Processor time it has used so far, in milliseconds: unlike time on the clock, others at work hardly change it. */
  processorMs(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    // Behind the program's name, which may hold anything, in parentheses. Linux counts 100 ticks a second.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Resident memory after nothing was asked of it for so long: what it keeps, without forcing anything. */
  async settledMB(quietMs: number): Promise<number> {
    await pause(quietMs);
    return this.residentMB();
  }

  /** Ends it as Ctrl-C does, and waits for it; kills it when that takes too long. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    const inTime = await Promise.race([ended.then(() => true), pause(STOP_MS, false, { ref: false })]);
    if (!inTime) this.#child.kill('SIGKILL');
    await ended;
  }
}

/** A Cottage in a process of its own, as `npm start` starts it. */
export class Server extends ServerProcess {
  readonly ready: Ready;
  readonly folder: string;

  private constructor(started: Started, folder: string) {
    super(started);
    this.folder = folder;
    this.ready = JSON.parse(started.line) as Ready;
  }

  /** Starts one on any free ports. @throws Error when it does not start. */
  static async start(
    folder: string,
    variables: Record<string, string> = {},
    logFile?: string,
  ): Promise<Server> {
    const ports = ['--json', '--port-api', '0', '--port-edge', '0', '--port-dns', '0'];
    const environment = { COTTAGE_DATA: folder, ...variables };
    const started = await ServerProcess.begin([...startArguments(), ...ports], environment, logFile);
    return new Server(started, folder);
  }
}

/**
 * Runs a command of Cottage in a process of its own, as somebody would on its machine; how long it took.
 * @throws Error with what it said when it fails
 */
export async function runCommand(args: string[], variables: Record<string, string>): Promise<number> {
  return timed(process.execPath, ['cli/cottage.js', ...args], variables);
}

/** The same for any program. */
export async function timed(
  program: string,
  args: string[],
  variables: Record<string, string> = {},
): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { PATH: '/usr/bin:/bin', ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.add(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const [code] = (await once(child, 'close')) as [number | null];
  children.delete(child);
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${code}: ${said}`);
  return performance.now() - startedAt;
}

/** Runs `work` against a fresh server with a fresh folder; both are gone afterwards. `logged`: it logs, to a file. */
export async function withServer<T>(
  work: (server: Server) => Promise<T>,
  { logged = false }: { logged?: boolean } = {},
): Promise<T> {
  const folder = tempFolder();
  const server = logged
    ? await Server.start(folder, { COTTAGE_LOG: 'info' }, join(folder, 'cottage.log'))
    : await Server.start(folder);
  try {
    return await work(server);
  } finally {
    await server.stop();
    removeFolder(folder);
  }
}
