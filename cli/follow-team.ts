import type { TeamAnswer } from './api-types.ts';
import type { Client } from './client.ts';
import { teamPath } from './references.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** A certificate may take days; whoever waits is told now and then that nothing is wrong. */
const TELL_EVERY = 30;

/** Follows a team until it is in the state that is waited for, stands still, or is taken up by somebody else. */
export async function followTeam(
  begun: TeamAnswer,
  end: TeamAnswer['state'],
  client: Client,
  pause: (pauseMs: number) => Promise<void>,
  tell: (line: string) => void,
): Promise<TeamAnswer> {
  let team = begun;
  for (let looks = 1, pauseMs = FIRST_PAUSE_MS; ; looks += 1) {
    if (team.state === end || team.summary !== undefined || team.attempt !== begun.attempt) return team;
    if (looks % TELL_EVERY === 0) tell(`Still ${team.state} …`);
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
    team = await client.get<TeamAnswer>(teamPath(begun.name));
  }
}
