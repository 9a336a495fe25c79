import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HostileArtifact } from '../../shared/artifacts/artifact-faults.ts';
import { artifactFinding } from '../../shared/artifacts/artifact-finding.ts';
import { readListing } from '../../shared/artifacts/zip-reader.ts';
import { about, among, deflated, page, refusedArchives, text, whole, zip } from '../builders/hostile-zip.ts';
import { bufferReader } from '../builders/zip.ts';

describe('what is no archive, or no whole one, is refused', () => {
  refusedArchives([
    whole('plain text', 'artifact/not-a-zip', Buffer.from('<html>'.repeat(20))),
    whole('three bytes', 'artifact/not-a-zip', Buffer.from('PK\x03')),
    whole('a gzip file', 'artifact/not-a-zip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])),
    whole('no byte at all', 'artifact/empty', Buffer.alloc(0)),
    whole('an archive of nothing', 'artifact/empty', zip([])),
    whole('an archive of folders', 'artifact/empty', zip([{ name: 'assets/' }, { name: './' }])),
    whole('an archive of clutter', 'artifact/empty', zip([{ name: '__MACOSX/._a', content: 'x' }])),
    whole(
      'an end record hidden in the comment of another',
      'artifact/not-a-zip',
      zip([page], { comment: zip([deflated]) }),
    ),
  ]);
  refusedArchives([
    whole('the first half', 'artifact/truncated', zip([page, deflated]).subarray(0, 60)),
    whole('one byte short of the end', 'artifact/truncated', zip([page]).subarray(0, -1)),
    whole(
      'a comment cut off',
      'artifact/truncated',
      zip([page], { comment: Buffer.from('hello') }).subarray(0, -1),
    ),
    whole('its first file missing', 'artifact/truncated', zip([page, deflated]).subarray(54)),
    whole('its first bytes missing', 'artifact/truncated', zip([page, deflated]).subarray(10)),
    whole(
      'a directory longer than the file',
      'artifact/truncated',
      zip([page], { end: { directoryBytes: 5000 } }),
    ),
    whole(
      'sizes deferred to a zip64 record that is not there',
      'artifact/truncated',
      zip([page], { end: { directoryBytes: 0xffffffff } }),
    ),
    whole(
      'an offset deferred to a zip64 record that is not there',
      'artifact/truncated',
      zip([page], { end: { directoryOffset: 0xffffffff } }),
    ),
    about('data that would end behind the file', 'artifact/truncated', {
      ...deflated,
      local: { compressedSize: 90_000 },
      central: { compressedSize: 90_000 },
    }),
    among('a local header behind the file', 'artifact/truncated', 'a.txt', [
      page,
      { ...deflated, central: { offset: 90_000 } },
    ]),
  ]);
});

test.each<[string, Buffer]>([
  ['a gzip file (.gz or .tgz)', gzipSync('a')],
  ['a tar file (.tar)', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\x0000'), Buffer.alloc(300)])],
  ['a RAR file (.rar)', Buffer.from('Rar!\x1a\x07\x01\0', 'latin1')],
  ['a 7-Zip file (.7z)', Buffer.from('7z\xbc\xaf\x27\x1c\0\x04', 'latin1')],
  ['a bzip2 file (.bz2)', Buffer.from('BZh91AY&SY')],
  ['an xz file (.xz)', Buffer.from('\xfd7zXZ\0', 'latin1')],
  ['a Zstandard file (.zst)', Buffer.from('\x28\xb5\x2f\xfd', 'latin1')],
  ['a PDF document', Buffer.from('%PDF-1.7')],
  ['a picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
  ['a picture', Buffer.from('\xff\xd8\xff\xe0', 'latin1')],
  ['a picture', Buffer.from('GIF89a')],
  ['a picture, a sound or a film', Buffer.from('RIFF....WEBP')],
  ['a film', Buffer.from('\0\0\0\x20ftypisom', 'latin1')],
  ['an Office document', Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'latin1')],
  ['a single web page', Buffer.from('\ufeff\n<!-- made by hand --> <!DOCTYPE html><title>Hello</title>')],
  ['a single web page', Buffer.from('<html lang="en">')],
  ['something else, or like a damaged file', Buffer.from('<htmlx> or some text')],
  ['something else, or like a damaged file', Buffer.from('PK')],
  ['two zip files in one', zip([page], { comment: zip([deflated]) })],
])('what is no archive is called what it looks like: %s', async (kind, bytes) => {
  const fault = await readListing(bufferReader(bytes)).catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: 'artifact/not-a-zip', detail: { kind } });
  expect(artifactFinding(fault as HostileArtifact).why).toContain(`This file looks like ${kind}.`);
});

