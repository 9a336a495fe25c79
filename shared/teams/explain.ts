import type { Team } from './team.ts';

const MOST = 300;
const short = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** One sentence or two for an admin: the team, who asked, what happened, what next. At most 300 characters. */
export function haltedTeam(team: Pick<Team, 'name' | 'state' | 'stateBy'>, error: string): string {
  const verb = team.state === 'removing' ? 'remove' : 'add';
  const who = short(team.stateBy.replace(/^person:/, ''), 40);
  const head = `Team ${short(team.name, 30)} (${who}) could not be ${verb === 'add' ? 'added' : 'removed'}: `;
  return short(head + whyHalted(error, `cottage team ${verb} ${team.name}`), MOST);
}

/** What an error's name means to an admin, and what to do: the one place that says. */
function whyHalted(error: string, again: string): string {
  switch (error) {
    case 'CertificatePending':
      return `its certificate was not issued in time. See that its zone can be asked from outside, then: ${again}`;
    case 'CertificateFailed':
      return `its certificate was refused. See why where certificates are ordered, then: ${again}`;
    case 'AlreadyExists':
      return `there are records at or below its name, which its zone would hide. Remove them, then: ${again}`;
    case 'NotOurs':
      return `something stands in its zone that Cottage did not make. Remove it, then: ${again}`;
    case 'TeamNotEmpty':
      return `there are apps in it, or records that Cottage did not make. Remove them, then: ${again}`;
    case 'Busy':
    case 'Conflict':
    case 'PreconditionFailed':
    case 'States.Timeout':
      return `something it needs was too busy for too long. Try again: ${again}`;
    default:
      return `something unexpected went wrong; its history shows where. Then: ${again}`;
  }
}
