import { isRetiring } from '../apps/app.ts';
import { removalExecution } from '../apps/retire.ts';
import type { Deps } from '../runtime/deps.ts';
import { teamExecution } from '../teams/team.ts';
import { statusOf } from '../workflow/status.ts';
import type { Found } from './problems.ts';
import { nameOf, type World } from './world.ts';

/** Teams that are being added or removed and apps that are being retired, while nothing is at it. */
export async function checkUnfinished(
  { teams, apps, effects }: World,
  { engine }: Pick<Deps, 'engine'>,
): Promise<Found[]> {
  const found: Found[] = [];
  // What has not started yet starts when its effect is due.
  const starting = new Set(
    effects.flatMap(({ request }) => (request.kind === 'start-workflow' ? [request.name] : [])),
  );
  for (const team of teams.values()) {
    if (team.state === 'ready') continue;
    const workflow = team.state === 'adding' ? 'add-team' : 'remove-team';
    const execution = teamExecution(team);
    if (starting.has(execution) || (await statusOf(engine, workflow, execution)) === 'RUNNING') continue;
    const text =
      `It has been ${team.state} since ${team.stateSince}, and nothing is at it. ${team.summary ?? ''}`.trim();
    found.push({ code: 'team/unfinished', subject: team.name, text });
  }
  for (const app of apps.values()) {
    if (!isRetiring(app) || starting.has(removalExecution(app))) continue;
    if ((await statusOf(engine, 'remove-app', removalExecution(app))) === 'RUNNING') continue;
    const { at, summary = '' } = app.retirement ?? { at: app.stateSince };
    const text = `It has been retiring since ${at}, and nothing is at it. ${summary}`.trim();
    found.push({ code: 'app/unfinished', subject: nameOf(app), text });
  }
  return found;
}
