import { crc32, deflateRawSync } from 'node:zlib';
import { describe } from 'vitest';
import {
  about,
  among,
  deflated,
  page,
  refusedArchives,
  text,
  unicodePathField,
  whole,
  zip,
} from '../builders/hostile-zip.ts';
import { extraField, uint64s } from '../builders/zip.ts';

const packedBytes = deflateRawSync(text).length;
const other = zip([{ name: 'index.html', content: 'another' }]);
/** An archive of another file, as it looks behind so many bytes, with its offsets counted from their first. */
const behind = (bytes: number) =>
  zip([{ name: 'index.html', content: 'another', central: { offset: bytes } }], {
    end: { directoryOffset: bytes + 47 },
  });
/** A longer one, one byte from the front: 180 bytes of file, and then its directory. */
const longer = zip([{ name: 'index.html', content: 'another'.repeat(20), central: { offset: 1 } }]);
const gap = (content: string) => ({
  name: '',
  local: { skip: false, signature: 0 },
  central: { unlisted: true },
  content: Buffer.from(content, 'latin1'),
});

describe('an archive in which two readers see two directories is refused', () => {
  refusedArchives([
    whole(
      'an archive in the comment, with a byte behind it so that only some take it',
      'artifact/not-a-zip',
      zip([page], { comment: Buffer.concat([other, Buffer.alloc(1)]) }),
    ),
    whole(
      'an archive in the comment that counts from the front of the file',
      'artifact/not-a-zip',
      zip([page], {
        comment: Buffer.concat([behind(zip([page]).length), Buffer.alloc(3)]),
      }),
    ),
    whole(
      'an end in the comment that leads to the directory by its offset alone',
      'artifact/not-a-zip',
      zip([page], {
        comment: zip([], {
          end: { entries: 1, directoryOffset: 54, directoryBytes: 9 },
          suffix: Buffer.alloc(1),
        }),
      }),
    ),
    whole(
      'an empty archive in the comment',
      'artifact/not-a-zip',
      zip([page], { comment: Buffer.concat([zip([]), Buffer.alloc(1)]) }),
    ),
    whole(
      'a zip64 archive in the comment',
      'artifact/not-a-zip',
      zip([page], {
        comment: Buffer.concat([
          zip([deflated], {
            end64: {},
            end: { entries: 0xffff, directoryBytes: 0xffffffff, directoryOffset: 0xffffffff },
          }),
          Buffer.alloc(1),
        ]),
      }),
    ),
    whole(
      'a comment with an archive and more, none of them ending with the file',
      'artifact/not-a-zip',
      zip([page], { comment: other, suffix: Buffer.from('xx'), end: { commentBytes: other.length + 1 } }),
    ),
    whole(
      'so many marks of an end that nobody can look at them all',
      'artifact/not-a-zip',
      zip([page], { comment: Buffer.from('PK\x05\x06'.repeat(30)) }),
    ),
    whole(
      'marks of an end without end, and none that ends with the file',
      'artifact/not-a-zip',
      Buffer.from(`PK\x05\x06..........${'PK\x05\x06......'.repeat(40)}`),
    ),
    whole(
      'a mark of an end in some text',
      'artifact/not-a-zip',
      Buffer.from('MZ... PK\x05\x06 is how it ends, as everybody knows.'),
    ),
    whole(
      'one directory where the end says, and one before the end',
      'artifact/size-mismatch',
      zip([page, deflated], { end: { directoryBytes: 51 } }),
    ),
    whole(
      'two directories that both lead to a file, one by its place and one by the stated offset',
      'artifact/size-mismatch',
      zip([{ ...page, central: { offset: 127 } }], {
        prefix: Buffer.concat([Buffer.from('x'), longer.subarray(0, -22)]),
        end: { directoryOffset: 181 },
      }),
    ),
    whole(
      'a count of entries on this disk that is not that of all',
      'artifact/size-mismatch',
      zip([page], { end: { entriesOnDisk: 0 } }),
    ),
    whole(
      'more entries on this disk than there are',
      'artifact/size-mismatch',
      zip([page], { end: { entriesOnDisk: 2 } }),
    ),
    whole(
      'a local header in the comment',
      'artifact/size-mismatch',
      zip([page], { comment: Buffer.from('PK\x03\x04 is how a file begins') }),
    ),
    whole(
      'a zip64 locator behind the end',
      'artifact/size-mismatch',
      zip([page], { suffix: Buffer.from('PK\x06\x07 is how it is found') }),
    ),
    about('a local header in the comment of an entry', 'artifact/size-mismatch', {
      ...deflated,
      central: { comment: Buffer.from('PK\x03\x04') },
    }),
    about('a zip64 end record in the comment of an entry', 'artifact/size-mismatch', {
      ...deflated,
      central: { comment: Buffer.from('see PK\x06\x06') },
    }),
    whole(
      'another archive in front, behind a byte so that only some take it',
      'artifact/size-mismatch',
      zip([page], { prefix: Buffer.concat([Buffer.from('x'), other]) }),
    ),
    whole(
      'another archive in front, whose end lies where two pieces meet',
      'artifact/size-mismatch',
      zip([page], { prefix: Buffer.concat([Buffer.alloc(65_536 + 10 - other.length, 'x'), other]) }),
    ),
    whole(
      'so many ends in front that nobody can look at them all',
      'artifact/size-mismatch',
      zip([page], { prefix: Buffer.concat(Array.from({ length: 40 }, () => other.subarray(-22))) }),
    ),
    whole(
      'a file that the directory does not list, behind some bytes',
      'artifact/size-mismatch',
      zip([page, gap('x'), { ...deflated, central: { unlisted: true } }, { ...deflated, name: 'b' }]),
    ),
    whole(
      'a record between the entries where two pieces of a large gap meet',
      'artifact/size-mismatch',
      zip([page, gap(`${'x'.repeat(65_536 - 30 - 2)}PK\x03\x04`), deflated]),
    ),
    whole(
      'a directory entry between the entries',
      'artifact/size-mismatch',
      zip([page, gap('PK\x01\x02'), deflated]),
    ),
    whole(
      'a directory entry between the last entry and the directory',
      'artifact/size-mismatch',
      zip([page, deflated, gap('PK\x01\x02')]),
    ),
    whole(
      'a digital signature with something behind it',
      'artifact/size-mismatch',
      zip([page], { signature: Buffer.from('abc'), gap: Buffer.from('x'), end: { directoryBytes: 66 } }),
    ),
    whole(
      'a digital signature that is cut short',
      'artifact/size-mismatch',
      zip([page], { gap: Buffer.from('PK\x05\x05\x09'), end: { directoryBytes: 63 } }),
    ),
  ]);
});

