import type { KeptMark } from './head.ts';

const ID_BYTES = 5;
/** Says where; what nobody can match by trying is the digest over all of them in full. */
const HASH_BYTES = 3;

/** Marks for one line: nine bytes each in most cases, which lets 10,000 of them into one argument of a command. */
export function packMarks(marks: readonly KeptMark[]): Buffer {
  const chunks = marks.map(({ id, seq, hash }) =>
    Buffer.concat([
      Buffer.from(id, 'hex').subarray(0, ID_BYTES),
      varint(seq),
      Buffer.from(hash.slice(0, 2 * HASH_BYTES), 'hex'),
    ]),
  );
  return Buffer.concat(chunks);
}

/** The marks packed; undefined when the bytes end in the middle of one. */
export function unpackMarks(packed: Buffer): KeptMark[] | undefined {
  const marks: KeptMark[] = [];
  for (let at = 0; at < packed.length; ) {
    const id = packed.toString('hex', at, at + ID_BYTES);
    at += ID_BYTES;
    let seq = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = packed[at];
      // Seven bytes hold every safe integer that fits.
      if (byte === undefined || shift > 2 ** 42) return undefined;
      at += 1;
      seq += (byte & 0x7f) * shift;
      if (byte < 0x80) break;
    }
    if (at + HASH_BYTES > packed.length) return undefined;
    marks.push({ id, seq, hash: packed.toString('hex', at, at + HASH_BYTES) });
    at += HASH_BYTES;
  }
  return marks;
}

/** Little-endian in sevens, the high bit of each byte says whether one follows. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
