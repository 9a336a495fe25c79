import { createHash } from 'node:crypto';
import * as z from 'zod';

/** What stands in `digest.json` beside the compiled policies. Digests are SHA-256 in hex. */
export const BundleDigest = z.object({
  /** Of the sources the bundle was compiled from. */
  sources: z.string(),
  /** Of the compiled files, so that files of two builds are never run together. */
  bundle: z.string(),
  /** The version of OPA that compiled them. */
  opa: z.string(),
});
export type BundleDigest = z.infer<typeof BundleDigest>;

/** Digest of the compiled files. `data` counts by its values: a checkout may have changed its line ends. */
export function digestBundle(wasm: Uint8Array, data: unknown): string {
  return createHash('sha256').update(wasm).update(JSON.stringify(data)).digest('hex');
}
