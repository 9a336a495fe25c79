import * as z from 'zod';
import { DAY_MS } from '../../shared/clock/clock.ts';
import type { Decision } from '../../shared/decisions/decision.ts';
import type { EffectRequest } from '../../shared/effects/effect.ts';
import { Cancelled, Superseded } from '../../shared/errors/errors.ts';
import { DecisionId, derivedId, instant } from '../../shared/ids/ids.ts';
import { approvalMail } from '../../shared/mail/messages.ts';
import type { Publish } from '../../shared/publishes/publish.ts';
import { isEnded } from '../../shared/publishes/publish.ts';
import { statusToken, statusUrl } from '../../shared/publishes/status-link.ts';
import type { Operation } from '../../shared/records/record-store.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { PublishInput, step } from '../../shared/runtime/step.ts';

/** As long as the workflow waits. */
const DUE_DAYS = 14;

/**
 * Puts the question to the approvers and lets the execution wait. One open question per app and subject: a newer
 * publish takes it over, and the older one ends `superseded`.
 */
export const awaitApproval = step({
  input: z.object({ ...PublishInput.shape, taskToken: z.string() }),
  run: async ({ publishId, taskToken }, deps) => {
    const { publishes, decisions, teams, effects, clock, settings } = deps;
    const read = await publishes.get(publishId);
    const publish = read.value;
    if (isEnded(publish.status)) throw new Cancelled(`${publishId} has ended: ${publish.status}`);
    const now = instant(clock.now());
    const subject = publish.approvals.join(',');
    const open = await decisions.findOpen(publish.appId, 'approve', subject);
    const older = open && (await decisions.find(open.value.decisionId));
    const asking = older && (await publishes.find(older.value.publishId))?.value;
    // The order of acceptance counts, not who comes here first.
    if (asking && asking.seq > publish.seq) throw new Superseded(`${asking.publishId} asks already`);
    const decisionId = older?.value.decisionId ?? DecisionId.parse(derivedId('d', publishId, subject));
    const team = (await teams.find(publish.team))?.value;
    const askedOf = approversOf(publish, team, settings.admins);
    const decision: Decision = {
      auditSeq: 0,
      auditHash: '',
      createdAt: now,
      ...older?.value,
      decisionId,
      kind: 'approve',
      appId: publish.appId,
      team: publish.team,
      subject,
      options: ['approve', 'decline'],
      askedOf,
      requestedBy: publish.settings.owner,
      publishId,
      taskToken,
      state: 'open',
      dueAt: instant(clock.now() + DUE_DAYS * DAY_MS),
    };
    const operations: Operation[] = [
      ...decisions.changing(older, decision, {
        at: now,
        action: 'asked',
        by: `platform:${publish.platform}`,
      }),
      ...publishes.changing(read, { ...publish, status: 'awaiting-approval', decisionId }, now),
    ];
    const asked: EffectRequest[] = [];
    if (!open)
      operations.push(decisions.opening({ appId: publish.appId, kind: 'approve', subject, decisionId }));
    if (older?.value.publishId !== publishId) asked.push(await mailTo(askedOf, publish, decision, deps));
    if (older && older.value.publishId !== publishId) asked.push(lettingGo(older.value, publishId));
    await effects.commit({ opId: `${publishId}/ask/v${read.version}`, operations, effects: asked });
    return { outcome: 'asked' };
  },
});

/** Whoever asks never answers: the owner is taken off the list. Nobody left: the people who run Cottage. */
function approversOf(
  publish: Publish,
  team: { approvers: string[]; leads: string[] } | undefined,
  admins: string[],
) {
  const first = [...(team?.approvers ?? []), ...(team?.leads ?? [])].filter(
    (p) => p !== publish.settings.owner,
  );
  return first.length > 0 ? [...new Set(first)] : admins;
}

const lettingGo = (older: Decision, publishId: string): EffectRequest => ({
  kind: 'complete-task',
  token: older.taskToken,
  answer: { error: 'Superseded', cause: `taken over by ${publishId}` },
});

async function mailTo(
  to: string[],
  publish: Publish,
  decision: Decision,
  deps: Deps,
): Promise<EffectRequest> {
  const token = await statusToken(publish.publishId, deps.signer);
  const mail = approvalMail({
    title: publish.settings.title,
    team: publish.team,
    owner: publish.settings.owner,
    grants: publish.approvals,
    decisionId: decision.decisionId,
    dueAt: Date.parse(decision.dueAt),
    statusUrl: statusUrl(deps.settings.publicUrl, publish.publishId, token),
  });
  return { kind: 'mail', to, ...mail };
}
