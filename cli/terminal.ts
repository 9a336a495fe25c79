import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readEnvironment } from './config.ts';
import type { Io } from './io.ts';

const run = promisify(execFile);

/** The real terminal, environment and programs of this machine. */
export function terminal(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: readEnvironment(),
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    async ask(question) {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return (await lines.question(question)).trim();
      } finally {
        lines.close();
      }
    },
    pause: (pauseMs) => pause(pauseMs),
    async execute(program, args, options = {}) {
      const { stdout } = await run(program, [...args], { ...options, windowsHide: true });
      return stdout;
    },
    onReload(work) {
      // Whoever closes a terminal means that everything in it ends.
      if (!process.stdin.isTTY) process.on('SIGHUP', work);
    },
    untilStopped,
    stopSignal() {
      const controller = new AbortController();
      void untilStopped().then(() => controller.abort());
      return controller.signal;
    },
  };
}

async function untilStopped(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
