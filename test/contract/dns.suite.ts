import { describe, expect, test } from 'vitest';
import type { Dns, RecordSet, RecordType } from '../../shared/dns/dns.ts';
import { planAppRecords, planAppRemoval } from '../../shared/dns/plan.ts';
import { AppId } from '../../shared/ids/ids.ts';

/** One adapter, and what anybody sees of it by asking a name server. */
export interface DnsRig {
  dns: Dns;
  observe: (name: string, type: RecordType) => Promise<Observed>;
}

export interface Observed {
  rcode: string;
  /** `ttl value`, in the order of the values. */
  records: string[];
}

const BASE = 'apps.example.com';
const TEAM = 'finance.apps.example.com';
const HOST = 'lunch.finance.apps.example.com';
/** Labels that make the team's zone a name of 253 octets. */
const long = [63, 63, 63, 36].map((length) => 'a'.repeat(length)).join('.');

const set = (name: string, type: RecordType, ...values: string[]): RecordSet => ({
  name,
  type,
  ttlSeconds: 60,
  values,
});
const create = (...sets: RecordSet[]) => ({ create: sets, remove: [] });
const remove = (...sets: RecordSet[]) => ({ create: [], remove: sets });
const error = (name: string) => expect.objectContaining({ name });

async function serial(dns: Dns, zone: string): Promise<number> {
  const soa = (await dns.records(zone)).find((each) => each.type === 'SOA');
  return Number(soa?.values[0]?.split(' ')[2]);
}

/** What a service may do in its own way. */
export interface DnsKind {
  /** The SOA's serial counts the changes. Route 53's stays what it is. */
  countsChanges: boolean;
}

