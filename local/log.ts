import type { Log } from '../shared/runtime/log.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** One JSON line for each message at or above the level, on standard error: standard output is for the ready line. */
export function jsonLog(
  level: (typeof LEVELS)[number],
  write = together((lines) => void process.stderr.write(lines)),
): Log {
  const at = LEVELS.indexOf(level);
  const logger = (name: (typeof LEVELS)[number]) =>
    LEVELS.indexOf(name) < at
      ? () => {}
      : (message: string, fields: Record<string, unknown> = {}) =>
          write(
            `${JSON.stringify({ at: fields['at'] ?? new Date().toISOString(), level: name, message, ...fields })}\n`,
          );
  return { debug: logger('debug'), info: logger('info'), warn: logger('warn'), error: logger('error') };
}

/** Writes the lines of one turn of the event loop in one piece: a busy edge has many, and each piece is a system call. */
export function together(write: (lines: string) => void): (line: string) => void {
  let waiting = '';
  const flush = () => {
    if (waiting !== '') write(waiting);
    waiting = '';
  };
  process.on('exit', flush);
  return (line) => {
    if (waiting === '') setImmediate(flush);
    waiting += line;
  };
}
