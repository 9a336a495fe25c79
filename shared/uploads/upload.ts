import * as z from 'zod';
import { Instant, UploadId } from '../ids/ids.ts';
import { NextAction } from '../records/due.ts';

/** A place for one artifact, promised to a platform. Stored at `upload#<uploadId>` / `upload`. */
export const UploadSchema = z.object({
  uploadId: UploadId,
  platform: z.string(),
  key: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
  createdAt: Instant,
  /** When the file goes, used or not. */
  nextAction: NextAction,
});
export type Upload = z.infer<typeof UploadSchema>;

/** How long an uploaded file is kept: longer than a publish of it may wait for an approval, which is fourteen days. */
export const KEPT_DAYS = 30;
/** Where the file of an upload stands. */
export const uploadKey = (uploadId: UploadId): string => `incoming/${uploadId}.zip`;

/** How long the upload link is good, in system time. */
export const LINK_MINUTES = 15;
