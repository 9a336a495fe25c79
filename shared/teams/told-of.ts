import type { Team } from './team.ts';

/** Who is told how adding or removing a team ended: who asked for it, and the leads. Nobody, where Cottage did it itself. */
export function toldOf({ stateBy, leads }: Pick<Team, 'stateBy' | 'leads'>): string[] {
  const person = /^person:(.+@.+)$/.exec(stateBy)?.[1];
  return person === undefined ? [] : [...new Set([person, ...leads])];
}
