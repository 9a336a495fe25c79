import { describe, expect, it } from 'vitest';
import type { Purpose, Signer } from '../../shared/signer/signer.ts';

/** What every `Signer` does. */
export function signerContract(open: () => Promise<Signer>) {
  describe('a signature', () => {
    it('holds for its purpose and message', async () => {
      const signer = await open();
      const signature = await signer.sign('upload', 'a message');
      expect(signature.mac).toMatch(/^[\w-]{43}$/);
      expect(await signer.verify('upload', 'a message', signature)).toBe(true);
      expect(await signer.sign('upload', 'a message')).toEqual(signature);
    });

    it('is worthless for every other purpose', async () => {
      const signer = await open();
      const purposes: Purpose[] = [
        'status-link',
        'viewer-ticket',
        'viewer-cookie',
        'upload',
        'bearer',
        'decision-link',
        'audit-digest',
      ];
      for (const made of purposes) {
        const signature = await signer.sign(made, 'a message');
        for (const used of purposes) {
          expect(await signer.verify(used, 'a message', signature)).toBe(made === used);
        }
      }
    });

    it('holds for a message of any length, to its last character', async () => {
      const signer = await open();
      for (const length of [0, 4096, 20_000]) {
        const message = 'm'.repeat(length);
        const signature = await signer.sign('bearer', message);
        expect(await signer.verify('bearer', message, signature)).toBe(true);
        expect(await signer.verify('bearer', `${message.slice(0, -1)}n`, signature)).toBe(false);
      }
    });

    it('is worthless for another message', async () => {
      const signer = await open();
      const signature = await signer.sign('upload', 'a message');
      expect(await signer.verify('upload', 'a message ', signature)).toBe(false);
      expect(await signer.verify('upload', '', signature)).toBe(false);
    });

    it('is refused when one character is changed, missing or added', async () => {
      const signer = await open();
      const { kid, mac } = await signer.sign('upload', 'a message');
      for (let i = 0; i < mac.length; i += 1) {
        const other = String.fromCodePoint(mac.charCodeAt(i) === 65 ? 66 : 65);
        const changed = mac.slice(0, i) + other + mac.slice(i + 1);
        expect(await signer.verify('upload', 'a message', { kid, mac: changed })).toBe(false);
      }
      for (const changed of ['', mac.slice(1), mac.slice(0, -1), `${mac}A`, `${mac}=`, ` ${mac}`]) {
        expect(await signer.verify('upload', 'a message', { kid, mac: changed })).toBe(false);
      }
    });

    it('has one spelling only, though base64url has several for the same bytes', async () => {
      const signer = await open();
      const { kid, mac } = await signer.sign('upload', 'a message');
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const twin = mac.slice(0, -1) + alphabet[alphabet.indexOf(mac.slice(-1)) + 1];
      expect(Buffer.from(twin, 'base64url')).toEqual(Buffer.from(mac, 'base64url'));
      expect(await signer.verify('upload', 'a message', { kid, mac: twin })).toBe(false);
    });

    it.each(['', 'nobody', '__proto__', 'constructor'])('of an unknown key %j is false', async (kid) => {
      const signer = await open();
      const { mac } = await signer.sign('upload', 'a message');
      expect(await signer.verify('upload', 'a message', { kid, mac })).toBe(false);
    });
  });
}
