import { cleanText } from '../shared/findings/clean.ts';

/** Where text goes; `process.stdout` and `process.stderr` are of this kind. */
export interface Sink {
  write(text: string): unknown;
}

/**
 * What a command says. The result goes to stdout: lines for people, or with `--json` exactly one JSON document.
 * Progress goes to stderr in both cases, so that stdout can always be piped on.
 */
export class Output {
  readonly json: boolean;
  readonly #stdout: Sink;
  readonly #stderr: Sink;

  constructor(streams: { stdout: Sink; stderr: Sink }, json: boolean) {
    this.#stdout = streams.stdout;
    this.#stderr = streams.stderr;
    this.json = json;
  }

  /** Something that happened on the way. */
  progress(line: string): void {
    this.#stderr.write(`${printable(line)}\n`);
  }

  /** The result, once per command: the document for `--json`, else the lines. */
  result(document: unknown, lines: readonly string[]): void {
    if (this.json) this.#stdout.write(`${escapeUnshowable(JSON.stringify(document, null, 2))}\n`);
    else for (const line of lines) this.#stdout.write(`${printable(line)}\n`);
  }

  /** One line of a long result that is JSON already, so that nothing has to be held in memory. */
  jsonLine(line: string): void {
    this.#stdout.write(`${escapeUnshowable(line)}\n`);
  }
}

/**
 * Text that can be shown in a terminal. Titles, file names and reasons come from strangers: control characters could
 * move the cursor or recolour what stands there, and marks of writing direction could make a line read differently.
 */
export const printable = (text: string): string => cleanText(text, Number.POSITIVE_INFINITY);

/** The same for JSON, where an escape says the same as the character. Line breaks between its members stay. */
function escapeUnshowable(json: string): string {
  return json.replaceAll(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/gu, (mark) =>
    Array.from(
      { length: mark.length },
      (_, i) => `\\u${mark.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Rows under their headings, columns as wide as their widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [headings, ...rows].map((row) => row.map(printable));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `label  value` lines, aligned; a pair whose value is empty is left out. */
export function pairs(entries: readonly (readonly [string, string])[]): string[] {
  const shown = entries.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return shown.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
}

/** `812 B`, `34 kB`, `1.2 MB`: powers of ten, as the limits are. */
export function formatSize(sizeBytes: number): string {
  if (sizeBytes < 1_000) return `${sizeBytes} B`;
  if (sizeBytes < 999_500) return `${Math.round(sizeBytes / 1_000)} kB`;
  return `${(sizeBytes / 1_000_000).toFixed(1)} MB`;
}

/** `45 ms`, `1.2 s`, `3 min 5 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.max(0, Math.round(durationMs))} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1_000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `2026-03-02 09:00` from a stored instant; UTC, as everything Cottage prints. */
export const formatInstant = (instant: string): string => instant.slice(0, 16).replace('T', ' ');

/** `1 file`, `2 files`, `3 entries`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
