import type { Clock } from '../../shared/clock/clock.ts';

/** A clock that stands still until told. */
export class TestClock implements Clock {
  #now: number;
  constructor(start = Date.parse('2026-03-02T09:00:00.000Z')) {
    this.#now = start;
  }
  now(): number {
    return this.#now;
  }
  advance(ms: number): void {
    this.#now += ms;
  }
}
