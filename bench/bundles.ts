import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundleLambdas, sizesOf } from '../scripts/bundle.ts';
import { VARIABLES } from '../test/builders/aws-runtime.ts';

// What a cold start on Lambda has to load: `node bench/bundles.ts`. Loading is measured in a process of its own, without
// the start of that process, several times: by the clock, which other processes slow down, and by the processor's time,
// which they hardly do. The same is done for `node:https`, which any client of AWS loads: a machine that is slow at that is
// slow at all of it.

const RUNS = 7;
const run = promisify(execFile);

const ENVIRONMENT = {
  ...VARIABLES,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
};

const TIMED = `
const [from, used] = [performance.now(), process.cpuUsage()];
await import(process.argv[1]);
const { user, system } = process.cpuUsage(used);
process.stdout.write(JSON.stringify([performance.now() - from, (user + system) / 1000]));`;

/** Milliseconds that loading a module takes, the least of several runs: by the clock, and of the processor. */
async function loadMs(module: string): Promise<string> {
  let [clock, processor] = [Infinity, Infinity];
  for (let i = 0; i < RUNS; i += 1) {
    const code = ['--input-type=module', '--eval', TIMED, '--', module];
    const { stdout } = await run(process.execPath, code, { env: ENVIRONMENT });
    const [took, used] = JSON.parse(stdout) as [number, number];
    [clock, processor] = [Math.min(clock, took), Math.min(processor, used)];
  }
  return [clock, processor].map((ms) => ms.toFixed(0).padStart(10)).join('');
}

const line = (name: string, kB: string, ms: string) =>
  console.log(`${name.padEnd(30)} ${kB.padStart(6)} ${ms}`);

const folder = await mkdtemp(join(tmpdir(), 'cottage-bundles-'));
try {
  const sizes = sizesOf(await bundleLambdas(folder));
  line('function', 'kB', ' ms: clock processor');
  line('(node:https alone)', '', await loadMs('node:https'));
  for (const [name, bytes] of Object.entries(sizes)) {
    const ms = await loadMs(pathToFileURL(join(folder, name, 'index.mjs')).href);
    line(name, String(Math.ceil(bytes / 1000)), ms);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
