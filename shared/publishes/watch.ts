import { revertPublish } from '../apps/revert-publish.ts';
import { NotFound } from '../errors/errors.ts';
import { instant, type PublishId } from '../ids/ids.ts';
import type { Versioned } from '../records/record-type.ts';
import type { Deps } from '../runtime/deps.ts';
import { recordStage } from '../runtime/step.ts';
import type { Execution } from '../workflow/engine.ts';
import { endPublish } from './ending.ts';
import { removeLeftovers } from './leftovers.ts';
import { executionName, type Publish } from './publish.ts';
import { unansweredSummary } from './summary.ts';

/**
 * Does what a publish is due for: one that is under way is looked after, one whose question nobody answered is closed.
 * True when it did something.
 */
export async function sweepPublish(publishId: PublishId, deps: Deps): Promise<boolean> {
  const read = await deps.publishes.get(publishId);
  const due = read.value.nextAction;
  if (!due || due.at > instant(deps.clock.now())) return false;
  return due.action === 'close' ? closeQuestion(read, deps) : watchPublish(read.value, deps);
}

/** Nobody answered: the publish ends for good, and its files go. */
async function closeQuestion(read: Versioned<Publish>, deps: Deps): Promise<boolean> {
  const { publishes, effects, clock, blobs } = deps;
  const summary = unansweredSummary(read.value);
  const closed: Publish = { ...read.value, status: 'cancelled', summary };
  const now = instant(clock.now());
  await effects.commit({
    opId: `${closed.publishId}/close/v${read.version}`,
    operations: publishes.changing(read, closed, now, { action: 'closed', by: 'cottage' }),
  });
  await removeLeftovers(closed, blobs);
  return true;
}

/**
 * Looks whether a publish that is under way still has an execution. One whose execution broke is ended as its workflow
 * would have: what it had flipped shows again what was there before, then it has failed.
 */
async function watchPublish(publish: Publish, deps: Deps): Promise<boolean> {
  const { publishId } = publish;
  const execution = await describe(publish, deps);
  if (execution && execution.status !== 'RUNNING') {
    deps.log.error('an execution ended without its publish', { alarm: 'execution-broken', publishId });
    // One that only tries has no app.
    if (!publish.dryRun) await revertPublish(publish, deps);
    const how = { error: execution.error ?? execution.status };
    await endPublish(publishId, { status: 'failed', how }, deps, publish.attempt);
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
