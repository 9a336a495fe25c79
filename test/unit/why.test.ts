import { describe, expect, it } from 'vitest';
import type { App } from '../../shared/apps/app.ts';
import { whyApp } from '../../shared/apps/why.ts';
import { draftApp, liveApp, publishId, releaseId, sequence, T0, target } from '../builders/app.ts';

const hold = { reason: 'it asks for passwords', by: 'ada@example.com', at: '2026-03-04T08:00:00.000Z' };
const pin = { seq: sequence(3), by: 'ada@example.com', at: '2026-03-05T08:00:00.000Z' };
const ready = { seq: sequence(4), release: releaseId('two'), publishId: publishId('two') };
const WAITS = ' A newer version is ready and waits to be promoted.';

describe('one sentence about an app', () => {
  it.each<[string, App, string]>([
    [
      'a draft',
      draftApp(),
      'Lunch is a draft of ana@example.com since 2026-03-02: nothing of it has gone live yet; the name is free again on 2026-03-16.',
    ],
    [
      'a draft that is being published',
      draftApp({ target: target(), nextAction: { action: 'converge', at: T0 } }),
      'Lunch is a draft of ana@example.com since 2026-03-02: nothing of it has gone live yet; the name is free again on 2026-03-16.',
    ],
    [
      'a live app',
      liveApp(),
      'Lunch is live since 2026-03-02, owned by ana@example.com; its term ends on 2026-05-31 unless it is renewed or published again.',
    ],
    [
      'a live app without a term',
      liveApp({ expiresAt: undefined }),
      'Lunch is live since 2026-03-02, owned by ana@example.com; its term ends on an open date unless it is renewed or published again.',
    ],
    [
      'a pinned app for which something waits',
      liveApp({ pin, ready }),
      `Lunch is live and pinned to an older release by ada@example.com since 2026-03-05; unpin it to let newer versions through.${WAITS}`,
    ],
    [
      'a live app for which something waits',
      liveApp({ ready }),
      `Lunch is live since 2026-03-02, owned by ana@example.com; its term ends on 2026-05-31 unless it is renewed or published again.${WAITS}`,
    ],
    [
      'an expiring app',
      liveApp({ state: 'expiring' }),
      'Lunch is expiring since 2026-03-02; ana@example.com can renew it, or publish it again.',
    ],
    [
      'an archived app',
      liveApp({ state: 'archived', ready }),
      `Lunch is archived since 2026-03-02: its address shows a page that says so; restoring brings it back.${WAITS}`,
    ],
    [
      'a retired app',
      liveApp({ state: 'retired' }),
      'Lunch is retired since 2026-03-02; nothing is left to do.',
    ],
  ])('says of %s its state, who, when and what next', (_, app, sentence) => {
    expect(whyApp(app)).toBe(sentence);
  });

  it.each([
    liveApp({ hold }),
    liveApp({ hold, pin }),
    draftApp({ hold }),
    liveApp({ hold, state: 'archived' }),
  ])('says first of all that it is on hold, by whom and why', (app) => {
    expect(whyApp(app)).toBe(
      'Lunch is off the air since 2026-03-04: ada@example.com put it on hold (it asks for passwords); releasing the hold brings it back.',
    );
  });
});
