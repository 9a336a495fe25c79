import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findingOf } from '../../shared/findings/catalogue.ts';
import { AppName, fqdn, isLabel, slugOf, TeamName } from '../../shared/names/labels.ts';
import { skeleton } from '../../shared/names/look-alikes.ts';
import { checkName, checkTeamName, type NameRequest } from '../../shared/names/name.ts';
import { RESERVED_WORDS } from '../../shared/names/reserved-words.ts';
import { suggestNames } from '../../shared/names/suggestions.ts';

const BASE = 'apps.example.com';
const asking = (name: string, more: Partial<NameRequest> = {}): NameRequest => ({
  team: 'finance',
  name,
  baseDomain: BASE,
  ...more,
});
const faultOf = (name: string, more: Partial<NameRequest> = {}) => checkName(asking(name, more));
const anyIsFree = () => Promise.resolve(true);
const freeBut = (taken: readonly string[]) => (name: string) => Promise.resolve(!taken.includes(name));

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/);
const typed = fc.oneof(label, fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom(...RESERVED_WORDS));
const team = fc.stringMatching(/^[a-z][a-z0-9]{0,23}$/);
const base = fc.constantFrom('apps.localhost', BASE, 'micro-apps.intranet.example.org');

describe('the name of an app', () => {
  test.each([
    'lunch',
    'a',
    'lunch-menu',
    'lunch--menu',
    'a1',
    '4you',
    'q-4',
    'x'.repeat(39),
    'hello',
    'swagger-ui',
  ])('may be %s', (name) => {
    expect(faultOf(name)).toBeUndefined();
  });

  test.each([
    ['', 'my-app'],
    ['Lunch', 'lunch'],
    ['LUNCH MENU!', 'lunch-menu'],
    ['  lunch  ', 'lunch'],
    ['lunch_menu', 'lunch-menu'],
    ['-lunch', 'lunch'],
    ['lunch-', 'lunch'],
    ['lunch.menu', 'lunch-menu'],
    ['lunch\n', 'lunch'],
    ['Crème brûlée', 'creme-brulee'],
    ['xn--lunch-abc', 'xn-lunch-abc'],
    ['ab--cd', 'ab-cd'],
    ['2026', 'my-app-2026'],
    ['昼食', 'my-app'],
    ['_cottage', 'cottage-app'],
    ['Mail', 'mail-app'],
    ['Adm1n', 'adm1n-app'],
    ['7', 'my-app-7'],
    ['аdmin', 'dmin'],
    ['../../etc', 'etc'],
    [`${'1'.repeat(60)}a!`, `my-app-${'1'.repeat(33)}`],
    ['A'.repeat(100_000), 'a'.repeat(39)],
  ])('%j is no label; a label made of it is suggested', (name, suggestion) => {
    const expected = suggestion.slice(0, 39);
    expect(faultOf(name)).toEqual({ code: 'name/invalid', data: { name, suggestion: expected } });
  });

  test.each([
    ['as long as fits with the team and the base domain', 39, BASE],
    ['never longer than 40, however short the rest is', 40, 'a.io'],
  ])('may be %s', (_, limit, baseDomain) => {
    expect(faultOf('x'.repeat(limit), { baseDomain })).toBeUndefined();
    const name = 'x'.repeat(limit + 1);
    const fault = { code: 'name/too-long', data: { name, limit: String(limit) } };
    expect(faultOf(name, { baseDomain })).toEqual(fault);
  });

  test.each([
    'www',
    'mail',
    'admin',
    'api',
    'login',
    'cottage',
    'localhost',
    'autodiscover',
    'wpad',
    'isatap',
  ])('is not %s, which is reserved', (name) => {
    const fault = { code: 'name/reserved', data: { name, suggestion: `${name}-app` } };
    expect(faultOf(name)).toEqual(fault);
    expect(faultOf(`${name}-app`)).toBeUndefined();
  });

  test.each([
    ['l0gin', 'login'],
    ['log1n', 'login'],
    ['log-in', 'login'],
    ['adrnin', 'admin'],
    ['adr-nin', 'admin'],
    ['vvvvvv', 'www'],
    ['5upp0rt', 'support'],
    ['a-p-i', 'api'],
    ['mall', 'mail'],
  ])('is not %s, which looks like the reserved %s', (name, other) => {
    expect(faultOf(name)).toEqual({ code: 'name/look-alike', data: { name, other } });
  });

  test('looks like no other app of the team', () => {
    const existing = ['menu', 'lunch'];
    const fault = { code: 'name/look-alike', data: { name: '1unch', other: 'lunch' } };
    expect(faultOf('1unch', { existing })).toEqual(fault);
    expect(faultOf('1unch', { existing: ['menu'] })).toBeUndefined();
    expect(faultOf('lunches', { existing })).toBeUndefined();
  });

  test('may be one that is there: whether it is taken is asked elsewhere', () => {
    expect(faultOf('lunch', { existing: ['menu', 'lunch'] })).toBeUndefined();
  });

  test('is on the list of its team where there is one', () => {
    const allow = ['hr-*', 'payroll'];
    expect(faultOf('hr-lunch', { allow })).toBeUndefined();
    expect(faultOf('payroll', { allow })).toBeUndefined();
    for (const name of ['lunch', 'payroll-2', 'hr', 'my-hr-lunch']) {
      expect(faultOf(name, { allow })).toEqual({ code: 'name/not-allowed', data: { name, allowed: allow } });
    }
    expect(faultOf('lunch', { allow: [] })?.code).toBe('name/not-allowed');
  });

  test('shows the first fault only, each with texts a person can read', () => {
    for (const name of ['Mail', 'mail', 'l0gin', 'x'.repeat(50)]) {
      const fault = faultOf(name, { allow: [] });
      if (fault === undefined) throw new Error('expected a fault');
      expect(findingOf(fault.code, fault.data).title).toContain(name.slice(0, 50));
    }
  });

  test('that is accepted gives a host every certificate and resolver takes', () => {
    fc.assert(
      fc.property(typed, team, base, (name, teamName, baseDomain) => {
        if (checkTeamName(teamName, baseDomain) !== undefined) return;
        if (checkName({ team: teamName, name, baseDomain }) !== undefined) return;
        const host = fqdn(name, teamName, baseDomain);
        expect(host).toBe(`${name}.${teamName}.${baseDomain}`);
        expect(new URL(`https://${host}/`).hostname).toBe(host);
        expect(host.length).toBeLessThanOrEqual(64);
        expect(`*.${teamName}.${baseDomain}`.length).toBeLessThanOrEqual(64);
        expect(host).toMatch(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]+$/);
        expect(AppName.safeParse(name).success).toBe(true);
      }),
    );
  });
});

