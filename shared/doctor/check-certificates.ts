import type { CertificateStatus, Certificates } from '../certificates/certificates.ts';
import { DAY_MS } from '../clock/clock.ts';
import { NotFound } from '../errors/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Found } from './problems.ts';
import type { World } from './world.ts';

/** Cottage orders its own anew a month before; who brings one needs a few days to do so. */
const EXPIRING_MS = 14 * DAY_MS;

/** Every team's certificate is there, good for now, and for the team's names. System time, as TLS goes by. */
export async function checkCertificates({ teams }: World, { certificates }: Deps): Promise<Found[]> {
  const found: Found[] = [];
  for (const { zone: subject, certificateId, state } of teams.values()) {
    if (state !== 'ready') continue;
    const bad = (how: string) =>
      found.push({ code: 'certificate/bad', subject, text: `The team’s certificate ${how}.` });
    const status = certificateId === undefined ? undefined : await known(certificateId, certificates);
    if (!status) bad('is not there');
    else if (status.state !== 'issued') bad(`is ${status.state}`);
    else if (status.expiresAt <= Date.now())
      bad(`expired on ${new Date(status.expiresAt).toISOString().slice(0, 10)}`);
    else if (status.expiresAt - Date.now() < EXPIRING_MS) {
      const text = `The team’s certificate ends on ${new Date(status.expiresAt).toISOString().slice(0, 10)}.`;
      found.push({ code: 'certificate/expiring', subject, text });
    } else if (!status.names.includes(`*.${subject}`)) {
      const text = `The team’s certificate is for ${status.names.join(', ')}, and not for *.${subject}.`;
      found.push({ code: 'certificate/names', subject, text });
    }
  }
  return found;
}

async function known(id: string, certificates: Certificates): Promise<CertificateStatus | undefined> {
  try {
    return await certificates.status(id);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
