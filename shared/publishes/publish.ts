import * as z from 'zod';
import { AppSettings } from '../apps/settings.ts';
import { NotFound } from '../errors/errors.ts';
import { Finding } from '../findings/finding.ts';
import { AppId, DecisionId, Instant, PublishId, ReleaseId, Sequence } from '../ids/ids.ts';
import { NextAction } from '../records/due.ts';

/** The stages a person follows, in order; each is one state of the publish workflow. */
export const STAGES = [
  'unpack',
  'validate',
  'scan',
  'check-policy',
  'approval',
  'deploy',
  'certificate',
  'bind-name',
  'dns',
  'go-live',
  'verify',
  'register',
] as const;
export const StageName = z.enum(STAGES);
export type StageName = z.infer<typeof StageName>;

export const Stage = z.object({
  name: StageName,
  status: z.enum(['pending', 'running', 'passed', 'failed', 'skipped']),
  startedAt: Instant.optional(),
  endedAt: Instant.optional(),
});
export type Stage = z.infer<typeof Stage>;

export const ENDED = [
  'live',
  'ready',
  'needs-answers',
  'refused',
  'failed',
  'superseded',
  'cancelled',
] as const;
export const PublishStatus = z.enum(['accepted', 'running', 'awaiting-approval', ...ENDED]);
export type PublishStatus = z.infer<typeof PublishStatus>;
export type EndStatus = (typeof ENDED)[number];

export const isEnded = (status: PublishStatus): status is EndStatus =>
  (ENDED as readonly string[]).includes(status);

/** The bytes that were accepted; every later step reads just these. */
export const ArtifactPin = z.object({
  key: z.string(),
  versionId: z.string(),
  sha256: z.string(),
  sizeBytes: z.int(),
});
export type ArtifactPin = z.infer<typeof ArtifactPin>;

/** Where the bytes are to be fetched from; once they are here, a pin takes its place. `url` may hold a secret. */
export const ArtifactSource = z.object({ key: z.string(), url: z.string(), sha256: z.string() });
export type ArtifactSource = z.infer<typeof ArtifactSource>;

export const isPinned = (artifact: ArtifactPin | ArtifactSource): artifact is ArtifactPin =>
  'versionId' in artifact;

/** One run of the publish workflow. Stored at `publish#<publishId>` / `publish`. */
export const PublishSchema = z.object({
  publishId: PublishId,
  appId: AppId,
  seq: Sequence,
  /** Executions are named `<publishId>-<attempt>`. */
  attempt: z.int().min(1),
  platform: z.string(),
  team: z.string(),
  name: z.string(),
  host: z.string(),
  dryRun: z.boolean(),
  /** The app fields as they came, kept for merging with `cottage.json`. */
  requested: AppSettings.partial(),
  /** What this publish goes by: the request over `cottage.json` over what is stored over the defaults. */
  settings: AppSettings,
  artifact: z.union([ArtifactPin, ArtifactSource]),
  bodySha256: z.string(),
  firstAnswer: z.object({ publishId: PublishId, status: PublishStatus, statusUrl: z.string() }),
  status: PublishStatus,
  stages: z.array(Stage),
  /** At most 200, each with the stage that found it, so that a stage run again replaces its own. */
  findings: z.array(z.object({ stage: StageName, ...Finding.shape })),
  release: ReleaseId.optional(),
  /** The release this app showed when the publish was accepted; what "changed since last time" compares with. */
  previousRelease: ReleaseId.optional(),
  changes: z.object({ added: z.int(), changed: z.int(), removed: z.int() }).optional(),
  /** Grants this release needs and does not have. */
  approvals: z.array(z.string()),
  decisionId: DecisionId.optional(),
  /** Why it ended, in one sentence. */
  summary: z.string().optional(),
  acceptedAt: Instant,
  endedAt: Instant.optional(),
  nextAction: NextAction.optional(),
  auditSeq: z.int(),
  auditHash: z.string(),
});
export type Publish = z.infer<typeof PublishSchema>;

/** The bytes of a publish that has been unpacked. @throws NotFound while they have not been fetched */
export function pinOf({ publishId, artifact }: Pick<Publish, 'publishId' | 'artifact'>): ArtifactPin {
  if (isPinned(artifact)) return artifact;
  throw new NotFound(`the artifact of ${publishId} has not been fetched`);
}

/** The name of this attempt's execution. */
export const executionName = (publish: Pick<Publish, 'publishId' | 'attempt'>): string =>
  `${publish.publishId}-${publish.attempt}`;

/** The attempt an execution is of; undefined when the name is none of this publish's. */
export function attemptOf(name: string, publishId: PublishId): number | undefined {
  const attempt = name.startsWith(`${publishId}-`) ? Number(name.slice(publishId.length + 1)) : Number.NaN;
  return Number.isInteger(attempt) && attempt >= 1 ? attempt : undefined;
}

/** All stages, waiting. */
export const freshStages = (): Stage[] => STAGES.map((name) => ({ name, status: 'pending' }));

/** The stages as shown: while a publish runs, the first that waits is the one at work. */
export function shownStages(publish: Pick<Publish, 'stages' | 'status'>): Stage[] {
  if (isEnded(publish.status) || publish.status === 'accepted') return publish.stages;
  const at = publish.stages.findIndex((stage) => stage.status === 'pending');
  return publish.stages.map((stage, i) => (i === at ? { ...stage, status: 'running' } : stage));
}
