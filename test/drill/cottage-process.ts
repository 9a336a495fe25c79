import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CLI = join(import.meta.dirname, '../../cli/cottage.js');
const ANY_PORTS = ['--port-api', '0', '--port-edge', '0', '--port-dns', '0'];

type Exited = Promise<[code: number | null, signal: NodeJS.Signals | null]>;

export interface Ready {
  api: string;
  edge: string;
  dns: string;
}

/** A Cottage in a process of its own, started as a person would, on any free ports. */
export class CottageProcess {
  readonly folder: string;
  readonly ready: Ready;
  readonly #child: ChildProcess;
  readonly #exited: Exited;

  private constructor(folder: string, ready: Ready, child: ChildProcess, exited: Exited) {
    this.folder = folder;
    this.ready = ready;
    this.#child = child;
    this.#exited = exited;
  }

  /**
   * Resolves when it is ready.
   * @throws StartFailed with what it said when it ended before
   */
  static async start(folder: string): Promise<CottageProcess> {
    const child = spawnCottage(folder);
    const exited = once(child, 'exit') as Exited;
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      const parsed = jsonOf(line);
      if (parsed?.ready) return new CottageProcess(folder, parsed as unknown as Ready, child, exited);
    }
    const [code] = await exited;
    throw new StartFailed(code, lines.join('\n'), said);
  }

  /** Starts one and kills it, most likely before it is ready: when so many turns of our own have passed. */
  static async startAndKill(folder: string, turns: number): Promise<void> {
    const child = spawnCottage(folder);
    const exited = once(child, 'exit');
    await pass(turns);
    child.kill('SIGKILL');
    await exited;
  }

  /** What the command line goes by: the first platform's secret, and an admin's token. */
  get credentials(): { secret: string; adminToken: string } {
    return JSON.parse(readFileSync(join(this.folder, 'credentials.json'), 'utf8'));
  }

  /** As a loss of power would: no handler of it runs. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** As an operator would; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return (await this.#exited)[0];
  }
}

function spawnCottage(folder: string) {
  return spawn(process.execPath, [CLI, 'start', '--json', ...ANY_PORTS], {
    env: { PATH: process.env.PATH, COTTAGE_DATA: folder, COTTAGE_LOG: 'error' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A while that nobody measures: what is under way elsewhere goes on. */
export async function pass(turns: number): Promise<void> {
  for (let left = turns; left > 0; left -= 1) await new Promise(setImmediate);
}

export class StartFailed extends Error {
  override readonly name = 'StartFailed';
  readonly code: number | null;
  /** What it printed: a document with `--json`. */
  readonly printed: string;
  readonly said: string;
  constructor(code: number | null, printed: string, said: string) {
    super(`it ended with ${code} before it was ready:\n${printed}\n${said}`);
    this.code = code;
    this.printed = printed;
    this.said = said;
  }
}

function jsonOf(line: string): { ready?: boolean } | undefined {
  try {
    return JSON.parse(line) as { ready?: boolean };
  } catch {
    return undefined;
  }
}
