import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Changes, isEmpty, type RecordSet, type RecordType } from '../../shared/dns/dns.ts';
import { NotOurs, planAppRecords, planAppRemoval, sameSet } from '../../shared/dns/plan.ts';
import { AppId } from '../../shared/ids/ids.ts';
import type { HostingEndpoint } from '../../shared/teams/endpoint.ts';

const ZONE = 'finance.apps.example.com';
const HOST = `lunch.${ZONE}`;
const OURS = AppId.parse(`a_${'b'.repeat(26)}`);
const THEIRS = AppId.parse(`a_${'c'.repeat(26)}`);

const set = (name: string, type: RecordType, ...values: string[]): RecordSet => ({
  name,
  type,
  ttlSeconds: 60,
  values,
});
const mark = (appId: string): RecordSet => set(`_cottage.${HOST}`, 'TXT', `heritage=cottage,app=${appId}`);
const app = (endpoint: HostingEndpoint) => ({ appId: OURS, host: HOST, zone: ZONE, endpoint });
const v4 = app({ kind: 'address', ipv4: '192.0.2.1' });
const v6 = app({ kind: 'address', ipv4: '192.0.2.1', ipv6: '2001:db8::1' });
const named = app({ kind: 'name', name: 'edge.example.net' });
const A = set(HOST, 'A', '192.0.2.1');
const AAAA = set(HOST, 'AAAA', '2001:db8::1');
const CNAME = set(HOST, 'CNAME', 'edge.example.net');

describe("an app's records", () => {
  test.each<[string, typeof v4, RecordSet[]]>([
    ['one address', v4, [A, mark(OURS)]],
    ['two addresses', v6, [A, AAAA, mark(OURS)]],
    ['a name', named, [CNAME, mark(OURS)]],
  ])('for %s are that and the owner mark', (_, wanted, create) => {
    expect(planAppRecords(wanted, [])).toEqual({ create, remove: [] });
  });

  test.each<[string, RecordSet[], Changes]>([
    ['is there already', [mark(OURS), A], { create: [], remove: [] }],
    ['lacks its address', [mark(OURS)], { create: [A], remove: [] }],
    ['points elsewhere', [mark(OURS), CNAME], { create: [A], remove: [CNAME] }],
    ['has an address too many', [mark(OURS), A, AAAA], { create: [], remove: [AAAA] }],
    [
      'has another time to live',
      [mark(OURS), { ...A, ttlSeconds: 61 }],
      { create: [A], remove: [{ ...A, ttlSeconds: 61 }] },
    ],
    [
      'has another value beside ours',
      [mark(OURS), set(HOST, 'A', '192.0.2.1', '192.0.2.9')],
      { create: [A], remove: [set(HOST, 'A', '192.0.2.1', '192.0.2.9')] },
    ],
  ])('are mended when what carries our mark %s', (_, existing, changes) => {
    expect(planAppRecords(v4, existing)).toEqual(changes);
  });

  test.each<[string, RecordSet[]]>([
    ['records without a mark', [A]],
    ["another app's mark", [A, mark(THEIRS)]],
    ["another app's mark alone", [mark(THEIRS)]],
    [
      'a mark that names two apps',
      [set(`_cottage.${HOST}`, 'TXT', ...mark(OURS).values, ...mark(THEIRS).values)],
    ],
    ['a mark that only begins like ours', [mark(`${OURS}x`)]],
    ['a mark with something beside it', [mark(OURS), set(`_cottage.${HOST}`, 'CAA', '0 issue "x"')]],
    ['our mark in another type', [{ ...mark(OURS), type: 'CNAME' }]],
    ['a type we never write, beside our mark', [mark(OURS), set(HOST, 'TXT', 'site-verification=1')]],
    ['name servers', [mark(OURS), set(HOST, 'NS', 'ns.example.net')]],
  ])('are not planned where there is %s', (_, existing) => {
    expect(() => planAppRecords(v4, existing)).toThrow(NotOurs);
  });

  test('are not planned outside the zone, or at its top', () => {
    for (const host of ['lunch.hr.apps.example.com', ZONE, `un${ZONE}`]) {
      expect(() => planAppRecords({ ...v4, host }, [])).toThrow(NotOurs);
    }
  });

  test('that are refused say so by a name that survives a minifier', () => {
    expect(new NotOurs('x')).toMatchObject({ name: 'NotOurs', retryable: false });
  });
});

