import manifest from '../../package.json' with { type: 'json' };
import { finding } from '../findings/catalogue.ts';
import type { Finding, Where } from '../findings/finding.ts';
import type { ScanFacts } from './facts.ts';
import type { ScannedFile, Scanner, ScanResult } from './scanner.ts';
import { kindOfSecret, maskSecret } from './secret-kinds.ts';
import { decodeText, extensionOf, MAX_TEXT_BYTES, mayBeText } from './text-file.ts';

/** Raise it with every change in what the files of this folder find. */
const OUR_RULES = 1;

const libraries = manifest.dependencies;

/** Whatever decides about the answer: the versions of the libraries, and of our own rules. */
export const SCANNER_VERSION = [
  `secretlint-${libraries['@secretlint/core']}`,
  `preset-${libraries['@secretlint/secretlint-rule-preset-recommend']}`,
  `parse5-${libraries.parse5}`,
  `cottage-${OUR_RULES}`,
].join('+');

const MAX_FINDINGS = 200;
const MAX_HOSTS = 200;
const MAX_EXTENSIONS = 100;

const PAGES = new Set(['.html', '.htm', '.xhtml', '.svg']);
const SCRIPTS = new Set(['.js', '.mjs']);
const SERVICE_WORKER = /\bserviceWorker\s*\??\.\s*register\s*\(/;

/**
 * Searches the text files of a release, one at a time, so that memory holds one of them whatever the site's size.
 *
 * The libraries are loaded by the first scan, or before it by `warm`.
 */
export class SecretlintScanner implements Scanner {
  readonly version = SCANNER_VERSION;

  /** Loads the libraries now, which takes the first scan 0.1 s longer otherwise. */
  async warm(): Promise<void> {
    await this.scan([{ path: 'index.html', sizeBytes: 3, read: () => Promise.resolve(Buffer.from('<p>')) }]);
  }

  /** Throws what reading a file throws, and when a rule fails. */
  async scan(files: ScannedFile[]): Promise<ScanResult> {
    const { findSecrets } = await import('./secrets.ts');
    const { addHostsOfCss, addHostsOfHtml } = await import('./external-hosts.ts');
    const blocks: Finding[] = [];
    const notes: Finding[] = [];
    const secrets = new Map<string, number>();
    let hosts = new Set<string>();
    let serviceWorker: Where | undefined;

    for (const file of files.toSorted((a, b) => compare(a.path, b.path))) {
      const { path } = file;
      if (!mayBeText(path)) continue;
      if (file.sizeBytes > MAX_TEXT_BYTES) {
        notes.push(finding('scan/file-not-read', { entry: path }, { file: path }));
        continue;
      }
      const text = decodeText(await file.read());
      if (text === undefined) continue;

      for (const { rule, value, line, column } of await findSecrets(path, text)) {
        secrets.set(rule, (secrets.get(rule) ?? 0) + 1);
        const shown = { kind: kindOfSecret(rule), masked: maskSecret(value) };
        const where = { file: path, line, column };
        // More would only fill the memory: the files come in order, so the first are the ones that stay.
        if (blocks.length < MAX_FINDINGS) blocks.push(finding('scan/secret', shown, where));
      }

      const extension = extensionOf(path);
      if (extension === '.css') addHostsOfCss(hosts, text);
      if (PAGES.has(extension)) addHostsOfHtml(hosts, text);
      hosts = new Set([...hosts].toSorted(compare).slice(0, MAX_HOSTS));
      if (PAGES.has(extension) || SCRIPTS.has(extension)) serviceWorker ??= findServiceWorker(path, text);
    }

    if (serviceWorker)
      notes.push(finding('scan/service-worker', { entry: serviceWorker.file }, serviceWorker));
    const facts: ScanFacts = {
      scannerVersion: SCANNER_VERSION,
      fileCount: files.length,
      sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
      secrets: Object.fromEntries([...secrets].toSorted(([a], [b]) => compare(a, b))),
      externalHosts: [...hosts],
      extensions: countExtensions(files),
      hasServiceWorker: serviceWorker !== undefined,
      sourceMaps: files.filter((file) => extensionOf(file.path) === '.map').length,
    };
    // What blocks comes first: a heap of notes must not push a secret out of the list.
    return { facts, findings: [...blocks, ...notes].slice(0, MAX_FINDINGS).toSorted(byPlace) };
  }
}

/** Where the text asks the browser for a service worker first. */
function findServiceWorker(file: string, text: string): Where | undefined {
  const index = text.search(SERVICE_WORKER);
  if (index < 0) return undefined;
  const lines = text.slice(0, index).split('\n');
  return { file, line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** The most frequent kinds; among equals the first by name. */
function countExtensions(files: ScannedFile[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { path } of files) counts.set(extensionOf(path), (counts.get(extensionOf(path)) ?? 0) + 1);
  const ranked = [...counts].toSorted(([a, m], [b, n]) => n - m || compare(a, b));
  return Object.fromEntries(ranked.slice(0, MAX_EXTENSIONS));
}

function byPlace(a: Finding, b: Finding): number {
  return (
    compare(a.where?.file ?? '', b.where?.file ?? '') ||
    (a.where?.line ?? 0) - (b.where?.line ?? 0) ||
    (a.where?.column ?? 0) - (b.where?.column ?? 0) ||
    compare(a.code, b.code)
  );
}

/** By code units: the same on every machine, whatever its language. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
