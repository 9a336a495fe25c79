import { crc32, deflateRawSync } from 'node:zlib';
import { describe } from 'vitest';
import { about, among, deflated, page, refusedArchives, text, whole, zip } from '../builders/hostile-zip.ts';
import { extraField, uint64s } from '../builders/zip.ts';

const wrong = crc32('wrong');

describe('an archive that contradicts itself is refused', () => {
  refusedArchives([
    about('a wrong CRC', 'artifact/crc', { ...deflated, local: { crc32: wrong }, central: { crc32: wrong } }),
    about('another CRC in the local header', 'artifact/crc', { ...deflated, local: { crc32: wrong } }),
    about('an empty CRC in a header that is not streamed', 'artifact/crc', {
      ...deflated,
      local: { crc32: 0 },
    }),
    about('another CRC in the descriptor', 'artifact/crc', {
      ...deflated,
      descriptor: 'signed',
      descriptorSays: { crc32: wrong },
    }),
    about('damaged compressed bytes', 'artifact/crc', {
      ...deflated,
      packed: Buffer.from([0xff, 0xff, 0xff]),
    }),
    about('another packed size in the local header', 'artifact/size-mismatch', {
      ...deflated,
      local: { compressedSize: 3 },
    }),
    about('another size in the local header', 'artifact/size-mismatch', {
      ...deflated,
      local: { sizeBytes: 3 },
    }),
    about('another size in the directory', 'artifact/size-mismatch', {
      ...deflated,
      central: { sizeBytes: 3 },
    }),
    about('empty sizes in a header that is not streamed', 'artifact/size-mismatch', {
      ...deflated,
      local: { sizeBytes: 0 },
    }),
    about('another packed size in the descriptor', 'artifact/size-mismatch', {
      ...deflated,
      descriptor: 'bare',
      descriptorSays: { compressedSize: 3 },
    }),
    about('another size in the descriptor', 'artifact/size-mismatch', {
      ...deflated,
      descriptor: 'signed64',
      descriptorSays: { sizeBytes: 3 },
    }),
    about('another size in a streamed local header', 'artifact/size-mismatch', {
      ...deflated,
      descriptor: 'signed',
      local: { sizeBytes: 3 },
    }),
    about('stored bytes of two sizes', 'artifact/size-mismatch', {
      ...page,
      name: 'b',
      local: { sizeBytes: 3 },
      central: { sizeBytes: 3 },
    }),
    about('more content than stated', 'artifact/size-mismatch', {
      ...deflated,
      local: { sizeBytes: text.length - 1 },
      central: { sizeBytes: text.length - 1 },
    }),
    about('content where none is stated', 'artifact/size-mismatch', {
      ...deflated,
      local: { sizeBytes: 0, crc32: 0 },
      central: { sizeBytes: 0, crc32: 0 },
    }),
    about('less content than stated', 'artifact/size-mismatch', {
      ...deflated,
      local: { sizeBytes: text.length + 1 },
      central: { sizeBytes: text.length + 1 },
    }),
    about('bytes behind the compressed stream', 'artifact/size-mismatch', {
      ...deflated,
      packed: Buffer.concat([deflateRawSync(text), Buffer.from('hidden')]),
    }),
    about('a compressed stream cut short', 'artifact/size-mismatch', {
      ...deflated,
      packed: deflateRawSync(text).subarray(0, -3),
    }),
    about('no compressed byte at all', 'artifact/size-mismatch', { ...deflated, packed: Buffer.alloc(0) }),
    about('no local header where one should be', 'artifact/size-mismatch', {
      ...deflated,
      local: { signature: 0x04034b51 },
    }),
    whole(
      'a directory entry that is none',
      'artifact/size-mismatch',
      zip([page, { ...deflated, central: { signature: 1 } }]),
    ),
    whole(
      'more entries than stated',
      'artifact/size-mismatch',
      zip([page, deflated], { end: { entries: 1, entriesOnDisk: 1 } }),
    ),
    whole(
      'fewer entries than stated',
      'artifact/size-mismatch',
      zip([page], { end: { entries: 2, entriesOnDisk: 2 } }),
    ),
    whole(
      'a directory where no entry is stated',
      'artifact/size-mismatch',
      zip([page], { end: { entries: 0, entriesOnDisk: 0 } }),
    ),
    whole(
      'a file in front of a directory that lists none',
      'artifact/size-mismatch',
      zip([{ ...page, central: { unlisted: true } }]),
    ),
    whole(
      'bytes between the directory and its end',
      'artifact/size-mismatch',
      zip([page], { gap: Buffer.alloc(22) }),
    ),
    whole(
      'a file the directory does not list, at the front',
      'artifact/size-mismatch',
      zip([{ ...deflated, central: { unlisted: true } }, page]),
    ),
    whole(
      'a file the directory does not list, in between',
      'artifact/size-mismatch',
      zip([page, { ...deflated, central: { unlisted: true } }, { ...deflated, name: 'b' }]),
    ),
    whole(
      'a file the directory does not list, at the back',
      'artifact/size-mismatch',
      zip([page, { ...deflated, central: { unlisted: true } }]),
    ),
    whole(
      'a file the directory does not list, behind a descriptor',
      'artifact/size-mismatch',
      zip([{ ...deflated, descriptor: 'signed' }, { name: '', central: { unlisted: true } }, page]),
    ),
    about('a zip64 field too short for what the local header defers to it', 'artifact/size-mismatch', {
      ...deflated,
      local: { sizeBytes: 0xffffffff, extra: extraField(1, Buffer.alloc(4)) },
    }),
    about('an extra field that runs out of its block', 'artifact/size-mismatch', {
      ...deflated,
      central: { extra: Buffer.from([9, 9, 9, 0]) },
    }),
    about('the same in the local header', 'artifact/size-mismatch', {
      ...deflated,
      local: { extra: Buffer.from([9, 9, 9, 0]) },
    }),
    about('two zip64 fields', 'artifact/size-mismatch', {
      ...deflated,
      central: { extra: Buffer.concat([extraField(1, uint64s(1)), extraField(1, uint64s(2))]) },
    }),
    about('a size deferred to a zip64 field that is not there', 'artifact/size-mismatch', {
      ...deflated,
      central: { sizeBytes: 0xffffffff },
    }),
    about('a zip64 field too short for what is deferred to it', 'artifact/size-mismatch', {
      ...deflated,
      central: {
        sizeBytes: 0xffffffff,
        compressedSize: 0xffffffff,
        extra: extraField(1, uint64s(text.length)),
      },
    }),
    whole(
      'a directory before where the end says, though the front of the file is there',
      'artifact/size-mismatch',
      zip([page, deflated], { end: { directoryOffset: zip([page, deflated]).length } }),
    ),
    whole(
      'the same, by the zip64 end record',
      'artifact/size-mismatch',
      zip([page], { end: { directoryOffset: 0xffffffff }, end64: { directoryOffset: 60, position: 107 } }),
    ),
    whole(
      'a zip64 locator that points elsewhere',
      'artifact/size-mismatch',
      zip([page], { end64: { position: 5 } }),
    ),
    whole(
      'a zip64 end record that is none',
      'artifact/size-mismatch',
      zip([page], { end64: { signature: 1 } }),
    ),
    whole(
      'a zip64 end record with something more in it',
      'artifact/size-mismatch',
      zip([page], { end64: { recordBytes: 60 } }),
    ),
    ...(
      ['disk', 'directoryDisk', 'entriesOnDisk', 'entries', 'directoryBytes', 'directoryOffset'] as const
    ).map((field) =>
      whole(
        `end records that differ in ${field}`,
        'artifact/size-mismatch',
        zip([page], { end: { [field]: 77 }, end64: {} }),
      ),
    ),
  ]);
});

