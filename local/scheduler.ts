import { sweep } from '../functions/lifecycle/sweep.ts';
import { convergeUnsettled } from '../shared/apps/sweep-app.ts';
import { MINUTE_MS } from '../shared/clock/clock.ts';
import { firstDue } from '../shared/records/due.ts';
import type { Deps } from '../shared/runtime/deps.ts';
import { DailyHead } from './daily-head.ts';
import type { WorkflowRunner } from './runner/workflow-runner.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Longest a timer sleeps: waits are in business time, and the system's clock may be set meanwhile. */
const LONGEST_SLEEP_MS = MINUTE_MS;
const SHORTEST_PAUSE_MS = 50;
const STILL_DUE_PAUSE_MS = 1_000;

/** Wakes the runner when a wait ends, and runs the sweep every minute. */
export class Scheduler {
  readonly #deps: Deps;
  readonly #runner: WorkflowRunner;
  readonly #dailyHead: DailyHead;
  #sweeping: Promise<unknown> = Promise.resolve();
  #sweepTimer: NodeJS.Timeout | undefined;
  #wakeTimer: NodeJS.Timeout | undefined;
  #wakeAt = Infinity;
  #stopped = false;

  constructor(deps: Deps, runner: WorkflowRunner) {
    this.#deps = deps;
    this.#runner = runner;
    this.#dailyHead = new DailyHead(deps);
  }

  /** Goes on where the last run stopped: the edge first, then executions, then what is overdue. */
  async start(): Promise<void> {
    await convergeUnsettled(this.#deps);
    if (this.#stopped) return;
    this.#runner.resume();
    this.#sweepTimer = setInterval(() => void this.sweep(), MINUTE_MS);
    void this.sweep();
    this.wakeBy(this.#runner.nextDueAt() ?? Infinity);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#sweepTimer);
    clearTimeout(this.#wakeTimer);
    await this.#sweeping;
    await this.#runner.stop();
  }

  /** One sweep at a time; a second call waits for its turn. Returns how many due things were done. */
  sweep(): Promise<number> {
    const next = this.#sweeping.then(async () => {
      const done = await sweep(this.#deps);
      await this.#dailyHead.tick();
      return done;
    });
    this.#sweeping = next.catch((error: unknown) =>
      this.#deps.log.error('the sweep failed', { error: String(error) }),
    );
    return next;
  }

  /** The runner waits for something at this instant of business time (epoch milliseconds). */
  wakeBy(at: number): void {
    if (this.#stopped || at >= this.#wakeAt) return;
    this.#wakeAt = at;
    clearTimeout(this.#wakeTimer);
    const sleepMs = Math.min(LONGEST_SLEEP_MS, Math.max(0, at - this.#deps.clock.now()));
    this.#wakeTimer = setTimeout(() => this.#wake(), sleepMs);
    this.#wakeTimer.unref();
  }

  #wake(): void {
    const { clock, log } = this.#deps;
    this.#wakeAt = Infinity;
    let next = 0;
    try {
      this.#runner.wake();
      next = this.#runner.nextDueAt() ?? Infinity;
    } catch (error) {
      log.error('executions could not be woken', { error: String(error) });
    }
    const now = clock.now();
    // What is still due after it was woken can't go on just now: it is not asked again at once.
    this.wakeBy(Math.max(next, now + (next > now ? SHORTEST_PAUSE_MS : STILL_DUE_PAUSE_MS)));
  }

  /**
   * Moves the virtual clock on, from one due instant to the next, and lets everything come to rest at each.
   * Returns how many due things were done.
   */
  async advance(clock: VirtualClock, byMs: number): Promise<number> {
    const end = clock.now() + byMs;
    let done = 0;
    for (;;) {
      done += await this.#settle();
      const next = await this.#nextDue();
      if (next === undefined || next > end) break;
      // Due already and still there: it will not be done by waiting here.
      clock.moveTo(Math.max(next, clock.now() + 1));
    }
    clock.moveTo(end);
    return done + (await this.#settle());
  }

  async #settle(): Promise<number> {
    let done = 0;
    for (;;) {
      this.#runner.wake();
      await this.#runner.idle();
      const swept = await this.sweep();
      await this.#runner.idle();
      done += swept;
      if (swept === 0) return done;
    }
  }

  async #nextDue(): Promise<number | undefined> {
    const record = await firstDue(this.#deps.store);
    const times = [this.#runner.nextDueAt(), record === undefined ? undefined : Date.parse(record)];
    const known = times.filter((time) => time !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }
}
