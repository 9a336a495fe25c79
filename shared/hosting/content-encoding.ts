import { contentTypeOf } from './content-types.ts';

/** How the bytes of a file are sent; `identity` is as they are. */
export type Encoding = 'br' | 'gzip' | 'identity';

/** Smaller files gain nothing, larger ones are streamed as they are. The limits are CloudFront's, so that both editions agree. */
export const ENCODED_BYTES = { min: 1_000, max: 10_000_000 };

/** Types that shrink, beside every text: what is not here (pictures, films, archives) is packed already. */
const SHRINKING = new Set([
  'application/json',
  'application/manifest+json',
  'application/ld+json',
  'application/geo+json',
  'application/xml',
  'application/rss+xml',
  'application/atom+xml',
  'application/xhtml+xml',
  'application/yaml',
  'application/toml',
  'application/wasm',
  'application/vnd.ms-fontobject',
  'font/ttf',
  'font/otf',
  'image/svg+xml',
  'image/bmp',
  'image/x-icon',
  'model/gltf+json',
]);

/** May this file be sent in several encodings? A matter of its name and size alone, so that every answer says the same. */
export function isNegotiable(file: string, sizeBytes: number): boolean {
  return shrinks(file) && sizeBytes >= ENCODED_BYTES.min && sizeBytes <= ENCODED_BYTES.max;
}

/** Is it of a type that gets smaller? */
export function shrinks(file: string): boolean {
  const type = contentTypeOf(file).replace(/;.*$/, '');
  return type.startsWith('text/') || SHRINKING.has(type);
}

const OURS = ['br', 'gzip'] as const;

/**
 * RFC 9110, 12.5.3: the encoding of a negotiable file that this `Accept-Encoding` wants most; of equals the smaller one.
 * Undefined when none is acceptable, not even the file as it is.
 */
export function encodingFor(acceptEncoding: string | undefined): Encoding | undefined {
  const weights = weightsOf(acceptEncoding ?? '');
  const others = weights.get('*');
  let best: { encoding: Encoding; weight: number } | undefined;
  for (const encoding of OURS) {
    const weight = weights.get(encoding) ?? others ?? 0;
    if (weight > (best?.weight ?? 0)) best = { encoding, weight };
  }
  const identity = weights.get('identity');
  // Not named, it is acceptable, but nobody asked for it.
  if (best && best.weight >= (identity ?? 0)) return best.encoding;
  return acceptsIdentity(acceptEncoding) ? 'identity' : undefined;
}

/** Is a file welcome as it is? It always is, unless the header says otherwise. */
export function acceptsIdentity(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return true;
  const weights = weightsOf(acceptEncoding);
  return (weights.get('identity') ?? weights.get('*') ?? 1) > 0;
}

/** What is no member of the list by the grammar is passed over, as if it were not there. */
function weightsOf(header: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const member of header.toLowerCase().split(',')) {
    const [, name, weight = '1'] =
      /^[ \t]*([\w!#$%&'*+.^`|~-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?[ \t]*$/.exec(
        member,
      ) ?? [];
    // RFC 9110, 8.4.1.3: the old name of the same thing.
    if (name !== undefined) weights.set(name === 'x-gzip' ? 'gzip' : name, Number(weight));
  }
  return weights;
}
