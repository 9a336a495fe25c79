import type { EffectRequest } from '../effects/effect.ts';
import { Conflict } from '../errors/errors.ts';
import { finding } from '../findings/catalogue.ts';
import type { Finding } from '../findings/finding.ts';
import { instant, type PublishId } from '../ids/ids.ts';
import { failedMail, needsAnswersMail, type PublishNews, readyMail, refusedMail } from '../mail/messages.ts';
import type { Operation } from '../records/record-store.ts';
import type { Deps } from '../runtime/deps.ts';
import { removeLeftovers } from './leftovers.ts';
import { type EndStatus, isEnded, type Publish, type StageName } from './publish.ts';
import { statusToken, statusUrl } from './status-link.ts';
import { type HowItEnded, summaryOf } from './summary.ts';

/** How a publish ends other than live, and what that adds to its findings. */
export interface Outcome {
  status: Exclude<EndStatus, 'live'>;
  adds?: { stage: StageName; finding: Finding };
  /** What its execution says besides, for the summary. */
  how?: HowItEnded;
}

/** What an error name or a verdict means for the publish: the one place that says. */
export function outcomeOf({
  error,
  checkPolicy,
  approval,
  declinedBy = 'The approver',
}: {
  error?: string | undefined;
  checkPolicy?: string | undefined;
  approval?: string | undefined;
  declinedBy?: string | undefined;
}): Outcome {
  switch (error) {
    case undefined:
      if (checkPolicy === 'needs-answers') return { status: 'needs-answers' };
      if (checkPolicy === 'checked') return { status: 'ready' };
      return { status: 'refused' };
    case 'Refused':
      return { status: 'refused' };
    case 'Superseded':
      return { status: 'superseded' };
    case 'Parked':
      return { status: 'ready' };
    case 'Cancelled':
      return { status: 'cancelled' };
    case 'Declined':
      return {
        status: 'refused',
        adds: { stage: 'approval', finding: finding('publish/declined', { by: declinedBy }) },
      };
    case 'States.Timeout':
      // Of the states that may take too long only this one waits for a person, whose silence is an answer.
      if (checkPolicy === 'needs-approval' && approval === undefined) {
        return {
          status: 'refused',
          adds: { stage: 'approval', finding: finding('publish/approval-expired', {}) },
        };
      }
      return { status: 'failed' };
    case 'SmokeTestFailed':
      return { status: 'failed' };
    case 'NotConverged':
      return {
        status: 'failed',
        adds: { stage: 'verify', finding: finding('publish/smoke-test', { what: 'it does not answer' }) },
      };
    case 'CertificatePending':
      return {
        status: 'failed',
        adds: { stage: 'certificate', finding: finding('publish/certificate', {}) },
      };
    case 'SourceUnavailable':
      return {
        status: 'failed',
        adds: { stage: 'unpack', finding: finding('artifact/url-unavailable', {}) },
      };
    case 'NotOurs':
      return { status: 'failed', adds: { stage: 'dns', finding: finding('publish/dns', {}) } };
    default:
      return { status: 'failed' };
  }
}

const TRIES = 5;

/**
 * Ends a publish: record, audit, the open question it leaves, mail and event in one transaction. A publish that has
 * ended stays as it is, and so does one that is at another attempt than whoever asks: a late twin of an attempt that
 * asked something must not end the one that runs on from the answer. Safe to run twice.
 */
export async function endPublish(
  publishId: PublishId,
  outcome: Outcome,
  deps: Deps,
  ofAttempt?: number,
): Promise<Publish> {
  const { publishes, effects, clock, blobs } = deps;
  for (let attempt = 1; ; attempt += 1) {
    const read = await publishes.get(publishId);
    if (isEnded(read.value.status)) {
      // Cancelled, or ended by an earlier run of this that died before it had cleared up.
      await removeLeftovers(read.value, blobs);
      return read.value;
    }
    if (ofAttempt !== undefined && ofAttempt !== read.value.attempt) return read.value;
    const now = instant(clock.now());
    const ended = ending(read.value, outcome, now);
    try {
      await effects.commit({
        opId: `${publishId}/end/v${read.version}`,
        operations: [
          ...publishes.changing(read, ended, now, {
            action: ended.status,
            by: `platform:${ended.platform}`,
            detail: { summary: ended.summary ?? '' },
          }),
          ...(await withdrawing(ended, deps)),
        ],
        effects: await telling(ended, deps),
      });
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === TRIES) throw error;
      continue;
    }
    await removeLeftovers(ended, blobs);
    return ended;
  }
}

