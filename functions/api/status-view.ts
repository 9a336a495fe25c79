import * as z from 'zod';
import { DataClass } from '../../shared/apps/settings.ts';
import type { Decision } from '../../shared/decisions/decision.ts';
import { Finding } from '../../shared/findings/finding.ts';
import { AppId, DecisionId, Instant, PublishId, ReleaseId } from '../../shared/ids/ids.ts';
import { isEnded, type Publish, PublishStatus, Stage, shownStages } from '../../shared/publishes/publish.ts';
import type { Deps } from '../../shared/runtime/deps.ts';

/** A publish as whoever follows it sees it. */
export const PublishView = z
  .object({
    publishId: PublishId,
    status: PublishStatus,
    attempt: z.int(),
    dryRun: z.boolean(),
    app: z.object({ appId: AppId, team: z.string(), name: z.string(), title: z.string(), host: z.string() }),
    release: ReleaseId.nullable(),
    url: z
      .url()
      .nullable()
      .meta({ description: 'Null until live: a name asked for too early is remembered as missing.' }),
    stages: z.array(Stage),
    findings: z.array(Finding),
    questions: z.array(z.object({ field: z.string(), label: z.string(), options: z.array(z.string()) })),
    summary: z.string().nullable(),
    changes: z.object({ added: z.int(), changed: z.int(), removed: z.int() }).nullable(),
    decision: z
      .object({ decisionId: DecisionId, subject: z.string(), askedOf: z.array(z.string()), dueAt: Instant })
      .nullable(),
    timing: z.object({ acceptedAt: Instant, endedAt: Instant.nullable(), durationMs: z.int().nullable() }),
  })
  .meta({ id: 'Publish' });
export type PublishView = z.infer<typeof PublishView>;

/** The view of a publish as it is now. */
export async function viewPublish(publish: Publish, { decisions, settings }: Deps): Promise<PublishView> {
  const waits = publish.status === 'awaiting-approval' && publish.decisionId;
  const decision = waits ? (await decisions.find(waits))?.value : undefined;
  const { publishId, appId, team, name, host, status, attempt, dryRun, acceptedAt, endedAt } = publish;
  return {
    publishId,
    status,
    attempt,
    dryRun,
    app: { appId, team, name, title: publish.settings.title, host },
    release: publish.release ?? null,
    url: status === 'live' ? settings.appUrl(host) : null,
    stages: shownStages(publish),
    findings: publish.findings.map(({ stage: _, ...finding }) => finding),
    questions: status === 'needs-answers' ? questionsOf(publish) : [],
    summary: publish.summary ?? null,
    changes: publish.changes ?? null,
    decision: decision ? decisionView(decision) : null,
    timing: {
      acceptedAt,
      endedAt: endedAt ?? null,
      durationMs: endedAt && isEnded(status) ? Date.parse(endedAt) - Date.parse(acceptedAt) : null,
    },
  };
}

/** What is asked when answers are missing: at most three questions. */
function questionsOf(publish: Publish): PublishView['questions'] {
  if (publish.settings.dataClass) return [];
  return [
    { field: 'dataClass', label: 'What kind of data does the app show?', options: [...DataClass.options] },
  ];
}

const decisionView = ({ decisionId, subject, askedOf, dueAt }: Decision) => ({
  decisionId,
  subject,
  askedOf,
  dueAt,
});
