/** A resource record as it lies in a message: where it is and what it says of itself, its data unread. */
export interface WireRecord {
  start: number;
  nameBytes: number;
  type: number;
  class: number;
  ttl: number;
  dataStart: number;
  end: number;
}

/** RFC 1035 section 2.3.4. */
const MAX_LABEL = 63;
const MAX_NAME = 255;
/** The two high bits of a length say that the rest is a pointer to where the name goes on. */
const POINTER = 0xc0;
const POINTED = 0x3fff;
/** Before it there are no names to point at. */
export const HEADER_BYTES = 12;

export interface WireName {
  /** As Latin-1. */
  labels: string[];
  /** Where what follows it begins. */
  end: number;
}

/**
 * A name; undefined when it is cut off or too long. A pointer may lead backwards only, each further than the one before,
 * so that no name goes in a circle: none leads anywhere from before `earliest`, by default none at all.
 */
export function readName(message: Buffer, start: number, earliest = start): WireName | undefined {
  const labels: string[] = [];
  let [offset, bytes, limit] = [start, 1, start];
  let end: number | undefined;
  for (;;) {
    const length = message[offset];
    if (length === undefined) return undefined;
    if (length === 0) return { labels, end: end ?? offset + 1 };
    if (length >= POINTER) {
      if (offset + 2 > message.length) return undefined;
      end ??= offset + 2;
      offset = message.readUInt16BE(offset) & POINTED;
      if (offset < earliest || offset >= limit) return undefined;
      limit = offset;
      continue;
    }
    bytes += 1 + length;
    if (length > MAX_LABEL || bytes > MAX_NAME || offset + 1 + length > message.length) return undefined;
    labels.push(message.toString('latin1', offset + 1, offset + 1 + length));
    offset += 1 + length;
  }
}

/** A name as it lies in a message, without compression. */
export function wireName(labels: readonly string[]): Buffer {
  const parts = labels.map((label) => String.fromCharCode(label.length) + label);
  return Buffer.from(`${parts.join('')}\0`, 'latin1');
}

/** So many records from `offset` on; undefined when they are not there. One pass: no pointer is followed. */
export function readRecords(message: Buffer, offset: number, count: number): WireRecord[] | undefined {
  const records: WireRecord[] = [];
  let start = offset;
  for (let left = count; left > 0; left -= 1) {
    const nameEnd = skipName(message, start);
    const dataStart = nameEnd === undefined ? Number.NaN : nameEnd + 10;
    if (nameEnd === undefined || dataStart > message.length) return undefined;
    const end = dataStart + message.readUInt16BE(nameEnd + 8);
    if (end > message.length) return undefined;
    records.push({
      start,
      nameBytes: nameEnd - start,
      type: message.readUInt16BE(nameEnd),
      class: message.readUInt16BE(nameEnd + 2),
      ttl: message.readUInt32BE(nameEnd + 4),
      dataStart,
      end,
    });
    start = end;
  }
  return records;
}

/** Where the name that begins here ends, its compression included: no pointer is followed. */
export function skipName(message: Buffer, start: number): number | undefined {
  let offset = start;
  for (;;) {
    const length = message[offset];
    if (length === undefined) return undefined;
    if (length >= POINTER) return offset + 2;
    if (length > MAX_LABEL) return undefined;
    offset += 1 + length;
    if (length === 0) return offset;
  }
}
