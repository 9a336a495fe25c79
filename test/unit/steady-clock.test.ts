import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SteadyClock } from '../../local/steady-clock.ts';
import { HOUR_MS, SECOND_MS } from '../../shared/clock/clock.ts';

const START = Date.parse('2026-03-02T09:00:00.000Z');

/** A machine on which time passes, and whose clock somebody sets. */
function machine() {
  const at = { system: START, elapsed: 500 };
  const setBacks: number[] = [];
  const clock = new SteadyClock({
    system: () => at.system,
    elapsed: () => at.elapsed,
    onSetBack: (byMs) => setBacks.push(byMs),
  });
  const pass = (ms: number) => {
    at.system += ms;
    at.elapsed += ms;
  };
  const set = (byMs: number) => (at.system += byMs);
  return { clock, pass, set, setBacks };
}

describe('the clock of a machine', () => {
  test('is the system’s while nobody sets it', () => {
    const { clock, pass } = machine();
    pass(1_234);
    expect(clock.now()).toBe(START + 1_234);
  });

  test('that is set back goes on from where it was, at the pace of time, and says so once', () => {
    const { clock, pass, set, setBacks } = machine();
    set(-HOUR_MS);
    expect(clock.now()).toBe(START);
    pass(10 * SECOND_MS);
    expect(clock.now()).toBe(START + 10 * SECOND_MS);
    expect(setBacks).toEqual([HOUR_MS]);
  });

  test('that has caught up is the system’s again, and a later setting back is told again', () => {
    const { clock, pass, set, setBacks } = machine();
    set(-HOUR_MS);
    clock.now();
    set(HOUR_MS);
    pass(SECOND_MS);
    expect(clock.now()).toBe(START + SECOND_MS);
    set(-2 * HOUR_MS);
    clock.now();
    expect(setBacks).toEqual([HOUR_MS, 2 * HOUR_MS]);
  });

  test('that is set forward is followed at once', () => {
    const { clock, set } = machine();
    set(HOUR_MS);
    expect(clock.now()).toBe(START + HOUR_MS);
  });

  test('that is put right by less than a second is no matter', () => {
    const { clock, pass, set, setBacks } = machine();
    set(-500);
    expect(clock.now()).toBe(START);
    pass(700);
    expect(clock.now()).toBe(START + 200);
    expect(setBacks).toEqual([]);
  });

  test('never goes backwards, whatever is done to it', () => {
    const step = fc.record({
      passes: fc.integer({ min: 0, max: 5_000 }),
      set: fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { clock, pass, set } = machine();
        let last = clock.now();
        for (const one of steps) {
          pass(one.passes);
          set(one.set);
          const now = clock.now();
          expect(now).toBeGreaterThanOrEqual(last);
          last = now;
        }
      }),
    );
  });
});
