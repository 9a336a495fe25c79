import * as z from 'zod';
import { findingOf } from '../findings/catalogue.ts';
import type { Finding } from '../findings/finding.ts';
import { AppFields } from './fields.ts';
import { type Position, readJson } from './json-text.ts';

/** `cottage.json` at the top of an artifact: what its author says about the app. Everything may be left out. */
export const ManifestSchema = z
  .object({
    ...AppFields,
    /** The app's name, where whoever publishes does not say it. Checked when it is claimed. */
    team: z.string('must be a text').max(63, 'must have at most 63 characters'),
    name: z.string('must be a text').max(63, 'must have at most 63 characters'),
  })
  .partial();
export type Manifest = z.infer<typeof ManifestSchema>;

/** Something is wrong with the manifest. `problem` ends the sentence "What is wrong: ...". */
export type ManifestFault =
  | { code: 'manifest/invalid'; problem: string; position?: Position }
  | { code: 'manifest/unknown-field'; field: string; suggestion?: string; position?: Position };

export interface ParsedManifest {
  /** Undefined when a fault makes it unusable. */
  manifest?: Manifest;
  faults: ManifestFault[];
  /** The faults, in words. */
  findings: Finding[];
}

export const MANIFEST_FILE = 'cottage.json';
/** Some thousand times what it takes. */
export const MANIFEST_MAX_BYTES = 64 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const NO_TEXT = 'it is not a text file of at most 64 kB';

/** What is wrong with a `cottage.json` of this size, if anything: a huge one need not be read to be refused. */
export function manifestSizeFindings(sizeBytes: number): Finding[] {
  return sizeBytes > MANIFEST_MAX_BYTES ? invalid(NO_TEXT).faults.map(manifestFinding) : [];
}

/** Reads `cottage.json`. Fields nobody knows are passed over and told; anything else wrong makes it unusable. */
export function parseManifest(bytes: Buffer): ParsedManifest {
  const { manifest, faults } = check(bytes);
  return { ...(manifest === undefined ? {} : { manifest }), faults, findings: faults.map(manifestFinding) };
}

function check(bytes: Buffer): { manifest?: Manifest; faults: ManifestFault[] } {
  const text = decoded(bytes);
  if (text === undefined) return invalid(NO_TEXT);
  const json = readJson(text);
  if ('faultAt' in json) return invalid(json.problem, json.faultAt);
  if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    return invalid('it has to start with { and end with }', json.positionOf([]));
  }
  const unknown = Object.keys(json.value)
    .filter((field) => !KNOWN.includes(field))
    .map((field) => unknownField(field, json.positionOf([field])));
  const parsed = ManifestSchema.safeParse(json.value);
  if (parsed.success) return { manifest: parsed.data, faults: unknown };
  const faults = firstPerField(parsed.error.issues).map((issue): ManifestFault => {
    const problem = `“${issue.path.join('.')}” ${issue.message}`;
    return { code: 'manifest/invalid', problem, ...at(json.positionOf(issue.path)) };
  });
  return { faults: [...faults, ...unknown] };
}

/** A value that is wrong in three ways is still one line to correct. */
function firstPerField(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.filter(
    (issue, index) => issues.findIndex((other) => other.path[0] === issue.path[0]) === index,
  );
}

const KNOWN = Object.keys(ManifestSchema.shape);

function decoded(bytes: Buffer): string | undefined {
  if (bytes.length > MANIFEST_MAX_BYTES) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const invalid = (problem: string, position?: Position): { faults: ManifestFault[] } => ({
  faults: [{ code: 'manifest/invalid', problem, ...at(position) }],
});

const at = (position: Position | undefined) => (position === undefined ? {} : { position });

function unknownField(field: string, position: Position | undefined): ManifestFault {
  const close = KNOWN.map((known) => ({
    known,
    distance: editDistance(field.toLowerCase(), known.toLowerCase()),
  }))
    .filter(({ distance }) => distance <= MAX_TYPOS)
    .toSorted((a, b) => a.distance - b.distance)[0];
  return {
    code: 'manifest/unknown-field',
    field,
    ...(close === undefined ? {} : { suggestion: close.known }),
    ...at(position),
  };
}

/** More slips than this, and it is another word. */
const MAX_TYPOS = 2;

/** Letters to put in, take out or change to make one word of the other; stops counting beyond `MAX_TYPOS`. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_TYPOS) return MAX_TYPOS + 1;
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of Array.from(a).entries()) {
    const line = [row + 1];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = (above[column - 1] ?? 0) + (letter === b[column - 1] ? 0 : 1);
      line.push(Math.min(changed, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1));
    }
    above = line;
  }
  return above[b.length] ?? 0;
}

function manifestFinding(fault: ManifestFault): Finding {
  const where = { file: MANIFEST_FILE, ...fault.position };
  if (fault.code === 'manifest/invalid') return findingOf(fault.code, { problem: fault.problem }, where);
  const suggestion = fault.suggestion ?? KNOWN;
  return findingOf(fault.code, { field: fault.field, suggestion }, where);
}
