import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Busy } from '../../shared/errors/errors.ts';
import type { Role } from '../../shared/identity/identity.ts';
import { OidcIdentity, type OidcIdentityOptions } from '../../shared/identity/oidc-identity.ts';
import { newKey, now, openIssuer, signToken } from '../builders/issuer.ts';
import { ANNA, identityContract } from './identity.suite.ts';

const K1 = newKey('k1');
const K2 = newKey('k2', 'RS256');

const rolesByGroup: Record<string, Role[]> = {
  admin: ['admin'],
  'lead:finance': ['lead:finance'],
  both: ['auditor', 'lead:finance'],
};
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const DISCOVERY = '/.well-known/openid-configuration';

async function open(options: Partial<OidcIdentityOptions> = {}) {
  const issuer = await openIssuer(K1, K2);
  const identity = new OidcIdentity({ issuer: issuer.url, audience: 'cottage', rolesByGroup, ...options });
  const token = (claims: object = {}, header: object = {}) => signToken(K1, issuer.claims(claims), header);
  return { issuer, identity, token };
}

describe.each([K1, K2])('tokens of an issuer that signs with $alg', (key) => {
  identityContract(async () => {
    const { issuer, identity } = await open();
    const claims = ({ email, roles }: typeof ANNA) => issuer.claims({ email, groups: roles });
    return {
      identity,
      tokenFor: async (principal) => signToken(key, claims(principal)),
      forgedFor: async (principal) => signToken(newKey(key.kid, key.alg), claims(principal)),
    };
  });
});

describe('a token of the issuer', () => {
  it.each<[string, object, object?]>([
    ['for two audiences, ours among them', { aud: ['other', 'cottage'] }],
    ['with its address in capitals', { email: 'Anna@Example.com' }],
    ['that ended within the skew', { exp: now() - 30 }],
    ['that begins within the skew', { nbf: now() + 30 }],
    ['that says no type', {}, { typ: undefined }],
    ['that is an access token', {}, { typ: 'at+jwt' }],
    ['with a group that means nothing', { groups: ['toString', 'others'] }],
  ])('%s is good', async (_, claims, header) => {
    const { identity, token } = await open();
    expect(await identity.verify(token(claims, header))).toEqual({ email: 'anna@example.com', roles: [] });
  });

  it.each<[string, object, object?]>([
    ['for another audience', { aud: 'other' }],
    ['for no audience', { aud: undefined }],
    ['by another issuer', { iss: 'https://elsewhere.example.com' }],
    ['by an issuer whose name only begins so', { iss: 'http://127.0.0.1' }],
    ['that ended', { exp: now() - 90 }],
    ['that never ends', { exp: undefined }],
    ['that begins later', { nbf: now() + 90 }],
    ['of nobody in particular', { sub: undefined }],
    ['without an address', { email: undefined }],
    ['with something else for an address', { email: 'anna' }],
    ['with an address nobody verified', { email_verified: false }],
    ['that does not say whether the address is verified', { email_verified: undefined }],
    ['that says so as a text', { email_verified: 'true' }],
    ['that is about signing out', {}, { typ: 'logout+jwt' }],
    ['that wants something understood that we do not', {}, { crit: ['x'], x: 1 }],
    ['of a key that is not there', {}, { kid: 'k9' }],
    ['of a key of another kind', {}, { kid: 'k2' }],
    ['that says it is signed otherwise', {}, { alg: 'RS256' }],
  ])('%s is none of ours', async (_, claims, header) => {
    const { identity, token } = await open();
    expect(await identity.verify(token(claims, header))).toBeUndefined();
  });

  it('unsigned, or signed with what the issuer publishes, is none of ours', async () => {
    const { issuer, identity } = await open();
    const claims = part(issuer.claims());
    for (const alg of ['none', 'None', 'NONE', '']) {
      expect(await identity.verify(`${part({ alg, typ: 'JWT' })}.${claims}.`)).toBeUndefined();
    }
    for (const secret of [K2.publicKey.export({ type: 'spki', format: 'pem' }), '']) {
      const text = `${part({ alg: 'HS256', kid: 'k2', typ: 'JWT' })}.${claims}`;
      const mac = createHmac('sha256', secret).update(text).digest('base64url');
      expect(await identity.verify(`${text}.${mac}`)).toBeUndefined();
    }
    // None of them was worth a question.
    expect(issuer.asked).toEqual([]);
  });

  it('longer than any issuer makes them is not looked at', async () => {
    const { issuer, identity, token } = await open();
    expect(await identity.verify(token({ more: 'x'.repeat(13_000) }))).toBeUndefined();
    expect(issuer.asked).toEqual([]);
    expect(await identity.verify(token({ more: 'x'.repeat(8000) }))).toBeDefined();
  });

  it('signed with an algorithm that is not on the list is none of ours, though the issuer knows it', async () => {
    const { issuer, identity } = await open({ algorithms: ['ES256'] });
    expect(await identity.verify(signToken(K2, issuer.claims()))).toBeUndefined();
    expect(await identity.verify(signToken(K1, issuer.claims()))).toBeDefined();
  });

  it('gives the roles of its groups, each once, from the claim that lists them', async () => {
    const { identity, token } = await open();
    const rolesOf = async (claims: object) => (await identity.verify(token(claims)))?.roles;
    expect(await rolesOf({ groups: ['both', 'lead:finance', 'others'] })).toEqual([
      'auditor',
      'lead:finance',
    ]);
    expect(await rolesOf({ groups: 'admin' })).toEqual(['admin']);
    for (const groups of [undefined, 7, { admin: true }, ['admin', 7]])
      expect(await rolesOf({ groups })).toEqual([]);
    // What a token says of roles itself counts for nothing.
    expect(await rolesOf({ roles: ['admin'] })).toEqual([]);
    const other = await open({ groupsClaim: 'cognito:groups' });
    expect(
      await other.identity.verify(other.token({ 'cognito:groups': ['admin'], groups: ['both'] })),
    ).toEqual({
      email: 'anna@example.com',
      roles: ['admin'],
    });
  });
});

