import { describe, expect, it } from 'vitest';
import type { Identity, Principal } from '../../shared/identity/identity.ts';

export interface IdentityHarness {
  identity: Identity;
  /** A bearer token for somebody, made as it is made for people. */
  tokenFor: (principal: Principal) => Promise<string>;
  /** The same, with a key that is none of those this identity trusts. */
  forgedFor: (principal: Principal) => Promise<string>;
}

export const ANNA: Principal = { email: 'anna@example.com', roles: ['admin', 'lead:finance'] };

/** What every `Identity` does. */
export function identityContract(open: () => Promise<IdentityHarness>) {
  describe('a bearer token', () => {
    it('stands for the person it was made for, with their roles', async () => {
      const { identity, tokenFor } = await open();
      expect(await identity.verify(await tokenFor(ANNA))).toEqual(ANNA);
      const nobody: Principal = { email: 'ben@example.com', roles: [] };
      expect(await identity.verify(await tokenFor(nobody))).toEqual(nobody);
    });

    it('of another key stands for nobody', async () => {
      const { identity, forgedFor } = await open();
      expect(await identity.verify(await forgedFor(ANNA))).toBeUndefined();
    });

    it('stands for nobody once a character of it is another', async () => {
      const { identity, tokenFor } = await open();
      const token = await tokenFor(ANNA);
      for (let at = 0; at < token.length - 1; at += 5) {
        const other = token[at] === 'A' ? 'B' : 'A';
        expect(await identity.verify(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
      }
    });

    it.each([
      '',
      ' ',
      '.',
      '..',
      'a.b.c',
      'Bearer x',
      'null',
      'a'.repeat(100_000),
      'e30.e30.',
      '\u0000.\u0000.\u0000',
    ])('%j is none', async (bearer) => {
      const { identity } = await open();
      expect(await identity.verify(bearer)).toBeUndefined();
    });
  });
}
