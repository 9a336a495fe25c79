import { Conflict } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import type { PublishId } from '../ids/ids.ts';
import { instant, randomId } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { isEnded, type Publish } from './publish.ts';
import { cancelledSummary } from './summary.ts';

const TRIES = 5;

/**
 * Cancels a publish that has not gone live. What it has built stays and poisons nothing; the next step it would take
 * finds it cancelled. One that waits for an approval is let go. With `retiring`, its app is taken down: then it is
 * cancelled wherever it stands, also one that is just going live or has asked something; one that has ended stays.
 */
export async function cancelPublish(
  publishId: PublishId,
  by: string,
  deps: Deps,
  { retiring = false } = {},
): Promise<Publish> {
  const { publishes, apps, decisions, effects, clock } = deps;
  for (let attempt = 1; ; attempt += 1) {
    const read = await publishes.get(publishId);
    const publish = read.value;
    if (publish.status === 'cancelled') return publish;
    const asks = retiring && publish.status === 'needs-answers';
    if (isEnded(publish.status) && retiring && !asks) return publish;
    if (isEnded(publish.status) && !asks)
      throw refuse('publish/ended', `This publish has ended already: ${publish.status}.`);
    const app = await apps.find(publish.appId);
    if (app?.value.target?.setBy === publishId && !retiring) {
      throw refuse('publish/ended', 'This publish is going live already. Roll back instead.');
    }
    const now = instant(clock.now());
    const cancelled: Publish = {
      ...publish,
      status: 'cancelled',
      endedAt: now,
      summary: cancelledSummary(publish, by, retiring),
      stages: publish.stages.map((stage) =>
        stage.status === 'pending' ? { ...stage, status: 'skipped' } : stage,
      ),
    };
    const question = publish.decisionId && (await decisions.find(publish.decisionId));
    const open =
      question && question.value.state === 'open' && question.value.publishId === publishId
        ? question
        : undefined;
    const marker = open && (await decisions.findOpen(publish.appId, 'approve', open.value.subject));
    try {
      await effects.commit({
        opId: randomId('cancel'),
        operations: [
          ...publishes.changing(read, cancelled, now, { action: 'cancelled', by }),
          ...(open
            ? decisions.changing(
                open,
                { ...open.value, state: 'withdrawn' },
                { at: now, action: 'withdrawn', by },
              )
            : []),
          ...(marker ? [decisions.closing(marker)] : []),
        ],
        effects: open
          ? [
              {
                kind: 'complete-task',
                token: open.value.taskToken,
                answer: { error: 'Cancelled', cause: by },
              },
            ]
          : [],
      });
      return cancelled;
    } catch (error) {
      if (!(error instanceof Conflict) || attempt === TRIES) throw error;
    }
  }
}
