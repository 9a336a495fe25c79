import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Overdue } from '../../local/edge/overdue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('what takes too long is broken off, once; what ends in time is not', () => {
  const overdue = new Overdue(1_000);
  const cuts: string[] = [];
  const work = (name: string) => ({ cut: () => void cuts.push(name) });
  const [slow, quick, later] = [work('slow'), work('quick'), work('later')];
  overdue.begin(slow);
  overdue.begin(quick);
  vi.advanceTimersByTime(900);
  overdue.begin(later);
  overdue.end(quick);
  expect(cuts).toEqual([]);
  vi.advanceTimersByTime(350);
  expect(cuts).toEqual(['slow']);
  vi.advanceTimersByTime(10_000);
  expect(cuts).toEqual(['slow', 'later']);
});

it('a timer runs only while something is under way', () => {
  const overdue = new Overdue(1_000);
  const work = { cut: () => undefined };
  for (let round = 0; round < 2; round += 1) {
    expect(vi.getTimerCount()).toBe(0);
    overdue.begin(work);
    expect(vi.getTimerCount()).toBe(1);
    overdue.end(work);
    vi.advanceTimersByTime(1_000);
  }
});

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

it('a process that has nothing else to do ends without waiting for the timer', () => {
  vi.useRealTimers();
  const before = timers();
  const overdue = new Overdue(60_000);
  overdue.begin({ cut: () => undefined });
  expect(timers()).toBe(before);
});
