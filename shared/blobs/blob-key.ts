/** S3: 1,024 bytes a key. Linux, macOS and Windows: 255 bytes a name. */
const MAX_KEY_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;

/**
 * The segments of a blob's key.
 * @throws TypeError when it is not a key. Callers make keys of parts they have checked, so this is their defect.
 */
export function blobKeySegments(key: string): string[] {
  const fault = blobKeyFault(key);
  if (fault) throw new TypeError(`not a blob key (${fault}): ${JSON.stringify(key.slice(0, 200))}`);
  return key.split('/');
}

/** What is wrong with this key; undefined when it is one. */
export function blobKeyFault(key: string): string | undefined {
  return (
    wholeFault(key) ??
    key
      .split('/')
      .map(segmentFault)
      .find((fault) => fault !== undefined)
  );
}

function wholeFault(key: string): string | undefined {
  // A lone surrogate becomes U+FFFD on disk, where two such keys would be one.
  if (!key.isWellFormed()) return 'malformed text';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return 'too long';
  // The store keeps its own folders under such names.
  if (key.startsWith('.')) return 'begins with a dot';
  return undefined;
}

function segmentFault(segment: string): string | undefined {
  if (segment === '') return 'empty segment';
  if (segment === '.' || segment === '..') return 'dot segment';
  if (/[\p{Cc}\\]/u.test(segment)) return 'control character or backslash';
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return 'segment too long';
  return undefined;
}
