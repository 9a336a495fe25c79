import { expect, test } from 'vitest';
import { anyOf, count, dayText, durationText, timeText } from '../../functions/api/pages/plain-text.ts';

test.each([
  [0, 'files', '0 files'],
  [1, 'file', '1 file'],
  [2, 'files', '2 files'],
])('%i is counted in %s', (amount, _, text) => {
  expect(count(amount, 'file')).toBe(text);
});

test.each([
  [0, 'less than 0.1 seconds'],
  [99, 'less than 0.1 seconds'],
  [100, '0.1 seconds'],
  [310, '0.3 seconds'],
  [9_940, '9.9 seconds'],
  [10_000, '10 seconds'],
  [59_999, '59 seconds'],
  [60_000, '1 minute'],
  [179_999, '2 minutes'],
  [3_600_000, '1 hour'],
  [86_399_999, '23 hours'],
  [86_400_000, '1 day'],
  [259_200_000, '3 days'],
])('%i milliseconds are shown as "%s"', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('a time is written out and says whose clock it is', () => {
  expect(timeText('2026-03-02T23:05:00.000Z')).toBe('2 March 2026 at 23:05 UTC');
});

test('a day is the day in UTC', () => {
  expect(dayText('2026-03-16T23:59:59.999Z')).toBe('16 March 2026');
});

test('names are joined as one says them, without anything invisible in them', () => {
  expect(anyOf(['ana@example.com'])).toBe('ana@example.com');
  expect(anyOf(['ana', 'ben'])).toBe('ana or ben');
  expect(anyOf(['ana', 'b\u202Een', 'cem'])).toBe('ana, ben, or cem');
});
