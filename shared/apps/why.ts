import type { App } from './app.ts';
import { draftEnd } from './next-action.ts';

/** One sentence about an app: state, who, when, what next. */
export function whyApp(app: App): string {
  const { title, owner } = app;
  const since = day(app.stateSince);
  if (app.retirement && app.state !== 'retired') {
    const { at, by, summary } = app.retirement;
    const taken = `${title} is being retired since ${day(at)}, by ${by}: its address goes first, then its files.`;
    return summary === undefined ? taken : `${taken} ${summary}`;
  }
  if (app.hold) {
    return `${title} is off the air since ${day(app.hold.at)}: ${app.hold.by} put it on hold (${app.hold.reason}); releasing the hold brings it back.`;
  }
  const waits = app.ready ? ' A newer version is ready and waits to be promoted.' : '';
  switch (app.state) {
    case 'draft':
      return `${title} is a draft of ${owner} since ${since}: nothing of it has gone live yet; the name is free again on ${day(draftEnd(app))}.`;
    case 'live':
      if (app.pin) {
        return `${title} is live and pinned to an older release by ${app.pin.by} since ${day(app.pin.at)}; unpin it to let newer versions through.${waits}`;
      }
      return `${title} is live since ${since}, owned by ${owner}; its term ends on ${day(app.expiresAt)} unless it is renewed or published again.${waits}`;
    case 'expiring':
      return `${title} is expiring since ${since}; ${owner} can renew it, or publish it again.`;
    case 'archived':
      return `${title} is archived since ${since}: its address shows a page that says so; restoring brings it back.${waits}`;
    case 'retired':
      return `${title} is retired since ${since}; nothing is left to do.`;
  }
}

const day = (instant: string | undefined): string => instant?.slice(0, 10) ?? 'an open date';
