import type { App } from '../../shared/apps/app.ts';
import { isRetiring } from '../../shared/apps/app.ts';
import { RemovalInput } from '../../shared/apps/removal-step.ts';
import { actor, TOMBSTONE_DAYS } from '../../shared/apps/retire.ts';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { Cancelled } from '../../shared/errors/errors.ts';
import { instant } from '../../shared/ids/ids.ts';
import { retiredMail } from '../../shared/mail/team-messages.ts';
import { step } from '../../shared/runtime/step.ts';

/**
 * The catalog says retired: state, the name's tombstone, audit, mail and event in one transaction. The entry stays, with
 * nothing in it that would still lead somewhere. Run again, it has nothing to do.
 */
export const retire = step({
  input: RemovalInput,
  run: async ({ appId, attempt }, deps) => {
    const { apps, names, effects, clock } = deps;
    const read = await apps.get(appId);
    const app = read.value;
    const by = app.retirement?.by ?? 'cottage';
    if (app.retirement?.attempt !== attempt) throw new Cancelled(`attempt ${attempt} is not at ${appId}`);
    if (!isRetiring(app)) return { outcome: 'unchanged' };
    const now = instant(clock.now());
    const claim = await names.find(app.team, app.name);
    const mine = claim?.value.appId === appId ? claim : undefined;
    // Nobody ever saw a draft: its name is free again at once.
    const days = app.state === 'draft' ? 0 : TOMBSTONE_DAYS;
    const until = instant(Date.parse(now) + days * DAY_MS);
    await effects.commit({
      opId: `${appId}/retire/${attempt}/done`,
      operations: [
        ...apps.changing(read, bare(app, now), now, { action: 'retired', by: actor(by) }),
        ...(mine ? [names.changing(mine, { ...mine.value, state: 'tombstone', until })] : []),
      ],
      effects: [
        {
          kind: 'mail',
          to: [app.owner, ...app.coOwners],
          ...retiredMail({ title: app.title, host: app.subdomain, by }),
        },
        { kind: 'event', type: 'AppRetired', detail: { appId, team: app.team, name: app.name } },
      ],
    });
    return { outcome: 'retired' };
  },
});

/** What is left of an app: who it belonged to, what it was, and when it ended. */
function bare(app: App, now: string): App {
  const { target, live, ready, pin, hold, url, expiresAt, retirement, ...entry } = app;
  const { summary: _, ...decision } = retirement ?? { by: 'cottage', at: now, attempt: 1 };
  return {
    ...entry,
    state: 'retired',
    stateSince: now,
    retirement: decision,
    releases: [],
    settledGen: target?.gen ?? app.settledGen,
    estimatedMonthlyCostCents: 0,
  };
}