const encryption = (algorithm: number) => {
  const fields = Buffer.alloc(28);
  fields.writeUInt16LE(algorithm, 18);
  return fields;
};

describe('an encrypted directory is called what it is', () => {
  refusedArchives([
    whole(
      'by the algorithm in the zip64 end record',
      'artifact/encrypted',
      zip([page], { end64: { recordBytes: 44 + 28, more: encryption(0x660e) } }),
    ),
    whole(
      'and a longer zip64 end record that names none contradicts itself',
      'artifact/size-mismatch',
      zip([page], { end64: { recordBytes: 44 + 28, more: encryption(0) } }),
    ),
  ]);
});

const unicode = (raw: string, name: string) => ({ name: raw, extra: unicodePathField(raw, name) });

describe('an entry in which two readers see two files is refused', () => {
  refusedArchives([
    about('another name in the Unicode path field', 'artifact/name-invalid', unicode('good', 'other'), {
      named: 'good',
    }),
    about('a Unicode name in another folder', 'artifact/name-invalid', unicode('a_b', 'aé/b')),
    about(
      'a Unicode name that lacks what the raw one ends with',
      'artifact/name-invalid',
      unicode('?.html', 'é.js'),
    ),
    about(
      'a Unicode name that lacks what the raw one has inside',
      'artifact/name-invalid',
      unicode('?b?', 'éaé'),
    ),
    about('a Unicode name that begins otherwise', 'artifact/name-invalid', unicode('xa?b', 'aéb')),
    about('a Unicode name that lacks a folder', 'artifact/name-invalid', unicode('m?/evil', 'mé')),
    about('a Unicode name that counts a letter twice', 'artifact/name-invalid', unicode('ab', 'abéb')),
    about(
      'a raw name that climbs, behind a Unicode one',
      'artifact/name-invalid',
      unicode('a/../b', 'a/é/b'),
    ),
    about('a raw name with a NUL, behind a Unicode one', 'artifact/name-invalid', unicode('a\0b', 'aéb'), {
      named: 'ab',
    }),
    about('a Unicode name only the local header has', 'artifact/name-invalid', {
      name: 'm?sli',
      local: { extra: unicodePathField('m?sli', 'müsli') },
    }),
    about('another Unicode name in the local header', 'artifact/name-invalid', {
      name: 'm?sli',
      central: { extra: unicodePathField('m?sli', 'müsli') },
      local: { extra: unicodePathField('m?sli', 'mäsli') },
    }),
    about('a raw name in the local header that could not be the Unicode one', 'artifact/name-invalid', {
      name: 'mü',
      flags: 0x800,
      local: { name: 'other', flags: 0, extra: unicodePathField('other', 'mü') },
    }),
    about('a Unicode name in the local header that is not UTF-8', 'artifact/name-invalid', {
      name: 'm',
      local: { extra: unicodePathField('m', Buffer.from([0xff])) },
    }),
    about('two Unicode path fields', 'artifact/size-mismatch', {
      name: 'm?sli',
      extra: Buffer.concat([unicodePathField('m?sli', 'müsli'), unicodePathField('m?sli', 'mäsli')]),
    }),
    about('a zip64 field that says another size than the header', 'artifact/size-mismatch', {
      ...deflated,
      central: { extra: extraField(1, uint64s(7, packedBytes)) },
    }),
    about('a zip64 field that says another packed size than the header', 'artifact/size-mismatch', {
      ...deflated,
      local: { extra: extraField(1, uint64s(text.length, 7)) },
    }),
    about('a zip64 field that holds all, of which another is deferred', 'artifact/size-mismatch', {
      ...deflated,
      central: { compressedSize: 0xffffffff, extra: extraField(1, uint64s(packedBytes, 9)) },
    }),
    about('a zip64 field that says another place than the header', 'artifact/size-mismatch', {
      ...deflated,
      central: { extra: extraField(1, uint64s(text.length, packedBytes, 0)) },
    }),
    about('a patch instead of a file', 'artifact/unknown-method', { ...deflated, flags: 0x20 }),
    about('a patch only the local header tells', 'artifact/unknown-method', {
      ...deflated,
      local: { flags: 0x20 },
    }),
    about('a patch only the directory tells', 'artifact/unknown-method', {
      ...deflated,
      central: { flags: 0x20 },
    }),
    about('another sum in a descriptor that need not be there', 'artifact/crc', {
      ...deflated,
      descriptor: 'signed',
      descriptorSays: { crc32: 7 },
      local: { crc32: crc32(text), compressedSize: packedBytes, sizeBytes: text.length },
    }),
    about('a descriptor left out, with the sum still to come', 'artifact/overlap', {
      ...deflated,
      local: { flags: 8, crc32: 0 },
    }),
    about('a descriptor left out, with the size still to come', 'artifact/overlap', {
      ...deflated,
      local: { flags: 8, sizeBytes: 0 },
    }),
    about('a descriptor left out, with the packed size still to come', 'artifact/overlap', {
      ...deflated,
      local: { flags: 8, compressedSize: 0 },
    }),
    about('a descriptor announced and left out, with sizes still to come', 'artifact/overlap', {
      ...deflated,
      local: { flags: 8, crc32: 0, compressedSize: 0, sizeBytes: 0 },
    }),
  ]);
});

