/** The headers that make a request conditional, as they came. */
export interface Conditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
}

/**
 * RFC 9110, 13.2.2, for a file with this strong ETag: 412 or 304 in place of the file, or undefined. There are no dates
 * of change here, a release being what it is from the start; so conditions on dates are passed over, as the RFC has it.
 */
export function conditionFailed({ ifMatch, ifNoneMatch }: Conditions, etag: string): 304 | 412 | undefined {
  if (ifMatch !== undefined && !isNamed(ifMatch, etag, 'strong')) return 412;
  return ifNoneMatch !== undefined && isNamed(ifNoneMatch, etag, 'weak') ? 304 : undefined;
}

/** Does the list name this ETag, or everything? A weak one in it counts in a weak comparison only. */
function isNamed(list: string, etag: string, comparison: 'weak' | 'strong'): boolean {
  if (list.trim() === '*') return true;
  const named = list.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return named.some((one) => one === etag || (comparison === 'weak' && one === `W/${etag}`));
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
  if (range === undefined || (ifRange !== undefined && ifRange.trim() !== etag)) return 'whole';
  const [, first, last] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(range.trim()) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') {
    const start = Math.max(sizeBytes - Number(last), 0);
    return start < sizeBytes ? { start, end: sizeBytes } : 'unsatisfiable';
  }
  if (last !== '' && Number(last) < Number(first)) return 'whole';
  if (Number(first) >= sizeBytes) return 'unsatisfiable';
  return { start: Number(first), end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}