describe('the issuer', () => {
  it('is asked once for many tokens, also at the same moment', async () => {
    const { issuer, identity, token } = await open();
    await Promise.all([1, 2, 3].map(() => identity.verify(token())));
    await identity.verify(token());
    expect(issuer.asked).toEqual([DISCOVERY, '/keys']);
  });

  it('is not asked where its keys are when we were told', async () => {
    const issuer = await openIssuer(K1);
    const jwksUri = `${issuer.url}/keys`;
    const identity = new OidcIdentity({ issuer: issuer.url, audience: 'cottage', rolesByGroup, jwksUri });
    expect(await identity.verify(signToken(K1, issuer.claims()))).toBeDefined();
    expect(issuer.asked).toEqual(['/keys']);
  });

  it('is asked again for a key we don’t know', async () => {
    const { issuer, identity, token } = await open({ cooldownMs: 0 });
    await identity.verify(token());
    const fresh = newKey('k3');
    issuer.keys.push(fresh);
    expect(await identity.verify(signToken(fresh, issuer.claims()))).toBeDefined();
    expect(issuer.asked).toEqual([DISCOVERY, '/keys', '/keys']);
  });

  it('is not asked without end by those who make up keys', async () => {
    const { issuer, identity, token } = await open();
    for (let i = 0; i < 20; i += 1) await identity.verify(token({}, { kid: `made-up-${i}` }));
    expect(issuer.asked).toEqual([DISCOVERY, '/keys']);
  });

  it.each<[string, string, number, string]>([
    ['its configuration is out of order', DISCOVERY, 503, ''],
    ['its configuration is elsewhere', DISCOVERY, 302, ''],
    ['its configuration is no JSON', DISCOVERY, 200, '<html>'],
    ['its configuration says nothing of keys', DISCOVERY, 200, '{}'],
    ['its keys are out of order', '/keys', 500, ''],
    ['its keys are elsewhere', '/keys', 302, ''],
    ['its keys are no JSON', '/keys', 200, '<html>'],
    ['its keys are none', '/keys', 200, '{"keys":7}'],
  ])('can be asked again later when %s, and nobody is turned away for it', async (_, path, status, body) => {
    const { issuer, identity, token } = await open();
    issuer.answers[path] = { status, body };
    const failure: unknown = await identity.verify(token()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Busy);
    expect((failure as Busy).publicMessage).not.toContain('127.0.0.1');
    delete issuer.answers[path];
    expect(await identity.verify(token())).toBeDefined();
  });

  it('that can’t be reached can be asked again later', async () => {
    const { issuer, identity, token } = await open();
    const sent = token();
    await issuer.close();
    await expect(identity.verify(sent)).rejects.toThrow(Busy);
  });

  it.each([
    ['another issuer', { issuer: 'https://elsewhere.example.com' }, 'speaks for https://elsewhere'],
    ['keys that could be changed on the way', { jwks_uri: 'http://keys.example.com/keys' }, 'over https'],
  ])('is not believed when its configuration names %s', async (_, changed, why) => {
    const { issuer, identity, token } = await open();
    const configuration = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, ...changed };
    issuer.answers[DISCOVERY] = { status: 200, body: JSON.stringify(configuration) };
    await expect(identity.verify(token())).rejects.toMatchObject({
      name: 'Busy',
      message: expect.stringContaining(why) as unknown,
    });
    expect(issuer.asked).toEqual([DISCOVERY]);
  });

  it.each<[string, Partial<OidcIdentityOptions>]>([
    ['an address that can be overheard', { issuer: 'http://login.example.com' }],
    ['no address', { issuer: 'login' }],
    ['keys that can be overheard', { jwksUri: 'http://login.example.com/keys' }],
    ['no audience', { audience: '' }],
    ['no algorithm', { algorithms: [] }],
    ['an algorithm with a shared secret', { algorithms: ['HS256' as 'RS256'] }],
  ])('is not set up with %s', (_, wrong) => {
    const options = { issuer: 'https://login.example.com', audience: 'cottage', rolesByGroup, ...wrong };
    expect(() => new OidcIdentity(options)).toThrow(TypeError);
  });
});