describe('the name of a team', () => {
  test('follows the same rules', () => {
    expect(checkTeamName('finance', BASE)).toBeUndefined();
    expect(checkTeamName('demo', 'apps.localhost')).toBeUndefined();
    expect(checkTeamName('Finance', BASE)).toEqual({
      code: 'name/invalid',
      data: { name: 'Finance', suggestion: 'finance' },
    });
    expect(checkTeamName('www', BASE)?.code).toBe('name/reserved');
    expect(checkTeamName('adm1n', BASE)?.code).toBe('name/look-alike');
  });

  test('has at most 24 characters, and fewer below a long base domain', () => {
    expect(checkTeamName('x'.repeat(24), BASE)).toBeUndefined();
    expect(checkTeamName('x'.repeat(25), BASE)?.data).toMatchObject({ limit: '24' });
    const long = `${'b'.repeat(32)}.example`;
    expect(checkTeamName('x'.repeat(6), long)).toBeUndefined();
    expect(checkTeamName('x'.repeat(7), long)?.data).toMatchObject({ limit: '6' });
  });

  test('leaves room for apps’ names of 16 characters', () => {
    fc.assert(
      fc.property(team, base, (name, baseDomain) => {
        if (checkTeamName(name, baseDomain) !== undefined) return;
        expect(checkName({ team: name, name: 'x'.repeat(16), baseDomain })).toBeUndefined();
      }),
    );
    const baseDomain = `${'b'.repeat(32)}.example`;
    expect(checkName({ team: 'x'.repeat(6), name: 'y'.repeat(17), baseDomain })?.code).toBe('name/too-long');
  });
});

