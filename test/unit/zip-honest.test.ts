import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZipFile } from 'yazl';
import { DEFAULT_LIMITS } from '../../shared/artifacts/limits.ts';
import { readAhead } from '../../shared/artifacts/positional-reader.ts';
import { readEntry, readListing } from '../../shared/artifacts/zip-reader.ts';
import { deflated, page, text, unicodePathField } from '../builders/hostile-zip.ts';
import {
  bufferReader,
  buildZip,
  extraField,
  uint64s,
  type ZipEntry,
  type ZipShape,
} from '../builders/zip.ts';

/** The files of an archive by path, with their contents. */
async function unpack(bytes: Buffer, limits = DEFAULT_LIMITS): Promise<Record<string, string>> {
  const reader = bufferReader(bytes);
  const files: Record<string, string> = {};
  for (const file of (await readListing(reader, limits)).entries) {
    files[file.path] = (await readEntry(reader, file)).toString();
  }
  return files;
}

const pathsOf = async (...entries: ZipEntry[]) => Object.keys(await unpack(buildZip(entries)));
const notesOf = async (...entries: ZipEntry[]) => (await readListing(bufferReader(buildZip(entries)))).notes;

/** What an independent, widely used writer makes of these files. */
async function writtenByYazl(files: Iterable<[string, Buffer]>, options: object): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, content] of files) zip.addBuffer(content, path, options);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('an honest archive is unpacked', () => {
  const inner = buildZip([page], { comment: Buffer.from('inner') });
  const both = { 'index.html': '<h1>Hello</h1>', 'a.txt': text };
  test.each<[string, ZipEntry[], ZipShape]>([
    ['stored and deflated', [page, deflated], {}],
    ['with a comment', [page, deflated], { comment: Buffer.from('made by hand') }],
    ['with a comment on an entry', [page, { ...deflated, central: { comment: Buffer.from('hi') } }], {}],
    ['with the longest comment', [page, deflated], { comment: Buffer.alloc(65_535, 'c') }],
    ['behind a self-extracting program', [page, deflated], { prefix: Buffer.from('#!/bin/sh\n') }],
    ['with bytes behind its end', [page, deflated], { suffix: Buffer.from('\n\n') }],
    [
      'with an end record’s mark in its comment',
      [page, deflated],
      { comment: Buffer.from('PK\x05\x06 as a joke, for long') },
    ],
    ['with signed descriptors', [page, { ...deflated, descriptor: 'signed' }], {}],
    ['with bare descriptors', [{ ...page, descriptor: 'bare' }, deflated], {}],
    ['with signed 64-bit descriptors', [{ ...page, descriptor: 'signed64' }, deflated], {}],
    ['with bare 64-bit descriptors', [page, { ...deflated, descriptor: 'bare64' }], {}],
    ['with a zip64 end record', [page, deflated], { end64: {} }],
    [
      'with a zip64 end record behind a prefix',
      [page, deflated],
      { end64: {}, prefix: Buffer.from('program') },
    ],
    [
      'with everything deferred to the zip64 end record',
      [page, deflated],
      {
        end64: {},
        end: {
          disk: 0xffff,
          directoryDisk: 0xffff,
          entriesOnDisk: 0xffff,
          entries: 0xffff,
          directoryBytes: 0xffffffff,
          directoryOffset: 0xffffffff,
        },
      },
    ],
    [
      'with zip64 fields that nothing is deferred to, and that say the same',
      [page, { ...deflated, extra: extraField(1, uint64s(text.length, deflateRawSync(text).length)) }],
      {},
    ],
    [
      'with a zip64 field that holds more than is deferred to it',
      [
        page,
        {
          ...deflated,
          central: {
            sizeBytes: 0xffffffff,
            extra: extraField(1, uint64s(text.length, deflateRawSync(text).length, 54)),
          },
          local: { extra: Buffer.alloc(4) },
        },
      ],
      {},
    ],
    ['with a digital signature behind the directory', [page, deflated], { signature: Buffer.alloc(7, 's') }],
    [
      'with a flag for descriptors, none there, and nothing left for one to say',
      [
        { ...page, flags: 8 },
        { ...deflated, flags: 8 },
      ],
      {},
    ],
    [
      'with a DOS attribute of folders on what Unix calls a file',
      [page, { ...deflated, externalAttributes: 0x81fdffff }],
      {},
    ],
    [
      'with padding between the entries',
      [
        page,
        { name: '', local: { signature: 0, extra: Buffer.alloc(50) }, central: { unlisted: true } },
        deflated,
      ],
      {},
    ],
    [
      'behind a program with the marks of records in it',
      [page, deflated],
      { prefix: Buffer.from('MZ PK\x03\x04 PK\x01\x02 PK\x05\x06, and more than twenty bytes') },
    ],
    [
      'behind a program with ends of archives that lead nowhere, also where two pieces meet',
      [page, deflated],
      {
        prefix: Buffer.concat([
          Buffer.alloc(65_530, 'x'),
          buildZip([]),
          buildZip([page]).subarray(-22),
          Buffer.alloc(99, 'x'),
        ]),
      },
    ],
    [
      'with bytes behind its end that have the mark of an end record',
      [page, deflated],
      { suffix: Buffer.from('PK\x05\x06 and more than twenty bytes') },
    ],
    [
      'with an archive in the archive, not packed, at its end',
      [page, deflated, { name: 'z', content: inner }],
      {},
    ],
    ['with padding in the extra field', [page, { ...deflated, extra: Buffer.alloc(3) }], {}],
    ['with extra fields nobody here knows, twice', [page, { ...deflated, extra: Buffer.alloc(8) }], {}],
    ['with folders, one of them twice', [{ name: 'f/' }, { name: 'f/' }, { name: 'F/' }, page, deflated], {}],
    [
      'with a folder that is streamed and not described',
      [{ name: 'f/', local: { flags: 8 }, central: { flags: 8 } }, page, deflated],
      {},
    ],
    ['with the current folder as an entry', [{ name: './' }, page, deflated], {}],
    [
      'with attributes all of whose bits are set',
      [{ name: 'f/', externalAttributes: 0xffff0010 }, { ...page, externalAttributes: 0xffff0000 }, deflated],
      {},
    ],
    [
      'with modes of files and folders',
      [{ name: 'f', mode: 0o040755 }, { ...page, mode: 0o100644 }, deflated],
      {},
    ],
  ])('%s', async (_, entries, shape) => {
    expect(await unpack(buildZip(entries, shape))).toMatchObject(both);
  });

  test('with sizes and offset in zip64 fields', async () => {
    const packed = deflateRawSync(text).length;
    const zip64: ZipEntry = {
      ...deflated,
      local: {
        sizeBytes: 0xffffffff,
        compressedSize: 0xffffffff,
        extra: extraField(1, uint64s(text.length, packed)),
      },
      central: {
        sizeBytes: 0xffffffff,
        compressedSize: 0xffffffff,
        offset: 0xffffffff,
        disk: 0xffff,
        extra: extraField(1, Buffer.concat([uint64s(text.length, packed, 0), Buffer.alloc(4)])),
      },
    };
    expect(await unpack(buildZip([zip64, page]))).toEqual(both);
  });

  test('with only the size that does not fit in a zip64 field', async () => {
    const says = { sizeBytes: 0xffffffff, extra: extraField(1, uint64s(text.length)) };
    expect(await unpack(buildZip([page, { ...deflated, local: says, central: says }]))).toEqual(both);
  });

  test('with empty files', async () => {
    const empty: ZipEntry[] = [page, { name: 'stored' }, { name: 'deflated', method: 8 }];
    expect(await unpack(buildZip(empty))).toEqual({
      'index.html': '<h1>Hello</h1>',
      stored: '',
      deflated: '',
    });
  });

  test.each([{ compress: true }, { compress: false }, { forceZip64Format: true }])(
    'as another writer makes it (%o), whatever is in it',
    async (options) => {
      const name = fc.stringMatching(/^[a-zé世_-]{1,12}$/);
      const files = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 3000 })), {
        minLength: 1,
        maxLength: 12,
        selector: ([path]) => path,
      });
      await fc.assert(
        fc.asyncProperty(files, async (list) => {
          const written = list.map(([path, content]): [string, Buffer] => [path, Buffer.from(content)]);
          const reader = bufferReader(await writtenByYazl(written, options));
          const read: [string, Buffer][] = [];
          for (const file of (await readListing(reader)).entries) {
            read.push([file.path, await readEntry(readAhead(reader), file)]);
          }
          expect(new Map(read)).toEqual(new Map(written));
        }),
        { numRuns: 25 },
      );
    },
  );
});

