import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import { createPrivateFile } from '../../local/private-file.ts';
import { CorruptRecord } from '../errors/errors.ts';
import { type Authority, issueAuthority, newPrivateKey } from './issue.ts';
import { nameConstraints } from './name-constraints.ts';

/**
 * The CA in these two files, made when there is none: the key for its owner only, the certificate for everybody. A
 * crash between the two is mended: the key is kept and gets its certificate.
 * @throws CorruptRecord when the files do not belong together, or are for another domain.
 */
export async function openAuthority(
  keyFile: string,
  certificateFile: string,
  domain: string,
): Promise<Authority> {
  const certificateThere = await readIfThere(certificateFile);
  let privateKey = await readIfThere(keyFile);
  if (privateKey === undefined) {
    if (certificateThere !== undefined) {
      throw new CorruptRecord(
        `${keyFile} is missing: put it back, or remove ${certificateFile} for a new CA`,
      );
    }
    await createPrivateFile(keyFile, await newPrivateKey());
    privateKey = await readFile(keyFile, 'utf8');
  }
  if (certificateThere === undefined) {
    await createPrivateFile(certificateFile, await issueAuthority(privateKey, domain));
  }
  const certificate = certificateThere ?? (await readFile(certificateFile, 'utf8'));
  await chmod(keyFile, 0o600);
  await chmod(certificateFile, 0o644);
  const fault = authorityFault({ certificate, privateKey }, domain);
  if (fault) throw new CorruptRecord(`${certificateFile} ${fault}`);
  return { certificate, privateKey };
}

function authorityFault({ certificate, privateKey }: Authority, domain: string): string | undefined {
  try {
    const parsed = new X509Certificate(certificate);
    if (!parsed.checkPrivateKey(createPrivateKey(privateKey))) return 'does not belong to its key file';
    if (!parsed.raw.includes(nameConstraints(domain))) {
      return `was made for another domain than ${domain}: move it and its key file away for a new CA`;
    }
    return undefined;
  } catch {
    return 'or its key file can not be read';
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
