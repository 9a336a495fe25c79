import { DAY_MS } from '../clock/clock.ts';
import type { EffectRequest } from '../effects/effect.ts';
import { refuse } from '../errors/problems.ts';
import { type DecisionId, type Instant, instant } from '../ids/ids.ts';
import { passing } from '../publishes/passing.ts';
import { isEnded } from '../publishes/publish.ts';
import type { Operation } from '../records/record-store.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Decision } from './decision.ts';

/** How long an approval holds: a publish whose facts need no new grant does not ask again. */
const GRANTED_DAYS = 365;

export interface DecisionAnswer {
  option: string;
  by: string;
  note?: string | undefined;
}

/**
 * Answers a question: first answer wins, in one transaction with its effect. The same answer again is the same answer.
 * @throws RequestRefused `decision/unknown`, `decision/closed`, `decision/own-request`, `body/fields`; Conflict when
 * two answers came at the same moment (the second then finds it closed).
 */
export async function decide(
  decisionId: DecisionId,
  { option, by, note }: DecisionAnswer,
  deps: Deps,
): Promise<Decision> {
  const { decisions, publishes, effects, clock } = deps;
  const read = await decisions.find(decisionId);
  if (!read) throw refuse('decision/unknown', 'There is no such question.');
  const decision = read.value;
  if (decision.state !== 'open') {
    const answer = decision.answer;
    const said = answer
      ? `${answer.by} answered “${answer.option}” on ${answer.at.slice(0, 10)}.`
      : 'It was withdrawn.';
    throw refuse('decision/closed', `This question is closed. ${said}`);
  }
  if (!decision.options.includes(option)) {
    throw refuse('body/fields', `Answer with one of: ${decision.options.join(', ')}.`, {
      fields: [{ path: 'option', message: `one of ${decision.options.join(', ')}` }],
    });
  }
  if (by === decision.requestedBy) throw refuse('decision/own-request', 'Nobody approves their own request.');
  const now = instant(clock.now());
  const decided: Decision = {
    ...decision,
    state: 'decided',
    answer: { option, by, at: now, ...(note === undefined ? {} : { note }) },
  };
  const detail: Record<string, string> = note === undefined ? {} : { note };
  const happening = { at: now, action: option, by: `person:${by}`, detail };
  const open = await decisions.findOpen(decision.appId, 'approve', decision.subject);
  const publish = await publishes.get(decision.publishId);
  const goesOn = option === 'approve' && !isEnded(publish.value.status);
  const operations: Operation[] = [
    ...decisions.changing(read, decided, happening),
    ...(open ? [decisions.closing(open)] : []),
    ...(option === 'approve' ? await granting(decision, now, deps) : []),
  ];
  if (goesOn) {
    const stages = passing(publish.value.stages, 'approval', now);
    operations.push(...publishes.changing(publish, { ...publish.value, status: 'running', stages }, now));
  }
  await effects.commit({
    opId: `${decisionId}/${option}/${by}`,
    operations,
    effects: [completing(decision, option, by)],
  });
  return decided;
}

async function granting(decision: Decision, now: Instant, { decisions }: Deps): Promise<Operation[]> {
  const until = instant(Date.parse(now) + GRANTED_DAYS * DAY_MS);
  const { appId, decisionId } = decision;
  const subjects = decision.subject.split(',');
  return Promise.all(subjects.map((subject) => decisions.granting({ appId, subject, until, decisionId })));
}

const completing = (decision: Decision, option: string, by: string): EffectRequest => ({
  kind: 'complete-task',
  token: decision.taskToken,
  answer: option === 'approve' ? { output: { outcome: 'approved' } } : { error: 'Declined', cause: by },
});
