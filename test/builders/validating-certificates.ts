import type { CertificateStatus, Certificates } from '../../shared/certificates/certificates.ts';
import type { RecordSet } from '../../shared/dns/dns.ts';
import { CertificatePending } from '../../shared/errors/errors.ts';
import { sha256 } from '../../shared/ids/ids.ts';

export interface ValidatingOptions {
  /** Looks at a certificate until it says which records it wants to find. */
  silentFor?: number;
}

/**
 * An authority that wants to find a record in DNS before it issues, as public ones do: one for each domain, the same for
 * `*.x` and `x`, whoever asks; and it issues a look later than it has found it. `asked` is what a name server answers for a
 * CNAME.
 */
export class ValidatingCertificates implements Certificates {
  readonly #issuer: Certificates;
  readonly #asked: (name: string) => Promise<string | undefined>;
  readonly #silentFor: number;
  readonly #looks = new Map<string, number>();
  readonly #found = new Set<string>();
  readonly #issued = new Set<string>();
  readonly #refused = new Set<string>();

  constructor(
    issuer: Certificates,
    asked: (name: string) => Promise<string | undefined>,
    { silentFor = 0 }: ValidatingOptions = {},
  ) {
    this.#issuer = issuer;
    this.#asked = asked;
    this.#silentFor = silentFor;
  }

  request(names: string[]): Promise<string> {
    return this.#issuer.request(names);
  }

  async status(id: string): Promise<CertificateStatus> {
    const status = await this.#issuer.status(id);
    if (this.#refused.has(id)) return { state: 'failed', names: status.names, reason: 'refused' };
    if (this.#issued.has(id)) return status;
    const looks = (this.#looks.get(id) ?? 0) + 1;
    this.#looks.set(id, looks);
    if (looks <= this.#silentFor) throw new CertificatePending('it has not said yet what it wants to find');
    const validation = status.names.map(validationOf);
    const found = await Promise.all(
      validation.map(async ({ name, values: [v] }) => (await this.#asked(name)) === v),
    );
    if (!found.every(Boolean)) return { state: 'pending', names: status.names, validation };
    if (this.#found.has(id)) this.#issued.add(id);
    // It has looked, and takes its time.
    else this.#found.add(id);
    return this.#issued.has(id) ? status : { state: 'pending', names: status.names, validation };
  }

  async delete(id: string): Promise<void> {
    await this.#issuer.delete(id);
  }

  /** From now on this one is refused. */
  refuse(id: string): void {
    this.#refused.add(id);
  }
}

/** What it wants to find for a name. */
export function validationOf(name: string): RecordSet {
  const domain = name.replace(/^\*\./, '');
  const digest = sha256(domain);
  const values = [`_${digest.slice(32, 56)}.validations.example`];
  return { name: `_${digest.slice(0, 24)}.${domain}`, type: 'CNAME', ttlSeconds: 300, values };
}
