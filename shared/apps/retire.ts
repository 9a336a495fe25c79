import { Conflict } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import { type AppId, instant } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { statusOf } from '../workflow/status.ts';
import { type App, isRetiring } from './app.ts';
import { transition } from './states.ts';

/** How long a retired name is not given to somebody else. */
export const TOMBSTONE_DAYS = 180;

/** Who decided it, as the audit trail says it: a mail address, or Cottage itself. */
export const actor = (by: string): string => (by === 'cottage' ? by : `person:${by}`);

/** The name of the execution that takes the app down. */
export const removalExecution = (app: {
  appId: AppId;
  retirement?: { attempt: number } | undefined;
}): string => `${app.appId}-${app.retirement?.attempt ?? 0}`;

const TRIES = 5;

/**
 * Begins to retire an app, without grace: from here on nothing new is taken for it, its publishes are cancelled, and the
 * workflow takes it down in the safe order. Asked again while that runs, nothing happens; once it has come to a halt, it
 * is taken up again. Retired already: nothing happens.
 */
export async function retireApp(appId: AppId, by: string, deps: Deps): Promise<App> {
  for (let tried = 1; ; tried += 1) {
    try {
      await begin(appId, by, deps);
      return (await deps.apps.get(appId)).value;
    } catch (error) {
      if (!(error instanceof Conflict) || tried === TRIES) throw error;
    }
  }
}

async function begin(appId: AppId, by: string, deps: Deps): Promise<void> {
  const { apps, names, effects, clock } = deps;
  const read = await apps.get(appId);
  const app = read.value;
  if (app.state === 'retired' || (await isAtWork(app, deps))) return;
  if (!transition(app.state, 'retire')) throw refuse('app/conflict', `An app that is ${app.state} stays.`);
  const claim = await names.find(app.team, app.name);
  const now = instant(clock.now());
  const attempt = (app.retirement?.attempt ?? 0) + 1;
  const next: App = { ...app, retirement: { by, at: app.retirement?.at ?? now, attempt } };
  await effects.commit({
    opId: `${appId}/retire/${attempt}/v${read.version}`,
    operations: [
      ...apps.changing(read, next, now, { action: 'retiring', by: actor(by) }),
      // As it was, but of another version: a publish that read it before is not accepted any more.
      ...(claim?.value.appId === appId ? [names.changing(claim, claim.value)] : []),
    ],
    effects: [
      {
        kind: 'start-workflow',
        workflow: 'remove-app',
        name: removalExecution(next),
        input: { appId, attempt },
      },
    ],
  });
}

/** Its record says why one has come to a halt. One that has not started yet is an effect that is due. */
async function isAtWork(app: App, { engine }: Deps): Promise<boolean> {
  if (!isRetiring(app) || app.retirement?.summary !== undefined) return false;
  const status = await statusOf(engine, 'remove-app', removalExecution(app));
  return status === undefined || status === 'RUNNING';
}
