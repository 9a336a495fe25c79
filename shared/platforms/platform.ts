import * as z from 'zod';
import { Instant } from '../ids/ids.ts';

/** A low-code tool registered to publish. Stored at `platform#<id>` / `platform`. */
export const PlatformSchema = z.object({
  platformId: z.string(),
  title: z.string(),
  /** The teams it may publish for. */
  teams: z.array(z.string()),
  /** Newest first; two are good while one is being rotated out. `notAfter` is system time. */
  secrets: z.array(z.object({ secret: z.string(), createdAt: Instant, notAfter: Instant.optional() })),
  createdAt: Instant,
  auditSeq: z.int(),
  auditHash: z.string(),
});
export type Platform = z.infer<typeof PlatformSchema>;
