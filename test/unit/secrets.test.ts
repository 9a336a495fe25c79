import { describe, expect, it } from 'vitest';
import { newPlatform, newSecret, rotateSecret } from '../../shared/platforms/secrets.ts';

const NOW = Date.parse('2026-03-02T09:00:00.000Z');
const wanted = { platformId: 'demo', title: 'Demo', teams: ['demo'] };

describe('a secret', () => {
  it('is 32 random bytes in the form Standard Webhooks gives it', () => {
    const secrets = Array.from({ length: 20 }, () => newSecret());
    expect(new Set(secrets).size).toBe(20);
    for (const secret of secrets) {
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
    }
  });
});

describe('a new platform', () => {
  it('has one secret, good without end', () => {
    const platform = newPlatform(wanted, NOW);
    expect(platform).toMatchObject({
      ...wanted,
      createdAt: '2026-03-02T09:00:00.000Z',
      auditSeq: 0,
      auditHash: '',
    });
    expect(platform.secrets).toEqual([{ secret: expect.any(String), createdAt: '2026-03-02T09:00:00.000Z' }]);
  });
});

describe('rotating', () => {
  it('puts a new secret first, and leaves the one before good for a day', () => {
    const before = newPlatform(wanted, NOW);
    const { platform, secret, previousGoodUntil } = rotateSecret(before, NOW + 5);
    expect(previousGoodUntil).toBe('2026-03-03T09:00:00.005Z');
    expect(secret).not.toBe(before.secrets[0]?.secret);
    expect(platform).toEqual({
      ...before,
      secrets: [
        { secret, createdAt: '2026-03-02T09:00:00.005Z' },
        { ...before.secrets[0], notAfter: previousGoodUntil },
      ],
    });
  });

  it('again lets the oldest go at once: never more than two are good', () => {
    const first = newPlatform(wanted, NOW);
    const second = rotateSecret(first, NOW + 1);
    const third = rotateSecret(second.platform, NOW + 2);
    expect(third.platform.secrets.map((s) => s.secret)).toEqual([third.secret, second.secret]);
    expect(third.platform.secrets[0]).not.toHaveProperty('notAfter');
    expect(third.platform.secrets[1]).toMatchObject({ notAfter: '2026-03-03T09:00:00.002Z' });
  });

  it('of a platform without secrets gives it one', () => {
    const { platform, secret } = rotateSecret({ ...newPlatform(wanted, NOW), secrets: [] }, NOW);
    expect(platform.secrets.map((s) => s.secret)).toEqual([secret]);
  });
});
