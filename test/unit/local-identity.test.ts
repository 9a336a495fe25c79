import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAdmin, type Principal } from '../../shared/identity/identity.ts';
import { LocalIdentity } from '../../shared/identity/local-identity.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import type { Signer } from '../../shared/signer/signer.ts';
import { around } from '../builders/around.ts';
import { tempFolder } from '../builders/temp.ts';

const ADA: Principal = { email: 'ada@example.com', roles: ['admin', 'lead:finance'] };

const openSigner = () => LocalSigner.open(join(tempFolder(), 'signing-key.json'));

async function issued() {
  const signer = await openSigner();
  const identity = new LocalIdentity(signer);
  const token = await identity.issue(ADA);
  const [claims = '', kid = '', mac = ''] = token.split('.');
  return { signer, identity, token, claims, kid, mac };
}

const encoded = (claims: unknown) => Buffer.from(JSON.stringify(claims)).toString('base64url');

describe('a bearer token', () => {
  it('stands for the principal it was issued for, and fits in a header', async () => {
    const { identity, token } = await issued();
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{43}$/);
    expect(await identity.verify(token)).toEqual(ADA);
  });

  it('is nobody’s once any part of it is another’s, missing or more', async () => {
    const { identity, token, claims, kid, mac } = await issued();
    const other = encoded({ v: 1, email: 'eve@example.com', roles: ['admin'] });
    for (const forged of [
      `${other}.${kid}.${mac}`,
      `${claims}.k9.${mac}`,
      `${claims}.${kid}.${mac.slice(1)}A`,
      `${claims}.${kid}.`,
      `${claims}.${kid}`,
      `${claims}..${mac}`,
      `.${kid}.${mac}`,
      `${token}.`,
      `x${token}`,
      ` ${token}`,
      `${token}\n`,
      '',
    ]) {
      expect([forged, await identity.verify(forged)]).toEqual([forged, undefined]);
    }
  });

  it('is nobody’s under another key', async () => {
    const { token } = await issued();
    expect(await new LocalIdentity(await openSigner()).verify(token)).toBeUndefined();
  });

  it('is nobody’s when it was signed for another purpose', async () => {
    const { signer, identity, claims } = await issued();
    const { kid, mac } = await signer.sign('status-link', claims);
    expect(await identity.verify(`${claims}.${kid}.${mac}`)).toBeUndefined();
  });

  it.each([
    ['another version', { v: 2, email: 'ada@example.com', roles: [] }],
    ['more than we know', { v: 1, email: 'ada@example.com', roles: [], until: 1 }],
    ['no roles', { v: 1, email: 'ada@example.com' }],
    ['no object', 'ada@example.com'],
  ])('is nobody’s with %s, though we signed it', async (_, claims) => {
    const { signer, identity } = await issued();
    const text = encoded(claims);
    const { kid, mac } = await signer.sign('bearer', text);
    expect(await identity.verify(`${text}.${kid}.${mac}`)).toBeUndefined();
  });

  it('that is not one asks no key', async () => {
    const { signer, token } = await issued();
    let asked = 0;
    const counting = around<Signer>(signer, ({ go }) => {
      asked += 1;
      return go();
    });
    const identity = new LocalIdentity(counting);
    for (const text of ['', 'x.y.z', 'a'.repeat(5000), `${'a'.repeat(2001)}.k1.${'m'.repeat(43)}`]) {
      await identity.verify(text);
    }
    expect(asked).toBe(0);
    await identity.verify(token);
    expect(asked).toBe(1);
  });
});

describe('an admin', () => {
  it('is who has just that role', () => {
    expect(isAdmin(ADA)).toBe(true);
    expect(isAdmin({ email: 'x', roles: ['auditor', 'lead:admin', 'approver:admin'] })).toBe(false);
    expect(isAdmin({ email: 'x', roles: [] })).toBe(false);
  });
});
