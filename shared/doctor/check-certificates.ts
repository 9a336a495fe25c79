import { NotFound } from '../errors/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import type { Found } from './problems.ts';
import type { World } from './world.ts';

/** Every team's certificate is there, good for now, and for the team's names. System time, as TLS goes by. */
export async function checkCertificates({ teams }: World, { certificates }: Deps): Promise<Found[]> {
  const found: Found[] = [];
  for (const { zone: subject, certificateId } of teams.values()) {
    const bad = (how: string) =>
      found.push({ code: 'certificate/bad', subject, text: `The team’s certificate ${how}.` });
    const status = await certificates.status(certificateId).catch((error: unknown) => {
      if (error instanceof NotFound) return undefined;
      throw error;
    });
    if (!status) bad('is not there');
    else if (status.state !== 'issued') bad(`is ${status.state}`);
    else if (status.expiresAt <= Date.now())
      bad(`expired on ${new Date(status.expiresAt).toISOString().slice(0, 10)}`);
    else if (!status.names.includes(`*.${subject}`)) {
      const text = `The team’s certificate is for ${status.names.join(', ')}, and not for *.${subject}.`;
      found.push({ code: 'certificate/names', subject, text });
    }
  }
  return found;
}
