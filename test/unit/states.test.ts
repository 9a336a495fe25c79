import { describe, expect, it } from 'vitest';
import type { App } from '../../shared/apps/app.ts';
import { DRAFT_DAYS, draftEnd, nextAppAction } from '../../shared/apps/next-action.ts';
import { type LifecycleEvent, LifecycleState, TRANSITIONS, transition } from '../../shared/apps/states.ts';
import { draftApp, liveApp, T0, target } from '../builders/app.ts';

const EVENTS: LifecycleEvent[] = ['publish', 'renew', 'expire', 'archive', 'restore', 'retire'];

/** The whole table as it is documented; what is not here does not happen. */
const DOCUMENTED: [LifecycleState, LifecycleEvent, LifecycleState][] = [
  ['draft', 'publish', 'live'],
  ['draft', 'retire', 'retired'],
  ['live', 'publish', 'live'],
  ['live', 'renew', 'live'],
  ['live', 'expire', 'expiring'],
  ['live', 'archive', 'archived'],
  ['live', 'retire', 'retired'],
  ['expiring', 'publish', 'live'],
  ['expiring', 'renew', 'live'],
  ['expiring', 'archive', 'archived'],
  ['expiring', 'retire', 'retired'],
  ['archived', 'restore', 'live'],
  ['archived', 'retire', 'retired'],
];

describe('the lifecycle', () => {
  it('goes through five states', () => {
    expect(LifecycleState.options).toEqual(['draft', 'live', 'expiring', 'archived', 'retired']);
    expect(Object.keys(TRANSITIONS)).toEqual(LifecycleState.options);
  });

  it.each(LifecycleState.options)('takes just the documented ways out of %s', (state) => {
    for (const event of EVENTS) {
      const documented = DOCUMENTED.find(([from, what]) => from === state && what === event);
      expect([event, transition(state, event)]).toEqual([event, documented?.[2]]);
    }
  });

  it('has no way back from retired', () => {
    expect(TRANSITIONS.retired).toEqual({});
  });
});

describe('the next action', () => {
  const NOW = '2026-03-02T10:00:00.000Z';
  const hold = { reason: 'phishing', by: 'ada@example.com', at: T0 };
  const toConverge = { target: target({ gen: 2, at: NOW }), settledGen: 1 };

  it('is none while the app is retired: its workflow needs nobody beside it', () => {
    const retirement = { by: 'ada@example.com', at: NOW, attempt: 1 };
    expect(nextAppAction({ ...liveApp(), ...toConverge, retirement }, NOW)).toBeUndefined();
    expect(nextAppAction(draftApp({ retirement }), NOW)).toBeUndefined();
  });

  it('of a draft is its end, 14 days after it was made, to the millisecond', () => {
    const app = draftApp({ createdAt: '2026-03-02T09:00:00.123Z' });
    expect(DRAFT_DAYS).toBe(14);
    expect(nextAppAction(app, NOW)).toEqual({ action: 'end-draft', at: '2026-03-16T09:00:00.123Z' });
    expect(draftEnd(app)).toBe('2026-03-16T09:00:00.123Z');
  });

  it('of a live app is the end of its term, also once that has passed', () => {
    const expire = { action: 'expire', at: '2026-05-31T09:00:00.000Z' };
    expect(nextAppAction(liveApp(), NOW)).toEqual(expire);
    expect(nextAppAction(liveApp(), '2027-01-01T00:00:00.000Z')).toEqual(expire);
  });

  it.each<[string, App]>([
    ['a live app without a term', liveApp({ expiresAt: undefined })],
    ['an expiring app', liveApp({ state: 'expiring' })],
    ['an archived app', liveApp({ state: 'archived' })],
    ['a retired app', liveApp({ state: 'retired' })],
    ['a draft on hold', draftApp({ hold })],
    ['a live app on hold', liveApp({ hold })],
  ])('of %s is none', (_, app) => {
    expect(nextAppAction(app, NOW)).toBeUndefined();
  });

  it.each<[string, App]>([
    ['a draft', draftApp(toConverge)],
    ['a live app', liveApp(toConverge)],
    ['an app on hold', liveApp({ ...toConverge, hold })],
    ['an archived app', liveApp({ ...toConverge, state: 'archived' })],
    ['a retired app', liveApp({ ...toConverge, state: 'retired' })],
  ])('of %s whose edge is not at the target is to bring it there, before all else', (_, app) => {
    expect(nextAppAction(app, NOW)).toEqual({ action: 'converge', at: '2026-03-02T10:02:00.000Z' });
  });

  it('of a target that was just tried is to try again in two minutes', () => {
    const app = liveApp(toConverge);
    const at = (now: string) => nextAppAction(app, now)?.at;
    expect(at('2026-03-02T10:01:59.999Z')).toBe('2026-03-02T10:02:00.000Z');
    expect(at('2026-03-02T10:02:00.000Z')).toBe('2026-03-02T10:04:00.000Z');
    expect(at('2026-03-02T11:00:00.000Z')).toBe('2026-03-02T11:02:00.000Z');
  });

  it('of a target that is settled is not to converge', () => {
    expect(nextAppAction(liveApp({ target: target({ gen: 2 }), settledGen: 2 }), NOW)?.action).toBe('expire');
  });

  it('is the same every time, and changes nothing', () => {
    const app = liveApp(toConverge);
    const before = structuredClone(app);
    expect(nextAppAction(app, NOW)).toEqual(nextAppAction(app, NOW));
    expect(app).toEqual(before);
  });
});
