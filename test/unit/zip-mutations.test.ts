import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostileArtifact } from '../../shared/artifacts/artifact-faults.ts';
import { readEntry, readListing } from '../../shared/artifacts/zip-reader.ts';
import { deflated, page, text, unicodePathField } from '../builders/hostile-zip.ts';
import { bufferReader, buildZip, extraField, uint64s } from '../builders/zip.ts';

/** Archives that between them have every part an archive can have. */
const SEEDS: [string, Buffer][] = [
  [
    'plain',
    buildZip([page, deflated, { name: 'empty', mode: 0o100644 }], { comment: Buffer.from('by hand') }),
  ],
  [
    'streamed',
    buildZip([
      { ...page, descriptor: 'signed' },
      { ...deflated, descriptor: 'bare64' },
    ]),
  ],
  [
    'zip64',
    buildZip(
      [
        {
          ...page,
          local: { sizeBytes: 0xffffffff, extra: extraField(1, uint64s(14)) },
          central: { sizeBytes: 0xffffffff, extra: extraField(1, uint64s(14)) },
        },
        { ...deflated, name: 'm?sli.txt', extra: unicodePathField('m?sli.txt', 'müsli.txt') },
      ],
      { end64: {} },
    ),
  ],
];

/** The files of an archive, or the code it is refused with; anything else is thrown. */
async function outcomeOf(bytes: Buffer): Promise<Record<string, string> | string> {
  const reader = bufferReader(bytes);
  try {
    const files: Record<string, string> = {};
    for (const file of (await readListing(reader)).entries) {
      files[file.path] = (await readEntry(reader, file)).toString();
    }
    return files;
  } catch (error) {
    if (error instanceof HostileArtifact) return error.code;
    throw error;
  }
}

/** What may be in any file of any archive made of pieces of these. */
const CONTENTS = new Set(['', '<h1>Hello</h1>', text]);

describe.each(SEEDS)('an archive that is %s', (_, whole) => {
  test('is refused when it is cut, wherever that is', async () => {
    for (let length = 0; length < whole.length; length += 1) {
      expect([length, await outcomeOf(whole.subarray(0, length))]).toEqual([
        length,
        expect.stringMatching(/^artifact\/(empty|truncated|not-a-zip|size-mismatch)$/),
      ]);
    }
  });

  test('is refused or means the same when one bit is another', async () => {
    const files = await outcomeOf(whole);
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const outcome = await outcomeOf(bytes);
      // Refused, or every file as it was.
      expect([bit, typeof outcome === 'string' ? files : outcome]).toEqual([bit, files]);
    }
  });

  test('is refused or has no other contents when parts of it are put elsewhere', async () => {
    const place = fc.nat({ max: whole.length });
    await fc.assert(
      fc.asyncProperty(place, place, place, fc.boolean(), async (from, to, at, replace) => {
        const part = whole.subarray(Math.min(from, to), Math.max(from, to));
        const bytes = Buffer.concat([
          whole.subarray(0, at),
          part,
          whole.subarray(replace ? at + part.length : at),
        ]);
        const outcome = await outcomeOf(bytes);
        if (typeof outcome === 'string') return;
        for (const [path, content] of Object.entries(outcome)) {
          expect(path).not.toMatch(/(^|\/)\.\.?(\/|$)|^\/|[\\\0:]/);
          expect(CONTENTS).toContain(content);
        }
      }),
      { numRuns: 400 },
    );
  });
});
