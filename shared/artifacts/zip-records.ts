/** Fields of the zip format that more than one reader needs (APPNOTE 6.3.10, section 4). */

export const SIGNATURE = {
  local: 0x04034b50,
  central: 0x02014b50,
  descriptor: 0x08074b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  digital: 0x05054b50,
} as const;

export const FLAG = {
  encrypted: 0x1,
  descriptor: 0x8,
  patch: 0x20,
  strongEncryption: 0x40,
  utf8: 0x800,
  masked: 0x2000,
};
export const ENCRYPTED_FLAGS = FLAG.encrypted | FLAG.strongEncryption | FLAG.masked;

export const METHOD = { stored: 0, deflated: 8, aes: 99 } as const;

export const EXTRA = { zip64: 0x0001, unicodePath: 0x7075 } as const;

/** Extra fields that change what an entry is: two of them, and two readers see two archives. */
const UNIQUE_EXTRAS: ReadonlySet<number> = new Set(Object.values(EXTRA));

/** In a 32-bit or 16-bit field: the value stands in a zip64 record. */
export const IN_ZIP64 = 0xffffffff;
export const IN_ZIP64_SHORT = 0xffff;

/**
 * The extra fields by id, or what is wrong with them. Up to three bytes at the end are padding that aligning tools
 * leave; a length that runs out of the block, or an id that says something twice, is a lie.
 */
export function parseExtra(block: Buffer): Map<number, Buffer> | 'overrun' | 'repeated' {
  const fields = new Map<number, Buffer>();
  let at = 0;
  while (block.length - at >= 4) {
    const id = block.readUInt16LE(at);
    const end = at + 4 + block.readUInt16LE(at + 2);
    if (end > block.length) return 'overrun';
    if (fields.has(id) && UNIQUE_EXTRAS.has(id)) return 'repeated';
    fields.set(id, block.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** What other readers may take for a part of the archive, wherever they come upon it. */
const RECORDS = [SIGNATURE.local, SIGNATURE.central, SIGNATURE.end64, SIGNATURE.locator64].map(
  (signature) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(signature);
    return bytes;
  },
);

/** Does a comment, or what lies between two entries, hold the beginning of a record? */
export function holdsRecord(bytes: Buffer): boolean {
  return bytes.length >= 4 && RECORDS.some((signature) => bytes.includes(signature));
}

/** A 64-bit field as a number; beyond 2^53 inexact, which is beyond any limit too. */
export function readUInt64(block: Buffer, at: number): number {
  return Number(block.readBigUInt64LE(at));
}