describe("removing an app's records", () => {
  test('takes its addresses and its mark, and nothing beside them', () => {
    const beside = [
      set(HOST, 'TXT', 'x'),
      set(`deep.${HOST}`, 'A', '192.0.2.5'),
      set(`a.${ZONE}`, 'A', '192.0.2.5'),
    ];
    for (const ours of [[A, mark(OURS)], [A, AAAA, mark(OURS)], [CNAME, mark(OURS)], [mark(OURS)]]) {
      expect(planAppRemoval(v4, [...beside, ...ours])).toEqual({ create: [], remove: ours });
    }
  });

  test.each<[string, RecordSet[]]>([
    ['nothing is there', []],
    ['there is no mark', [A]],
    ["there is another app's mark", [A, mark(THEIRS)]],
  ])('is nothing when %s', (_, existing) => {
    expect(isEmpty(planAppRemoval(v4, existing))).toBe(true);
  });
});

test('two record sets are the same whatever the order of their values', () => {
  expect(sameSet(set(HOST, 'A', '1', '2'), set(HOST, 'A', '2', '1'))).toBe(true);
  expect(sameSet(set(HOST, 'A', '1', '2'), set(HOST, 'A', '1'))).toBe(false);
});

describe('for any zone', () => {
  const endpoints = fc.constantFrom(v4, v6, named, app({ kind: 'address', ipv4: '192.0.2.7' }));
  const anySet = fc.record({
    name: fc.constantFrom(HOST, `_cottage.${HOST}`, ZONE, `other.${ZONE}`, `_cottage.other.${ZONE}`),
    type: fc.constantFrom<RecordType>('A', 'AAAA', 'CNAME', 'TXT', 'CAA', 'NS', 'SOA'),
    ttlSeconds: fc.constantFrom(60, 300),
    values: fc.constantFrom(
      ['192.0.2.1'],
      ['edge.example.net'],
      ...[OURS, THEIRS].map((id) => mark(id).values),
    ),
  });
  const foreign = fc.uniqueArray(anySet, { selector: (each) => `${each.name} ${each.type}`, maxLength: 6 });
  const zones = fc.tuple(foreign, fc.boolean()).map(([sets, marked]) => {
    const others = sets.filter((each) => !each.name.startsWith('_cottage.lunch'));
    return marked ? [...others, mark(OURS)] : sets;
  });
  const planned = (wanted: typeof v4, existing: RecordSet[]): Changes | 'not ours' => {
    try {
      return planAppRecords(wanted, existing);
    } catch (error) {
      if (error instanceof NotOurs) return 'not ours';
      throw error;
    }
  };

  test('applying a plan twice is nothing', () => {
    let applied = 0;
    fc.assert(
      fc.property(zones, endpoints, (existing, wanted) => {
        const changes = planned(wanted, existing);
        if (changes === 'not ours') return;
        applied += 1;
        expect(planAppRecords(wanted, after(existing, changes))).toEqual({ create: [], remove: [] });
      }),
      { seed: 1, numRuns: 500 },
    );
    expect(applied).toBeGreaterThan(100);
  });

  test("only the app's own names are touched, and only when they carry its mark or were free", () => {
    fc.assert(
      fc.property(zones, endpoints, (existing, wanted) => {
        const changes = planned(wanted, existing);
        if (changes === 'not ours') return;
        const free = existing.every((each) => ![HOST, `_cottage.${HOST}`].includes(each.name));
        expect(free || existing.some((each) => sameSet({ ...each, ttlSeconds: 60 }, mark(OURS)))).toBe(true);
        for (const each of [...changes.create, ...changes.remove])
          expect([HOST, `_cottage.${HOST}`]).toContain(each.name);
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  test('removal takes back what a plan made, and removing twice is nothing', () => {
    fc.assert(
      fc.property(zones, endpoints, (existing, wanted) => {
        const others = existing.filter((each) => ![HOST, `_cottage.${HOST}`].includes(each.name));
        const up = after(others, planAppRecords(wanted, others));
        const down = after(up, planAppRemoval(wanted, up));
        expect(down).toEqual(others);
        expect(isEmpty(planAppRemoval(wanted, down))).toBe(true);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

/** What a zone holds after a plan; fails as `Dns.apply` does when the plan does not fit. */
function after(existing: RecordSet[], { create, remove }: Changes): RecordSet[] {
  for (const each of remove) expect(existing).toContainEqual(each);
  const kept = existing.filter((each) => !remove.some((other) => sameSet(each, other)));
  for (const each of create)
    expect(kept.some((other) => other.name === each.name && other.type === each.type)).toBe(false);
  return [...kept, ...create];
}
