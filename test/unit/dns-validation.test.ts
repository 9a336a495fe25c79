import { describe, expect, it } from 'vitest';
import type { Changes, RecordSet } from '../../shared/dns/dns.ts';
import { foreignRecords } from '../../shared/dns/foreign-records.ts';
import { NotOurs } from '../../shared/dns/plan.ts';
import { planValidation, planValidationRemoval, validationMark } from '../../shared/dns/plan-validation.ts';

const ZONE = 'finance.apps.example.com';
const NAME = `_a1.${ZONE}`;
const cname = (name = NAME, value = '_b2.validations.example'): RecordSet => ({
  name,
  type: 'CNAME',
  ttlSeconds: 300,
  values: [value],
});
const mark = (name: string, ...ids: string[]): RecordSet => ({
  name: `_cottage.${name}`,
  type: 'TXT',
  ttlSeconds: 60,
  values: ids.map(validationMark),
});
const APEX: RecordSet[] = [
  { name: ZONE, type: 'SOA', ttlSeconds: 60, values: ['ns.example hostmaster.example 1 2 3 4 60'] },
  { name: ZONE, type: 'NS', ttlSeconds: 60, values: ['ns.example'] },
];

const plan = (certificateId: string, existing: RecordSet[], validation = [cname()]) =>
  planValidation({ certificateId, zone: ZONE, validation }, existing);

/** What a zone holds after a plan, as `Dns.apply` would leave it. */
function after(existing: RecordSet[], { create, remove }: Changes): RecordSet[] {
  for (const set of remove) expect(existing).toContainEqual(set);
  const left = existing.filter((set) => !remove.includes(set));
  return [...left, ...create].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

describe('what a certificate is validated by', () => {
  it('is written with a mark that counts the certificate, and writing it again is nothing', () => {
    const zone = after(APEX, plan('c_1', APEX));
    expect(zone).toEqual([...after(APEX, { create: [cname(), mark(NAME, 'c_1')], remove: [] })]);
    expect(plan('c_1', zone)).toEqual({ create: [], remove: [] });
  });

  it('is one record where the names of one certificate share it', () => {
    expect(plan('c_1', APEX, [cname(), cname()]).create).toEqual([cname(), mark(NAME, 'c_1')]);
  });

  it('is one record where certificates share it, and goes with the last of them', () => {
    const one = after(APEX, plan('c_2', APEX));
    const both = after(one, plan('c_1', one));
    expect(both).toContainEqual(mark(NAME, 'c_1', 'c_2'));
    const left = after(both, planValidationRemoval('c_1', both));
    expect(left).toEqual(one);
    expect(planValidationRemoval('c_1', left)).toEqual({ create: [], remove: [] });
    expect(after(left, planValidationRemoval('c_2', left))).toEqual(after(APEX, { create: [], remove: [] }));
  });

  it('is renewed where the authority asks for another value', () => {
    const zone = after(APEX, plan('c_1', APEX));
    const other = cname(NAME, '_c3.validations.example');
    expect(plan('c_1', zone, [other])).toEqual({ create: [other], remove: [cname()] });
  });

  it.each<[string, RecordSet[], RecordSet[]]>([
    ['a record without a mark', [...APEX, cname()], [cname()]],
    [
      'the mark of an app',
      [...APEX, { ...mark(NAME, 'c_1'), values: ['heritage=cottage,app=a_1'] }],
      [cname()],
    ],
    [
      'a mark with something else beside',
      [...APEX, { ...mark(NAME, 'c_1'), values: [validationMark('c_1'), 'mine'] }],
      [cname()],
    ],
    ['a name in another zone', APEX, [cname('_a1.hr.apps.example.com')]],
    ['a name that only ends like the zone', APEX, [cname(`_a1.x${ZONE}`)]],
  ])('is refused, and touches nothing: %s', (_, existing, validation) => {
    expect(() => plan('c_1', existing, validation)).toThrow(NotOurs);
  });

  it('is left alone where the mark is not that of certificates alone', () => {
    const marked = { ...mark(NAME, 'c_1'), values: [validationMark('c_1'), 'mine'] };
    expect(planValidationRemoval('c_1', [...APEX, cname(), marked])).toEqual({ create: [], remove: [] });
  });
});

describe('what stands in the zone of a team without apps', () => {
  const zone = after(APEX, plan('c_1', APEX));
  it('is nothing foreign: its own records, and those of its certificate', () => {
    expect(foreignRecords({ zone: ZONE, certificateId: 'c_1' }, zone)).toEqual([]);
    expect(foreignRecords({ zone: ZONE }, APEX)).toEqual([]);
  });

  it.each<[string, RecordSet]>([
    ['a record of somebody', cname(`www.${ZONE}`)],
    ['a mark at the apex', { name: ZONE, type: 'TXT', ttlSeconds: 60, values: ['mine'] }],
    ['what an app left', { ...mark(`lunch.${ZONE}`, ''), values: ['heritage=cottage,app=a_1'] }],
    ['what another certificate still needs', mark(`_z.${ZONE}`, 'c_2')],
  ])('is foreign: %s', (_, set) => {
    expect(foreignRecords({ zone: ZONE, certificateId: 'c_1' }, [...zone, set])).toEqual([set]);
  });

  it('is foreign where its certificate is not known any more', () => {
    expect(foreignRecords({ zone: ZONE }, zone)).toHaveLength(2);
  });
});