describe('a bomb is refused before it is unpacked', () => {
  const kernel = deflateRawSync(Buffer.alloc(1_000_000));
  const zeros = { content: Buffer.alloc(1_000_000), method: 8 };
  refusedArchives([
    among('all names for one kernel', 'artifact/overlap', 'a', [
      { ...zeros, name: 'a' },
      ...['b', 'c'].map((name) => ({ ...zeros, name, local: { skip: true }, central: { offset: 0 } })),
    ]),
    among('a local header quoted in front of the kernel, as if it were content', 'artifact/overlap', 'a', [
      {
        name: 'a',
        packed: Buffer.from([0, 31, 0, 224, 255]),
        method: 8,
        local: { compressedSize: 5 + 31 + kernel.length, sizeBytes: 31 + 1_000_000 },
        central: { compressedSize: 5 + 31 + kernel.length, sizeBytes: 31 + 1_000_000 },
      },
      { ...zeros, name: 'b' },
    ]),
    about('sizes over four gigabytes in zip64 fields', 'artifact/ratio', {
      name: 'z',
      packed: kernel,
      method: 8,
      local: { sizeBytes: 0xffffffff, extra: extraField(1, uint64s(5 * 2 ** 30)) },
      central: { sizeBytes: 0xffffffff, extra: extraField(1, uint64s(5 * 2 ** 30)) },
    }),
    about('a bomb that says it is small', 'artifact/size-mismatch', {
      name: 'z',
      packed: deflateRawSync(Buffer.alloc(50_000_000)),
      method: 8,
      local: { sizeBytes: 1000, crc32: 1 },
      central: { sizeBytes: 1000, crc32: 1 },
    }),
  ]);
});

