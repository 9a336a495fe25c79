import { confirm } from '../../shared/apps/fencing.ts';
import { registered } from '../../shared/apps/registered.ts';
import { NotFound, Superseded } from '../../shared/errors/errors.ts';
import { instant } from '../../shared/ids/ids.ts';
import { publishedMail } from '../../shared/mail/messages.ts';
import { removeLeftovers } from '../../shared/publishes/leftovers.ts';
import { passing } from '../../shared/publishes/passing.ts';
import { isEnded } from '../../shared/publishes/publish.ts';
import { statusToken, statusUrl } from '../../shared/publishes/status-link.ts';
import { PublishInput, step } from '../../shared/runtime/step.ts';

/**
 * The catalog says live: app, claim, publish, audit, mail and event in one transaction, if the target is still this
 * publish's (rule 7).
 */
export const register = step({
  input: PublishInput,
  run: async ({ publishId, appId }, deps) => {
    const { apps, publishes, names, effects, clock, settings, signer, blobs } = deps;
    const read = await publishes.get(publishId);
    const publish = read.value;
    if (isEnded(publish.status)) {
      // An earlier run of this may have died before it had cleared up.
      await removeLeftovers(publish, blobs);
      return { outcome: publish.status };
    }
    const app = await apps.get(appId);
    const claim = await names.find(publish.team, publish.name);
    if (!claim || claim.value.appId !== appId) throw new NotFound(`the name of ${appId} is not its own`);
    const now = instant(clock.now());
    const mine = app.value.target?.setBy === publishId && app.value.target.seq === publish.seq;
    const confirmed = mine && confirm(app.value, app.value.target?.gen ?? 0, publishId, now);
    if (!confirmed) throw new Superseded(`${publish.name} has another target now`);
    const next = registered(confirmed, publish, settings.appUrl(publish.host), now);
    const ended = {
      ...publish,
      status: 'live' as const,
      endedAt: now,
      stages: passing(publish.stages, 'register', now),
    };
    const url = statusUrl(settings.publicUrl, publishId, await statusToken(publishId, signer));
    const mail = publishedMail({
      title: publish.settings.title,
      url: settings.appUrl(publish.host),
      statusUrl: url,
      findings: publish.findings.filter((found) => found.severity === 'warn'),
    });
    const by = `platform:${publish.platform}`;
    const detail = { release: String(publish.release), publishId };
    await effects.commit({
      opId: `${publishId}/register`,
      operations: [
        ...apps.changing(app, next, now, { action: 'went-live', by, detail }),
        ...publishes.changing(read, { ...ended, summary: `${publish.settings.title} is live.` }, now, {
          action: 'live',
          by,
          detail,
        }),
        // Not written without need: whoever accepts a publish makes sure that it has not changed.
        ...(claim.value.state === 'live' ? [] : [names.changing(claim, { ...claim.value, state: 'live' })]),
      ],
      effects: [
        { kind: 'collect-releases', appId },
        { kind: 'mail', to: [next.owner, ...next.coOwners], ...mail },
        {
          kind: 'event',
          type: 'AppPublished',
          detail: { appId, team: publish.team, name: publish.name, ...detail },
        },
      ],
    });
    await removeLeftovers(ended, blobs);
    return { outcome: 'live' };
  },
});
