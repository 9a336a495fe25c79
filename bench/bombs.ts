import { crc32, deflateRawSync } from 'node:zlib';

export interface Bomb {
  what: string;
  /** What it is to be refused with. */
  code: string;
  zip: Buffer;
}

const GIB = 2 ** 30;
const PIECE_BYTES = 2 ** 20;

/** A gigabyte of zeros, packed, by itself and disguised. */
export function bombs(): Bomb[] {
  const zeros = packedZeros();
  const plain = zipOf([{ name: 'zeros.bin', packed: zeros, sizeBytes: GIB }]);
  const kernel = { name: 'a', packed: zeros, sizeBytes: GIB };
  return [
    { what: 'a file of 1 GiB', code: 'artifact/ratio', zip: plain },
    {
      what: 'a file of 1 GiB that says it has 99 MB',
      code: 'artifact/size-mismatch',
      zip: zipOf([{ name: 'zeros.bin', packed: zeros, sizeBytes: 99_000_000 }]),
    },
    {
      what: 'the same in an archive in the archive',
      code: 'artifact/ratio',
      zip: zipOf([
        { name: 'inner.zip', packed: deflateRawSync(plain), sizeBytes: plain.length, crc: crc32(plain) },
      ]),
    },
    {
      what: 'a thousand names for one file of 1 GiB',
      code: 'artifact/overlap',
      zip: zipOf(
        [kernel],
        Array.from({ length: 1_000 }, (_, n) => ({ ...kernel, name: `f${n}` })),
      ),
    },
  ];
}

/** A deflate stream of 1 GiB of zeros, of which only one piece is ever in memory: the rest is that piece again. */
function packedZeros(): Buffer {
  // Without its final block and ending on a byte, a piece can be followed by another.
  const piece = deflateRawSync(Buffer.alloc(PIECE_BYTES), { level: 9, finishFlush: 3 });
  const end = Buffer.from([3, 0]);
  return Buffer.concat([...Array.from({ length: GIB / PIECE_BYTES }, () => piece), end]);
}

interface Entry {
  name: string;
  packed: Buffer;
  sizeBytes: number;
  crc?: number;
}

/** A zip of these entries; `names` more point at the first. */
function zipOf(entries: readonly Entry[], names: readonly Entry[] = []): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    directory.push(header(entry, 'PK\x01\x02', at));
    const local = Buffer.concat([header(entry, 'PK\x03\x04'), entry.packed]);
    parts.push(local);
    at += local.length;
  }
  for (const entry of names) directory.push(header(entry, 'PK\x01\x02', 0));
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}

/** A central header when it says where the local one is, else a local one. */
function header({ name, packed, sizeBytes, crc = 0 }: Entry, signature: string, offset?: number): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(crc, 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(sizeBytes, 18);
  common.writeUInt16LE(name.length, 22);
  const rest = Buffer.alloc(offset === undefined ? 0 : 14);
  if (offset !== undefined) rest.writeUInt32LE(offset, 10);
  const madeBy = Buffer.alloc(offset === undefined ? 0 : 2);
  return Buffer.concat([Buffer.from(signature, 'latin1'), madeBy, common, rest, Buffer.from(name)]);
}
