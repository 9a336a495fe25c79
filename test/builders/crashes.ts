import { cpSync } from 'node:fs';
import type { LocalConfig } from '../../local/config.ts';
import type { Replacements } from '../../local/main.ts';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { startTestCottage, type TestCottage } from './cottage.ts';
import { type Death, Dying } from './dying.ts';
import { tempFolder } from './temp.ts';

export interface CrashScenario<Told, Seen> {
  /** What stands before; the same for every death. */
  prepare: (cottage: TestCottage) => Promise<unknown>;
  /** What is going on when the process dies. The signal ends its requests, for nobody answers them then. */
  act: (cottage: TestCottage, signal: AbortSignal) => Promise<Told>;
  /** What is found after the next start, once everything has come to rest. `told` is what `act` answered, if it did. */
  observe: (cottage: TestCottage, told: Told | undefined) => Promise<Seen>;
  /** How the processes that die are set up; the one that looks afterwards has a clock that can be moved. */
  config?: Partial<LocalConfig>;
  /** Parts of every process besides. */
  parts?: Replacements;
  /** Which of these writes to die at: both before and after each, unless told. */
  sample?: (writes: string[]) => Death[];
}

/**
 * Runs the scenario once to count its writes, then once for every death asked for: on a copy of what was prepared it
 * dies there, is started again on the same folder, and looked at. Answers what was seen, in the order of the sample.
 */
export async function dieEverywhere<Told, Seen>(
  scenario: CrashScenario<Told, Seen>,
): Promise<{ writes: string[]; outcomes: { death: string; seen: Seen }[] }> {
  const template = tempFolder();
  const first = await startTestCottage({
    folder: template,
    ...(scenario.parts ? { replace: scenario.parts } : {}),
  });
  await scenario.prepare(first);
  await first.cottage.stop();
  const writes = await countWrites(scenario, template);
  const deaths = (scenario.sample ?? everyWrite)(writes);
  const outcomes: { death: string; seen: Seen }[] = [];
  await inParallel([...deaths.entries()], WIDTH, async ([i, death]) => {
    const folder = tempFolder();
    cpSync(template, folder, { recursive: true });
    const told = await dieOnce(scenario, folder, death);
    const again = await startTestCottage({
      folder,
      config: { virtualClock: true },
      replace: { ...scenario.parts, random: () => 0 },
    });
    await comeToRest(again);
    const title = `${death.when} write ${death.write} of ${writes.length} (${writes[death.write - 1]})`;
    outcomes[i] = { death: title, seen: await scenario.observe(again, told) };
    await again.cottage.stop();
  });
  return { writes, outcomes };
}

const everyWrite = (writes: string[]): Death[] =>
  writes.flatMap((_, i): Death[] => [
    { write: i + 1, when: 'before' },
    { write: i + 1, when: 'after' },
  ]);

/** Each waits for the disk most of the time. */
const WIDTH = 3;

async function countWrites<T, S>(scenario: CrashScenario<T, S>, template: string): Promise<string[]> {
  const folder = tempFolder();
  cpSync(template, folder, { recursive: true });
  const counting = new Dying();
  const cottage = await startDying(scenario, folder, counting);
  counting.arm({ write: 0, when: 'after' });
  await scenario.act(cottage, new AbortController().signal);
  await cottage.cottage.runner.idle();
  await cottage.cottage.stop();
  return counting.writes;
}

async function dieOnce<T, S>(
  scenario: CrashScenario<T, S>,
  folder: string,
  death: Death,
): Promise<T | undefined> {
  const dying = new Dying();
  const cottage = await startDying(scenario, folder, dying);
  dying.arm(death);
  const abort = new AbortController();
  const told = scenario.act(cottage, abort.signal).catch(() => undefined);
  // Not every run makes as many writes: two that wait may share one. Then it dies at rest.
  await Promise.race([dying.dead, told.then(() => cottage.cottage.runner.idle())]);
  cottage.cottage.drop();
  abort.abort();
  return told;
}

const startDying = <T, S>({ parts, config }: CrashScenario<T, S>, folder: string, dying: Dying) =>
  startTestCottage({ folder, replace: { ...parts, ...dying.parts() }, ...(config ? { config } : {}) });

/** What was left goes on by itself, without time passing. */
async function comeToRest({ cottage: { runner, scheduler } }: TestCottage): Promise<void> {
  do await runner.idle();
  while ((await scheduler.sweep()) > 0);
  await runner.idle();
}
