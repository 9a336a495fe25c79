import { extname } from 'node:path/posix';

/** Text over this size is not read: what a site shows people is far smaller. 5 MB. */
export const MAX_TEXT_BYTES = 5 * 1024 * 1024;

/** How much of a file is looked at to tell text from the rest. */
const SNIFFED_BYTES = 8 * 1024;

/** Files that hold pictures, sound, fonts or packed bytes whatever is in them: never opened. */
const BINARY_EXTENSIONS = new Set(
  [
    '.png .jpg .jpeg .gif .webp .avif .ico .bmp .tif .tiff .heic',
    '.woff .woff2 .ttf .otf .eot',
    '.mp3 .mp4 .m4a .m4v .webm .ogg .ogv .oga .opus .wav .flac .aac .mov .avi',
    '.wasm .pdf .zip .gz .tgz .br .bz2 .xz .7z .rar .tar',
    '.glb .psd .sqlite .db .docx .xlsx .pptx',
  ].flatMap((line) => line.split(' ')),
);

/** The extension with its dot, in lower case; empty when there is none. `.htaccess` has none. */
export function extensionOf(path: string): string {
  return extname(path).toLowerCase();
}

/** May the file hold text, as far as its name says? */
export function mayBeText(path: string): boolean {
  return !BINARY_EXTENSIONS.has(extensionOf(path));
}

/**
 * The text of a file, without its byte order mark; nothing when it is not text.
 *
 * A NUL among the first 8 kB means it is not, unless a byte order mark says UTF-16: browsers follow that mark,
 * so a page or a key can hide behind it. Bytes that are no UTF-8 are replaced, not refused.
 */
export function decodeText(content: Buffer): string | undefined {
  const encoding = encodingOf(content);
  return encoding && new TextDecoder(encoding).decode(content);
}

function encodingOf(content: Buffer): string | undefined {
  if (content[0] === 0xff && content[1] === 0xfe) return 'utf-16le';
  if (content[0] === 0xfe && content[1] === 0xff) return 'utf-16be';
  return content.subarray(0, SNIFFED_BYTES).includes(0) ? undefined : 'utf-8';
}
