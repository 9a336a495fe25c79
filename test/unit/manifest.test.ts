import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../shared/manifest/json-text.ts';
import { parseManifest } from '../../shared/manifest/manifest.ts';

const parse = (content: unknown) =>
  parseManifest(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)));
const problemOf = (content: unknown) =>
  parse(content).faults.map((fault) => ('problem' in fault ? fault.problem : ''));

const full = {
  team: 'finance',
  name: 'lunch',
  title: 'Lunch planner',
  owner: 'ada@example.com',
  coOwners: ['grace@example.com'],
  dataClass: 'internal',
  visibility: 'team',
  tier: 'shared',
  costCenter: 'CC-42/7 a_b.c',
  expiresInDays: 60,
  integrations: ['api.example.com'],
  spa: true,
};

describe('a manifest', () => {
  test('may say everything', () => {
    expect(parse(full)).toEqual({ manifest: full, faults: [], findings: [] });
  });

  test('may say nothing', () => {
    expect(parse({})).toEqual({ manifest: {}, faults: [], findings: [] });
  });

  test('may begin with a byte order mark', () => {
    expect(parse('\ufeff{"spa": true}').manifest).toEqual({ spa: true });
  });

  test.each<[string, object, object]>([
    ['a title loses the space around it', { title: '  Lunch ' }, { title: 'Lunch' }],
    ['a title may have 80 characters', { title: 'x'.repeat(80) }, { title: 'x'.repeat(80) }],
    ['a title may be written in any script', { title: 'Füße & 午餐 🍜' }, { title: 'Füße & 午餐 🍜' }],
    ['addresses are lower-cased', { owner: 'Ada@Example.COM' }, { owner: 'ada@example.com' }],
    [
      'co-owners are lower-cased and named once',
      { coOwners: ['A@b.example', 'a@B.example'] },
      { coOwners: ['a@b.example'] },
    ],
    [
      'hosts are lower-cased and named once',
      { integrations: ['API.example.com', 'api.example.com'] },
      { integrations: ['api.example.com'] },
    ],
    ['a renewal after 30 days', { expiresInDays: 30 }, { expiresInDays: 30 }],
    ['a renewal after 90 days', { expiresInDays: 90 }, { expiresInDays: 90 }],
  ])('%s', (_, said, read) => {
    expect(parse(said).manifest).toEqual(read);
  });

  test.each<[string, object]>([
    ['an empty title', { title: ' ' }],
    ['a title of 81 characters', { title: 'x'.repeat(81) }],
    ['a title with a line break', { title: 'a\nb' }],
    ['a title that turns the direction of writing', { title: 'a\u202eb' }],
    ['a title with a hidden mark', { title: 'a\ufeffb' }],
    ['a title that is a number', { title: 7 }],
    ['an owner that is no address', { owner: 'ada' }],
    ['an owner longer than mail takes', { owner: `${'a'.repeat(250)}@b.example` }],
    ['a co-owner that is no address', { coOwners: ['ada'] }],
    ['co-owners that are no list', { coOwners: 'ada@example.com' }],
    ['eleven co-owners', { coOwners: Array.from({ length: 11 }, (_, n) => `a${n}@b.example`) }],
    ['another class', { dataClass: 'secret' }],
    ['another visibility', { visibility: 'world' }],
    ['another tier', { tier: 'gold' }],
    ['a cost centre with other signs', { costCenter: 'a;b' }],
    ['a cost centre of 41 characters', { costCenter: 'x'.repeat(41) }],
    ['a renewal after 45 days', { expiresInDays: 45 }],
    ['a renewal in words', { expiresInDays: '30' }],
    ['an integration with a scheme', { integrations: ['https://api.example.com'] }],
    ['an integration that is a pattern', { integrations: ['*.example.com'] }],
    ['an integration that is an address', { integrations: ['127.0.0.1'] }],
    ['an integration without a dot', { integrations: ['localhost'] }],
    ['an integration longer than a name may be', { integrations: [`${'a.'.repeat(130)}example`] }],
    ['fifty-one integrations', { integrations: Array.from({ length: 51 }, (_, n) => `a${n}.example.com`) }],
    ['a word for yes', { spa: 'yes' }],
    ['a name longer than a label', { name: 'x'.repeat(64) }],
    ['a team longer than a label', { team: 'x'.repeat(64) }],
    ['a title that is wrong in two ways', { title: '\n'.repeat(81).padEnd(170, '\u202e') }],
    ['nothing for a field', { title: null }],
  ])('%s is a fault of that field', (_, said) => {
    const { manifest, faults, findings } = parse({ spa: true, ...said });
    expect(manifest).toBeUndefined();
    expect(faults).toMatchObject([{ code: 'manifest/invalid', position: { line: 1 } }]);
    expect(problemOf(said)[0]).toContain(`“${Object.keys(said)[0]}`);
    expect(findings).toMatchObject([{ code: 'manifest/invalid', where: { file: 'cottage.json', line: 1 } }]);
  });
});

