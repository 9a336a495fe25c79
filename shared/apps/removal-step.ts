import * as z from 'zod';
import { Cancelled } from '../errors/errors.ts';
import { AppId } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { changeApp, type Step, step } from '../runtime/step.ts';
import { type App, isRetiring } from './app.ts';

/** The input of an execution that takes an app down, never replaced. */
export const RemovalInput = z.object({ appId: AppId, attempt: z.int().min(1) });
export type RemovalInput = z.infer<typeof RemovalInput>;

/**
 * A step of the workflow that takes an app down. It may run twice, overlap with a late twin, or die half-way.
 * @throws Cancelled when its execution is no longer the one at work: nothing is touched
 */
export const removalStep = (run: (app: App, deps: Deps, work: RemovalInput) => Promise<string>): Step =>
  step({
    input: RemovalInput,
    run: async (work, deps) => {
      const { value: app } = await deps.apps.get(work.appId);
      if (!isRetiring(app) || app.retirement?.attempt !== work.attempt) {
        throw new Cancelled(`attempt ${work.attempt} is not at ${work.appId}, which is ${app.state}`);
      }
      const outcome = await run(app, deps, work);
      deps.log.info('removal step done', { ...work, outcome });
      return { outcome };
    },
  });

/** Says in the app's record why its removal stands still, for people; the error that follows is for the workflow. */
export async function noteHalt({ appId, attempt }: RemovalInput, summary: string, deps: Deps): Promise<void> {
  await changeApp(appId, deps, `${appId}/retire/${attempt}/halt`, (app) => {
    if (!isRetiring(app) || app.retirement?.attempt !== attempt) return undefined;
    const retirement = { ...app.retirement, summary: summary.slice(0, 300) };
    return {
      app: { ...app, retirement },
      happening: { action: 'retiring-halted', by: 'cottage', detail: { summary: retirement.summary } },
    };
  });
}
