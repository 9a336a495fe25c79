import { readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A file's text; `path` is relative to the repository, with `/`. */
export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Every file a commit could hold: all that `.gitignore` does not name. Works without git. */
export function repositoryFiles(): string[] {
  const ignored = ['.git', ...textOf('.gitignore').split('\n').filter(Boolean)].map((line) =>
    line.replace(/\/$/, ''),
  );
  const walk = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { withFileTypes: true })
      .filter((entry) => !ignored.some((pattern) => matchesGlob(entry.name, pattern)))
      .flatMap((entry) => {
        const path = posix.join(folder, entry.name);
        return entry.isDirectory() ? walk(path) : [path];
      });
  return walk('').toSorted();
}

/** Our own TypeScript; the starter apps in `templates/` and the fixtures are other people's kind of code. */
export const typescriptFiles = (): string[] =>
  repositoryFiles().filter(
    (path) => path.endsWith('.ts') && !path.startsWith('templates/') && !path.startsWith('test/fixtures/'),
  );

export interface Import {
  /** A path from the root for our own files, else the package as written. */
  target: string;
  /** `import type` or `export type`: gone at run time. */
  typeOnly: boolean;
}

/** What a file imports or re-exports, static and dynamic. */
export function importsOf(path: string, text: string = textOf(path)): Import[] {
  const statements =
    /^[ \t]*(?:import|export)\b(\s+type\b(?!\s*from\b))?(?:[^;'"]*?\bfrom)?\s*['"]([^'"]+)['"]/gm;
  const dynamic = /\bimport\(\s*['"]([^'"]+)['"]/g;
  const resolve = (specifier: string) =>
    specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier;
  return [
    ...[...text.matchAll(statements)].map(([, type, specifier = '']) => ({
      target: resolve(specifier),
      typeOnly: type !== undefined,
    })),
    ...[...text.matchAll(dynamic)].map(([, specifier = '']) => ({
      target: resolve(specifier),
      typeOnly: false,
    })),
  ];
}
