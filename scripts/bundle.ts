import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { allLambdas, type Lambda } from '../functions/aws/lambdas.ts';
import { leanBundles } from './lean-bundles.ts';

// Makes what Lambda loads: a folder for each function with `index.mjs`, its source map, and the policies where they are
// needed. One call of esbuild for all of them. Run as a program it writes to `dist/lambdas`.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const POLICY_FILES = ['policy.wasm', 'data.json', 'digest.json'];

/** CommonJS inside a module asks for `require`; a module has none by itself. */
const REQUIRE = `import { createRequire as cottageRequire } from 'node:module';
const require = cottageRequire(import.meta.url);`;

/** The entries are texts: each is a file of its own that nobody has to write, and nobody can forget. */
const entries = (lambdas: readonly Lambda[]): esbuild.Plugin => ({
  name: 'entries',
  setup: (build) => {
    build.onResolve({ filter: /^lambda:/ }, ({ path }) => ({ path, namespace: 'entry' }));
    build.onLoad({ filter: /.*/, namespace: 'entry' }, ({ path }) => ({
      contents: lambdas.find(({ name }) => `lambda:${name}` === path)?.entry ?? '',
      loader: 'ts',
      resolveDir: ROOT,
    }));
  },
});

/** Writes every function into a folder of its name below `folder`. What is in the metafile is in the bundles. */
export async function bundleLambdas(
  folder: string,
  lambdas: readonly Lambda[] = allLambdas(),
): Promise<esbuild.Metafile> {
  const { metafile } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: lambdas.map(({ name }) => ({ in: `lambda:${name}`, out: `${name}/index` })),
    outdir: resolve(folder),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK's modules, not its CommonJS, of which nothing can be left out.
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: REQUIRE },
    plugins: [entries(lambdas), leanBundles],
    metafile: true,
    // Our modules do nothing by being imported (package.json, `sideEffects`), so nobody may import one for that alone.
    logOverride: { 'ignored-bare-import': 'error' },
    logLevel: 'error',
  });
  for (const { name } of lambdas.filter(({ policies }) => policies)) {
    mkdirSync(join(folder, name, 'policies'), { recursive: true });
    for (const file of POLICY_FILES) {
      copyFileSync(join(ROOT, 'policies/bundle', file), join(folder, name, 'policies', file));
    }
  }
  return metafile;
}

/** Bytes of each function's code, by its name. */
export const sizesOf = ({ outputs }: esbuild.Metafile): Record<string, number> =>
  Object.fromEntries(
    Object.entries(outputs).flatMap(([path, { bytes }]) => {
      const name = /([^/]+)\/index\.mjs$/.exec(path)?.[1];
      return name === undefined ? [] : [[name, bytes]];
    }),
  );

if (import.meta.main) {
  const folder = process.argv[2] ?? 'dist/lambdas';
  const sizes = sizesOf(await bundleLambdas(folder));
  for (const [name, bytes] of Object.entries(sizes)) console.log(`${Math.ceil(bytes / 1000)} kB  ${name}`);
}
