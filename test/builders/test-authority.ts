import { createPrivateKey, type webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newPrivateKey } from '../../shared/certificates/issue.ts';
import { tempFolder } from './temp.ts';

const DAY_MS = 86_400_000;

export interface LeafOptions {
  /** From today, in days. */
  beginsIn?: number;
  endsIn?: number;
}

/** A certificate authority that is not Cottage's, as people have who bring a certificate of their own. */
export class TestAuthority {
  readonly #issuer: { certificate: string; key: string };

  private constructor(issuer: { certificate: string; key: string }) {
    this.#issuer = issuer;
  }

  static async make(): Promise<TestAuthority> {
    const x509 = await library();
    const key = await newPrivateKey();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=Somebody else',
      keys: await keysOf(key),
      signingAlgorithm: SIGNING,
      extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    });
    return new TestAuthority({ certificate: certificate.toString('pem'), key });
  }

  /** What who visits has to trust. */
  get certificate(): string {
    return this.#issuer.certificate;
  }

  async leaf(names: string[], { beginsIn = -1, endsIn = 60 }: LeafOptions = {}) {
    const x509 = await library();
    const issuer = new x509.X509Certificate(this.#issuer.certificate);
    const key = await newPrivateKey();
    const certificate = await x509.X509CertificateGenerator.create({
      issuer: issuer.subject,
      subject: '',
      notBefore: new Date(Date.now() + beginsIn * DAY_MS),
      notAfter: new Date(Date.now() + endsIn * DAY_MS),
      publicKey: (await keysOf(key)).publicKey,
      signingKey: (await keysOf(this.#issuer.key)).privateKey,
      signingAlgorithm: SIGNING,
      extensions:
        names.length === 0
          ? []
          : [
              new x509.SubjectAlternativeNameExtension(
                names.map((value) => ({ type: 'dns' as const, value })),
              ),
            ],
    });
    return { certificate: certificate.toString('pem'), privateKey: key };
  }

  /** The same as two files, with the authority's certificate behind the leaf's, as most are delivered. */
  async files(names: string[], options: LeafOptions = {}, folder: string = tempFolder()) {
    const files = { certificate: join(folder, 'fullchain.pem'), key: join(folder, 'privkey.pem') };
    const { certificate, privateKey } = await this.leaf(names, options);
    writeFileSync(files.certificate, `${certificate}\n${this.certificate}\n`);
    writeFileSync(files.key, privateKey, { mode: 0o600 });
    return files;
  }
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

async function library() {
  // The library registers its parts by this one's decorators, so it has to be there first.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

async function keysOf(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const { createPublicKey } = await import('node:crypto');
  return {
    privateKey: createPrivateKey(pem).toCryptoKey(ALGORITHM, true, ['sign']),
    publicKey: createPublicKey(pem).toCryptoKey(ALGORITHM, true, ['verify']),
  };
}
