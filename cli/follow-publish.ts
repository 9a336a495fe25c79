import type { PublishAnswer } from './api-types.ts';
import type { Client } from './client.ts';
import { formatDuration } from './output.ts';

type Stage = PublishAnswer['stages'][number];

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;

/**
 * Follows a publish until it has ended or waits for a person, and tells each stage as it finishes.
 * @param tell gets one line per finished stage.
 */
export async function followPublish(
  statusUrl: string,
  client: Client,
  pause: (pauseMs: number) => Promise<void>,
  tell: (line: string) => void,
): Promise<PublishAnswer> {
  const told = new Set<string>();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const answer = await client.getLink<PublishAnswer>(statusUrl);
    for (const stage of answer.stages) {
      if (!isFinished(stage) || told.has(stage.name)) continue;
      told.add(stage.name);
      tell(stageLine(stage));
    }
    if (answer.status !== 'accepted' && answer.status !== 'running') return answer;
    await pause(pauseMs);
  }
}

const isFinished = ({ status }: Stage): boolean => status === 'passed' || status === 'failed';

/** What each stage does, for somebody who only wants the app to be there. */
export const STAGE_TEXT: Record<Stage['name'], string> = {
  unpack: 'Opening the files',
  validate: 'Checking the files',
  scan: 'Looking for passwords and keys',
  'check-policy': 'Checking the company’s rules',
  approval: 'Getting approval',
  deploy: 'Storing this version',
  certificate: 'Making the connection private',
  'bind-name': 'Reserving the address',
  dns: 'Making the address known',
  'go-live': 'Switching to this version',
  verify: 'Opening the app to see that it works',
  register: 'Entering it in the catalog',
};

/** One finished stage and how long it took. */
export function stageLine({ name, status, startedAt, endedAt }: Stage): string {
  const mark = status === 'passed' ? '✓' : '✗';
  const took =
    startedAt === undefined || endedAt === undefined
      ? ''
      : ` (${formatDuration(Date.parse(endedAt) - Date.parse(startedAt))})`;
  return `  ${mark} ${STAGE_TEXT[name]}${took}`;
}
