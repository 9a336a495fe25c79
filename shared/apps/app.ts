import * as z from 'zod';
import { AppId, Instant, PublishId, ReleaseId, Sequence } from '../ids/ids.ts';
import { NextAction } from '../records/due.ts';
import { AppSettings } from './settings.ts';
import { LifecycleState } from './states.ts';

/** Where the app's name is meant to point. Only converge points the edge, and only at this. */
export const Target = z.object({
  /** One more at every change of the target, whoever makes it: the fence. */
  gen: z.int().min(0),
  seq: z.int().min(0),
  release: ReleaseId,
  access: z.enum(['open', 'viewers']),
  spa: z.boolean(),
  at: Instant,
  /** Who is to verify it: the publish that set it, or whoever acted on the app itself. */
  setBy: z.union([PublishId, z.literal('admin')]),
});
export type Target = z.infer<typeof Target>;

/** What was last verified at the edge. */
export const Live = z.object({
  gen: z.int().min(0),
  seq: z.int().min(0),
  release: ReleaseId,
  access: z.enum(['open', 'viewers']),
  spa: z.boolean(),
});
export type Live = z.infer<typeof Live>;

/** What is hosted. Stored at `app#<appId>` / `app`. */
export const AppSchema = z.object({
  appId: AppId,
  team: z.string(),
  name: z.string(),
  /** The app's host name, `<name>.<zone>`. */
  subdomain: z.string(),
  businessUnit: z.string(),
  ...AppSettings.shape,
  requiredControls: z.array(z.string()),
  billingTag: z.string(),
  estimatedMonthlyCostCents: z.int(),
  state: LifecycleState,
  stateSince: Instant,
  hold: z.object({ reason: z.string(), by: z.string(), at: Instant }).optional(),
  expiresAt: Instant.optional(),
  url: z.string().optional(),
  target: Target.optional(),
  live: Live.optional(),
  /** The newest generation the edge is known to show, with nothing left to do about it. */
  settledGen: z.int(),
  pin: z.object({ seq: Sequence, by: z.string(), at: Instant }).optional(),
  /** A publish that is built and waits for the pin, the hold or the archive to end. */
  ready: z.object({ seq: Sequence, release: ReleaseId, publishId: PublishId }).optional(),
  /** What was live, newest first, at most ten. */
  releases: z.array(z.object({ release: ReleaseId, seq: z.int(), publishId: PublishId, at: Instant })),
  /** Marks of what stands outside, so that a publish that changes nothing asks nobody. */
  certificateId: z.string().optional(),
  boundHost: z.string().optional(),
  dnsHost: z.string().optional(),
  /** Somebody has decided to retire it; done once the state says so. Beside the state, as a hold is. */
  retirement: z
    .object({
      by: z.string(),
      at: Instant,
      /** Executions are named `<appId>-<attempt>`. */
      attempt: z.int().min(1),
      /** Why it stands still, and what to do; at most 300 characters. */
      summary: z.string().optional(),
    })
    .optional(),
  createdAt: Instant,
  createdBy: z.string(),
  lastPublishId: PublishId.optional(),
  nextAction: NextAction.optional(),
  auditSeq: z.int(),
  auditHash: z.string(),
});
export type App = z.infer<typeof AppSchema>;

export const KEPT_RELEASES = 10;

/** Between the decision to retire an app and its end, nothing else is done to it, and nothing new is taken for it. */
export const isRetiring = (app: Pick<App, 'retirement' | 'state'>): boolean =>
  app.retirement !== undefined && app.state !== 'retired';
