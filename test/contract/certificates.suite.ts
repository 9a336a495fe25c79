import { describe, expect, it } from 'vitest';
import type { Certificates } from '../../shared/certificates/certificates.ts';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { NotFound } from '../../shared/errors/errors.ts';

export interface CertificatesHarness {
  certificates: Certificates;
  /** The names in the certificate a server of this host shows, checked as a browser would; undefined when there is none. */
  handshake: (host: string) => Promise<string[] | undefined>;
}

const WILDCARD = ['*.demo.apps.localhost', 'demo.apps.localhost'];

/** What every `Certificates` does. `slow` gives one whose certificates are pending for three calls of `status`. */
export function certificatesContract(
  open: () => Promise<CertificatesHarness>,
  slow: () => Promise<CertificatesHarness>,
) {
  it('a certificate for a wildcard serves every host one level below, and the zone itself', async () => {
    const { certificates, handshake } = await open();
    const id = await certificates.request(WILDCARD);
    const status = await certificates.status(id);
    expect(status).toMatchObject({ state: 'issued', names: WILDCARD });
    expect(await handshake('lunch.demo.apps.localhost')).toEqual(WILDCARD);
    expect(await handshake('demo.apps.localhost')).toEqual(WILDCARD);
    expect(await handshake('a.lunch.demo.apps.localhost')).toBeUndefined();
    expect(await handshake('lunch.other.apps.localhost')).toBeUndefined();
  });

  it('a certificate of its own goes before a wildcard', async () => {
    const { certificates, handshake } = await open();
    await certificates.request(WILDCARD);
    await certificates.request(['lunch.demo.apps.localhost']);
    expect(await handshake('lunch.demo.apps.localhost')).toEqual(['lunch.demo.apps.localhost']);
    expect(await handshake('dinner.demo.apps.localhost')).toEqual(WILDCARD);
  });

  it('is good for about as long as public ones are', async () => {
    const { certificates } = await open();
    const status = await certificates.status(await certificates.request(WILDCARD));
    const days = status.state === 'issued' ? (status.expiresAt - Date.now()) / DAY_MS : 0;
    expect(days).toBeGreaterThan(190);
    expect(days).toBeLessThanOrEqual(198);
  });

  it('asking again for the same names, in any order, is the same certificate', async () => {
    const { certificates } = await open();
    const id = await certificates.request(WILDCARD);
    expect(await certificates.request(WILDCARD)).toBe(id);
    expect(await certificates.request(WILDCARD.toReversed())).toBe(id);
    expect(await certificates.request(['demo.apps.localhost'])).not.toBe(id);
  });

  it('asking twice at once is one certificate', async () => {
    const { certificates } = await open();
    const ids = await Promise.all([certificates.request(WILDCARD), certificates.request(WILDCARD)]);
    expect(new Set(ids).size).toBe(1);
  });

  it('a deleted one is neither known nor shown; deleting it again is fine', async () => {
    const { certificates, handshake } = await open();
    const id = await certificates.request(WILDCARD);
    await certificates.delete(id);
    await certificates.delete(id);
    await expect(certificates.status(id)).rejects.toThrow(NotFound);
    expect(await handshake('lunch.demo.apps.localhost')).toBeUndefined();
    expect(await certificates.request(WILDCARD)).not.toBe(id);
  });

  it('one that never was is not found', async () => {
    const { certificates } = await open();
    await expect(certificates.status('c_nothing')).rejects.toThrow(NotFound);
  });

  describe('while it is pending', () => {
    it('says so, is not ordered twice, and serves nothing; then it does', async () => {
      const { certificates, handshake } = await slow();
      const id = await certificates.request(WILDCARD);
      for (let poll = 0; poll < 3; poll += 1) {
        expect(await handshake('lunch.demo.apps.localhost')).toBeUndefined();
        expect(await certificates.request(WILDCARD)).toBe(id);
        expect(await certificates.status(id)).toEqual({
          state: 'pending',
          names: WILDCARD,
          validation: expect.any(Array),
        });
      }
      expect(await certificates.status(id)).toMatchObject({ state: 'issued' });
      expect(await handshake('lunch.demo.apps.localhost')).toEqual(WILDCARD);
    });
  });
}