test('a directory of many long records is read whole', async () => {
  const central = { comment: Buffer.alloc(65_535), extra: extraField(0xcafe, Buffer.alloc(65_000)) };
  const entries = Array.from({ length: 9 }, (_, n) => ({ name: `f${n}`, central }));
  const reader = bufferReader(buildZip(entries));
  expect((await readListing(reader)).entries).toHaveLength(9);
  expect(reader.longest).toBeLessThanOrEqual(256 * 1024);
});

test('a file that was zipped from a pipe is a file, whatever its mode says', async () => {
  const piped: ZipEntry = { ...deflated, name: '-', mode: 0o010600, descriptor: 'signed' };
  expect(await unpack(buildZip([page, piped], { end64: {} }))).toEqual({
    'index.html': '<h1>Hello</h1>',
    '-': text,
  });
});

describe('names', () => {
  const cp437 = Buffer.from([0x6d, 0x81, 0x73, 0x6c, 0x69, 0xff, 0x80]);
  test.each<[string, ZipEntry, string]>([
    ['in code page 437 are read as it', { name: cp437 }, 'müsli\u00a0Ç'],
    ['in UTF-8 are read as it', { name: 'müsli 世界', flags: 0x800 }, 'müsli 世界'],
    ['in UTF-8 that does not say so are recognised', { name: 'müsli 世界' }, 'müsli 世界'],
    ['in a Unicode path field win', { name: 'm?sli', extra: unicodePathField('m?sli', 'müsli') }, 'müsli'],
    [
      'in a Unicode path field of another name do not',
      { name: 'muesli', extra: unicodePathField('m?sli', 'müsli') },
      'muesli',
    ],
    [
      'in a Unicode path field of another version do not',
      { name: 'a', extra: extraField(0x7075, Buffer.from([2, 0, 0, 0, 0, 98])) },
      'a',
    ],
    [
      'in a Unicode path field without a name do not',
      { name: 'a', extra: extraField(0x7075, Buffer.from([1])) },
      'a',
    ],
    [
      'in each header’s own encoding are one name',
      { name: 'mü', flags: 0x800, local: { name: Buffer.from([0x6d, 0x81]), flags: 0 } },
      'mü',
    ],
    [
      'in a Unicode path field of the local header are what the directory says without one',
      {
        name: Buffer.from([0x6d, 0x81]),
        local: { name: 'mxx', extra: unicodePathField('mxx', 'mü') },
      },
      'mü',
    ],
    ['from the current folder lose its mark', { name: '././a.txt' }, 'a.txt'],
    [
      'with signs people use stay',
      { name: '[id] (1) @a+b~c,d&e=ƒ….html', flags: 0x800 },
      '[id] (1) @a+b~c,d&e=ƒ….html',
    ],
  ])('%s', async (_, entry, path) => {
    expect(await pathsOf(page, entry)).toEqual(['index.html', path]);
  });
});

