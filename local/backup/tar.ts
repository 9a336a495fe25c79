/**
 * The one kind of tar archive a backup is (POSIX ustar): plain files and empty folders, so that any `tar` can list and
 * unpack it. What else the format knows (links, devices, extensions) is neither written nor read.
 */
export const BLOCK_BYTES = 512;

/** Sizes from here on don't fit into eleven octal digits and are written in binary, as GNU tar and others do. */
const MAX_OCTAL_SIZE = 0o77777777777;

export interface TarEntry {
  path: string;
  kind: 'file' | 'folder';
  /** 0 for a folder. */
  sizeBytes: number;
}

/** Two empty blocks: the archive was written to its end. */
export const END_OF_ARCHIVE = Buffer.alloc(2 * BLOCK_BYTES);

/** What follows a file's bytes, up to the next block. */
export const paddingOf = (sizeBytes: number): number =>
  (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;

/**
 * The block an entry begins with; undefined when the path has no room in it (255 bytes, 100 of them behind a slash).
 * @param mtimeMs epoch milliseconds
 */
export function encodeTarHeader({ path, kind, sizeBytes }: TarEntry, mtimeMs: number): Buffer | undefined {
  const names = splitPath(path);
  if (!names) return undefined;
  const header = Buffer.alloc(BLOCK_BYTES);
  names.name.copy(header, 0);
  header.write(kind === 'file' ? '0000600\0' : '0000700\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  writeSize(header, sizeBytes);
  header.write(`${octal(Math.floor(mtimeMs / 1000), 11)}\0`, 136);
  header.write(kind === 'file' ? '0' : '5', 156);
  header.write('ustar\u000000', 257);
  names.prefix.copy(header, 345);
  header.write(`${octal(sumOf(header), 6)}\0 `, 148);
  return header;
}

/**
 * Reads such a block. `end` at an empty one; `other` for what is sound but no plain file or folder (a link, a device);
 * `bad` for what is no header.
 */
export function decodeTarHeader(header: Buffer): TarEntry | 'end' | 'other' | 'bad' {
  if (header.every((byte) => byte === 0)) return 'end';
  if (Number.parseInt(header.toString('latin1', 148, 156), 8) !== sumOf(header)) return 'bad';
  if (header.toString('latin1', 257, 262) !== 'ustar') return 'bad';
  const sizeBytes = readSize(header);
  if (sizeBytes === undefined) return 'bad';
  const type = header.toString('latin1', 156, 157);
  if (type !== '0' && type !== '5') return 'other';
  if (type === '5' && sizeBytes !== 0) return 'bad';
  const [prefix, name] = [textOf(header.subarray(345, 500)), textOf(header.subarray(0, 100))];
  if (prefix === undefined || name === undefined) return 'bad';
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    kind: type === '0' ? 'file' : 'folder',
    sizeBytes,
  };
}

/** A path of more than 100 bytes is cut at a slash. */
function splitPath(path: string): { prefix: Buffer; name: Buffer } | undefined {
  const bytes = Buffer.from(path);
  if (bytes.length <= 100) return { prefix: Buffer.alloc(0), name: bytes };
  const slash = bytes.indexOf('/', bytes.length - 101);
  if (slash < 1 || slash > 155 || slash === bytes.length - 1) return undefined;
  return { prefix: bytes.subarray(0, slash), name: bytes.subarray(slash + 1) };
}

function writeSize(header: Buffer, sizeBytes: number): void {
  if (sizeBytes <= MAX_OCTAL_SIZE) {
    header.write(`${octal(sizeBytes, 11)}\0`, 124);
    return;
  }
  header[124] = 0x80;
  header.writeBigUInt64BE(BigInt(sizeBytes), 128);
}

function readSize(header: Buffer): number | undefined {
  if (header[124] === 0x80) {
    const size = header.readBigUInt64BE(128);
    return size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : undefined;
  }
  const text = header.toString('latin1', 124, 136);
  const digits = /^([0-7]{11})\0$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

/** All bytes of the block, its own sum taken for spaces. */
function sumOf(header: Buffer): number {
  let sum = 0;
  for (let i = 0; i < BLOCK_BYTES; i += 1) sum += i >= 148 && i < 156 ? 0x20 : header.readUInt8(i);
  return sum;
}

/** Text up to the first zero; undefined when it is not UTF-8. */
function textOf(field: Buffer): string | undefined {
  const end = field.indexOf(0);
  const bytes = end < 0 ? field : field.subarray(0, end);
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
