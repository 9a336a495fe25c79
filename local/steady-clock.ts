import type { Clock } from '../shared/clock/clock.ts';

/** Less than this, and a correction is as good as none: time stands still for a moment. */
const SMALL_MS = 1_000;

export interface SteadyClockOptions {
  /** Epoch milliseconds, as the system has them. */
  system?: () => number;
  /** Milliseconds since whenever, counted evenly. */
  elapsed?: () => number;
  /** Told once of each time that the system's clock is set back. */
  onSetBack?: (byMs: number) => void;
}

/**
 * The system's clock, but never backwards: what is ordered by time, or waits for an instant, must not wait again for
 * time that was over. Set back, it goes on from where it was, at the pace of time, until the system's has caught up; set
 * forward, it follows. After a restart it is the system's again.
 */
export class SteadyClock implements Clock {
  readonly #system: () => number;
  readonly #elapsed: () => number;
  readonly #onSetBack: (byMs: number) => void;
  #anchor: { now: number; elapsed: number };
  #isBehind = false;

  constructor({
    system = Date.now,
    elapsed = () => performance.now(),
    onSetBack = () => undefined,
  }: SteadyClockOptions = {}) {
    this.#system = system;
    this.#elapsed = elapsed;
    this.#onSetBack = onSetBack;
    this.#anchor = { now: system(), elapsed: elapsed() };
  }

  now(): number {
    const system = this.#system();
    const elapsed = this.#elapsed();
    const steady = Math.floor(this.#anchor.now + elapsed - this.#anchor.elapsed);
    const byMs = steady - system;
    if (byMs <= 0) {
      this.#anchor = { now: system, elapsed };
      this.#isBehind = false;
      return system;
    }
    // A tick more or less, or a small correction: stand still until it has passed.
    if (byMs < SMALL_MS && !this.#isBehind) {
      this.#anchor = { now: Math.max(this.#anchor.now, system), elapsed };
      return this.#anchor.now;
    }
    if (!this.#isBehind) this.#onSetBack(byMs);
    this.#isBehind = true;
    return steady;
  }
}
