import * as z from 'zod';
import {
  archiveApp,
  holdApp,
  promoteApp,
  releaseApp,
  renewApp,
  restoreApp,
  rollbackApp,
  unpinApp,
} from '../../shared/apps/actions.ts';
import { type App, isRetiring } from '../../shared/apps/app.ts';
import { retireApp } from '../../shared/apps/retire.ts';
import { refuse } from '../../shared/errors/problems.ts';
import { ReleaseId } from '../../shared/ids/ids.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { AppView, viewApp } from './app-view.ts';
import { type Endpoint, endpoint } from './endpoint.ts';
import { AppParams, findApp, findEntry } from './find-app.ts';

/** An action on one app by an admin: the same shape for all of them. */
function action<B>(
  name: string,
  summary: string,
  body: z.ZodType<B>,
  run: (app: App, body: B, by: string, deps: Deps) => Promise<App>,
): Endpoint {
  return endpoint({
    method: 'post',
    path: `/v1/apps/{team}/{name}/${name}`,
    operationId: `${name}App`,
    summary,
    auth: 'admin',
    params: AppParams,
    body,
    answers: { 200: { description: 'The app as it is now.', schema: AppView } },
    run: async (call, deps) => {
      const app = await findApp(call.params, deps);
      if (isRetiring(app)) throw refuse('app/retiring', `The app is being retired by ${app.retirement?.by}.`);
      const changed = await run(app, call.body, call.principal?.email ?? '', deps);
      return { status: 200, body: viewApp(changed, deps.settings) };
    },
  });
}

export const retire = endpoint({
  method: 'post',
  path: '/v1/apps/{team}/{name}/retire',
  operationId: 'retireApp',
  summary: 'Take the app down for good: address, certificate, files; its entry stays',
  auth: 'admin',
  params: AppParams,
  body: z.object({}),
  answers: { 202: { description: 'The app; it is gone once its state is retired.', schema: AppView } },
  run: async ({ params, principal }, deps) => {
    const app = await findEntry(params, deps);
    const retiring = await retireApp(app.appId, principal?.email ?? '', deps);
    return { status: 202, body: viewApp(retiring, deps.settings) };
  },
});

const Nothing = z.object({});
const Reason = z.object({ reason: z.string().trim().min(1).max(300) });
const Release = z.object({ release: ReleaseId.optional() });
const Days = z.object({ days: z.int().min(1).max(365).optional() });

export const appActions: Endpoint[] = [
  action('rollback', 'Show an older release, and pin it', Release, (app, { release }, by, deps) =>
    rollbackApp(app.appId, release, by, deps),
  ),
  action('unpin', 'Let newer publishes through again', Nothing, (app, _, by, deps) =>
    unpinApp(app.appId, by, deps),
  ),
  action('promote', 'Take the publish that waits live', Nothing, (app, _, by, deps) =>
    promoteApp(app.appId, by, deps),
  ),
  action('renew', 'Start the app’s term anew', Days, (app, { days }, by, deps) =>
    renewApp(app.appId, days, by, deps),
  ),
  action('archive', 'Put the app away; its name stays', Nothing, (app, _, by, deps) =>
    archiveApp(app.appId, by, deps),
  ),
  action('restore', 'Bring an archived app back', Nothing, (app, _, by, deps) =>
    restoreApp(app.appId, by, deps),
  ),
  action('hold', 'Take the app off the air, with a reason', Reason, (app, { reason }, by, deps) =>
    holdApp(app.appId, reason, by, deps),
  ),
  action('release', 'Let a held app back on the air', Nothing, (app, _, by, deps) =>
    releaseApp(app.appId, by, deps),
  ),
];
