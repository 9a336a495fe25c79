import { REASONS, reasonOf } from '../summaries/reasons.ts';
import { summarise } from '../summaries/summary.ts';
import type { Team } from './team.ts';

type Halted = Pick<Team, 'name' | 'state' | 'stateBy' | 'zone'>;

/** For an admin: the team, who asked for it, what happened, what next. At most 300 characters. */
export function haltedTeam(team: Halted, error: string): string {
  const verb = team.state === 'removing' ? 'remove' : 'add';
  const { cause, next = REASONS[reasonOf(error)].admin } = whyHalted(error, team);
  return summarise({
    about: `Team ${team.name}`,
    person: whoAsked(team),
    what: `could not be ${verb === 'add' ? 'added' : 'removed'}`,
    cause: cause ?? REASONS[reasonOf(error)].cause,
    code: error,
    who: 'an admin',
    next,
    command: `cottage team ${verb} ${team.name}`,
  });
}

/** The same where a step knows better than the name of its error. */
export const teamKept = (team: Halted, cause: string, next: string): string =>
  summarise({
    about: `Team ${team.name}`,
    person: whoAsked(team),
    what: 'could not be removed',
    cause,
    code: 'TeamNotEmpty',
    who: 'an admin',
    next: `${next}, or keep the team.`,
    command: `cottage team remove ${team.name}, or cottage team add ${team.name}`,
  });

/** Of an execution that somebody has decided otherwise about since. */
export const overtakenTeam = (team: Halted): string =>
  summarise({
    about: `Team ${team.name}`,
    person: whoAsked(team),
    what: `is ${team.state}`,
    cause: 'another execution has taken over from this one',
    code: 'Cancelled',
    next: 'nothing.',
  });

const whoAsked = ({ stateBy }: Pick<Team, 'stateBy'>): string => stateBy.replace(/^person:/, '');

/** What an error means for a team in particular. */
function whyHalted(error: string, { zone }: Halted): { cause?: string; next?: string } {
  switch (error) {
    case 'CertificatePending':
      return {
        cause: 'its certificate was not issued in time, mostly because its zone is not delegated',
        next: `See that this finds name servers from outside: dig NS ${zone}.`,
      };
    case 'CertificateFailed':
      return {
        cause: 'its certificate was refused',
        next: `See why where certificates are ordered, and try: dig NS ${zone}.`,
      };
    case 'AlreadyExists':
      return {
        cause: 'there are records at or below its name, which its zone would hide',
        next: 'Remove them.',
      };
    case 'NotOurs':
      return { cause: 'something stands in its zone that Cottage did not make', next: 'Remove it.' };
    default:
      return {};
  }
}
