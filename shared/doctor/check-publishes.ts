import { nextAppAction } from '../apps/next-action.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../clock/clock.ts';
import { NotFound } from '../errors/errors.ts';
import { instant } from '../ids/ids.ts';
import { executionName, isEnded } from '../publishes/publish.ts';
import { dueRecords } from '../records/due.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Inspection } from './inspection.ts';
import type { Found } from './problems.ts';
import { type KnownPublish, nameOf, type World } from './world.ts';

/** Longer than the sweep's minute: what is still due then is stuck. */
const OVERDUE_MS = 10 * MINUTE_MS;

/** An execution finds out that its publish was cancelled at its next step, and waits an hour at most for that one. */
const UNAWARE_MS = 2 * HOUR_MS;

const titleOf = (publish: KnownPublish): string => `${nameOf(publish)} ${publish.publishId}`;

/** Publishes under way, and the executions that run them. */
export async function checkPublishes(world: World, inspection: Inspection, deps: Deps): Promise<Found[]> {
  const found: Found[] = [];
  const { apps, decisions } = world;
  for (const publish of world.publishes.values()) {
    const subject = titleOf(publish);
    if (!publish.dryRun && !apps.has(publish.appId)) {
      found.push({
        code: 'publish/app-missing',
        subject,
        text: `There is no app ${publish.appId}, which it is of.`,
      });
    }
    if (isEnded(publish.status)) continue;
    const status = await statusOf(publish, deps);
    if (status !== 'RUNNING') {
      const how =
        status === undefined ? 'has no execution' : `is ${publish.status}, and its execution has ended`;
      found.push({ code: 'publish/no-execution', subject, text: `The publish ${how}.` });
    }
    if (publish.status !== 'awaiting-approval') continue;
    const decision = publish.decisionId && decisions.get(publish.decisionId);
    const asked = decision && decision.publishId === publish.publishId && decision.state !== 'withdrawn';
    if (asked) continue;
    found.push({
      code: 'publish/no-question',
      subject,
      text: 'It waits for an answer to a question nobody was asked.',
    });
  }
  const running = new Set(await inspection.runningExecutions());
  for (const name of running) {
    const publish = world.publishes.get(name.slice(0, name.lastIndexOf('-')));
    if (!publish) {
      const text = `The execution ${name} runs, and there is no publish it is of.`;
      found.push({ code: 'execution/orphan', subject: name, text });
    } else if (isEnded(publish.status) && executionName(publish) === name) {
      const endedAt = Date.parse(publish.endedAt ?? publish.acceptedAt);
      const patience = publish.status === 'cancelled' ? UNAWARE_MS : OVERDUE_MS;
      if (deps.clock.now() - endedAt < patience) continue;
      const text = `The publish has ended (${publish.status}), and its execution runs on.`;
      found.push({ code: 'execution/runs-on', subject: titleOf(publish), text });
    }
  }
  return found;
}

async function statusOf(publish: KnownPublish, { engine }: Deps): Promise<string | undefined> {
  try {
    return (await engine.describe('publish', executionName(publish))).status;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/** Questions, the list of those that are open, and the publishes that wait for them. */
export function checkDecisions(
  { decisions, openQuestions, publishes, apps }: World,
  { clock }: Deps,
): Found[] {
  const found: Found[] = [];
  const listed = new Set(openQuestions.map(({ decisionId }) => decisionId as string));
  const subjectOf = (appId: string, id: string): string => {
    const app = apps.get(appId);
    return `${app ? nameOf(app) : appId} ${id}`;
  };
  for (const decision of decisions.values()) {
    if (decision.state !== 'open') continue;
    const subject = subjectOf(decision.appId, decision.decisionId);
    if (publishes.get(decision.publishId)?.status !== 'awaiting-approval') {
      found.push({
        code: 'decision/orphan',
        subject,
        text: 'The question is open, and no publish waits for the answer.',
      });
    }
    if (!listed.has(decision.decisionId)) {
      found.push({
        code: 'decision/unlisted',
        subject,
        text: 'The question is open, and it is not listed with its app.',
      });
    }
    if (Date.parse(decision.dueAt) + OVERDUE_MS < clock.now()) {
      found.push({
        code: 'decision/overdue',
        subject,
        text: `The question was to be closed on ${decision.dueAt}.`,
      });
    }
  }
  for (const { decisionId, appId } of openQuestions) {
    if (decisions.get(decisionId)?.state === 'open') continue;
    const text = 'It is listed as an open question of its app, and it is none.';
    found.push({ code: 'decision/unlisted', subject: subjectOf(appId, decisionId), text });
  }
  return found;
}

/** So many tries take more than a day. */
const MANY_ATTEMPTS = 20;

/** What is to be done later: noted where it must be, done when it was due, and not in vain again and again. */
export async function checkDue(
  { apps, publishes, effects }: World,
  { store, clock }: Deps,
): Promise<Found[]> {
  const found: Found[] = [];
  const now = instant(clock.now());
  for await (const { key, index } of dueRecords(store, instant(clock.now() - OVERDUE_MS))) {
    const text = `It has been due since ${index?.due?.sk.slice(0, 24)}.`;
    found.push({ code: 'due/overdue', subject: key.pk, text });
  }
  for (const app of apps.values()) {
    const { nextAction, ...rest } = app;
    const expected = nextAppAction(rest, now);
    const same = expected?.action === nextAction?.action;
    // When it converges again depends on when it was tried; everything else is the same at any time.
    if (same && (expected?.action === 'converge' || expected?.at === nextAction?.at)) continue;
    const [is, should] = [nextAction, expected].map((one) =>
      one ? `${one.action} at ${one.at}` : 'nothing',
    );
    found.push({
      code: 'due/missing',
      subject: nameOf(app),
      text: `Next for it is ${is}, and it should be ${should}.`,
    });
  }
  for (const publish of publishes.values()) {
    const expected =
      publish.status === 'needs-answers' ? 'close' : isEnded(publish.status) ? undefined : 'watch';
    if (publish.nextAction?.action === expected) continue;
    const text = `Next for it is ${publish.nextAction?.action ?? 'nothing'}, and it should be ${expected ?? 'nothing'}.`;
    found.push({ code: 'due/missing', subject: titleOf(publish), text });
  }
  for (const { effectId, request, attempts, createdAt, lastError } of effects) {
    if (attempts < MANY_ATTEMPTS && Date.parse(createdAt) + DAY_MS > clock.now()) continue;
    const text = `It has been tried ${attempts} times since ${createdAt}: ${lastError ?? 'no reason is known'}`;
    found.push({ code: 'effect/failing', subject: `${request.kind} ${effectId}`, text });
  }
  return found;
}