describe('what is forgiven is told', () => {
  test('one folder around everything is taken off', async () => {
    const entries: ZipEntry[] = [
      { name: 'site/' },
      { ...page, name: 'site/index.html' },
      { ...page, name: 'site/site/b.html' },
    ];
    expect(await pathsOf(...entries)).toEqual(['index.html', 'site/b.html']);
    expect(await notesOf(...entries)).toEqual([{ code: 'artifact/wrapped', detail: { folder: 'site/' } }]);
  });

  test('a folder beside a file stays', async () => {
    expect(await pathsOf({ name: 'site/a' }, { name: 'sitemap' })).toEqual(['site/a', 'sitemap']);
    expect(await notesOf({ name: 'site/a' }, { name: 'sitemap' })).toEqual([]);
  });

  test('what operating systems leave behind is left out, also around a folder', async () => {
    const clutter = [
      '__MACOSX/site/._index.html',
      'site/.DS_Store',
      'site/img/Thumbs.db',
      'THUMBS.DB',
      'Desktop.ini',
    ];
    const entries = [...clutter.map((name) => ({ name })), { ...page, name: 'site/index.html' }];
    expect(await pathsOf(...entries)).toEqual(['index.html']);
    expect(await notesOf(...entries)).toEqual([
      { code: 'artifact/clutter-removed', detail: { files: clutter } },
      { code: 'artifact/wrapped', detail: { folder: 'site/' } },
    ]);
  });

  test('files that only look like clutter stay', async () => {
    const names = ['__MACOSX.html', 'my.DS_Store', 'a/__MACOSX/b'];
    expect(await pathsOf(...names.map((name) => ({ name })))).toEqual(names);
    expect(await notesOf(...names.map((name) => ({ name })))).toEqual([]);
  });
});

