import type { DataClass } from '../apps/settings.ts';
import { NotFound } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import { instant, type PublishId } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { executionName, freshStages, type Publish, pinOf } from './publish.ts';

/** Takes the answer to what a publish asked, and runs it again from the kept artifact as its next attempt. */
export async function answerPublish(
  publishId: PublishId,
  dataClass: DataClass,
  by: string,
  deps: Deps,
): Promise<Publish> {
  const { publishes, effects, clock, blobs } = deps;
  const read = await publishes.get(publishId);
  const { endedAt: _ended, summary: _summary, ...publish } = read.value;
  if (publish.status !== 'needs-answers')
    throw refuse('publish/ended', 'This publish asks nothing any more.');
  const pin = pinOf(publish);
  const kept = await blobs.get(pin.key, pin.versionId).catch((error: unknown) => {
    if (error instanceof NotFound)
      throw refuse('publish/ended', 'The files are no longer there. Publish again.');
    throw error;
  });
  await kept.close();
  const now = instant(clock.now());
  const next: Publish = {
    ...publish,
    attempt: publish.attempt + 1,
    requested: { ...publish.requested, dataClass },
    settings: { ...publish.settings, dataClass },
    status: 'accepted',
    stages: freshStages(),
    findings: [],
  };
  await effects.commit({
    opId: `${publishId}/answer/${next.attempt}/${dataClass}`,
    operations: publishes.changing(read, next, now, { action: 'answered', by, detail: { dataClass } }),
    effects: [
      {
        kind: 'start-workflow',
        workflow: 'publish',
        name: executionName(next),
        input: { publishId, appId: next.appId, sequence: next.seq },
      },
    ],
  });
  return next;
}
