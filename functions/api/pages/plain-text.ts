import { cleanText } from '../../../shared/findings/clean.ts';
import type { Instant } from '../../../shared/ids/ids.ts';

/** Amounts, times and lists as people say them. */

export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** "0.2 seconds", "14 seconds", "3 minutes": the largest unit that fits, and parts only of the first ten seconds. */
export function durationText(ms: number): string {
  if (ms < 100) return 'less than 0.1 seconds';
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} seconds`;
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= size) ?? UNITS[3];
  return count(Math.floor(ms / unitMs), unit);
}

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
const DAY_AND_TIME = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'long',
  timeStyle: 'short',
  timeZone: 'UTC',
});

/** "16 March 2026" */
export const dayText = (at: Instant): string => DAY.format(Date.parse(at));

/** "16 March 2026 at 09:30 UTC": whose clock it is has to be said, for the server does not know the reader's. */
export const timeText = (at: Instant): string => `${DAY_AND_TIME.format(Date.parse(at))} UTC`;

const OR = new Intl.ListFormat('en', { type: 'disjunction' });

/** "ana@example.com, ben@example.com, or cem@example.com" */
export const anyOf = (names: readonly string[]): string => OR.format(names.map((name) => cleanText(name)));
