import { keepDailyHead } from '../shared/audit/report.ts';
import { MINUTE_MS } from '../shared/clock/clock.ts';
import { instant } from '../shared/ids/ids.ts';
import type { Deps } from '../shared/runtime/deps.ts';

/** A process that has just begun has people waiting for it. */
const AFTER_START_MS = 10 * MINUTE_MS;

/** Sees to it that one head of the audit trail is kept for every day (of business time) on which Cottage runs. */
export class DailyHead {
  readonly #deps: Deps;
  readonly #startedAt: number;
  #doneFor = '';

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#startedAt = deps.clock.now();
  }

  /** Called again and again; does something once a day. What fails is logged, and tried again at the next call. */
  async tick(): Promise<void> {
    const now = this.#deps.clock.now();
    const today = instant(now).slice(0, 10);
    if (today === this.#doneFor || now - this.#startedAt < AFTER_START_MS) return;
    try {
      await keepDailyHead(this.#deps);
      this.#doneFor = today;
    } catch (error) {
      this.#deps.log.error('the head of the audit trail could not be kept', { error: String(error) });
    }
  }
}
