import { cpSync } from 'node:fs';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { startTestCottage, type TestCottage } from './cottage.ts';
import { type Death, Dying } from './dying.ts';
import { tempFolder } from './temp.ts';

export interface CrashScenario {
  /** What stands before; the same for every death. */
  prepare: (cottage: TestCottage) => Promise<unknown>;
  /** What is going on when the process dies. Never ends, then, unless the signal ends its requests. */
  act: (cottage: TestCottage, signal: AbortSignal) => Promise<unknown>;
  /** After the next start, and once everything has come to rest. `told` is what `act` answered, if it did. */
  check: (cottage: TestCottage, told: unknown, death: string) => Promise<void>;
  /** Which of so many writes to die at. */
  sample: (writes: number) => Death[];
}

/**
 * Runs the scenario once to count its writes, then once for every death asked for: on a copy of what was prepared, it
 * dies there, is started again on the same folder, and checked.
 */
export async function dieEverywhere(scenario: CrashScenario): Promise<void> {
  const template = tempFolder();
  const first = await startTestCottage({ folder: template });
  await scenario.prepare(first);
  await first.cottage.stop();
  const writes = await countWrites(scenario, template);
  await inParallel(scenario.sample(writes.length), WIDTH, async ({ write, when }) => {
    const folder = tempFolder();
    cpSync(template, folder, { recursive: true });
    const told = await dieOnce(scenario, folder, { write, when });
    const again = await startTestCottage({
      folder,
      config: { virtualClock: true },
      replace: { random: () => 0 },
    });
    await comeToRest(again);
    await scenario.check(
      again,
      told,
      `died ${when} write ${write} of ${writes.length} (${writes[write - 1]})`,
    );
    await again.cottage.stop();
  });
}

/** Each waits for the disk most of the time. */
const WIDTH = 3;

async function countWrites({ act }: CrashScenario, template: string): Promise<string[]> {
  const folder = tempFolder();
  cpSync(template, folder, { recursive: true });
  const counting = new Dying();
  const cottage = await startTestCottage({ folder, replace: counting.ports() });
  counting.arm({ write: 0, when: 'after' });
  await act(cottage, new AbortController().signal);
  await cottage.cottage.runner.idle();
  await cottage.cottage.stop();
  return counting.writes;
}

async function dieOnce({ act }: CrashScenario, folder: string, death: Death): Promise<unknown> {
  const dying = new Dying();
  const cottage = await startTestCottage({ folder, replace: dying.ports() });
  dying.arm(death);
  const abort = new AbortController();
  let told: unknown;
  const acting = act(cottage, abort.signal).then(
    (answer) => (told = answer),
    () => undefined,
  );
  await dying.dead;
  cottage.cottage.drop();
  abort.abort();
  await acting;
  return told;
}

/** What was left goes on by itself, without time passing. */
async function comeToRest({ cottage: { runner, scheduler } }: TestCottage): Promise<void> {
  do await runner.idle();
  while ((await scheduler.sweep()) > 0);
  await runner.idle();
}
