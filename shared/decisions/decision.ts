import * as z from 'zod';
import { AppId, DecisionId, Instant, PublishId } from '../ids/ids.ts';

/** One question put to people. Stored at `decision#<decisionId>` / `decision`. */
export const DecisionSchema = z.object({
  decisionId: DecisionId,
  kind: z.enum(['approve']),
  appId: AppId,
  team: z.string(),
  /** What is asked for: the grants, joined by a comma (`public`, `tier:isolated`). */
  subject: z.string(),
  options: z.array(z.string()),
  askedOf: z.array(z.string()),
  requestedBy: z.string(),
  /** The publish that waits, and the token that lets it go on. */
  publishId: PublishId,
  taskToken: z.string(),
  state: z.enum(['open', 'decided', 'withdrawn']),
  answer: z
    .object({ option: z.string(), by: z.string(), at: Instant, note: z.string().optional() })
    .optional(),
  createdAt: Instant,
  dueAt: Instant,
  auditSeq: z.int(),
  auditHash: z.string(),
});
export type Decision = z.infer<typeof DecisionSchema>;

/** What a decision gave: for one app, one kind and subject, for a while. Stored at `app#<appId>` / `grant#<subject>`. */
export const GrantSchema = z.object({
  appId: AppId,
  subject: z.string(),
  until: Instant,
  decisionId: DecisionId,
});
export type Grant = z.infer<typeof GrantSchema>;

/** The one open decision per app, kind and subject. Stored at `app#<appId>` / `open#<kind>#<subject>`. */
export const OpenQuestionSchema = z.object({
  appId: AppId,
  kind: z.enum(['approve']),
  subject: z.string(),
  decisionId: DecisionId,
});
export type OpenQuestion = z.infer<typeof OpenQuestionSchema>;
