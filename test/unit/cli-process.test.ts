import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { terminal } from '../../cli/terminal.ts';
import { apiServer } from '../builders/api-server.ts';
import { dataFolderFor } from '../builders/cli-run.ts';
import { tempFolder } from '../builders/temp.ts';

const PROGRAM = fileURLToPath(new URL('../../cli/cottage.js', import.meta.url));

function cottage(args: string[], dataFolder: string) {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: { PATH, COTTAGE_DATA: dataFolder } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit');
  return child.exitCode;
}

describe('the program itself', () => {
  test('prints to stdout and ends with the exit code', async () => {
    const server = await apiServer({ 'GET /v1/apps': { json: { apps: [] } } });
    const fine = cottage(['list', '--json'], dataFolderFor(server.address));
    expect(JSON.parse(await text(fine.stdout))).toEqual({ apps: [] });
    expect(await ended(fine)).toBe(0);
    const unknown = cottage(['why', 'demo/x'], dataFolderFor(server.address));
    expect(await text(unknown.stderr)).toBe('There is nothing at this path.\n');
    expect(await ended(unknown)).toBe(6);
  });

  test('does not mind when nobody reads on', async () => {
    const many = '{"position":1}\n'.repeat(200_000);
    const server = await apiServer({ 'GET /v1/events': { text: many, contentType: 'application/x-ndjson' } });
    const child = cottage(['events'], dataFolderFor(server.address));
    const said = text(child.stderr);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await ended(child)).toBe(0);
    expect(await said).toBe('');
  });

  test('starts Cottage, and stops it in order when told to', async () => {
    const data = join(tempFolder(), 'data');
    const child = cottage(
      ['start', '--json', '--port-api', '0', '--port-edge', '0', '--port-dns', '0'],
      data,
    );
    const said = text(child.stderr);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const ready = JSON.parse(line.toString());
    expect(ready).toMatchObject({ ready: true, api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    const list = cottage(['list', '--json'], data);
    expect(JSON.parse(await text(list.stdout))).toMatchObject({ apps: [{ team: 'demo', name: 'hello' }] });
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(0);
    expect(await said).toBe('Stopping.\n');
  });

  test('can be started by its name', () => {
    expect(readFileSync(PROGRAM, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

describe('programs that are run', () => {
  test('get their arguments as they are, from no shell', async () => {
    const print = 'process.stdout.write(process.argv[1] + process.cwd())';
    const folder = tempFolder();
    const said = await terminal().execute(process.execPath, ['-e', print, '$HOME;ls'], { cwd: folder });
    expect(said).toBe(`$HOME;ls${folder}`);
  });

  test('that fail or are missing are errors', async () => {
    await expect(terminal().execute(process.execPath, ['-e', 'process.exit(3)'])).rejects.toThrow(
      'Command failed',
    );
    await expect(terminal().execute('no-such-program-here', [])).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
