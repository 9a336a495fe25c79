import { isEmpty } from '../../shared/dns/dns.ts';
import { planAppRecords } from '../../shared/dns/plan.ts';
import { NotFound } from '../../shared/errors/errors.ts';
import { changeApp, stageStep } from '../../shared/runtime/step.ts';

/** Points the app's name at its edge binding, with an owner mark. Never before the binding stands: a name that points at nothing can be taken over. */
export const ensureDns = stageStep('dns', async (publish, deps) => {
  const app = (await deps.apps.get(publish.appId)).value;
  if (app.dnsHost === publish.host) return { outcome: 'unchanged' };
  if (app.boundHost !== publish.host) throw new NotFound(`${publish.host} is not bound yet`);
  const team = (await deps.teams.find(publish.team))?.value;
  if (!team) throw new NotFound(`team ${publish.team} is gone`);
  const wanted = {
    appId: publish.appId,
    host: publish.host,
    zone: team.zone,
    endpoint: team.hostingEndpoint,
  };
  const changes = planAppRecords(wanted, await deps.dns.records(team.zone));
  if (!isEmpty(changes)) await deps.dns.apply(team.zone, changes);
  await changeApp(publish.appId, deps, `${publish.publishId}/dns`, (fresh) => ({
    app: { ...fresh, dnsHost: publish.host },
  }));
  return { outcome: isEmpty(changes) ? 'unchanged' : 'changed' };
});
