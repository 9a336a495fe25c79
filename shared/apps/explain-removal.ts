import { REASONS, reasonOf } from '../summaries/reasons.ts';
import { summarise } from '../summaries/summary.ts';
import type { App } from './app.ts';

type Halted = Pick<App, 'team' | 'name' | 'state' | 'retirement'>;

interface Why {
  cause: string;
  next: string;
}

/**
 * For an admin: the app, who asked, what happened, what next. At most 300 characters.
 * @param why where a step knows better than the name of its error.
 */
export function haltedRemoval(app: Halted, error: string, why: Why = whyHalted(error)): string {
  const { cause, next } = why;
  return summarise({
    ...who(app),
    what: 'could not be retired',
    cause,
    code: error,
    who: 'an admin',
    next,
    command: `cottage retire ${app.team}/${app.name}`,
  });
}

/** Of an execution that somebody has decided otherwise about since. */
export const overtakenRemoval = (app: Halted): string =>
  summarise({
    ...who(app),
    what: `is ${app.state}`,
    cause: 'another execution has taken over from this one',
    code: 'Cancelled',
    next: 'nothing.',
  });

const who = ({ team, name, retirement }: Halted) => ({
  about: `${team}/${name}`,
  person: retirement?.by ?? 'cottage',
});

/** What an error means for an app that is taken down in particular. */
function whyHalted(error: string): Why {
  switch (error) {
    case 'PublishRunning':
      return { cause: 'a publish of it did not come to an end', next: 'Wait for it, or stop it.' };
    case 'NotOurs':
      return { cause: 'something stands at its name that Cottage did not make', next: 'Remove it.' };
    case 'NotConverged':
      return {
        cause: 'the edge did not let go of it in time',
        next: 'Wait a while: the edge may be slow.',
      };
    default: {
      const { cause, admin } = REASONS[reasonOf(error)];
      return { cause, next: admin };
    }
  }
}
