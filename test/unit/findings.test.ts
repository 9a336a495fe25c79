import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  FINDINGS,
  type FindingCode,
  type FindingData,
  type FindingValue,
  finding,
  findingOf,
  isFindingCode,
} from '../../shared/findings/catalogue.ts';
import { cleanText } from '../../shared/findings/clean.ts';
import { Finding } from '../../shared/findings/finding.ts';
import { jargonIn, wordCount } from './plain-words.ts';

const CODES = Object.keys(FINDINGS) as FindingCode[];

/** What real checks put into the texts; one for every place the catalogue names. */
const SAMPLES: Record<string, FindingValue> = {
  allowed: ['hr-*', 'payroll', 'vacation', 'people'],
  answer: '404 Not Found',
  arrived: '9f86d081884c',
  asked: 'somebody.else@example.com',
  by: 'anna@example.com',
  dataClass: 'confidential',
  entry: 'assets/images/team.jpg',
  expected: '2c26b46b68ff',
  field: 'visiblity',
  files: ['.DS_Store', 'Thumbs.db', '__MACOSX/._index.html', 'desktop.ini'],
  folder: 'my-lunch-site',
  found: ['home.html', 'pages/about.html', 'pages/menu.html', 'pages/team.html'],
  host: 'files.example.com',
  id: 'p_abcdefghijklmnopqrstuvwxyz',
  kind: 'a private key',
  limit: '50 MB',
  masked: 'AKIA…',
  name: 'lunch',
  other: 'assets/images/Team.jpg',
  owner: 'ben@example.com',
  packed: '1 MB',
  platform: 'retool',
  problem: '"visibility" must be one of people, team, company or public',
  reason: 'it sends the lunch list to a stranger',
  size: '50.1 MB',
  suggestion: 'lunch-app',
  suggestions: ['our-lunch', 'lunch-app', 'lunch-2'],
  team: 'finance',
  tier: 'shared',
  visibility: 'public',
  what: 'the picture logo.png did not load',
};

const FIRST_STEPS =
  /^(In your tool, (export|check|choose|switch)|Ask|Carry on|Change|Check|Choose|Correct|Export|Give|Make|Move|Open|Press|Put|Remove|Rename|Replace|Take|Wait)\b/;

const withSeverity = (severity: string) => CODES.filter((code) => FINDINGS[code].severity === severity);
const listing = (found: string[]) => finding('artifact/index-missing', { found }).why.split('. ').at(-1);

describe('the catalogue of findings', () => {
  test.each(CODES)('%s reads well to a person who has never programmed', (code) => {
    const { title, why, fix } = findingOf(code, SAMPLES);
    const { title: rawTitle, why: rawWhy, fix: rawFix } = FINDINGS[code];
    const whole = `${title} ${why} ${fix}`;
    expect(jargonIn(`${rawTitle} ${rawWhy} ${rawFix}`)).toBeUndefined();
    expect(wordCount(whole)).toBeLessThanOrEqual(60);
    expect(whole).not.toMatch(/[{}]/);
    expect(fix).toMatch(FIRST_STEPS);
    expect(title).not.toMatch(/[.!]$/);
    expect(why).toMatch(/\.$/);
    expect(fix).toMatch(/\.$/);
  });

  test.each(CODES)('%s needs every value its texts name', (code) => {
    const { title, why, fix } = FINDINGS[code];
    for (const [, place = ''] of `${title} ${why} ${fix}`.matchAll(/\{(\w+)\}/g)) {
      const { [place]: _, ...others } = SAMPLES;
      expect(() => findingOf(code, others)).toThrow(`finding ${code} needs a value for {${place}}`);
    }
  });

  test('most findings stop a publish; these only tell the owner something', () => {
    expect(withSeverity('warn').toSorted()).toEqual([
      'artifact/reserved-path',
      'manifest/unknown-field',
      'publish/archived',
      'publish/class-kept',
      'publish/data-class-missing',
      'publish/held',
      'publish/owner-kept',
      'publish/pinned',
      'publish/tier-kept',
      'scan/file-not-read',
      'scan/service-worker',
    ]);
    expect(withSeverity('info').toSorted()).toEqual([
      'artifact/clutter-removed',
      'artifact/hook-added',
      'artifact/wrapped',
      'publish/cancelled',
      'publish/superseded',
    ]);
  });

  test('a code names its family and its fault', () => {
    for (const code of CODES) {
      expect(code).toMatch(/^(artifact|name|manifest|scan|policy|publish)\/[a-z]+(-[a-z]+)*$/);
    }
  });
});

