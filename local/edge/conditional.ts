/** RFC 9110: does `If-None-Match` name this entity? Weak comparison. */
export function isNotModified(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return ifNoneMatch.match(/"[^"]*"/g)?.includes(etag) ?? false;
}

/** Bytes `[start, end)`, or why there are none of them. */
export type Range = { start: number; end: number } | 'whole' | 'unsatisfiable';

/**
 * RFC 9110, the part of a `sizeBytes` long entity that is asked for. What is malformed, or asks for several parts, gets
 * the whole, as the RFC allows; so does a range that is only wanted of another entity (`If-Range`, strong comparison).
 */
export function rangeOf(
  { range, ifRange }: { range: string | undefined; ifRange: string | undefined },
  etag: string,
  sizeBytes: number,
): Range {
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return 'whole';
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(range.replaceAll(/\s/g, '')) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') {
    const start = Math.max(sizeBytes - Number(last), 0);
    return start < sizeBytes ? { start, end: sizeBytes } : 'unsatisfiable';
  }
  if (last !== '' && Number(last) < Number(first)) return 'whole';
  if (Number(first) >= sizeBytes) return 'unsatisfiable';
  return { start: Number(first), end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}
