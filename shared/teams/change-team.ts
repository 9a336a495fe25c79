import type { EffectRequest } from '../effects/effect.ts';
import { Cancelled, Conflict } from '../errors/errors.ts';
import { instant } from '../ids/ids.ts';
import type { Operation } from '../records/record-store.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Team, TeamState } from './team.ts';

const TRIES = 5;

/** One execution of the workflow that adds or removes a team. */
export interface TeamWork {
  team: string;
  attempt: number;
}

export interface TeamChange {
  team: Team;
  happening?: { action: string; by: string; detail?: Record<string, string> };
  operations?: Operation[];
  effects?: EffectRequest[];
}

/**
 * The team, if this execution is still the one that adds (or removes) it.
 * @throws Cancelled when somebody has decided otherwise since: a late twin of a step then leaves everything as it is
 */
export async function teamAtWork(
  { team: name, attempt }: TeamWork,
  state: TeamState,
  { teams }: Pick<Deps, 'teams'>,
): Promise<Team> {
  const team = (await teams.findRecord(name))?.value;
  if (team?.state === state && team.attempt === attempt) return team;
  throw new Cancelled(`team ${name} is ${team?.state ?? 'not there'}, and attempt ${attempt} is not at it`);
}

/** Changes the team with a fresh read each time, until the write holds. `change` returns undefined to change nothing. */
export async function changeTeam(
  { team: name, attempt }: TeamWork,
  step: string,
  { teams, effects, clock }: Pick<Deps, 'teams' | 'effects' | 'clock'>,
  change: (team: Team) => TeamChange | undefined,
): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    const read = await teams.findRecord(name);
    const result = read && read.value.attempt === attempt ? change(read.value) : undefined;
    if (!read || !result) return;
    const { team, happening, operations = [], effects: follow = [] } = result;
    const at = instant(clock.now());
    try {
      await effects.commit({
        opId: `team/${name}/${attempt}/${step}/v${read.version}`,
        operations: [...teams.changing(read, team, happening && { ...happening, at }), ...operations],
        effects: follow,
      });
      return;
    } catch (error) {
      if (!(error instanceof Conflict) || tried === TRIES) throw error;
    }
  }
}
