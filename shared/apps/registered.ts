import { DAY_MS } from '../clock/clock.ts';
import { type Instant, instant } from '../ids/ids.ts';
import type { Publish } from '../publishes/publish.ts';
import { TIERS } from '../tiers/tiers.ts';
import type { App } from './app.ts';
import { requiredControls } from './controls.ts';
import { transition } from './states.ts';

/** The catalog's entry once a publish is live: its settings, its state, and a term that starts anew. */
export function registered(app: App, publish: Publish, url: string, now: Instant): App {
  const state = transition(app.state, 'publish') ?? app.state;
  const { settings } = publish;
  return {
    ...app,
    ...settings,
    url,
    state,
    stateSince: state === app.state ? app.stateSince : now,
    requiredControls: requiredControls(settings),
    estimatedMonthlyCostCents: TIERS[settings.tier].monthlyCents,
    expiresAt: instant(Date.parse(now) + settings.expiresInDays * DAY_MS),
    lastPublishId: publish.publishId,
  };
}
