import * as z from 'zod';
import { AppId, Instant } from '../ids/ids.ts';

/** A claim on `team/name`, taken at accept by a conditional put. Stored at `name#<team>/<name>` / `claim`. */
export const NameClaimSchema = z.object({
  team: z.string(),
  name: z.string(),
  state: z.enum(['claimed', 'live', 'tombstone']),
  appId: AppId,
  claimedBy: z.string(),
  /** A tombstone's end: not given to somebody else before. */
  until: Instant.optional(),
});
export type NameClaim = z.infer<typeof NameClaimSchema>;
