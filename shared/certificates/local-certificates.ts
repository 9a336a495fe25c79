import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import * as z from 'zod';
import { diskDurability } from '../../local/durability.ts';
import { createPrivateFile } from '../../local/private-file.ts';
import { DAY_MS } from '../clock/clock.ts';
import { CorruptRecord, NotFound } from '../errors/errors.ts';
import { randomId } from '../ids/ids.ts';
import type { CertificateStatus, Certificates } from './certificates.ts';
import { type Authority, issueLeaf } from './issue.ts';
import { openAuthority } from './local-ca-files.ts';

/** A certificate is ordered anew when it is good for less than this. */
const RENEW_BEFORE_MS = 30 * DAY_MS;

const CERTIFICATE_FILE = /^c_[a-z2-7]{26}\.json$/;

const StoredCertificate = z.strictObject({
  id: z.string(),
  names: z.array(z.string()).min(1),
  certificate: z.string(),
  privateKey: z.string(),
  expiresAt: z.int(),
});
type StoredCertificate = z.infer<typeof StoredCertificate>;

export interface LocalCertificatesOptions {
  /** Holds `ca.pem`, `ca-key.pem` and the folder `certificates/`. */
  folder: string;
  /** The CA speaks for this domain and the names below it. */
  domain: string;
  /** Stricter, for tests: a new certificate is pending, and not served with, for so many calls of `status`. */
  issueAfterPolls?: number;
}

/**
 * `Certificates` from a CA of our own, for people who trust `ca.pem`. Each certificate and its key is one file that
 * only its owner may read; the edge asks for them by host name.
 */
export class LocalCertificates implements Certificates {
  readonly #folder: string;
  readonly #domain: string;
  readonly #authority: Authority;
  readonly #issueAfterPolls: number;
  readonly #stored = new Map<string, StoredCertificate>();
  readonly #pollsLeft = new Map<string, number>();
  /** By set of names, so that two who ask at once get one certificate. */
  readonly #ordering = new Map<string, Promise<string>>();
  /** By name as it stands in the certificate, the one good for longest; what the edge serves with. */
  #byName = new Map<string, { id: string; context: () => SecureContext }>();

  private constructor(options: LocalCertificatesOptions, authority: Authority, stored: StoredCertificate[]) {
    this.#folder = certificatesFolder(options);
    this.#domain = options.domain;
    this.#authority = authority;
    this.#issueAfterPolls = options.issueAfterPolls ?? 0;
    for (const certificate of stored) this.#stored.set(certificate.id, certificate);
    this.#index();
  }

  /** @throws CorruptRecord when a file is not what it should be, or the CA was made for another domain. */
  static async open(options: LocalCertificatesOptions): Promise<LocalCertificates> {
    const folder = certificatesFolder(options);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const keyFile = join(options.folder, 'ca-key.pem');
    const authority = await openAuthority(keyFile, join(options.folder, 'ca.pem'), options.domain);
    const files = await readdir(folder);
    const stored = files
      .filter((file) => CERTIFICATE_FILE.test(file))
      .map((file) => load(join(folder, file)));
    return new LocalCertificates(options, authority, await Promise.all(stored));
  }

  /** The CA's certificate, as PEM. */
  get authority(): string {
    return this.#authority.certificate;
  }