describe('a fault is pointed at', () => {
  test('by the line and column of its field', () => {
    const { faults } = parse('{\r\n  "spa": true,\r\n  "é": 1, "tier": "gold"\r\n}');
    expect(faults).toEqual([
      {
        code: 'manifest/invalid',
        problem: '“tier” must be one of shared, isolated, edge',
        position: { line: 3, column: 11 },
      },
      { code: 'manifest/unknown-field', field: 'é', position: { line: 3, column: 3 } },
    ]);
  });

  test('inside a list by the line and column of what is wrong in it', () => {
    expect(parse('{"coOwners": ["a@b.example",\n "ada"]}').faults).toMatchObject([
      { problem: '“coOwners.1” must be a mail address', position: { line: 2, column: 2 } },
    ]);
  });

  test.each<[string, string, number, string]>([
    ['a comma too many', '{"spa": true,}', 14, 'a name in double quotes is missing here'],
    ['a comma too few', '{"spa": true "tier": "edge"}', 14, 'a comma or } is missing here'],
    ['a comma too few in a list', '{"coOwners": ["a" "b"]}', 19, 'a comma or ] is missing here'],
    ['a list that ends with a comma', '{"coOwners": ["a",]}', 19, 'a value is missing or misspelt here'],
    ['a colon too few', '{"spa" true}', 8, 'a colon is missing here'],
    ['single quotes', "{'spa': true}", 2, 'a name in double quotes is missing here'],
    ['a misspelt value', '{"spa": True}', 9, 'a value is missing or misspelt here'],
    ['a number no JSON knows', '{"expiresInDays": 030}', 20, 'a comma or } is missing here'],
    ['a line break in a text', '{"title": "a\nb"}', 11, 'a value is missing or misspelt here'],
    ['an end too early', '{"spa": true', 13, 'a comma or } is missing here'],
    ['nothing at all', '', 1, 'a value is missing or misspelt here'],
    ['something after the end', '{} {}', 4, 'there is something after the end'],
    ['a name that stands there twice', '{"spa": true, "spa": false}', 15, 'this name stands here twice'],
    [
      'the same name, spelt otherwise',
      '{"spa": true, "\\u0073pa": false}',
      15,
      'this name stands here twice',
    ],
    ['depth without end', '['.repeat(50_000), 18, 'it is nested too deeply'],
    ['a list', '[]', 1, 'it has to start with { and end with }'],
    ['a text', '"x"', 1, 'it has to start with { and end with }'],
    ['null', 'null', 1, 'it has to start with { and end with }'],
  ])('%s', (_, content, column, problem) => {
    expect(parse(content).manifest).toBeUndefined();
    expect(parse(content).faults).toEqual([
      { code: 'manifest/invalid', problem, position: { line: 1, column } },
    ]);
  });

  test.each([Buffer.from([0x7b, 0xff, 0x7d]), Buffer.from(`{"title": "${'x'.repeat(64 * 1024)}"}`)])(
    'not at all where there is no text to point into',
    (bytes) => {
      const { manifest, faults } = parseManifest(bytes);
      expect(manifest).toBeUndefined();
      expect(faults).toEqual([
        { code: 'manifest/invalid', problem: 'it is not a text file of at most 64 kB' },
      ]);
    },
  );
});

describe('a field nobody knows', () => {
  test('is passed over and told', () => {
    const { manifest, faults, findings } = parse({ spa: true, colour: 'red' });
    expect(manifest).toEqual({ spa: true });
    expect(faults).toEqual([
      { code: 'manifest/unknown-field', field: 'colour', position: { line: 1, column: 13 } },
    ]);
    expect(findings).toMatchObject([
      { severity: 'warn', where: { file: 'cottage.json', line: 1, column: 13 } },
    ]);
  });

  test.each([
    ['titel', 'title'],
    ['Title', 'title'],
    ['coowner', 'coOwners'],
    ['dataClas', 'dataClass'],
    ['spaa', 'spa'],
    ['ownr', 'owner'],
    ['colour', undefined],
    ['tit', 'title'],
    ['xyz', undefined],
    ['integration_hosts', undefined],
  ])('%s is taken for a slip of %s', (field, suggestion) => {
    expect(parse({ [field]: 1 }).faults).toEqual([
      {
        code: 'manifest/unknown-field',
        field,
        ...(suggestion ? { suggestion } : {}),
        position: { line: 1, column: 2 },
      },
    ]);
  });

  test('may have a name that means something to JavaScript', () => {
    const { manifest, faults } = parse('{"__proto__": {"spa": true}, "constructor": 1, "spa": false}');
    expect(manifest).toEqual({ spa: false });
    expect(Object.getPrototypeOf(manifest)).toBe(Object.prototype);
    expect(faults.map((fault) => 'field' in fault && fault.field)).toEqual(['__proto__', 'constructor']);
  });
});

describe('JSON is read', () => {
  test('as JavaScript itself reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 2, '\t'), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), undefined, indent);
        const read = readJson(text);
        expect('value' in read && read.value).toEqual(JSON.parse(text));
      }),
    );
  });

  test('or refused wherever JavaScript refuses it', () => {
    const broken = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom('', ',', '"', '}', '\\', 'x', '0', '\n'))
      .map(
        ([json, at, put]) =>
          json.slice(0, at % (json.length + 1)) + put + json.slice((at % (json.length + 1)) + 1),
      );
    fc.assert(
      fc.property(broken, (text) => {
        expect([readableByJavaScript(text), false]).toContain('value' in readJson(text));
      }),
      { numRuns: 1000 },
    );
  });
});

function readableByJavaScript(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
