import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { NotFound } from '../errors/errors.ts';
import type { CertificateStatus, Certificates } from './certificates.ts';
import { CertificateRefused, checkOwnCertificate, covers, type OwnCertificate } from './own-certificate.ts';

/** The id of the certificate that was given to Cottage; there is one at most. */
export const OWN_CERTIFICATE = 'own';

export interface OwnCertificatesOptions {
  /** Issues for every name the own certificate is not for. */
  issuer: Certificates;
  /** What the issuer's certificates are served with. */
  issued: { secureContextFor(host: string): SecureContext | undefined };
  domain: string;
  /** PEM files; none: there is no own certificate. */
  files?: { certificate: string; key: string } | undefined;
}

/**
 * `Certificates` for people who have one of their own: it serves the names it is for, and the issuer serves the others.
 * It is read anew when its files change.
 */
export class OwnCertificates implements Certificates {
  readonly #options: OwnCertificatesOptions;
  #own: (OwnCertificate & { context: SecureContext }) | undefined;

  private constructor(options: OwnCertificatesOptions) {
    this.#options = options;
  }

  /** @throws CertificateRefused when there are files and they can't be used */
  static async open(options: OwnCertificatesOptions): Promise<OwnCertificates> {
    const certificates = new OwnCertificates(options);
    await certificates.reload();
    return certificates;
  }

  /** The own certificate as PEM, for who must trust exactly this one. */
  get certificate(): string | undefined {
    return this.#own?.certificate;
  }

  /** What the own certificate is for; empty when there is none. */
  get names(): readonly string[] {
    return this.#own?.names ?? [];
  }

  /**
   * Reads the files again; true when they hold another certificate than before.
   * @throws CertificateRefused when they can't be used; the one before goes on to be
   */
  async reload(): Promise<boolean> {
    const { files, domain } = this.#options;
    if (!files) return false;
    const pair = { certificate: await read(files.certificate), privateKey: await read(files.key) };
    if (pair.certificate === this.#own?.certificate && pair.privateKey === this.#own.privateKey) return false;
    const own = checkOwnCertificate(pair, domain, Date.now());
    this.#own = { ...own, context: contextOf(own) };
    return true;
  }

  request(names: string[]): Promise<string> {
    const isOurs = names.length > 0 && names.every((name) => covers(this.names, name));
    return isOurs ? Promise.resolve(OWN_CERTIFICATE) : this.#options.issuer.request(names);
  }

  status(id: string): Promise<CertificateStatus> {
    if (id !== OWN_CERTIFICATE) return this.#options.issuer.status(id);
    const own = this.#own;
    if (!own) return Promise.reject(new NotFound('no certificate was given'));
    return Promise.resolve({ state: 'issued', names: own.names, expiresAt: own.expiresAt });
  }

  /** The own certificate is its owner's: it stays where it is. */
  async delete(id: string): Promise<void> {
    if (id !== OWN_CERTIFICATE) await this.#options.issuer.delete(id);
  }

  /** What the edge serves this host with: the own certificate where it is for the host, else what was issued. */
  secureContextFor(host: string): SecureContext | undefined {
    if (this.#own && covers(this.#own.names, host)) return this.#own.context;
    return this.#options.issued.secureContextFor(host);
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CertificateRefused('certificate/unreadable', `${file} can not be read.`, { cause });
  }
}

function contextOf({ certificate, privateKey }: OwnCertificate): SecureContext {
  try {
    return createSecureContext({ cert: certificate, key: privateKey });
  } catch (cause) {
    // A certificate behind the first that is none, for one.
    throw new CertificateRefused(
      'certificate/unreadable',
      'The certificate in COTTAGE_TLS_CERT can not be used.',
      {
        cause,
      },
    );
  }
}
