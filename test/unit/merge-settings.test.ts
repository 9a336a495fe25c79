import { describe, expect, it } from 'vitest';
import { defaultSettings, mergeSettings } from '../../shared/apps/merge-settings.ts';
import { type AppSettings, DATA_CLASSES } from '../../shared/apps/settings.ts';
import { draftApp, liveApp } from '../builders/app.ts';

const base: AppSettings = {
  ...defaultSettings('cc-1'),
  title: 'Lunch',
  owner: 'ana@example.com',
  dataClass: 'internal',
};
const codes = ({ findings }: ReturnType<typeof mergeSettings>) => findings.map((found) => found.code);

describe('what holds where nobody says otherwise', () => {
  it('is careful: the company sees it, on shared hosting, for 90 days', () => {
    expect(defaultSettings('cc-7')).toEqual({
      coOwners: [],
      visibility: 'company',
      tier: 'shared',
      costCenter: 'cc-7',
      expiresInDays: 90,
      integrations: [],
      spa: false,
    });
  });
});

describe('precedence', () => {
  it('is the request, then cottage.json, then what is stored', () => {
    const manifest = { title: 'From cottage.json', spa: true, expiresInDays: 30 };
    const request = { title: 'From the request', expiresInDays: 60 };
    const { settings, findings } = mergeSettings(
      liveApp(),
      { ...base, costCenter: 'cc-9' },
      manifest,
      request,
    );
    expect(settings).toEqual({
      ...base,
      title: 'From the request',
      spa: true,
      expiresInDays: 60,
      costCenter: 'cc-9',
    });
    expect(findings).toEqual([]);
  });

  it('gives a list whole, never mixed', () => {
    const over = [{ coOwners: ['a@example.com', 'b@example.com'] }, { coOwners: ['c@example.com'] }];
    expect(mergeSettings(undefined, base, ...over).settings.coOwners).toEqual(['c@example.com']);
  });

  it('changes none of what it was given', () => {
    const before = structuredClone(base);
    mergeSettings(liveApp(), base, { title: 'New', owner: 'eve@example.com' });
    expect(base).toEqual(before);
  });
});

describe('a new app', () => {
  it('takes all that its first publish says', () => {
    const first = { owner: 'eve@example.com', dataClass: 'public', tier: 'edge' } as const;
    const merged = mergeSettings(undefined, base, first);
    expect(merged).toEqual({ settings: { ...base, ...first }, findings: [] });
  });
});

describe('the owner', () => {
  it.each([
    ['a draft', draftApp()],
    ['a live app', liveApp()],
  ])('of %s stays, and a finding says so', (_, stored) => {
    const merged = mergeSettings(stored, base, { owner: 'eve@example.com' });
    expect(merged.settings.owner).toBe('ana@example.com');
    expect(codes(merged)).toEqual(['publish/owner-kept']);
    expect(merged.findings[0]?.title).toContain('ana@example.com');
    expect(merged.findings[0]?.why).toContain('eve@example.com');
  });
});

describe('the data class of an app that was live', () => {
  it.each(DATA_CLASSES.flatMap((stored) => DATA_CLASSES.map((asked) => [stored, asked] as const)))(
    'stored as %s and asked as %s is never lowered',
    (dataClass, asked) => {
      const merged = mergeSettings(liveApp({ dataClass }), { ...base, dataClass }, { dataClass: asked });
      const isLower = DATA_CLASSES.indexOf(asked) < DATA_CLASSES.indexOf(dataClass);
      expect(merged.settings.dataClass).toBe(isLower ? dataClass : asked);
      expect(codes(merged)).toEqual(isLower ? ['publish/class-kept'] : []);
    },
  );

  it('stays when a publish takes it away, and may be said where it was not', () => {
    const { dataClass: _, ...unsaid } = base;
    expect(mergeSettings(liveApp(), unsaid).settings.dataClass).toBe('internal');
    const stored = liveApp({ dataClass: undefined });
    expect(mergeSettings(stored, unsaid, { dataClass: 'public' })).toMatchObject({
      settings: { dataClass: 'public' },
      findings: [],
    });
  });

  it('may still be lowered while the app is a draft', () => {
    const stored = draftApp({ dataClass: 'regulated' });
    const merged = mergeSettings(stored, { ...base, dataClass: 'regulated' }, { dataClass: 'public' });
    expect(merged).toMatchObject({ settings: { dataClass: 'public' }, findings: [] });
  });
});

describe('the tier', () => {
  it.each(['isolated', 'edge'] as const)('of an app that was live stays when %s is asked for', (tier) => {
    const merged = mergeSettings(liveApp(), base, { tier });
    expect(merged.settings.tier).toBe('shared');
    expect(codes(merged)).toEqual(['publish/tier-kept']);
  });

  it('may still be chosen while the app is a draft', () => {
    expect(mergeSettings(draftApp(), base, { tier: 'edge' })).toMatchObject({
      settings: { tier: 'edge' },
      findings: [],
    });
  });
});

it('says everything that was asked for and not done', () => {
  const merged = mergeSettings(liveApp(), base, {
    owner: 'eve@example.com',
    dataClass: 'public',
    tier: 'edge',
  });
  expect(codes(merged)).toEqual(['publish/owner-kept', 'publish/class-kept', 'publish/tier-kept']);
});