const named = (name: string) => ({ name });

describe('a path that leads outside once it is decoded again is refused', () => {
  refusedArchives([
    about('a parent in percent signs', 'artifact/path-traversal', named('%2e%2e/evil')),
    about('a parent behind a slash in percent signs', 'artifact/path-traversal', named('a/..%2F..%2fevil')),
    about('a backslash in percent signs', 'artifact/path-traversal', named('..%5cevil')),
    about('percent signs in percent signs', 'artifact/path-traversal', named('%25252e%2525252e/evil')),
    about('a dot in too many bytes', 'artifact/path-traversal', named('%C0%AE%c0%ae/evil')),
    about('a slash in too many bytes', 'artifact/path-traversal', named('x%c0%af..%c0%afevil')),
    about('a NUL in percent signs', 'artifact/path-traversal', named('index.html%00.png')),
    among('names equal but for a dot at the end', 'artifact/name-collision', 'x.', [
      { name: 'x' },
      { name: 'x.' },
    ]),
    among('names equal but for a dot at the end of a folder', 'artifact/name-collision', 'a./b', [
      { name: 'a/b' },
      { name: 'a./b' },
    ]),
    about(
      'a Unicode path of few letters and many bytes',
      'artifact/path-too-long',
      { name: 'a', extra: unicodePathField('a', `${'é'.repeat(99)}/`.repeat(3)) },
      { named: `${'é'.repeat(99)}/${'é'.repeat(99)}…` },
    ),
    among('names equal but for signs that nobody sees', 'artifact/name-collision', 'index.html', [
      page,
      { name: 'in\u200cdex.html', flags: 0x800 },
    ]),
    about(
      'a Unicode path of sixty thousand percent signs',
      'artifact/path-too-long',
      { name: 'a', extra: unicodePathField('a', `%${'25'.repeat(30_000)}`) },
      { named: `%${'25'.repeat(99)}…` },
    ),
  ]);
});
