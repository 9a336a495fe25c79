import * as z from 'zod';
import type { App } from '../../shared/apps/app.ts';
import { AppSettings, DataClass } from '../../shared/apps/settings.ts';
import { LifecycleState } from '../../shared/apps/states.ts';
import { whyApp } from '../../shared/apps/why.ts';
import { AppId, Instant, PublishId, ReleaseId } from '../../shared/ids/ids.ts';
import { NextAction } from '../../shared/records/due.ts';
import type { Deps } from '../../shared/runtime/deps.ts';

/** A catalog entry. */
export const AppView = z
  .object({
    appId: AppId,
    team: z.string(),
    name: z.string(),
    businessUnit: z.string(),
    ...AppSettings.shape,
    dataClass: DataClass.nullable(),
    urls: z.object({ production: z.url().nullable() }),
    subdomain: z.string(),
    requiredControls: z.array(z.string()),
    billingTag: z.string(),
    estimatedMonthlyCostUsd: z.number(),
    state: LifecycleState,
    stateSince: Instant,
    hold: z.object({ reason: z.string(), by: z.string(), at: Instant }).nullable(),
    retirement: z
      .object({ by: z.string(), at: Instant, summary: z.string().nullable() })
      .nullable()
      .meta({ description: 'Set from the moment somebody retires it; done once the state is retired.' }),
    expiresAt: Instant.nullable(),
    live: z.object({ release: ReleaseId, seq: z.int() }).nullable(),
    pin: z.object({ seq: z.int(), by: z.string(), at: Instant }).nullable(),
    ready: z.object({ release: ReleaseId, publishId: PublishId }).nullable(),
    nextAction: NextAction.nullable(),
    lastPublishId: PublishId.nullable(),
    createdAt: Instant,
    why: z.string().meta({ description: 'State, who, when, what next, in one sentence.' }),
  })
  .meta({ id: 'App' });
export type AppView = z.infer<typeof AppView>;

/** The address is that of now: the machine may have moved, or another port be forwarded, since the app was registered. */
export function viewApp(app: App, { appUrl }: Pick<Deps['settings'], 'appUrl'>): AppView {
  const { appId, team, name, businessUnit, subdomain, requiredControls, billingTag, state, stateSince } = app;
  const settings = AppSettings.parse(app);
  return {
    ...settings,
    appId,
    team,
    name,
    businessUnit,
    subdomain,
    requiredControls,
    billingTag,
    state,
    stateSince,
    dataClass: app.dataClass ?? null,
    urls: { production: app.url === undefined ? null : appUrl(subdomain) },
    estimatedMonthlyCostUsd: app.estimatedMonthlyCostCents / 100,
    hold: app.hold ?? null,
    retirement: viewRetirement(app.retirement),
    expiresAt: app.expiresAt ?? null,
    live: app.live ? { release: app.live.release, seq: app.live.seq } : null,
    pin: app.pin ?? null,
    ready: app.ready ? { release: app.ready.release, publishId: app.ready.publishId } : null,
    nextAction: app.nextAction ?? null,
    lastPublishId: app.lastPublishId ?? null,
    createdAt: app.createdAt,
    why: whyApp(app),
  };
}

function viewRetirement(retirement: App['retirement']): AppView['retirement'] {
  if (!retirement) return null;
  const { by, at, summary = null } = retirement;
  return { by, at, summary };
}
