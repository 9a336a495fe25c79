import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of `policies/` that hold a package: one per rule, and `main`, which gathers them. */
export function ruleFolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'bundle' && entry.name !== 'data')
    .map((entry) => entry.name)
    .toSorted();
}

/** The files the bundle is compiled from, sorted, relative to `folder`, with forward slashes. */
export function policySources(folder: string): string[] {
  return ['data/data.json', ...ruleFolders(folder).map((rule) => `${rule}/policy.rego`)].toSorted();
}

/** SHA-256 in hex over names and contents of the sources, whatever line ends the checkout has. */
export function digestSources(folder: string): string {
  const digest = createHash('sha256');
  for (const source of policySources(folder)) {
    const text = readFileSync(join(folder, source), 'utf8').replaceAll('\r\n', '\n');
    digest.update(JSON.stringify([source, text]));
  }
  return digest.digest('hex');
}
