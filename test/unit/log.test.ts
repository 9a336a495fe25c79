import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { jsonLog, together } from '../../local/log.ts';

const LOG = fileURLToPath(new URL('../../local/log.ts', import.meta.url));

test('a log has a line for each message at or above its level', () => {
  const lines: string[] = [];
  const log = jsonLog('info', (line) => lines.push(line));
  log.debug('too small');
  log.info('one', { a: 1 });
  log.error('two', { at: '2026-01-01T00:00:00.000Z' });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { at: expect.stringMatching(/^\d{4}-.*Z$/), level: 'info', message: 'one', a: 1 },
    { at: '2026-01-01T00:00:00.000Z', level: 'error', message: 'two' },
  ]);
  expect(lines.every((line) => line.endsWith('\n'))).toBe(true);
});

test('the lines of one turn are written together, in their order, and each once', async () => {
  const pieces: string[] = [];
  const write = together((piece) => pieces.push(piece));
  write('a\n');
  write('b\n');
  expect(pieces).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  write('c\n');
  await new Promise((resolve) => setImmediate(resolve));
  expect(pieces).toEqual(['a\nb\n', 'c\n']);
});

test('a process that ends has written its last line', async () => {
  const code = `import { jsonLog } from ${JSON.stringify(LOG)}; jsonLog('info').info('last'); process.exit();`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  expect(stderr).toContain('"message":"last"');
});
