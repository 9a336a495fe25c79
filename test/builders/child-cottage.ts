import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const CLI = join(import.meta.dirname, '../../cli/cottage.js');

/** A Cottage in a process of its own, started as a person would, on any free ports. */
export class ChildCottage {
  readonly #child: ChildProcess;
  /** Where its API answers. */
  readonly api: string;

  private constructor(child: ChildProcess, api: string) {
    this.#child = child;
    this.api = api;
  }

  /** Resolves when it is ready. */
  static async start(folder: string): Promise<ChildCottage> {
    const ports = ['--port-api', '0', '--port-edge', '0', '--port-dns', '0'];
    const child = spawn(process.execPath, [CLI, 'start', '--json', ...ports], {
      env: { PATH: process.env.PATH, COTTAGE_DATA: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    for await (const line of createInterface({ input: child.stdout })) {
      const { api } = JSON.parse(line) as { api: string };
      return new ChildCottage(child, api);
    }
    throw new Error('it ended before it was ready');
  }

  /** As a loss of power would: no handler of it runs. */
  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