describe('an archive exactly at a limit is unpacked', () => {
  const two = buildZip([page, deflated]);
  test.each<[string, Partial<typeof DEFAULT_LIMITS>, Buffer]>([
    ['size', { archiveBytes: two.length }, two],
    ['count', { files: 2 }, two],
    ['unpacked size', { unpackedBytes: text.length + 14 }, two],
    ['file size', { fileBytes: text.length }, two],
    ['path', {}, buildZip([page, { name: `${'x'.repeat(200)}/${'y'.repeat(200)}/${'z'.repeat(110)}` }])],
    ['depth', {}, buildZip([page, { name: `${'d/'.repeat(31)}f` }])],
    [
      'ratio of small files',
      {},
      buildZip([page, { name: 'z', content: Buffer.alloc(1_000_000 - 14), method: 8 }]),
    ],
  ])('%s', async (_, limits, bytes) => {
    expect(Object.keys(await unpack(bytes, { ...DEFAULT_LIMITS, ...limits }))).toHaveLength(2);
  });

  test('ratio of a large file', async () => {
    const content = Buffer.alloc(1_000_001);
    const ratio = content.length / deflateRawSync(content).length;
    const bytes = buildZip([{ name: 'z', content, method: 8 }]);
    await expect(readListing(bufferReader(bytes), { ...DEFAULT_LIMITS, ratio })).resolves.toBeDefined();
  });
});

describe('reading', () => {
  test('takes little memory and few reads, whatever the size of the archive', async () => {
    const large = { name: 'large.bin', content: Buffer.alloc(900_000, 'x') };
    const many = Array.from({ length: 500 }, (_, n) => ({ ...deflated, name: `f${n}` }));
    const reader = bufferReader(buildZip([large, ...many]));
    const { entries } = await readListing(reader);
    expect(entries).toHaveLength(501);
    expect(reader.longest).toBeLessThanOrEqual(256 * 1024);
    expect(reader.reads).toBeLessThan(20);
  });

  test('lists files in the order of their bytes, wherever the directory puts them', async () => {
    const first = buildZip([page]).indexOf('PK\x01\x02');
    const bytes = buildZip([
      { ...page, central: { unlisted: true } },
      { ...deflated },
      { ...page, local: { skip: true }, central: { offset: 0 } },
    ]);
    const { entries } = await readListing(bufferReader(bytes));
    expect(entries.map(({ path, offset }) => ({ path, offset }))).toEqual([
      { path: 'index.html', offset: 40 },
      { path: 'a.txt', offset: first + 35 },
    ]);
  });
});
