import { removalStep } from '../../shared/apps/removal-step.ts';
import { isEmpty } from '../../shared/dns/dns.ts';
import { planValidationRemoval } from '../../shared/dns/plan-validation.ts';
import { CertificatePending, NotFound } from '../../shared/errors/errors.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { changeApp } from '../../shared/runtime/step.ts';

/**
 * Deletes the app's certificate if it is the app's own, for its host alone, and then what it was issued by. The team's
 * wildcard stays, also one that the team has replaced since: other apps may be served with it.
 */
export const removeCertificate = removalStep(async (app, deps, work) => {
  const { certificates, dns, teams } = deps;
  const { certificateId, subdomain, appId } = app;
  if (certificateId === undefined) return 'unchanged';
  const names = await namesOf(certificateId, deps);
  const isOwn = names?.every((name) => name === subdomain) ?? true;
  if (isOwn) {
    const zone = (await teams.find(app.team))?.value.zone;
    if (zone === undefined) throw new NotFound(`team ${app.team} is gone`);
    await certificates.delete(certificateId);
    const changes = planValidationRemoval(certificateId, await dns.records(zone));
    if (!isEmpty(changes)) await dns.apply(zone, changes);
  }
  await changeApp(
    appId,
    deps,
    `${appId}/retire/${work.attempt}/certificate`,
    ({ certificateId: id, ...rest }) => (id === undefined ? undefined : { app: rest }),
  );
  return isOwn ? 'removed' : 'unchanged';
});

/** Undefined: it is gone already, and what it left in DNS may still be there. */
async function namesOf(id: string, { certificates }: Deps): Promise<string[] | undefined> {
  try {
    return (await certificates.status(id)).names;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    // Ordered a moment ago, by a publish that is cancelled: only an app's own is ordered by a publish.
    if (error instanceof CertificatePending) return [];
    throw error;
  }
}
