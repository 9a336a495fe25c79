import { describe } from 'vitest';
import { about, among, page, refusedArchives, unicodePathField } from '../builders/hostile-zip.ts';

const long = 'x'.repeat(200);

describe('a path that leads outside, or cannot be shown, is refused', () => {
  refusedArchives([
    about('a parent folder', 'artifact/path-traversal', { name: '../evil' }),
    about('a parent folder inside', 'artifact/path-traversal', { name: 'a/../../evil' }),
    about('a parent folder that stays inside', 'artifact/path-traversal', { name: 'a/../evil' }),
    about('a parent folder at the end', 'artifact/path-traversal', { name: 'a/..' }),
    about('a folder entry that climbs', 'artifact/path-traversal', { name: '../' }),
    about('a parent behind the current folder', 'artifact/path-traversal', { name: './../evil' }),
    about('a parent with spaces, which Windows drops', 'artifact/path-traversal', { name: 'a/.. /evil' }),
    about('three dots, two folders up on some systems', 'artifact/path-traversal', { name: '.../evil' }),
    about('an absolute path', 'artifact/path-traversal', { name: '/etc/passwd' }),
    about('the root itself', 'artifact/path-traversal', { name: '/' }),
    about('a network path', 'artifact/path-traversal', { name: '//server/share' }),
    about('a drive', 'artifact/path-traversal', { name: 'C:/evil' }),
    about('a drive without a slash', 'artifact/path-traversal', { name: 'c:evil' }),
    about('a parent by backslash', 'artifact/path-traversal', { name: '..\\evil' }),
    about('a folder by backslash', 'artifact/path-traversal', { name: 'a\\b' }),
    about('a NUL', 'artifact/path-traversal', { name: 'a.html\0.txt' }, { named: 'a.html.txt' }),
    about('full-width dots and slash', 'artifact/path-traversal', { name: '．．／evil', flags: 0x800 }),
    about('two dots in one character', 'artifact/path-traversal', { name: '‥/evil', flags: 0x800 }),
    about('full-width backslash', 'artifact/path-traversal', { name: 'a＼..＼evil', flags: 0x800 }),
    about('clutter that climbs', 'artifact/path-traversal', { name: '__MACOSX/../../evil' }),
    about(
      'a parent in the Unicode path field',
      'artifact/path-traversal',
      {
        name: 'good',
        extra: unicodePathField('good', Buffer.from('../evil')),
      },
      { named: '../evil' },
    ),
    about('no name', 'artifact/name-invalid', { name: '' }),
    about('a current folder inside', 'artifact/name-invalid', { name: 'a/./b' }),
    about('a current folder alone', 'artifact/name-invalid', { name: '.' }),
    about('an empty folder name', 'artifact/name-invalid', { name: 'a//b' }),
    about('a folder of spaces', 'artifact/name-invalid', { name: 'a/ /b' }),
    about('a line break', 'artifact/name-invalid', { name: 'a\nb' }, { named: 'ab' }),
    about(
      'a mark that turns the direction of writing',
      'artifact/name-invalid',
      { name: 'a\u202egnp.exe', flags: 0x800 },
      { named: 'agnp.exe' },
    ),
    about('a byte order mark', 'artifact/name-invalid', { name: '\ufeffa', flags: 0x800 }, { named: 'a' }),
    about('a colon, a hidden stream on Windows', 'artifact/name-invalid', { name: 'index.html:x' }),
    about(
      'bytes that are not the UTF-8 they claim to be',
      'artifact/name-invalid',
      { name: Buffer.from([0x61, 0xff]), flags: 0x800 },
      { named: 'aÿ' },
    ),
    about('a Unicode path field that is not UTF-8', 'artifact/name-invalid', {
      name: 'good',
      extra: unicodePathField('good', Buffer.from([0xff])),
    }),
    about('another name in the local header', 'artifact/name-invalid', {
      ...page,
      name: 'b',
      local: { name: '../b' },
    }),
    about(
      'a path over the limit',
      'artifact/path-too-long',
      { name: `${long}/${long}/${'y'.repeat(111)}` },
      { named: `${long.slice(0, 199)}…` },
    ),
    about(
      'an empty Unicode path field',
      'artifact/name-invalid',
      {
        name: 'good',
        extra: unicodePathField('good', ''),
      },
      { named: '' },
    ),
    about(
      'a path over the limit behind a short raw name',
      'artifact/path-too-long',
      {
        name: 'short',
        extra: unicodePathField('short', `${long}/${long}/${'y'.repeat(111)}`),
      },
      { named: `${long.slice(0, 199)}…` },
    ),
    about(
      'a raw name over the limit behind a short one',
      'artifact/path-too-long',
      {
        name: 'x'.repeat(513),
        extra: unicodePathField('x'.repeat(513), Buffer.from('short')),
      },
      { named: `${long.slice(0, 199)}…` },
    ),
    about(
      'a path part over the limit',
      'artifact/path-too-long',
      { name: 'x'.repeat(201) },
      { named: `${long.slice(0, 199)}…` },
    ),
    about('one folder too deep', 'artifact/path-too-deep', { name: `${'d/'.repeat(32)}f` }),
  ]);
});

describe('names that are one file on some disk are refused', () => {
  refusedArchives([
    about('the same name twice', 'artifact/duplicate-name', page),
    about('names equal but for case', 'artifact/name-collision', { name: 'INDEX.html' }),
    among('names equal but for a sharp s', 'artifact/name-collision', 'STRASSE', [
      { name: 'straße', flags: 0x800 },
      { name: 'STRASSE' },
    ]),
    among('names equal but for a large sharp s', 'artifact/name-collision', 'STRAẞE', [
      { name: 'straße', flags: 0x800 },
      { name: 'STRAẞE', flags: 0x800 },
    ]),
    among('names equal but for the sigma at the end', 'artifact/name-collision', 'ΟΔΟΣ', [
      { name: 'οδος', flags: 0x800 },
      { name: 'ΟΔΟΣ', flags: 0x800 },
    ]),
    among('names equal but for the order of marks', 'artifact/name-collision', 'a\u0323\u0307', [
      { name: 'a\u0307\u0323', flags: 0x800 },
      { name: 'a\u0323\u0307', flags: 0x800 },
    ]),
    among('names equal but for the Unicode form', 'artifact/name-collision', 'cafe\u0301', [
      { name: 'caf\u00e9', flags: 0x800 },
      { name: 'cafe\u0301', flags: 0x800 },
    ]),
    among('names equal but for dots and spaces that Windows drops', 'artifact/name-collision', 'a./b. ', [
      { name: 'a/b' },
      { name: 'a./b. ' },
    ]),
    among('a file that is also a folder', 'artifact/name-collision', 'A', [{ name: 'a/b/c' }, { name: 'A' }]),
    among('a file that is also an inner folder', 'artifact/name-collision', 'a/B', [
      { name: 'a/b/c' },
      { name: 'a/B' },
    ]),
    among('a file that is also an empty folder', 'artifact/name-collision', 'a', [
      { name: 'a/' },
      { name: 'a' },
      page,
    ]),
  ]);
});
