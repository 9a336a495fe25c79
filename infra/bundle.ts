import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { plannedFunctions } from './functions.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Bundles every planned function in one call, which takes a second where one call each takes twelve. Returns the folder,
 * with a folder for each function that holds its `index.mjs`; it is gone when the process ends.
 */
export async function bundleFunctions(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cottage-functions-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const entries = Object.entries(plannedFunctions()).map(([name, { entry }]) => [
    `${name}/index`,
    join(ROOT, entry),
  ]);
  await build({
    entryPoints: Object.fromEntries(entries) as Record<string, string>,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    // Errors are told apart by name.
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'error',
    absWorkingDir: ROOT,
    // Some packages still ask for `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return folder;
}