function ending(publish: Publish, { status, adds, how }: Outcome, now: string): Publish {
  const findings = adds ? [...publish.findings, { stage: adds.stage, ...adds.finding }] : publish.findings;
  const explained =
    status === 'failed' && !findings.some((f) => f.severity === 'block')
      ? [
          ...findings,
          { stage: stageAtWork(publish), ...finding('publish/internal', { id: publish.publishId }) },
        ]
      : findings;
  const failing = status === 'failed' || (adds?.finding.severity === 'block' ? adds.stage : undefined);
  const stages = publish.stages.map((stage) => {
    if (stage.status !== 'pending') return stage;
    const broke = failing === true ? stage.name === stageAtWork(publish) : stage.name === failing;
    return { ...stage, status: broke ? ('failed' as const) : ('skipped' as const) };
  });
  const ended = { ...publish, status, findings: explained, stages, endedAt: now };
  return { ...ended, summary: summaryOf(ended, how) };
}

const stageAtWork = (publish: Publish): StageName =>
  publish.stages.find((stage) => stage.status === 'pending')?.name ?? 'register';

/** The question this publish had open, if it is still the one waiting for it. */
async function withdrawing(publish: Publish, { decisions, clock }: Deps): Promise<Operation[]> {
  const read = publish.decisionId && (await decisions.find(publish.decisionId));
  if (!read || read.value.state !== 'open' || read.value.publishId !== publish.publishId) return [];
  const open = await decisions.findOpen(read.value.appId, 'approve', read.value.subject);
  const at = instant(clock.now());
  return [
    ...decisions.changing(
      read,
      { ...read.value, state: 'withdrawn' },
      { at, action: 'withdrawn', by: 'cottage' },
    ),
    ...(open ? [decisions.closing(open)] : []),
  ];
}

async function telling(publish: Publish, deps: Deps): Promise<EffectRequest[]> {
  if (publish.dryRun) return [];
  const news = await newsOf(publish, deps);
  const to = [publish.settings.owner, ...publish.settings.coOwners];
  const { appId, publishId, team, name } = publish;
  const detail = { appId, publishId, team, name, codes: publish.findings.map((f) => f.code) };
  switch (publish.status) {
    case 'refused':
      return [
        { kind: 'mail', to, ...refusedMail({ ...news, ...countChecks(publish) }) },
        { kind: 'event', type: 'PublishRefused', detail },
      ];
    case 'failed':
      return [
        { kind: 'mail', to, ...failedMail(news) },
        { kind: 'event', type: 'PublishFailed', detail },
      ];
    case 'needs-answers':
      return [{ kind: 'mail', to, ...needsAnswersMail(news) }];
    case 'ready':
      return [{ kind: 'mail', to, ...readyMail(news) }];
    default:
      return [];
  }
}

async function newsOf(publish: Publish, { settings, signer, apps }: Deps): Promise<PublishNews> {
  const token = await statusToken(publish.publishId, signer);
  const live = (await apps.find(publish.appId))?.value.live;
  return {
    title: publish.settings.title,
    statusUrl: statusUrl(settings.publicUrl, publish.publishId, token),
    findings: publish.findings.filter((found) => found.severity !== 'info'),
    ...(live ? { liveUrl: settings.appUrl(publish.host) } : {}),
  };
}

const CHECKS: readonly StageName[] = ['unpack', 'validate', 'scan', 'check-policy'];

/** "2 of 4 things are already right": how many checks found nothing that stops the publish. */
export function countChecks(publish: Pick<Publish, 'stages'>): { passed: number; total: number } {
  const passed = publish.stages.filter(
    (stage) => CHECKS.includes(stage.name) && stage.status === 'passed',
  ).length;
  return { passed, total: CHECKS.length };
}