describe('a finding', () => {
  test('carries its code, its severity and the texts with the values filled in', () => {
    expect(finding('name/look-alike', { name: '1unch', other: 'lunch' })).toEqual({
      code: 'name/look-alike',
      severity: 'block',
      title: '“1unch” looks too much like “lunch”',
      why: 'People could take one for the other and end up in the wrong place.',
      fix: 'Choose a name that looks clearly different, and press Publish.',
    });
  });

  test('says where, as far as that is known', () => {
    const where = { file: 'js/app.js', line: 3, column: 14 };
    const found = finding('scan/secret', { kind: 'a private key', masked: 'MIGH…' }, where);
    expect(found.where).toEqual(where);
    expect(Finding.parse(found)).toEqual(found);
  });

  test('shows a long path in its place whole, up to 300 characters, and never a control character', () => {
    const file = `${'a/'.repeat(100)}\u0007\u202Eindex.html`;
    expect(finding('artifact/crc', { entry: file }, { file }).where).toEqual({
      file: `${'a/'.repeat(100)}index.html`,
    });
    expect(finding('artifact/crc', { entry: '' }, { file: 'x'.repeat(301) }).where?.file).toHaveLength(300);
  });

  test('shows the first three of a list and how many more there are', () => {
    expect(listing([])).toBe('Pages we found: none.');
    expect(listing(['a.html'])).toBe('Pages we found: a.html.');
    expect(listing(['a.html', 'b.html', 'c.html'])).toBe('Pages we found: a.html, b.html, c.html.');
    expect(listing(['a.html', 'b.html', 'c.html', 'd.html', 'e.html'])).toBe(
      'Pages we found: a.html, b.html, c.html and 2 more.',
    );
    expect(listing([`a\u202E${'b'.repeat(100)}`])).toBe(`Pages we found: a${'b'.repeat(78)}….`);
  });

  test('takes a value for a value, even when it looks like a place in a text', () => {
    const { title, why } = finding('name/look-alike', { name: '{other} $& $1', other: '{name}' });
    expect(title).toBe('“{other} $& $1” looks too much like “{name}”');
    expect(why).not.toContain('{');
  });

  test('cleans what comes from outside and cuts it to 80 characters', () => {
    const { title } = finding('artifact/crc', { entry: `a\u202Egpj.exe\n${'x'.repeat(200)}` });
    expect(title).toBe(`“agpj.exe${'x'.repeat(71)}…” is damaged`);
  });

  test('is refused for a code that is in no list', () => {
    expect(() => findingOf('artifact/unheard-of', {})).toThrow('no finding has the code artifact/unheard-of');
    expect(() => findingOf('toString', {})).toThrow('no finding has the code toString');
    expect(isFindingCode('artifact/crc')).toBe(true);
    expect(isFindingCode('constructor')).toBe(false);
  });

  test('does not take a value from what every object has', () => {
    const inherited = Object.create({ entry: 'a' }) as Record<string, string>;
    expect(() => findingOf('artifact/crc', inherited)).toThrow('needs a value for {entry}');
  });

  test('has its values checked by the compiler', () => {
    expectTypeOf<FindingData<'scan/secret'>>().toEqualTypeOf<Record<'kind' | 'masked', FindingValue>>();
    expectTypeOf<'artifact/unheard-of'>().not.toExtend<FindingCode>();
  });
});

describe('cleaned text', () => {
  test('leaves ordinary text alone, in any script', () => {
    for (const text of ['', 'Lunch & Co. <b>', 'Mittagstisch für Zoë', '昼食', 'غداء', '🍲'.repeat(80)]) {
      expect(cleanText(text)).toBe(text);
    }
  });

  test('never shows anything invisible and never more than the limit', () => {
    const hostile = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          '\u0000',
          '\u001b[31m',
          '\u202E',
          '\u2066',
          '\u200B',
          '\uFEFF',
          '\u2028',
          '\u2029',
          '\uD800',
          '\u0085',
        ),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 90 }), (parts, limit) => {
        const cleaned = cleanText(parts.join(''), limit);
        expect(Array.from(cleaned).length).toBeLessThanOrEqual(limit);
        expect(cleaned).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(cleanText(cleaned, limit)).toBe(cleaned);
      }),
    );
  });

  test('shows by an ellipsis that something was cut', () => {
    expect(cleanText('abcdef', 6)).toBe('abcdef');
    expect(cleanText('abcdefg', 6)).toBe('abcde…');
    expect(cleanText('🍲'.repeat(81))).toBe(`${'🍲'.repeat(79)}…`);
  });
});
