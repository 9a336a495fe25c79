import { removalStep } from '../../shared/apps/removal-step.ts';
import { NotFound, PreconditionFailed } from '../../shared/errors/errors.ts';
import { changeApp } from '../../shared/runtime/step.ts';

/**
 * Takes the app off the edge: disabled first, then deleted. Never while DNS still leads to it.
 * @throws PreconditionFailed while records stand at its name; NotConverged while the edge has not let go of it
 */
export const unbindName = removalStep(async (app, deps, work) => {
  const { dns, hosting, teams } = deps;
  const zone = (await teams.find(app.team))?.value.zone;
  if (zone === undefined) throw new NotFound(`team ${app.team} is gone`);
  const leading = (await dns.records(zone)).find(({ name }) => name === app.subdomain);
  if (leading) throw new PreconditionFailed(`${leading.type} still leads to ${app.subdomain}`);
  await hosting.unbind(app.appId);
  await changeApp(app.appId, deps, `${app.appId}/retire/${work.attempt}/unbind`, ({ boundHost, ...rest }) =>
    boundHost === undefined ? undefined : { app: rest },
  );
  return 'unbound';
});
