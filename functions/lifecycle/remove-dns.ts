import { haltedRemoval } from '../../shared/apps/explain-removal.ts';
import { noteHalt, removalStep } from '../../shared/apps/removal-step.ts';
import { isEmpty } from '../../shared/dns/dns.ts';
import { NotOurs, planAppRemoval } from '../../shared/dns/plan.ts';
import { NotFound } from '../../shared/errors/errors.ts';
import { changeApp } from '../../shared/runtime/step.ts';

/**
 * Takes the app's records out of its team's zone, before anything else: a name must never lead to what is gone. Where
 * something stands at the name that does not carry the app's mark, nothing is touched and the app stays up.
 * @throws NotOurs
 */
export const removeDns = removalStep(async (app, deps, work) => {
  const { dns, teams } = deps;
  const zone = (await teams.find(app.team))?.value.zone;
  if (zone === undefined) throw new NotFound(`team ${app.team} is gone`);
  const { appId, subdomain: host } = app;
  const existing = await dns.records(zone);
  const changes = planAppRemoval({ appId, host }, existing);
  const foreign = existing.find((set) => set.name === host && !changes.remove.includes(set));
  if (foreign) {
    const what = `Cottage did not make the record ${foreign.type} at ${host}`;
    const summary = haltedRemoval(app, 'NotOurs', {
      cause: `${what}, so the app stays up`,
      next: 'Find out who made it, and remove it.',
    });
    await noteHalt(work, summary, deps);
    throw new NotOurs(what);
  }
  if (!isEmpty(changes)) await dns.apply(zone, changes);
  await changeApp(appId, deps, `${appId}/retire/${work.attempt}/dns`, ({ dnsHost, ...rest }) =>
    dnsHost === undefined ? undefined : { app: rest },
  );
  return isEmpty(changes) ? 'unchanged' : 'removed';
});
