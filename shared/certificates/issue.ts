import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { DAY_MS, HOUR_MS } from '../clock/clock.ts';
import { NAME_CONSTRAINTS_OID, nameConstraints } from './name-constraints.ts';

/** What public CAs may give at most today, so that nothing here lives longer than it would elsewhere. */
const LEAF_DAYS = 198;
const CA_DAYS = 3650;
/** The clocks of those who connect may be a little behind. */
const BACKDATE_MS = HOUR_MS;
/** X.520: a common name has at most 64 characters. */
const MAX_COMMON_NAME = 64;

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

export interface Issued {
  certificate: string;
  privateKey: string;
  /** System time, epoch milliseconds. */
  expiresAt: number;
}

export interface Authority {
  certificate: string;
  privateKey: string;
}

/** A new P-256 private key, as PEM. */
export async function newPrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: ALGORITHM.namedCurve });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A certificate for our own CA: ten years, no CA below it, and for names of this domain alone. */
export async function issueAuthority(privateKeyPem: string, domain: string): Promise<string> {
  const x509 = await loadX509();
  const keys = keyPair(privateKeyPem);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    // Two CAs of one name confuse browsers: each has a number of its own.
    name: [{ O: ['Cottage'] }, { CN: [`Cottage CA ${randomBytes(4).toString('hex')}`] }],
    ...validity(CA_DAYS),
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.Extension(NAME_CONSTRAINTS_OID, true, new Uint8Array(nameConstraints(domain))),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return certificate.toString('pem');
}

/** A certificate and its key for a server of these names; the first is the subject. */
export async function issueLeaf(authority: Authority, names: string[]): Promise<Issued> {
  const x509 = await loadX509();
  const issuer = new x509.X509Certificate(authority.certificate);
  const privateKey = await newPrivateKey();
  const { publicKey } = keyPair(privateKey);
  const commonName = names[0] !== undefined && names[0].length <= MAX_COMMON_NAME ? names[0] : undefined;
  const { notBefore, notAfter } = validity(LEAF_DAYS);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    issuer: issuer.subjectName.toJSON(),
    subject: commonName === undefined ? [] : [{ CN: [commonName] }],
    notBefore,
    notAfter,
    publicKey,
    signingKey: keyPair(authority.privateKey).privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      // RFC 5280: critical where there is no subject.
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: 'dns' as const, value })),
        commonName === undefined,
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), privateKey, expiresAt: notAfter.getTime() };
}

/** A quarter of a second to load, so it is loaded only when there is something to issue. */
async function loadX509() {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

function keyPair(privateKeyPem: string): { privateKey: webcrypto.CryptoKey; publicKey: webcrypto.CryptoKey } {
  return {
    privateKey: createPrivateKey(privateKeyPem).toCryptoKey(ALGORITHM, false, ['sign']),
    publicKey: createPublicKey(privateKeyPem).toCryptoKey(ALGORITHM, true, ['verify']),
  };
}

/** X.509 counts in whole seconds. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  const start = Math.floor((Date.now() - BACKDATE_MS) / 1000) * 1000;
  return { notBefore: new Date(start), notAfter: new Date(start + days * DAY_MS) };
}

/** 126 random bits: positive, and of one length. */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes.readUInt8(0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}
