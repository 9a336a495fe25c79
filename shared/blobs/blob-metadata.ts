import type { BlobMetadata } from './blob-store.ts';

/** S3: 2 KB for the names and values of an object's user-defined metadata together ("Working with object metadata"). */
export const MAX_NAMED_BYTES = 2048;

/** They become headers: HTTP takes spaces off the ends of a value, and knows no difference of case in a name. */
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const VALUE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * Holds what is said of a blob by name to what every store can give back unchanged: names of small letters, digits and
 * hyphens, values of printable ASCII without spaces at their ends, at most `MAX_NAMED_BYTES` in all.
 * @throws TypeError when it is anything else. Callers make it of parts they have checked, so this is their defect.
 */
export function checkMetadata({ named = {} }: BlobMetadata): void {
  let sizeBytes = 0;
  for (const [name, value] of Object.entries(named)) {
    if (!NAME.test(name)) throw new TypeError(`not a name of metadata: ${JSON.stringify(name)}`);
    if (!VALUE.test(value))
      throw new TypeError(`not a value of the metadata ${name}: ${JSON.stringify(value)}`);
    sizeBytes += name.length + value.length;
  }
  if (sizeBytes > MAX_NAMED_BYTES) {
    throw new TypeError(`metadata has at most ${MAX_NAMED_BYTES} bytes, not ${sizeBytes}`);
  }
}
