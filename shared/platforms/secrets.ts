import { randomBytes } from 'node:crypto';
import { DAY_MS } from '../clock/clock.ts';
import { instant } from '../ids/ids.ts';
import type { Platform } from './platform.ts';

/** A secret in the form Standard Webhooks gives it: 32 random bytes in base64 behind `whsec_`. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** A platform that has just been registered. `now`: epoch milliseconds. */
export function newPlatform(
  wanted: { platformId: string; title: string; teams: string[] },
  now: number,
): Platform {
  return {
    ...wanted,
    secrets: [{ secret: newSecret(), createdAt: instant(now) }],
    createdAt: instant(now),
    auditSeq: 0,
    auditHash: '',
  };
}

const OVERLAP_MS = DAY_MS;

/**
 * Puts a new secret first. The one before stays good for a day of system time, so that the tool can change over; older
 * ones go, so that never more than two are good.
 */
export function rotateSecret(platform: Platform, systemNow: number) {
  const secret = newSecret();
  const previousGoodUntil = instant(systemNow + OVERLAP_MS);
  const [current] = platform.secrets;
  const secrets = [
    { secret, createdAt: instant(systemNow) },
    ...(current ? [{ ...current, notAfter: previousGoodUntil }] : []),
  ];
  return { platform: { ...platform, secrets }, secret, previousGoodUntil };
}
