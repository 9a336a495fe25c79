import type { Log } from '../shared/runtime/log.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** One JSON line for each message at or above the level, on standard error: standard output is for the ready line. */
export function jsonLog(
  level: (typeof LEVELS)[number],
  write = (line: string) => void process.stderr.write(line),
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
