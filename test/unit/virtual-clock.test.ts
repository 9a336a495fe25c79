import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { tempDatabase, tempFolder } from '../builders/temp.ts';

const NOW = Date.parse('2026-03-02T09:00:00.000Z');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the virtual clock', () => {
  it('is system time until it is moved', () => {
    const clock = new VirtualClock(tempDatabase());
    expect([clock.now(), clock.offsetMs]).toEqual([NOW, 0]);
    vi.setSystemTime(NOW + 5);
    expect(clock.now()).toBe(NOW + 5);
  });

  it('moves on to just the instant it is told, and goes on from there', () => {
    const clock = new VirtualClock(tempDatabase());
    clock.moveTo(NOW + 30 * DAY_MS);
    expect([clock.now(), clock.offsetMs]).toEqual([NOW + 30 * DAY_MS, 30 * DAY_MS]);
    vi.setSystemTime(NOW + 7);
    expect(clock.now()).toBe(NOW + 30 * DAY_MS + 7);
  });

  it('never goes back', () => {
    const clock = new VirtualClock(tempDatabase());
    clock.moveTo(NOW + DAY_MS);
    clock.moveTo(NOW + 1);
    clock.moveTo(NOW - DAY_MS);
    expect(clock.now()).toBe(NOW + DAY_MS);
  });

  it('is kept over a restart', () => {
    const folder = tempFolder();
    const first = new VirtualClock(tempDatabase(folder));
    first.moveTo(NOW + DAY_MS);
    first.moveTo(NOW + 2 * DAY_MS);
    expect(new VirtualClock(tempDatabase(folder)).now()).toBe(NOW + 2 * DAY_MS);
  });

  it('shows nothing that could not be kept', () => {
    const database = tempDatabase();
    const clock = new VirtualClock(database);
    database.exec('DROP TABLE virtual_clock');
    expect(() => clock.moveTo(NOW + DAY_MS)).toThrow('virtual_clock');
    expect(clock.now()).toBe(NOW);
  });
});
