import { NotFound } from '../errors/errors.ts';
import { instant, type PublishId } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { recordStage } from '../runtime/step.ts';
import type { Execution } from '../workflow/engine.ts';
import { endPublish } from './ending.ts';
import { executionName, isEnded, type Publish } from './publish.ts';

/** Looks whether a publish that is under way still has an execution; one whose execution broke is ended as failed. */
export async function watchPublish(publishId: PublishId, deps: Deps): Promise<boolean> {
  const { value: publish } = await deps.publishes.get(publishId);
  const due = publish.nextAction && publish.nextAction.at <= instant(deps.clock.now());
  if (isEnded(publish.status) || !due) return false;
  const execution = await describe(publish, deps);
  if (execution && execution.status !== 'RUNNING') {
    deps.log.error('an execution ended without its publish', { alarm: 'execution-broken', publishId });
    await endPublish(publishId, { status: 'failed' }, deps);
    return true;
  }
  // Under way, or its start is still an effect that is due: look again later.
  await recordStage(publish, 'watch', deps, (fresh) => fresh);
  return true;
}

async function describe(publish: Publish, { engine }: Deps): Promise<Execution | undefined> {
  try {
    return await engine.describe('publish', executionName(publish));
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
