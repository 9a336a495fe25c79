import { DAY_MS, MINUTE_MS } from '../clock/clock.ts';
import { type Instant, instant } from '../ids/ids.ts';
import type { NextAction } from '../records/due.ts';
import { type App, isRetiring } from './app.ts';

/** How long whoever changed the target has to bring the edge there before the sweep does. */
export const CONVERGE_AFTER_MS = 2 * MINUTE_MS;
export const DRAFT_DAYS = 14;

/** The one thing this app needs next: a pure function of the record and the clock. */
export function nextAppAction(app: Omit<App, 'nextAction'>, now: Instant): NextAction | undefined {
  const { target } = app;
  // The workflow that takes it down needs nobody beside it.
  if (isRetiring(app)) return undefined;
  if (target && app.settledGen < target.gen) {
    const due = Date.parse(target.at) + CONVERGE_AFTER_MS;
    // Overdue already: it was tried, and is tried again in as long.
    const at = due > Date.parse(now) ? due : Date.parse(now) + CONVERGE_AFTER_MS;
    return { action: 'converge', at: instant(at) };
  }
  // A hold stops the clock.
  if (app.hold) return undefined;
  if (app.state === 'draft') {
    return { action: 'end-draft', at: draftEnd(app) };
  }
  if (app.state === 'live' && app.expiresAt) return { action: 'expire', at: app.expiresAt };
  return undefined;
}

/** When the name of a draft is free again. */
export const draftEnd = (app: Pick<App, 'createdAt'>): Instant =>
  instant(Date.parse(app.createdAt) + DRAFT_DAYS * DAY_MS);
