import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** Starts Node with these arguments, and waits for the first line it prints. @throws Error when none comes. */
export async function startProcess(
  args: string[],
  variables: Record<string, string> = {},
): Promise<{ child: ChildProcess; line: string }> {
  const stdio = ['ignore', 'pipe', 'pipe'] satisfies ('ignore' | 'pipe')[];
  const child = spawn(process.execPath, args, { cwd: ROOT, env: variables, stdio });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  const lines = child.stdout && createInterface({ input: child.stdout });
  const line = await Promise.race([
    lines && once(lines, 'line').then(([text]) => String(text)),
    once(child, 'exit').then(() => undefined),
    pause(READY_MS, undefined, { ref: false }),
  ]);
  if (typeof line === 'string') return { child, line };
  child.kill('SIGKILL');
  throw new Error(`${args.at(0)} did not start: ${said}`);
}

/** Ends it as Ctrl-C does, and waits for it; kills it when that takes too long. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const inTime = await Promise.race([ended.then(() => true), pause(STOP_MS, false, { ref: false })]);
  if (!inTime) child.kill('SIGKILL');
  await ended;
}

/** Processor time a process has used so far, in milliseconds, in steps of 10. */
export function processorMsOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the program's name, which may hold anything, in parentheses. Linux counts 100 ticks a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** A Cottage in a process of its own, as `npm start` starts it. */
export class Server {
  readonly ready: Ready;
  /** From starting the process to its ready line. */
  readonly startMs: number;
  readonly folder: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, folder: string, ready: Ready, startMs: number) {
    this.#child = child;
    this.folder = folder;
    this.ready = ready;
    this.startMs = startMs;
  }

  /**
   * Starts one on any free ports. It gets nothing of our environment but what is given here.
   * @throws Error with what it said when it ends, or is not ready within a minute.
   */
  static async start(folder: string, variables: Record<string, string> = {}): Promise<Server> {
    const started = performance.now();
    const flags = ['--json', '--port-api', '0', '--port-edge', '0', '--port-dns', '0'];
    const variablesOf = { COTTAGE_DATA: folder, ...variables };
    const { child, line } = await startProcess([...startArguments(), ...flags], variablesOf);
    return new Server(child, folder, JSON.parse(line) as Ready, performance.now() - started);
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
    return processorMsOf(this.#child);
  }

  /** Resident memory after nothing was asked of it for so long: what it keeps, without forcing anything. */
  async settledMB(quietMs: number): Promise<number> {
    await pause(quietMs);
    return this.residentMB();
  }

  /** Ends it as Ctrl-C does, and waits for it; kills it when that takes too long. */
  async stop(): Promise<void> {
    await stopProcess(this.#child);
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

/** Runs `work` against a fresh server with a fresh folder; both are gone afterwards. */
export async function withServer<T>(work: (server: Server) => Promise<T>): Promise<T> {
  const folder = tempFolder();
  const server = await Server.start(folder);
  try {
    return await work(server);
  } finally {
    await server.stop();
    removeFolder(folder);
  }
}