  /**
   * As the port says.
   * @throws TypeError when a name is no host name, or not below the domain: the CA can't speak for it.
   */
  async request(names: string[]): Promise<string> {
    const wanted = [...new Set(names.map((name) => this.#checked(name)))];
    if (wanted.length === 0) throw new TypeError('a certificate needs a name');
    const set = setOf(wanted);
    const ordering = this.#ordering.get(set) ?? this.#order(set, wanted);
    this.#ordering.set(set, ordering);
    try {
      return await ordering;
    } finally {
      this.#ordering.delete(set);
    }
  }

  status(id: string): Promise<CertificateStatus> {
    const certificate = this.#stored.get(id);
    if (!certificate) return Promise.reject(new NotFound(`no certificate ${id}`));
    const { names, expiresAt } = certificate;
    const pollsLeft = this.#pollsLeft.get(id);
    if (pollsLeft === undefined) return Promise.resolve({ state: 'issued', names, expiresAt });
    if (pollsLeft > 1) this.#pollsLeft.set(id, pollsLeft - 1);
    else this.#pollsLeft.delete(id);
    this.#index();
    return Promise.resolve({ state: 'pending', names, validation: [] });
  }

  async delete(id: string): Promise<void> {
    if (!this.#stored.has(id)) return;
    await rm(join(this.#folder, `${id}.json`), { force: true });
    await diskDurability.syncFolder(this.#folder);
    this.#stored.delete(id);
    this.#pollsLeft.delete(id);
    this.#index();
  }

  /** Those for whose names there is another one that is good for longer. */
  superseded(): string[] {
    const all = [...this.#stored.values()];
    const isOlder = (one: StoredCertificate) =>
      all.some((other) => setOf(other.names) === setOf(one.names) && other.expiresAt > one.expiresAt);
    return all.filter(isOlder).map(({ id }) => id);
  }

  /** Wildcard ones. */
  wildcards(): { id: string; names: string[] }[] {
    const all = [...this.#stored.values()].map(({ id, names }) => ({ id, names }));
    return all.filter(({ names }) => names.every((name) => name.startsWith('*.')));
  }

  /** What the edge serves this host with: a certificate of its own, else a wildcard one level up; else undefined. */
  secureContextFor(host: string): SecureContext | undefined {
    const found = this.#byName.get(host) ?? this.#byName.get(`*${host.slice(host.indexOf('.'))}`);
    return found?.context();
  }

  async #order(set: string, names: string[]): Promise<string> {
    const good = [...this.#stored.values()].find(
      (one) => setOf(one.names) === set && one.expiresAt - Date.now() >= RENEW_BEFORE_MS,
    );
    if (good) return good.id;
    const id = randomId('c');
    const stored = { id, names, ...(await issueLeaf(this.#authority, names)) };
    await createPrivateFile(join(this.#folder, `${id}.json`), JSON.stringify(stored));
    if (this.#issueAfterPolls > 0) this.#pollsLeft.set(id, this.#issueAfterPolls);
    this.#stored.set(id, stored);
    this.#index();
    return id;
  }

  #index(): void {
    const ready = [...this.#stored.values()].filter(({ id }) => !this.#pollsLeft.has(id));
    const before = this.#byName;
    this.#byName = new Map();
    for (const one of ready.toSorted((a, b) => a.expiresAt - b.expiresAt)) {
      for (const name of one.names) {
        const known = before.get(name);
        this.#byName.set(name, known?.id === one.id ? known : { id: one.id, context: contextOf(one) });
      }
    }
  }

  #checked(name: string): string {
    const host = name.startsWith('*.') ? name.slice(2) : name;
    const isHost =
      /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(host);
    const isBelow = host === this.#domain || host.endsWith(`.${this.#domain}`);
    if (isHost && isBelow) return name;
    throw new TypeError(`not a name below ${this.#domain}: ${JSON.stringify(name.slice(0, 300))}`);
  }
}

function certificatesFolder(options: LocalCertificatesOptions): string {
  return join(options.folder, 'certificates');
}

function setOf(names: string[]): string {
  return names.toSorted().join(' ');
}

/** Made at its first use: it costs a millisecond, and most are never needed. */
function contextOf({ certificate, privateKey }: StoredCertificate): () => SecureContext {
  let context: SecureContext | undefined;
  return () => (context ??= createSecureContext({ cert: certificate, key: privateKey }));
}

async function load(file: string): Promise<StoredCertificate> {
  const text = await readFile(file, 'utf8');
  try {
    return StoredCertificate.parse(JSON.parse(text));
  } catch (error) {
    throw new CorruptRecord(`${file} is not a certificate`, { cause: error });
  }
}
