import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { leanBundles, withPlainKeys, withShortErrors } from '../../scripts/lean-bundles.ts';

// What bundling rewrites of the SDK is compared with the original: the same schemas, the same errors.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};
const CLIENTS = Object.keys(devDependencies).filter((name) => name.startsWith('@aws-sdk/client-'));
const fileOf = (client: string, path: string) => join(ROOT, 'node_modules', client, 'dist-es', path);

const folder = mkdtempSync(join(tmpdir(), 'cottage-lean-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Module = Record<string, unknown>;
type ErrorClass = (new (options: object) => Error) & { shapeId: string };

/** A module of a client, bundled as it is, or as functions have it. */
async function load(client: string, path: string, plugins: esbuild.Plugin[]): Promise<Module> {
  const outfile = join(
    folder,
    `${client.replaceAll('/', '-')}-${path.replaceAll('/', '-')}-${plugins.length}.mjs`,
  );
  await esbuild.build({
    entryPoints: [fileOf(client, path)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
    plugins,
    logLevel: 'error',
  });
  return (await import(pathToFileURL(outfile).href)) as Module;
}

/** A schema names others by functions, and they may name it in turn: here by their names. */
const written = (schema: unknown): string =>
  JSON.stringify(schema, (_, value: unknown) => {
    if (typeof value !== 'function') return value;
    const named = (value as () => unknown)();
    return Array.isArray(named) ? `=> ${String(named[2])}` : named;
  });

const schemasOf = (module: Module) =>
  Object.fromEntries(
    Object.entries(module)
      .filter(([name]) => name.endsWith('$'))
      .map(([name, schema]) => [name, written(schema)]),
  );

/** What one makes of each error that is told every field it has, and one that it has none for. */
const errorsOf = (module: Module) =>
  Object.fromEntries(
    Object.entries(module as Record<string, ErrorClass>).map(([name, kind]) => {
      const fields = [...Object.keys(new kind({ message: '' })), 'message', 'Message', 'other'];
      const error = new kind(Object.fromEntries(fields.map((field) => [field, `the ${field}`])));
      const own = Object.fromEntries(Object.entries(error));
      return [name, { own, text: error.message, shapeId: kind.shapeId, isOne: error instanceof kind }];
    }),
  );

describe.each(CLIENTS)('of %s', (client) => {
  const both = async (path: string) => ({
    original: await load(client, path, []),
    lean: await load(client, path, [leanBundles]),
  });

  test('every schema says the same with its keys written out', async () => {
    const path = 'schemas/schemas_0.js';
    const { original, lean } = await both(path);
    expect(Object.keys(schemasOf(original)).length).toBeGreaterThan(20);
    expect(schemasOf(lean)).toEqual(schemasOf(original));
    expect(withPlainKeys(readFileSync(fileOf(client, path), 'utf8'))).not.toMatch(/\[_\w+\]:/);
  });

  test('every error is the same when one function makes them', async () => {
    const { original, lean } = await both('models/errors.js');
    expect(Object.keys(errorsOf(original)).length).toBeGreaterThan(5);
    expect(errorsOf(lean)).toStrictEqual(errorsOf(original));
  });

  test('hardly an error keeps a class of its own', () => {
    const short = withShortErrors(readFileSync(fileOf(client, 'models/errors.js'), 'utf8'));
    const [kept, made] = [/export class/g, /= declared\(/g].map((p) => short.match(p)?.length ?? 0);
    expect(kept).toBeLessThanOrEqual((made ?? 0) / 10);
  });
});
