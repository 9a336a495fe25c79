import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface IssuerKey {
  kid: string;
  alg: 'RS256' | 'ES256';
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export function newKey(kid: string, alg: IssuerKey['alg'] = 'ES256'): IssuerKey {
  const pair =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, alg, ...pair };
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token by RFC 7515, made without the library that reads it. */
export function signToken(key: IssuerKey, claims: object, header: object = {}): string {
  const text = `${encoded({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })}.${encoded(claims)}`;
  const signer = { key: key.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${text}.${sign('sha256', Buffer.from(text), signer).toString('base64url')}`;
}

/** What an issuer answers at an address, in place of what it should. */
export type Answer = { status: number; body: string };

/** An OpenID Connect issuer on loopback, until it is closed. */
export async function serveIssuer(...keys: IssuerKey[]) {
  const issuer = {
    url: '',
    keys,
    /** The paths that were asked for. */
    asked: [] as string[],
    /** By path. */
    answers: {} as Record<string, Answer>,
    claims: (more: object = {}) => ({
      iss: issuer.url,
      aud: 'cottage',
      sub: 'anna',
      iat: now(),
      exp: now() + 300,
      email: 'anna@example.com',
      email_verified: true,
      ...more,
    }),
    close: async () => {
      server.closeAllConnections();
      server.close();
      if (server.listening) await once(server, 'close');
    },
  };
  const server = createServer(({ url = '' }, response) => {
    issuer.asked.push(url);
    const jwks = () => ({ keys: issuer.keys.map(asJwk) });
    const configuration = () => ({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` });
    const documents: Record<string, () => object> = {
      '/.well-known/openid-configuration': configuration,
      '/keys': jwks,
      // Where a redirection leads, for whoever follows one.
      '/moved/.well-known/openid-configuration': configuration,
      '/moved/keys': jwks,
    };
    const document = documents[url];
    const { status, body } = issuer.answers[url] ?? {
      status: document ? 200 : 404,
      body: JSON.stringify(document?.() ?? {}),
    };
    response.writeHead(status, { 'content-type': 'application/json', location: `/moved${url}` }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return issuer;
}

/** The same, until the test ends. */
export async function openIssuer(...keys: IssuerKey[]) {
  const issuer = await serveIssuer(...keys);
  onTestFinished(() => issuer.close());
  return issuer;
}

export const now = (): number => Math.floor(Date.now() / 1000);

const asJwk = ({ kid, alg, publicKey }: IssuerKey) => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  alg,
  use: 'sig',
});
