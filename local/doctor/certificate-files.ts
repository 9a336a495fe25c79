import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Found } from '../../shared/doctor/problems.ts';
import type { World } from '../../shared/doctor/world.ts';

const StoredCertificate = z.object({
  id: z.string(),
  names: z.array(z.string()),
  certificate: z.string(),
  privateKey: z.string(),
  expiresAt: z.int(),
});

/** The authority and the certificates on disk: what the edge starts with next time. */
export async function checkCertificateFiles(folder: string, world: World): Promise<Found[]> {
  const found: Found[] = [];
  const authority = await readAuthority(folder);
  if (typeof authority === 'string') {
    found.push({ code: 'certificate/authority', subject: 'ca.pem', text: authority });
  }
  const used = new Map([...world.teams.values()].map(({ certificateId, zone }) => [certificateId, zone]));
  // Kept for the day on which a team's own certificate ends.
  const wildcards = new Set([...world.teams.values()].map(({ zone }) => `*.${zone}`));
  const ofApps = new Set([...world.apps.values()].map((app) => app.certificateId));
  const there = new Set<string>();
  for (const file of await readdir(join(folder, 'certificates'))) {
    if (!/^c_[a-z2-7]{26}\.json$/.test(file)) continue;
    const id = file.replace(/\.json$/, '');
    there.add(id);
    const subject = `certificates/${file}`;
    const read = readStored(id, await readFile(join(folder, 'certificates', file), 'utf8'), authority);
    if ('fault' in read) {
      const text = `The certificate in ${subject} ${read.fault}.`;
      found.push({ code: 'certificate/damaged', subject, text });
    } else if (!used.has(id) && !ofApps.has(id) && !read.names.some((name) => wildcards.has(name))) {
      found.push({
        code: 'certificate/orphan',
        subject,
        text: 'A certificate that no team and no app uses.',
      });
    }
  }
  for (const [id, zone] of used) {
    // Only what was issued here stands here.
    if (id === undefined || there.has(id) || !id.startsWith('c_')) continue;
    const text = 'The team’s certificate is not on disk any more: after the next start it is gone.';
    found.push({ code: 'certificate/bad', subject: zone, text });
  }
  return found;
}

/** The authority, or what is wrong with it. */
async function readAuthority(folder: string): Promise<X509Certificate | string> {
  try {
    const certificate = new X509Certificate(await readFile(join(folder, 'ca.pem')));
    const key = createPrivateKey(await readFile(join(folder, 'ca-key.pem')));
    if (!certificate.checkPrivateKey(key)) return 'ca.pem and ca-key.pem do not belong together.';
    if (certificate.validToDate.getTime() <= Date.now())
      return 'The certificate of the own authority has expired.';
    return certificate;
  } catch {
    return 'ca.pem or ca-key.pem is missing or can not be read.';
  }
}

function readStored(
  id: string,
  text: string,
  authority: X509Certificate | string,
): { names: string[] } | { fault: string } {
  try {
    const stored = StoredCertificate.parse(JSON.parse(text));
    const fault = faultOf(id, stored, authority);
    return fault === undefined ? { names: stored.names } : { fault };
  } catch {
    return { fault: 'can not be read' };
  }
}

function faultOf(
  id: string,
  stored: z.infer<typeof StoredCertificate>,
  authority: X509Certificate | string,
): string | undefined {
  const certificate = new X509Certificate(stored.certificate);
  const names = (certificate.subjectAltName ?? '').split(', ').map((name) => name.replace(/^DNS:/, ''));
  if (stored.id !== id) return 'is another one';
  if (stored.names.toSorted().join() !== names.toSorted().join()) return 'is for other names than it says';
  if (certificate.validToDate.getTime() !== stored.expiresAt) return 'ends at another time than it says';
  if (!certificate.checkPrivateKey(createPrivateKey(stored.privateKey)))
    return 'has a key that is not its own';
  if (typeof authority !== 'string' && !certificate.verify(authority.publicKey))
    return 'is not of our own authority';
  return undefined;
}