describe('what a refusal says', () => {
  test.each<[string, HostileArtifact, string]>([
    [
      'the limit, and a size that is never less than it is',
      new HostileArtifact(
        'artifact/file-too-large',
        { sizeBytes: 100_000_001, limitBytes: 100_000_000 },
        'a.mp4',
      ),
      '“a.mp4” is larger than 100 MB It has 100.1 MB.',
    ],
    [
      'what a bomb would grow to',
      new HostileArtifact('artifact/ratio', { sizeBytes: 2 ** 30, packedBytes: 1_000_000, limit: 200 }, 'z'),
      '“z” grows far too much when unpacked It would grow from 1 MB to 1073.8 MB.',
    ],
    [
      'that a name holds nothing that could be shown',
      new HostileArtifact('artifact/crc', {}, '\u202e\0'),
      '“a file without a name” is damaged',
    ],
  ])('%s', (_, fault, said) => {
    const { title, why } = artifactFinding(fault);
    expect(`${title} ${why}`).toContain(said);
  });
});

describe('an archive over a limit is refused', () => {
  refusedArchives([
    whole('one byte over the archive limit', 'artifact/too-large', zip([page]), {
      archiveBytes: zip([page]).length - 1,
    }),
    whole('one file over the count', 'artifact/too-many-files', zip([page, deflated]), { files: 1 }),
    about('one byte over the file limit', 'artifact/file-too-large', deflated, {
      limits: { fileBytes: text.length - 1 },
    }),
    whole('one byte over the unpacked limit', 'artifact/unpacked-too-large', zip([page, deflated]), {
      unpackedBytes: text.length + 13,
    }),
    about('a gigabyte of zeros', 'artifact/ratio', {
      name: 'zeros.bin',
      method: 8,
      packed: deflateRawSync(Buffer.alloc(100_000)),
      local: { sizeBytes: 2 ** 30 },
      central: { sizeBytes: 2 ** 30 },
    }),
    about('one file over the ratio', 'artifact/ratio', {
      name: 'z',
      content: Buffer.alloc(1_000_001),
      method: 8,
    }),
    whole(
      'many small files that together go over the ratio',
      'artifact/ratio',
      zip(
        Array.from({ length: 8 }, (_, n) => ({ name: `z${n}`, content: Buffer.alloc(900_000), method: 8 })),
      ),
    ),
  ]);
});

describe('an entry that is no plain file is refused', () => {
  refusedArchives([
    about('a symbolic link', 'artifact/link', { name: 'l', content: '/etc/passwd', mode: 0o120777 }),
    about('a link that claims to come from DOS', 'artifact/link', {
      name: 'l',
      content: 'x',
      externalAttributes: 0xa1ff0000,
    }),
    about('a character device', 'artifact/special-file', { name: 'd', mode: 0o020666 }),
    about('a block device', 'artifact/special-file', { name: 'd', mode: 0o060666 }),
    about('a pipe with content', 'artifact/special-file', { name: 'p', content: 'x', mode: 0o010666 }),
    about('a pipe', 'artifact/special-file', { name: 'p', mode: 0o010666 }),
    about('a socket', 'artifact/special-file', { name: 's', mode: 0o140666 }),
    about('a folder with content', 'artifact/special-file', { name: 'f/', content: 'x' }),
    about('a folder by its mode, with content', 'artifact/special-file', {
      name: 'f',
      content: 'x',
      mode: 0o040755,
    }),
    about('a folder by its DOS attribute, with content', 'artifact/special-file', {
      name: 'f',
      content: 'x',
      externalAttributes: 0x10,
    }),
    about('a password', 'artifact/encrypted', { ...deflated, flags: 1 }),
    about('strong encryption', 'artifact/encrypted', { ...deflated, flags: 0x40 }),
    about('masked headers', 'artifact/encrypted', { ...deflated, flags: 0x2000 }),
    about('AES, by its method', 'artifact/encrypted', { ...deflated, method: 99 }),
    about('a password only the local header tells', 'artifact/encrypted', {
      ...deflated,
      local: { flags: 1 },
    }),
    ...[0x1, 0x40, 0x2000].map((flags) =>
      about(`encryption only the directory tells, by the flag ${flags}`, 'artifact/encrypted', {
        ...deflated,
        central: { flags },
      }),
    ),
    about('another method', 'artifact/unknown-method', { ...deflated, method: 14 }),
    about('another method in the local header', 'artifact/unknown-method', {
      ...deflated,
      local: { method: 0 },
    }),
    whole('a later disk', 'artifact/multi-disk', zip([page], { end: { disk: 1 } })),
    whole('a directory on a later disk', 'artifact/multi-disk', zip([page], { end: { directoryDisk: 1 } })),
    whole('several disks by the zip64 locator', 'artifact/multi-disk', zip([page], { end64: { disks: 2 } })),
    whole(
      'the first part of a split archive',
      'artifact/multi-disk',
      Buffer.from('PK\x07\x08PK\x03\x04rest'),
    ),
    about('an entry on a later disk', 'artifact/multi-disk', { ...deflated, central: { disk: 1 } }),
  ]);
});
