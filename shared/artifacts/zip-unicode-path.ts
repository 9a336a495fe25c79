import { crc32 } from 'node:zlib';

/** Version, CRC-32 of the name it replaces, name. */
const HEADER_BYTES = 5;

/** The Unicode path extra field's name, unless it is of another version or belongs to another name (a renamed entry). */
export function unicodePath(field: Buffer | undefined, raw: Buffer): Buffer | undefined {
  if (field === undefined || field.length < HEADER_BYTES) return undefined;
  if (field.readUInt8(0) !== 1 || field.readUInt32LE(1) !== crc32(raw)) return undefined;
  return field.subarray(HEADER_BYTES);
}

/**
 * Could the raw name be this name, written by a tool that had no signs for some of its characters? Such tools put in a
 * question mark, a letter that looks alike, an escape, or the bytes of an old encoding, each instead of what is not
 * ASCII; the rest stays. Readers that know nothing of the field see the raw name, so it must not be another file.
 */
export function couldBe(raw: Buffer, name: string): boolean {
  // A byte is a character here: in every encoding that was ever used for names, a slash is a slash and a dot is a dot.
  const rawParts = raw.toString('latin1').split('/');
  const parts = name.split('/');
  return rawParts.length === parts.length && parts.every((part, index) => fits(rawParts[index] ?? '', part));
}

/** Are the ASCII pieces of the name all in the raw one, in their order, with anything where the name has other signs? */
function fits(raw: string, name: string): boolean {
  if (raw === '..' || raw.includes('\0')) return false;
  // Not by one regular expression: with many pieces it would try every way to lay them out.
  const pieces = name.split(NOT_ASCII);
  const [first = '', ...others] = pieces;
  const last = others.pop();
  if (last === undefined) return raw === name;
  if (!raw.startsWith(first) || !raw.endsWith(last)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = raw.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= raw.length - last.length;
}

const NOT_ASCII = /\P{ASCII}+/u;