describe('names as they arrive', () => {
  test('are branded by their syntax alone', () => {
    expect(AppName.parse('lunch')).toBe('lunch');
    expect(AppName.parse('x'.repeat(40))).toHaveLength(40);
    expect(TeamName.parse('x'.repeat(24))).toHaveLength(24);
    for (const name of ['', 'Lunch', 'a b', '-a', 'a-', 'xn--a', '12', 'a\n', 'a.b', 'x'.repeat(41)]) {
      expect(AppName.safeParse(name).success).toBe(false);
    }
    for (const name of ['', 'Finance', 'x'.repeat(25)]) expect(TeamName.safeParse(name).success).toBe(false);
  });

  test('stay as they are where they are labels', () => {
    const good = label.filter((name) => isLabel(name) && !name.includes('--'));
    fc.assert(
      fc.property(good, (name) => {
        expect(slugOf(name, 40)).toBe(name);
      }),
    );
  });

  test('become labels whatever was typed', () => {
    fc.assert(
      fc.property(typed, fc.integer({ min: 6, max: 40 }), (text, maxLength) => {
        const slug = slugOf(text, maxLength);
        expect(isLabel(slug)).toBe(true);
        expect(slug.length).toBeLessThanOrEqual(maxLength);
      }),
    );
  });
});

describe('a skeleton', () => {
  test('of a skeleton is the same', () => {
    const close = fc.stringMatching(/^[01i5lrnvwmos-]{0,20}$/);
    fc.assert(
      fc.property(fc.oneof(typed, close), (name) => {
        expect(skeleton(skeleton(name))).toBe(skeleton(name));
      }),
    );
  });

  test('keeps names apart that only a careless eye would mix up', () => {
    expect(skeleton('plan-2023')).not.toBe(skeleton('plan-2024'));
    expect(skeleton('team-a')).not.toBe(skeleton('team-b'));
  });
});

describe('suggested names', () => {
  test('are close to the one asked for, and the same each time', async () => {
    const three = ['our-lunch', 'lunch-app', 'lunch-2'];
    expect(await suggestNames(asking('lunch'), anyIsFree)).toEqual(three);
    expect(await suggestNames(asking('lunch'), anyIsFree)).toEqual(three);
  });

  test('begin with the label made of what was typed', async () => {
    expect(await suggestNames(asking('Lunch Menu!'), anyIsFree)).toEqual([
      'lunch-menu',
      'our-lunch-menu',
      'lunch-menu-app',
    ]);
  });

  test('skip what is taken', async () => {
    const isFree = freeBut(['our-lunch', 'lunch-2', 'lunch-3']);
    expect(await suggestNames(asking('lunch'), isFree)).toEqual(['lunch-app', 'lunch-4', 'lunch-5']);
  });

  test('stay within the limit of length and never end in a hyphen before their ending', async () => {
    const name = `${'x'.repeat(34)}-yyyyy`;
    expect(await suggestNames(asking(name), anyIsFree)).toEqual([
      `${'x'.repeat(34)}-yyyy`,
      `our-${'x'.repeat(34)}`,
      `${'x'.repeat(34)}-app`,
    ]);
  });

  test('keep to the list of the team', async () => {
    const allow = ['hr-*', 'payroll'];
    expect(await suggestNames(asking('lunch', { allow }), anyIsFree)).toEqual([
      'hr-lunch',
      'hr-lunch-app',
      'payroll',
    ]);
    expect(await suggestNames(asking('hr-lunch', { allow: ['hr-*'] }), anyIsFree)).toEqual([
      'hr-lunch-app',
      'hr-lunch-2',
      'hr-lunch-3',
    ]);
    expect(await suggestNames(asking('lunch', { allow: ['payroll'] }), anyIsFree)).toEqual(['payroll']);
  });

  test('are asked about once each, and no more than needed', async () => {
    const questions: string[] = [];
    await suggestNames(asking('lunch', { allow: ['hr-*', 'hr-*'] }), (name) => {
      questions.push(name);
      return Promise.resolve(name !== 'hr-lunch');
    });
    expect(questions).toEqual(['hr-lunch', 'hr-lunch-app', 'hr-lunch-2', 'hr-lunch-3']);
  });

  test('are always three, accepted, free and different', async () => {
    const requests = fc.record({
      name: typed,
      team,
      baseDomain: base,
      existing: fc.array(label, { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(requests, fc.integer({ min: 0, max: 30 }), async (request, takenCount) => {
        if (checkTeamName(request.team, request.baseDomain) !== undefined) return;
        const stem = slugOf(request.name, 12);
        const taken = ['', 'our-'].flatMap((start) =>
          Array.from({ length: takenCount }, (_, n) => `${start}${stem}-${n}`),
        );
        const suggestions = await suggestNames(request, freeBut(taken));
        expect(new Set(suggestions).size).toBe(3);
        expect(suggestions).toHaveLength(3);
        for (const name of suggestions) {
          expect(checkName({ ...request, name })).toBeUndefined();
          expect(taken).not.toContain(name);
          expect(name).not.toBe(request.name);
        }
      }),
    );
  });
});
