import * as z from 'zod';
import { Finding } from '../findings/finding.ts';
import { AppId, Instant, PublishId, ReleaseId } from '../ids/ids.ts';
import { ScanFacts } from '../scan/facts.ts';

/** An immutable set of files of one app. Stored at `app#<appId>` / `release#<release>`. */
export const ReleaseSchema = z.object({
  appId: AppId,
  release: ReleaseId,
  /** `stored` only after every file is durable. */
  state: z.enum(['building', 'stored', 'deleting']),
  /** The last publish that built it or found it built: while that one is under way, the release stays. */
  usedBy: PublishId,
  fileCount: z.int(),
  sizeBytes: z.int(),
  /** SHA-256 (hex) of `index.html` as served: what the smoke test expects. */
  indexSha256: z.string(),
  hookVersion: z.string(),
  /** What the scan found, kept so that a verdict can be taken again without the files. */
  facts: ScanFacts.optional(),
  scanFindings: z.array(Finding),
  createdAt: Instant,
});
export type Release = z.infer<typeof ReleaseSchema>;