/** The promises of the port `Dns`, for every adapter of it. */
export function dnsContract(
  adapter: string,
  makeRig: () => Promise<DnsRig>,
  { countsChanges }: DnsKind = { countsChanges: true },
): void {
  const rig = async () => {
    const made = await makeRig();
    await made.dns.createZone(TEAM);
    return made;
  };
  const expectCounted = (before: number, after: number) =>
    countsChanges ? expect(after).toBeGreaterThan(before) : expect(after).toBe(before);

  describe(`${adapter}: zones`, () => {
    test('a new zone has its SOA, which lets nobody remember for more than a minute, and its name servers', async () => {
      const { dns, observe } = await rig();
      const records = await dns.records(TEAM);
      expect(records.map((each) => [each.name, each.type, each.ttlSeconds])).toEqual([
        [TEAM, 'SOA', 60],
        [TEAM, 'NS', 60],
      ]);
      const soa = records[0]?.values[0]?.split(' ') ?? [];
      expect(soa).toHaveLength(7);
      expect(soa[6]).toBe('60');
      expect(await observe(TEAM, 'SOA')).toEqual({ rcode: 'NOERROR', records: [`60 ${soa.join(' ')}`] });
      const nameServers = records[1]?.values.map((value) => `60 ${value}`);
      expect(await observe(TEAM, 'NS')).toEqual({ rcode: 'NOERROR', records: nameServers });
    });

    test('creating a zone again changes nothing', async () => {
      const { dns } = await rig();
      await dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1')));
      const before = await dns.records(TEAM);
      await dns.createZone(TEAM);
      expect(await dns.records(TEAM)).toEqual(before);
    });

    test('a zone is delegated from its parent when that is ours', async () => {
      const { dns } = await makeRig();
      await dns.createZone(BASE);
      const before = await serial(dns, BASE);
      await dns.createZone(TEAM);
      const [, nameServers] = await dns.records(TEAM);
      expect(await dns.records(BASE)).toContainEqual(nameServers);
      expectCounted(before, await serial(dns, BASE));
    });

    test('a zone made after those below it delegates the nearest of them', async () => {
      const { dns } = await rig();
      await dns.createZone(`deep.${TEAM}`);
      await dns.createZone('other.example.com');
      await dns.createZone(BASE);
      const delegated = (await dns.records(BASE))
        .filter((each) => each.type === 'NS')
        .map((each) => each.name);
      expect(delegated).toEqual([BASE, TEAM]);
    });

    test('a zone does not hide records its parent has there', async () => {
      const { dns, observe } = await makeRig();
      await dns.createZone(BASE);
      await dns.apply(BASE, create(set(TEAM, 'A', '192.0.2.1'), set(`x.hr.${BASE}`, 'A', '192.0.2.2')));
      const before = await dns.records(BASE);
      await expect(dns.createZone(TEAM)).rejects.toEqual(error('AlreadyExists'));
      await expect(dns.createZone(`hr.${BASE}`)).rejects.toEqual(error('AlreadyExists'));
      expect(await dns.records(BASE)).toEqual(before);
      expect((await observe(TEAM, 'A')).records).toEqual(['60 192.0.2.1']);
    });

    test('taking a delegation away leaves the zone as it is, is done once, and does not hinder its end', async () => {
      const { dns } = await rig();
      await dns.createZone(BASE);
      const before = await dns.records(TEAM);
      await dns.undelegate(TEAM);
      const counted = await serial(dns, BASE);
      await dns.undelegate(TEAM);
      await dns.undelegate(`none.${BASE}`);
      await dns.undelegate(BASE);
      expect((await dns.records(BASE)).map((each) => each.name)).toEqual([BASE, BASE]);
      expect(await serial(dns, BASE)).toBe(counted);
      expect(await dns.records(TEAM)).toEqual(before);
      await dns.deleteZone(TEAM);
      await expect(dns.records(TEAM)).rejects.toEqual(error('NotFound'));
    });

    test('creating a zone again puts back a delegation that was taken away', async () => {
      const { dns } = await rig();
      await dns.createZone(BASE);
      await dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1')));
      const before = [await dns.records(BASE), await dns.records(TEAM)].map((sets) => sets.slice(1));
      await dns.undelegate(TEAM);
      await dns.createZone(TEAM);
      const after = [await dns.records(BASE), await dns.records(TEAM)].map((sets) => sets.slice(1));
      expect(after).toEqual(before);
    });

    test('only its own delegation is taken away', async () => {
      const { dns } = await rig();
      await dns.createZone(BASE);
      await dns.createZone(`hr.${BASE}`);
      await dns.createZone(`deep.${TEAM}`);
      await dns.undelegate(TEAM);
      expect((await dns.records(BASE)).map((each) => each.name)).toEqual([BASE, BASE, `hr.${BASE}`]);
      expect((await dns.records(TEAM)).map((each) => each.name)).toContain(`deep.${TEAM}`);
    });

    test('deleting a zone ends its answers and its delegation', async () => {
      const { dns, observe } = await rig();
      await dns.createZone(BASE);
      const before = await serial(dns, BASE);
      await dns.deleteZone(TEAM);
      await expect(dns.records(TEAM)).rejects.toEqual(error('NotFound'));
      expect((await dns.records(BASE)).map((each) => each.name)).toEqual([BASE, BASE]);
      expectCounted(before, await serial(dns, BASE));
      expect((await observe(TEAM, 'SOA')).rcode).toBe('NXDOMAIN');
      await dns.deleteZone(BASE);
      expect((await observe(BASE, 'SOA')).rcode).toBe('REFUSED');
    });

    test('deleting a zone that is gone changes nothing', async () => {
      const { dns } = await rig();
      const before = await dns.records(TEAM);
      await dns.deleteZone(`never.${TEAM}`);
      await dns.deleteZone(BASE);
      expect(await dns.records(TEAM)).toEqual(before);
    });

    test('a zone with records, or with a zone below it, is not deleted', async () => {
      const { dns, observe } = await rig();
      await dns.createZone(BASE);
      await dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1')));
      await expect(dns.deleteZone(TEAM)).rejects.toEqual(error('PreconditionFailed'));
      await expect(dns.deleteZone(BASE)).rejects.toEqual(error('PreconditionFailed'));
      expect((await observe(HOST, 'A')).records).toEqual(['60 192.0.2.1']);
    });

    test('a zone that does not exist is not found', async () => {
      const { dns } = await rig();
      await expect(dns.records(BASE)).rejects.toEqual(error('NotFound'));
      await expect(dns.records(HOST)).rejects.toEqual(error('NotFound'));
      await expect(dns.apply(BASE, create(set(`a.${BASE}`, 'A', '192.0.2.1')))).rejects.toEqual(
        error('NotFound'),
      );
    });

    test.each([
      '',
      'Finance.example.com',
      'example.com.',
      '*.example.com',
      `${'a'.repeat(64)}.com`,
      'a..b',
      '-a.b',
    ])('a zone cannot be called "%s"', async (name) => {
      const { dns } = await makeRig();
      await expect(dns.createZone(name)).rejects.toEqual(error('InvalidRecord'));
    });

    test('the longest zone name leaves room for the names every zone has', async () => {
      const { dns, observe } = await makeRig();
      const longest = Array.from({ length: 11 }, () => 'a'.repeat(21)).join('.');
      expect(longest).toHaveLength(241);
      await dns.createZone(`b${longest}`);
      expect((await observe(`b${longest}`, 'SOA')).rcode).toBe('NOERROR');
      await expect(dns.createZone(`bc${longest}`)).rejects.toEqual(error('InvalidRecord'));
    });
  });

  describe(`${adapter}: applying a plan`, () => {
    test.each<[RecordType, string, string]>([
      ['A', '192.0.2.255', '192.0.2.255'],
      ['AAAA', '2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0001'],
      ['CNAME', 'd1.cloud.example.net', 'd1.cloud.example.net'],
      ['TXT', 'say "hi"; heritage=cottage,app=x\\', 'say "hi"; heritage=cottage,app=x\\'],
      ['TXT', 'x'.repeat(255), 'x'.repeat(255)],
      ['TXT', '', ''],
      ['CAA', '128 issue "ca.example.net; policy=ev"', '128 issue "ca.example.net; policy=ev"'],
    ])('a %s record is read back as written, and answers so', async (type, value, wire) => {
      const { dns, observe } = await rig();
      const written: RecordSet = { name: HOST, type, ttlSeconds: 300, values: [value] };
      await dns.apply(TEAM, create(written));
      expect((await dns.records(TEAM)).filter((each) => each.name === HOST)).toEqual([written]);
      expect(await observe(HOST, type)).toEqual({ rcode: 'NOERROR', records: [`300 ${wire}`] });
    });

    test('a set keeps all its values', async () => {
      const { dns, observe } = await rig();
      await dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.2', '192.0.2.1')));
      expect((await observe(HOST, 'A')).records).toEqual(['60 192.0.2.2', '60 192.0.2.1']);
    });

    test('one plan removes, replaces and creates at once', async () => {
      const { dns, observe } = await rig();
      await dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1'), set(`old.${TEAM}`, 'A', '192.0.2.1')));
      await dns.apply(TEAM, {
        remove: [set(HOST, 'A', '192.0.2.1'), set(`old.${TEAM}`, 'A', '192.0.2.1')],
        create: [set(HOST, 'CNAME', 'edge.example.net'), set(`new.${TEAM}`, 'A', '192.0.2.3')],
      });
      expect((await observe(HOST, 'CNAME')).records).toEqual(['60 edge.example.net']);
      expect((await observe(`old.${TEAM}`, 'A')).rcode).toBe('NXDOMAIN');
      expect((await observe(`new.${TEAM}`, 'A')).records).toEqual(['60 192.0.2.3']);
    });

    test('the order of values does not matter when a set is removed', async () => {
      const { dns, observe } = await rig();
      await dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1', '192.0.2.2')));
      await dns.apply(TEAM, remove(set(HOST, 'A', '192.0.2.2', '192.0.2.1')));
      expect((await observe(HOST, 'A')).rcode).toBe('NXDOMAIN');
    });

    test.each<[string, RecordSet]>([
      ['another value', set(HOST, 'A', '192.0.2.9')],
      ['a value less', set(HOST, 'A', '192.0.2.1')],
      ['another time to live', { ...set(HOST, 'A', '192.0.2.1', '192.0.2.2'), ttlSeconds: 61 }],
      ['another type', set(HOST, 'AAAA', '2001:db8::1')],
      ['another name', set(`other.${TEAM}`, 'A', '192.0.2.1', '192.0.2.2')],
    ])('a plan that removes what was read with %s fails as a whole', async (_, stale) => {
      const { dns } = await rig();
      await dns.apply(
        TEAM,
        create(set(HOST, 'A', '192.0.2.1', '192.0.2.2'), set(`a.${TEAM}`, 'A', '192.0.2.3')),
      );
      const before = await dns.records(TEAM);
      const plan = {
        remove: [set(`a.${TEAM}`, 'A', '192.0.2.3'), stale],
        create: [set(`b.${TEAM}`, 'A', '192.0.2.4')],
      };
      await expect(dns.apply(TEAM, plan)).rejects.toEqual(error('PreconditionFailed'));
      expect(await dns.records(TEAM)).toEqual(before);
    });

    test.each<[string, RecordSet]>([
      ['exists, even the same', set(HOST, 'TXT', 'x')],
      ['is a CNAME beside another type', set(HOST, 'CNAME', 'edge.example.net')],
      ['stands beside a CNAME', set(`alias.${TEAM}`, 'A', '192.0.2.1')],
      ['belongs to a zone of its own', set(`sub.${TEAM}`, 'A', '192.0.2.1')],
      ['is below a zone of its own', set(`a.sub.${TEAM}`, 'A', '192.0.2.1')],
    ])('a plan that creates what %s fails as a whole', async (_, taken) => {
      const { dns } = await rig();
      await dns.createZone(`sub.${TEAM}`);
      await dns.apply(TEAM, create(set(HOST, 'TXT', 'x'), set(`alias.${TEAM}`, 'CNAME', 'edge.example.net')));
      const before = await dns.records(TEAM);
      await expect(dns.apply(TEAM, create(set(`b.${TEAM}`, 'A', '192.0.2.4'), taken))).rejects.toEqual(
        error('PreconditionFailed'),
      );
      expect(await dns.records(TEAM)).toEqual(before);
    });

    test('the serial grows with each change, where it counts them, and only then', async () => {
      const { dns } = await rig();
      const first = await serial(dns, TEAM);
      await dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1')));
      const second = await serial(dns, TEAM);
      expectCounted(first, second);
      await dns.apply(TEAM, { create: [], remove: [] });
      await expect(dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1')))).rejects.toThrow('A');
      expect(await serial(dns, TEAM)).toBe(second);
    });

    test.each<[string, RecordSet[]]>([
      ['a name outside the zone', [set('lunch.hr.apps.example.com', 'A', '192.0.2.1')]],
      ['a name that only ends like the zone', [set(`un${TEAM}`, 'A', '192.0.2.1')]],
      ['a wildcard', [set(`*.${TEAM}`, 'A', '192.0.2.1')]],
      ['an upper-case name', [set(`Lunch.${TEAM}`, 'A', '192.0.2.1')]],
      ['a label that ends in a hyphen', [set(`lunch-.${TEAM}`, 'A', '192.0.2.1')]],
      ['a label of 64 octets', [set(`${'a'.repeat(64)}.${TEAM}`, 'A', '192.0.2.1')]],
      ['a marked label of 64 octets', [set(`_${'a'.repeat(63)}.${TEAM}`, 'A', '192.0.2.1')]],
      ['an empty label', [set(`a..${TEAM}`, 'A', '192.0.2.1')]],
      ['a name of 254 octets', [set(`${long}a.${TEAM}`, 'A', '192.0.2.1')]],
      ['an SOA', [set(`a.${TEAM}`, 'SOA', 'a b 1 2 3 4 5')]],
      ['name servers', [set(`a.${TEAM}`, 'NS', 'ns.example.net')]],
      ['a type we do not keep', [set(`a.${TEAM}`, 'MX' as RecordType, '10 mail.example.net')]],
      ['no value', [set(HOST, 'A')]],
      ['a value twice', [set(HOST, 'A', '192.0.2.1', '192.0.2.1')]],
      ['more than 20 values', [set(HOST, 'TXT', ...Array.from({ length: 21 }, (_, index) => `${index}`))]],
      ['a set twice', [set(HOST, 'A', '192.0.2.1'), set(HOST, 'A', '192.0.2.2')]],
      ['a CNAME with another type', [set(HOST, 'CNAME', 'a.example.net'), set(HOST, 'TXT', 'x')]],
      ['another type with a CNAME', [set(HOST, 'TXT', 'x'), set(HOST, 'CNAME', 'a.example.net')]],
      ['a CNAME at the top of the zone', [set(TEAM, 'CNAME', 'a.example.net')]],
      ['a CNAME with two values', [set(HOST, 'CNAME', 'a.example.net', 'b.example.net')]],
      ['a CNAME to a name with a final dot', [set(HOST, 'CNAME', 'a.example.net.')]],
      ['an A that is none', [set(HOST, 'A', '192.0.2.256')]],
      ['an A beside one that is none', [set(HOST, 'A', '192.0.2.1', 'x')]],
      ['an AAAA that is none', [set(HOST, 'AAAA', '192.0.2.1')]],
      ['an AAAA in a second spelling', [set(HOST, 'AAAA', '2001:db8:0::1')]],
      ['an AAAA with an IPv4 tail', [set(HOST, 'AAAA', '::ffff:192.0.2.1')]],
      ['an AAAA with a scope', [set(HOST, 'AAAA', 'fe80::1%eth0')]],
      ['a TXT string of 256 octets', [set(HOST, 'TXT', 'x'.repeat(256))]],
      ['a TXT string that is not plain ASCII', [set(HOST, 'TXT', 'café')]],
      ['a CAA without quotes', [set(HOST, 'CAA', '0 issue ca.example.net')]],
      ['a CAA with a flag over 255', [set(HOST, 'CAA', '256 issue "ca.example.net"')]],
      ['a negative time to live', [{ ...set(HOST, 'A', '192.0.2.1'), ttlSeconds: -1 }]],
      ['a time to live of 2^31', [{ ...set(HOST, 'A', '192.0.2.1'), ttlSeconds: 2 ** 31 }]],
      ['a fractional time to live', [{ ...set(HOST, 'A', '192.0.2.1'), ttlSeconds: 0.5 }]],
    ])('no zone holds %s', async (_, sets) => {
      const { dns } = await rig();
      const before = await dns.records(TEAM);
      await expect(dns.apply(TEAM, create(...sets))).rejects.toEqual(error('InvalidRecord'));
      expect(await dns.records(TEAM)).toEqual(before);
    });

    test.each<[string, RecordSet[]]>([
      ['a label of 63 octets', [set(`${'a'.repeat(63)}.${TEAM}`, 'A', '192.0.2.1')]],
      ['a label of one octet', [set(`a.${TEAM}`, 'A', '192.0.2.1')]],
      ['a name of 253 octets', [set(`${long}.${TEAM}`, 'A', '192.0.2.1')]],
      ['20 values', [set(HOST, 'TXT', ...Array.from({ length: 20 }, (_, index) => `${index}`))]],
      ['two types at one name', [set(HOST, 'A', '192.0.2.1'), set(HOST, 'TXT', 'x')]],
      ['one type at two names', [set(HOST, 'CNAME', 'a.example.net'), set(`b.${TEAM}`, 'A', '192.0.2.1')]],
      ['a record at the top of the zone', [set(TEAM, 'CAA', '0 issue "ca.example.net"')]],
      ['the longest time to live', [{ ...set(HOST, 'A', '192.0.2.1'), ttlSeconds: 2 ** 31 - 1 }]],
      ['no time to live', [{ ...set(HOST, 'A', '192.0.2.1'), ttlSeconds: 0 }]],
    ])('a zone holds %s', async (_, sets) => {
      const { dns, observe } = await rig();
      await dns.apply(TEAM, create(...sets));
      expect(await dns.records(TEAM)).toEqual(expect.arrayContaining(sets));
      for (const { name, type } of sets) expect((await observe(name, type)).rcode).toBe('NOERROR');
    });

    test('the records of the zone itself are not removed by a plan', async () => {
      const { dns } = await rig();
      const [soa, nameServers] = await dns.records(TEAM);
      for (const own of [soa, nameServers]) {
        await expect(dns.apply(TEAM, remove(own as RecordSet))).rejects.toEqual(error('InvalidRecord'));
      }
      expect(await dns.records(TEAM)).toEqual([soa, nameServers]);
    });
  });

  describe(`${adapter}: an app's name`, () => {
    test('goes up with its owner mark, is left alone by a second plan, and goes down without a trace', async () => {
      const { dns, observe } = await rig();
      const app = {
        appId: AppId.parse(`a_${'b'.repeat(26)}`),
        host: HOST,
        zone: TEAM,
        endpoint: { kind: 'name', name: 'edge.example.net' } as const,
      };
      const before = (await dns.records(TEAM)).slice(1);
      await dns.apply(TEAM, planAppRecords(app, await dns.records(TEAM)));
      expect((await observe(HOST, 'CNAME')).records).toEqual(['60 edge.example.net']);
      expect((await observe(`_cottage.${HOST}`, 'TXT')).records).toEqual([
        `60 heritage=cottage,app=${app.appId}`,
      ]);
      expect(planAppRecords(app, await dns.records(TEAM))).toEqual({ create: [], remove: [] });
      await dns.apply(TEAM, planAppRemoval(app, await dns.records(TEAM)));
      expect((await observe(HOST, 'CNAME')).rcode).toBe('NXDOMAIN');
      expect((await dns.records(TEAM)).slice(1)).toEqual(before);
    });
  });
}
