import { isAscii } from 'node:buffer';
import type { ArtifactFault, HostileCode } from './artifact-faults.ts';
import type { ArtifactLimits } from './limits.ts';

/** Upper half of code page 437, the encoding of zip names from before Unicode. */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

// A leading byte order mark stays visible: it is part of the name, and refused as one.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The name of an entry, or undefined when it says it is UTF-8 and is not. Without that flag it is UTF-8 where it can be
 * (macOS and others write it so) and code page 437 otherwise.
 */
export function decodeName(raw: Buffer, flaggedUtf8: boolean): string | undefined {
  if (isAscii(raw)) return raw.toString('latin1');
  try {
    return utf8.decode(raw);
  } catch {
    if (flaggedUtf8) return undefined;
  }
  return Array.from(raw, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : (CP437[byte - 0x80] ?? ''),
  ).join('');
}

type PathFault = Pick<ArtifactFault<HostileCode>, 'code' | 'detail'>;

/**
 * What is wrong with a file's path, if anything: leads outside, cannot be shown or typed, or is too long. A path without
 * fault has no empty, `.` or `..` segments, and means the same file on every disk and in every URL.
 */
export function pathFault(path: string, limits: ArtifactLimits): PathFault | undefined {
  // Its length first: some of what follows takes long on what is long.
  if (Buffer.byteLength(path) > limits.pathBytes) {
    return { code: 'artifact/path-too-long', detail: { limit: limits.pathBytes } };
  }
  if (ORDINARY.test(path)) return tooLong(path, limits);
  return traversal(path) ?? invalid(path) ?? tooLong(path, limits);
}

/** Nearly every path there is: nothing in it that traversal or invalid names are made of. */
const ORDINARY = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

const faultOf =
  (code: HostileCode) =>
  (reason: string): PathFault => ({ code, detail: { reason } });

// Two dots or more among dots and spaces: Windows drops trailing ones, and some systems climb one folder per dot.
const CLIMBING = /^ *\.[. ]*\.[. ]*$/;

function traversal(path: string): PathFault | undefined {
  const fault = faultOf('artifact/path-traversal');
  if (path.includes('\0')) return fault('nul');
  if (path.includes('\\')) return fault('backslash');
  if (path.startsWith('/')) return fault('absolute');
  if (/^[a-z]:/i.test(path)) return fault('drive');
  // In compatibility form, so that wide and combined dots and slashes count as what they may be folded into.
  if (climbs(path.normalize('NFKC'))) return fault('parent');
  // In an address a percent sign spells a byte. Whoever decodes once too often must not be led outside either.
  for (const decoded of percentDecodings(path)) {
    if (climbs(decoded) || decoded.includes('\0')) return fault('percent');
  }
  return undefined;
}

const climbs = (path: string): boolean => path.split(/[\\/]/).some((segment) => CLIMBING.test(segment));

/** Decoded once, twice and so on; `%c0%ae` and `%c0%af` are a dot and a slash to careless decoders. */
function* percentDecodings(path: string): Generator<string> {
  let decoded = path;
  for (;;) {
    const next = decoded
      .replace(/%c0%ae/gi, '.')
      .replace(/%c0%af/gi, '/')
      .replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    if (next === decoded) return;
    yield next;
    decoded = next;
  }
}

// Control characters, line separators, and marks that make a name read otherwise than it is.
const UNSHOWABLE =
  /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\p{Noncharacter_Code_Point}]/u;

function invalid(path: string): PathFault | undefined {
  const fault = faultOf('artifact/name-invalid');
  if (UNSHOWABLE.test(path)) return fault('control');
  // A colon opens a hidden stream of another file on Windows.
  if (path.includes(':')) return fault('colon');
  if (path.split('/').some((segment) => segment === '.' || segment.trim() === ''))
    return fault('empty-segment');
  return undefined;
}

function tooLong(path: string, limits: ArtifactLimits): PathFault | undefined {
  const segments = path.split('/');
  if (segments.some((segment) => Buffer.byteLength(segment) > limits.segmentBytes)) {
    return { code: 'artifact/path-too-long', detail: { limit: limits.segmentBytes } };
  }
  if (segments.length > limits.depth) {
    return { code: 'artifact/path-too-deep', detail: { depth: segments.length, limit: limits.depth } };
  }
  return undefined;
}

/**
 * Two paths with the same key are one file on some disk: case, Unicode form, signs without a shape of their own, trailing
 * dots and spaces are ignored.
 */
export function collisionKey(path: string): string {
  if (SIMPLE_CASE.test(path)) return path.toLowerCase();
  // To upper case and back is what makes ß and ss, or the two small sigmas, equal; a large ẞ has to be a small one first.
  const folded = path
    .normalize('NFD')
    .replace(/\p{Default_Ignorable_Code_Point}+/gu, '')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase();
  return folded.replace(/[. ]+(?=\/|$)/g, '');
}

/** Letters, digits, hyphens, and dots that end no name: nothing but their case can make two of them one. */
const SIMPLE_CASE = /^(?:[\w/-]|\.(?![./]|$))*$/;