describe('entries that share bytes are refused', () => {
  refusedArchives([
    among('two names for one local header', 'artifact/overlap', 'a.txt', [
      deflated,
      { ...deflated, name: 'b', local: { skip: true }, central: { offset: 0 } },
    ]),
    among('two names for one local header that has the second', 'artifact/overlap', 'b', [
      { ...deflated, name: 'b', local: { name: 'a.txt' } },
      { ...deflated, local: { skip: true }, central: { offset: 0 } },
    ]),
    among('a file whose data holds the next one', 'artifact/overlap', 'outer', [
      {
        name: 'outer',
        packed: Buffer.alloc(0),
        local: { compressedSize: 40, sizeBytes: 40 },
        central: { compressedSize: 40, sizeBytes: 40 },
      },
      { name: 'inner', content: 'twenty bytes or more, surely' },
    ]),
    among(
      'descriptors cut out between the files, and offsets that go on as if they were there',
      'artifact/overlap',
      'index.html',
      [
        { ...page, local: { flags: 8, crc32: 0, compressedSize: 0, sizeBytes: 0 }, central: { flags: 8 } },
        deflated,
      ],
    ),
    among('a file whose data runs into the directory', 'artifact/overlap', 'a', [
      {
        name: 'a',
        content: 'x',
        local: { compressedSize: 2, sizeBytes: 2 },
        central: { compressedSize: 2, sizeBytes: 2 },
      },
    ]),
  ]);
});
