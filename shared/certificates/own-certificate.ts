import { createPrivateKey, X509Certificate } from 'node:crypto';
import { CottageError } from '../errors/errors.ts';

/** A certificate somebody else issued, and its key, as they were read. PEM; the certificates behind it may follow. */
export interface CertificatePair {
  certificate: string;
  privateKey: string;
}

export interface OwnCertificate extends CertificatePair {
  /** Host names, and wildcards such as `*.demo.apps.example`. Lower-case. */
  names: string[];
  /** System time, epoch milliseconds. */
  expiresAt: number;
}

export type CertificateFault =
  | 'certificate/unreadable'
  | 'certificate/key-differs'
  | 'certificate/expired'
  | 'certificate/not-yet-valid'
  | 'certificate/other-names';

/** An own certificate that can't be used. The message is for whoever runs Cottage, with what to do. */
export class CertificateRefused extends CottageError {
  override readonly name = 'CertificateRefused';
  readonly code: CertificateFault;
  constructor(code: CertificateFault, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Checks that a certificate can be served with, now, for names below the domain.
 * @param nowMs system time
 * @throws CertificateRefused
 */
export function checkOwnCertificate(pair: CertificatePair, domain: string, nowMs: number): OwnCertificate {
  const parsed = parse(pair);
  if (!parsed.fits) {
    throw new CertificateRefused(
      'certificate/key-differs',
      'The key in COTTAGE_TLS_KEY is not the one of the certificate in COTTAGE_TLS_CERT. Give the two that belong together.',
    );
  }
  const { validFromDate, validToDate, subjectAltName } = parsed.leaf;
  if (validToDate.getTime() <= nowMs) {
    const message = `The certificate in COTTAGE_TLS_CERT expired on ${dayOf(validToDate)}. Put a new one in its place.`;
    throw new CertificateRefused('certificate/expired', message);
  }
  if (validFromDate.getTime() > nowMs) {
    const message = `The certificate in COTTAGE_TLS_CERT begins on ${dayOf(validFromDate)}. Is the clock of this machine right?`;
    throw new CertificateRefused('certificate/not-yet-valid', message);
  }
  const names = namesIn(subjectAltName ?? '');
  if (!names.some((name) => name.endsWith(`.${domain}`))) {
    throw new CertificateRefused(
      'certificate/other-names',
      `The certificate in COTTAGE_TLS_CERT is for ${names.join(', ') || 'no name'}; none of them is below ${domain}. Apps ` +
        `have names such as lunch.demo.${domain}: order one for *.demo.${domain}, and so on for each team.`,
    );
  }
  return { ...pair, names, expiresAt: validToDate.getTime() };
}

/** Is this host, or this wildcard, among the names? A wildcard stands for one label, and never for another wildcard. */
export function covers(names: readonly string[], host: string): boolean {
  return (
    names.includes(host) || (!host.startsWith('*') && names.includes(`*${host.slice(host.indexOf('.'))}`))
  );
}

function parse({ certificate, privateKey }: CertificatePair): { leaf: X509Certificate; fits: boolean } {
  try {
    const leaf = new X509Certificate(certificate);
    return { leaf, fits: leaf.checkPrivateKey(createPrivateKey(privateKey)) };
  } catch (cause) {
    const message =
      'COTTAGE_TLS_CERT and COTTAGE_TLS_KEY must be a certificate and a key without password, as PEM.';
    throw new CertificateRefused('certificate/unreadable', message, { cause });
  }
}

/** `DNS:a.example, IP Address:…`; a name with a comma in it is quoted, and is none. */
const namesIn = (subjectAltName: string): string[] =>
  subjectAltName.split(', ').flatMap((entry) => {
    const name = /^DNS:([a-z0-9*._-]+)$/i.exec(entry)?.[1];
    return name === undefined ? [] : [name.toLowerCase()];
  });

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
