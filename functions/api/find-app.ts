import * as z from 'zod';
import type { App } from '../../shared/apps/app.ts';
import { refuse } from '../../shared/errors/problems.ts';
import type { Deps } from '../../shared/runtime/deps.ts';

export const AppParams = z.object({ team: z.string(), name: z.string() });

/** The app that has this name now. @throws RequestRefused `app/unknown` */
export async function findApp(params: z.infer<typeof AppParams>, deps: Deps): Promise<App> {
  const app = await findEntry(params, deps);
  if (app.state === 'retired') throw unknown(params);
  return app;
}

/** The same, or else the retired one that had it last: its entry stays in the catalog. */
export async function findEntry(params: z.infer<typeof AppParams>, deps: Deps): Promise<App> {
  const { team, name } = params;
  const isName = /^[a-z0-9-]{1,63}$/;
  const claim =
    isName.test(team) && isName.test(name) ? (await deps.names.find(team, name))?.value : undefined;
  const app = claim && (await deps.apps.find(claim.appId))?.value;
  if (!app) throw unknown(params);
  return app;
}

const unknown = ({ team, name }: z.infer<typeof AppParams>) =>
  refuse('app/unknown', `There is no app ${team}/${name}.`);
