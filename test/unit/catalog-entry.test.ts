import { describe, expect, it } from 'vitest';
import { requiredControls } from '../../shared/apps/controls.ts';
import { registered } from '../../shared/apps/registered.ts';
import type { AppSettings } from '../../shared/apps/settings.ts';
import { draftApp, liveApp, publishId, T0 } from '../builders/app.ts';
import { acceptedPublish } from '../builders/publish.ts';

type Controlled = Pick<AppSettings, 'dataClass' | 'visibility' | 'tier'>;
const ALWAYS = ['central-logging', 'https', 'secret-scan'];
const internal: Controlled = { dataClass: 'internal', visibility: 'company', tier: 'shared' };

describe('the controls an app needs', () => {
  it.each<[string, Controlled, string[]]>([
    ['for colleagues', internal, ['sign-in']],
    ['for a few people', { ...internal, visibility: 'people' }, ['sign-in']],
    ['for everybody', { ...internal, visibility: 'public' }, ['approval']],
    ['with confidential data', { ...internal, dataClass: 'confidential' }, ['access-review', 'sign-in']],
    [
      'with regulated data',
      { ...internal, dataClass: 'regulated' },
      ['access-review', 'isolated-hosting', 'sign-in'],
    ],
    ['with public data', { ...internal, dataClass: 'public' }, ['sign-in']],
    ['of which nobody has said what data it holds', { visibility: 'team', tier: 'shared' }, ['sign-in']],
    ['on hosting of its own', { ...internal, tier: 'isolated' }, ['approval', 'sign-in']],
    ['at the edge for everybody', { ...internal, visibility: 'public', tier: 'edge' }, ['approval', 'waf']],
  ])('%s are listed in order', (_, settings, more) => {
    expect(requiredControls(settings)).toEqual([...ALWAYS, ...more].toSorted((a, b) => (a < b ? -1 : 1)));
  });
});

describe('the catalog’s entry once a publish is live', () => {
  const NOW = '2026-04-01T12:00:00.000Z';
  const URL = 'https://lunch.demo.apps.localhost:4643';
  const settings: AppSettings = {
    ...acceptedPublish('two').settings,
    title: 'Lunch 2',
    dataClass: 'regulated',
    tier: 'isolated',
    expiresInDays: 30,
  };
  const publish = acceptedPublish('two', { settings });

  it('has the publish’s settings, address, controls and price, and a term that begins now', () => {
    const app = registered(liveApp(), publish, URL, NOW);
    expect(app).toEqual({
      ...liveApp(),
      ...settings,
      url: URL,
      state: 'live',
      stateSince: T0,
      requiredControls: requiredControls(settings),
      estimatedMonthlyCostCents: 2500,
      expiresAt: '2026-05-01T12:00:00.000Z',
      lastPublishId: publishId('two'),
    });
  });

  it.each([draftApp(), liveApp({ state: 'expiring' })])('is live from now on when it was not', (before) => {
    expect(registered(before, publish, URL, NOW)).toMatchObject({ state: 'live', stateSince: NOW });
  });

  it.each(['archived', 'retired'] as const)('stays %s: a publish is no way out of that', (state) => {
    expect(registered(liveApp({ state }), publish, URL, NOW)).toMatchObject({ state, stateSince: T0 });
  });
});
