import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import type { HostileCode } from '../../shared/artifacts/artifact-faults.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from '../../shared/artifacts/limits.ts';
import { readEntry, readListing } from '../../shared/artifacts/zip-reader.ts';
import { bufferReader, buildZip, extraField, type ZipEntry, type ZipShape } from './zip.ts';

/** An archive that must be refused, with the code and the entry the refusal names. */
export interface HostileCase {
  title: string;
  bytes: Buffer;
  code: HostileCode;
  entry?: string;
  limits?: Partial<ArtifactLimits>;
}

export const text = 'The same line again and again.\n'.repeat(20);
export const page: ZipEntry = { name: 'index.html', content: '<h1>Hello</h1>' };
export const deflated: ZipEntry = { name: 'a.txt', content: text, method: 8 };

export const zip = (entries: ZipEntry[], shape?: ZipShape): Buffer => buildZip(entries, shape);

/** A case about one entry beside an honest page; the refusal must name it (as `named`, where it cannot be shown). */
export function about(
  title: string,
  code: HostileCode,
  entry: ZipEntry,
  options: { named?: string; limits?: Partial<ArtifactLimits> } = {},
): HostileCase {
  const { named = entry.name.toString(), limits = {} } = options;
  return { title, code, bytes: zip([page, entry]), entry: named, limits };
}

/** A case about several entries; the refusal must name this one. */
export function among(title: string, code: HostileCode, entry: string, entries: ZipEntry[]): HostileCase {
  return { title, code, bytes: zip(entries), entry };
}

/** A case about the archive as a whole. */
export function whole(
  title: string,
  code: HostileCode,
  bytes: Buffer,
  limits: Partial<ArtifactLimits> = {},
): HostileCase {
  return { title, code, bytes, limits };
}

/** A Unicode path extra field that gives an entry with the raw name `replaced` this name. */
export function unicodePathField(replaced: string, name: Buffer | string): Buffer {
  const head = Buffer.from([1, 0, 0, 0, 0]);
  head.writeUInt32LE(crc32(replaced), 1);
  return extraField(0x7075, Buffer.concat([head, Buffer.from(name)]));
}

/** Declares one test per case: listing the archive and reading every file of it is refused with just that code. */
export function refusedArchives(cases: HostileCase[]): void {
  test.each(cases)('$title: $code', async ({ bytes, code, entry, limits }) => {
    const all = { ...DEFAULT_LIMITS, ...limits };
    const reader = bufferReader(bytes);
    const unpack = async () => {
      const { entries } = await readListing(reader, all);
      for (const file of entries) await readEntry(reader, file);
    };
    const named = entry === undefined ? {} : { entry };
    await expect(unpack()).rejects.toMatchObject({ name: 'HostileArtifact', code, ...named });
  });
}
