import * as z from 'zod';
import type { App } from '../../shared/apps/app.ts';
import { refuse } from '../../shared/errors/problems.ts';
import type { Deps } from '../../shared/runtime/deps.ts';

export const AppParams = z.object({ team: z.string(), name: z.string() });

/** The app that has this name now. @throws RequestRefused `app/unknown` */
export async function findApp(
  { team, name }: z.infer<typeof AppParams>,
  { names, apps }: Deps,
): Promise<App> {
  const isName = /^[a-z0-9-]{1,63}$/;
  const claim = isName.test(team) && isName.test(name) ? (await names.find(team, name))?.value : undefined;
  const app = claim && claim.state !== 'tombstone' ? (await apps.find(claim.appId))?.value : undefined;
  if (!app) throw refuse('app/unknown', `There is no app ${team}/${name}.`);
  return app;
}
