import type { App } from './app.ts';

const short = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** One sentence or two for an admin: the app, who asked, what happened, what next. At most 300 characters. */
export function haltedRemoval(app: Pick<App, 'team' | 'name' | 'retirement'>, error: string): string {
  const name = `${app.team}/${app.name}`;
  const who = short(app.retirement?.by ?? 'cottage', 40);
  return short(
    `${short(name, 50)} (${who}) could not be retired: ${whyHalted(error, `cottage retire ${name}`)}`,
    300,
  );
}

function whyHalted(error: string, again: string): string {
  switch (error) {
    case 'PublishRunning':
      return `a publish of it did not come to an end. Try again: ${again}`;
    case 'NotOurs':
      return `something stands at its name that Cottage did not make. Remove it, then: ${again}`;
    case 'NotConverged':
      return `the edge did not let go of it in time. Try again: ${again}`;
    case 'Busy':
    case 'Conflict':
    case 'PreconditionFailed':
    case 'States.Timeout':
      return `something it needs was too busy for too long. Try again: ${again}`;
    default:
      return `something unexpected went wrong; its history shows where. Then: ${again}`;
  }
}
