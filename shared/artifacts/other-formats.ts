/** What is sent in place of a zip file, most of all: each kind by the bytes it begins with, and in words. */
const KINDS: readonly { begins: string; at?: number; kind: string }[] = [
  { begins: '\x1f\x8b', kind: 'a gzip file (.gz or .tgz)' },
  { begins: 'ustar', at: 257, kind: 'a tar file (.tar)' },
  { begins: 'Rar!\x1a\x07', kind: 'a RAR file (.rar)' },
  { begins: '7z\xbc\xaf\x27\x1c', kind: 'a 7-Zip file (.7z)' },
  { begins: 'BZh', kind: 'a bzip2 file (.bz2)' },
  { begins: '\xfd7zXZ\0', kind: 'an xz file (.xz)' },
  { begins: '\x28\xb5\x2f\xfd', kind: 'a Zstandard file (.zst)' },
  { begins: '%PDF-', kind: 'a PDF document' },
  { begins: '\x89PNG', kind: 'a picture' },
  { begins: 'GIF8', kind: 'a picture' },
  { begins: '\xff\xd8\xff', kind: 'a picture' },
  { begins: 'RIFF', kind: 'a picture, a sound or a film' },
  { begins: 'ftyp', at: 4, kind: 'a film' },
  { begins: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', kind: 'an Office document' },
];

/** So many first bytes tell what a file is. */
export const TELLING_BYTES = 512;

const PAGE = /^(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b/is;

/** What a file that is no zip looks like, for a sentence that begins “This file looks like”. */
export function kindOfFile(firstBytes: Buffer): string {
  const text = firstBytes.toString('latin1');
  const known = KINDS.find(({ begins, at = 0 }) => text.startsWith(begins, at));
  if (known !== undefined) return known.kind;
  return PAGE.test(text) ? 'a single web page' : 'something else, or like a damaged file';
}
