import * as z from 'zod';

/** Aggregates over a release's files: small whatever the site's size, so that policies stay quick. */
export const ScanFacts = z.object({
  scannerVersion: z.string(),
  fileCount: z.int(),
  sizeBytes: z.int(),
  /** How many secrets each rule found. */
  secrets: z.record(z.string(), z.int()),
  /** Third-party hosts the pages load or call, at most 200, sorted. */
  externalHosts: z.array(z.string()),
  /** Files by extension (lower-case, with the dot; `` for none), at most 100 kinds. */
  extensions: z.record(z.string(), z.int()),
  hasServiceWorker: z.boolean(),
  sourceMaps: z.int(),
});
export type ScanFacts = z.infer<typeof ScanFacts>;
