import { Route53Client } from '@aws-sdk/client-route-53';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RecordSet, RecordType } from '../../shared/dns/dns.ts';
import { Route53Dns } from '../../shared/dns/route53-dns.ts';
import { ZONE_COMMENT } from '../../shared/dns/route53-zones.ts';
import { AwsFault } from '../fakes/aws-errors.ts';
import { open } from '../fakes/aws-open.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { FakeRoute53, type Route53Unkindness } from '../fakes/route53.ts';
import { dnsContract } from './dns.suite.ts';
import { observeRoute53 } from './route53-observer.ts';

const ROUTE53 = { countsChanges: false };
const BASE = 'apps.example.com';
const TEAM = `finance.${BASE}`;
const HOST = `lunch.${TEAM}`;

async function openDns(unkindness: Route53Unkindness = {}, attempts = 1) {
  const fake = new FakeRoute53(unkindness);
  const server = await open({ route53: fake });
  const client = new Route53Client(clientConfig(server, attempts));
  onTestFinished(() => {
    client.destroy();
    expect(server.defects).toEqual([]);
  });
  const dns = new Route53Dns({ client });
  /** The calls that change something, in order. */
  const changes = () =>
    server.log
      .filter(({ operation }) => !/^(List|Get)/.test(operation))
      .map(({ operation, outcome }) => `${operation}: ${outcome}`);
  return { dns, fake, server, client, changes };
}

async function openRig(unkindness: Route53Unkindness = {}) {
  const { dns, client } = await openDns(unkindness);
  return { dns, observe: (name: string, type: RecordType) => observeRoute53(client, name, type) };
}

dnsContract('Route53Dns', () => openRig(), ROUTE53);

describe('with pages of one', () => {
  dnsContract('Route53Dns', () => openRig({ pageSize: 1 }), ROUTE53);
});

const set = (name: string, type: RecordType, ...values: string[]): RecordSet => ({
  name,
  type,
  ttlSeconds: 60,
  values,
});
const create = (...sets: RecordSet[]) => ({ create: sets, remove: [] });
const named = (name: string) => expect.objectContaining({ name });

describe('a hosted zone', () => {
  it('carries the tags it is told to, also when its making had come to a halt', async () => {
    const { fake, client } = await openDns();
    await new Route53Dns({ client }).createZone(TEAM);
    expect(fake.tagsOf(TEAM)).toEqual({});
    await new Route53Dns({ client, tagsFor: (zone) => ({ zone }) }).createZone(TEAM);
    expect(fake.tagsOf(TEAM)).toEqual({ zone: TEAM });
  });

  it('carries the mark of Cottage, and nobody is left to guess its name servers', async () => {
    const { dns, client } = await openDns();
    await dns.createZone(TEAM);
    expect(await observeRoute53(client, TEAM, 'SOA')).toMatchObject({ rcode: 'NOERROR' });
    expect((await dns.records(TEAM)).map(({ values }) => values)).toEqual([
      ['ns-1.awsdns-03.net awsdns-hostmaster.amazon.com 1 7200 900 1209600 60'],
      ['ns-1.awsdns-03.com', 'ns-1.awsdns-03.net', 'ns-1.awsdns-03.org', 'ns-1.awsdns-05.co.uk'],
    ]);
  });

  it('is made once, however many ask at once', async () => {
    const { dns, fake, changes } = await openDns();
    await dns.createZone(BASE);
    await Promise.allSettled([dns.createZone(TEAM), dns.createZone(TEAM), dns.createZone(TEAM)]);
    await dns.createZone(TEAM);
    expect(fake.zoneNames()).toEqual([BASE, TEAM]);
    expect(changes().filter((call) => call === 'CreateHostedZone: ok')).toHaveLength(2);
  });

  it('can be made again after it was deleted, though a caller reference is never good again', async () => {
    const { dns, client } = await openDns();
    await dns.createZone(BASE);
    for (const _ of [1, 2, 3]) {
      await dns.createZone(TEAM);
      expect((await observeRoute53(client, TEAM, 'SOA')).rcode).toBe('NOERROR');
      await dns.deleteZone(TEAM);
      expect((await observeRoute53(client, TEAM, 'SOA')).rcode).toBe('NXDOMAIN');
    }
  });

  it('of others is not found, not written to, not deleted, and keeps Cottage from making one beside it', async () => {
    const { dns, fake, changes } = await openDns();
    fake.plantZone(TEAM, { Comment: 'by hand' });
    await expect(dns.records(TEAM)).rejects.toEqual(named('NotFound'));
    await expect(dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1')))).rejects.toEqual(named('NotFound'));
    await dns.deleteZone(TEAM);
    await expect(dns.createZone(TEAM)).rejects.toEqual(named('AlreadyExists'));
    expect(changes()).toEqual([]);
  });

  it('may have the name of a private one, whatever its comment', async () => {
    const { dns, fake } = await openDns();
    fake.plantZone(TEAM, { Comment: ZONE_COMMENT, PrivateZone: true });
    await dns.createZone(TEAM);
    await dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1')));
    await dns.deleteZone(BASE);
    expect(fake.zoneNames()).toEqual([TEAM, TEAM]);
  });

  it('is delegated from an apex that others made for Cottage', async () => {
    const { dns, fake, client } = await openDns();
    fake.plantZone(BASE, { Comment: ZONE_COMMENT });
    await dns.createZone(TEAM);
    expect((await observeRoute53(client, TEAM, 'SOA')).rcode).toBe('NOERROR');
  });

  it('that has a delegation to somebody else in the apex is not made, and the delegation stays', async () => {
    const { dns, fake, client } = await openDns();
    await dns.createZone(BASE);
    const theirs = {
      Name: `${TEAM}.`,
      Type: 'NS' as const,
      TTL: 60,
      ResourceRecords: [{ Value: 'ns.example.net.' }],
    };
    fake.plantSet(BASE, theirs);
    await expect(dns.createZone(TEAM)).rejects.toEqual(named('AlreadyExists'));
    expect(fake.zoneNames()).toEqual([BASE]);
    await dns.deleteZone(TEAM);
    expect((await observeRoute53(client, TEAM, 'SOA')).rcode).toBe('SERVFAIL');
  });

  it('is left alone where the apex leads elsewhere meanwhile', async () => {
    const { dns, fake } = await openDns();
    await dns.createZone(TEAM);
    fake.plantZone(BASE, { Comment: ZONE_COMMENT });
    const theirs = {
      Name: `${TEAM}.`,
      Type: 'NS' as const,
      TTL: 60,
      ResourceRecords: [{ Value: 'ns.example.net.' }],
    };
    fake.plantSet(BASE, theirs);
    await expect(dns.createZone(TEAM)).rejects.toEqual(named('AlreadyExists'));
    await dns.undelegate(TEAM);
    await dns.deleteZone(TEAM);
    expect(fake.setsNamed(TEAM)).toEqual([theirs]);
  });

  it('loses its delegation, and answers those who know where it is, until it is delegated again', async () => {
    const { dns, client } = await openDns();
    await dns.createZone(BASE);
    await dns.createZone(TEAM);
    await dns.undelegate(TEAM);
    await dns.undelegate(TEAM);
    await dns.undelegate(`hr.${BASE}`);
    await dns.undelegate(BASE);
    expect((await observeRoute53(client, TEAM, 'SOA')).rcode).toBe('NXDOMAIN');
    expect(await dns.records(TEAM)).toHaveLength(2);
    await dns.createZone(TEAM);
    expect((await observeRoute53(client, TEAM, 'SOA')).rcode).toBe('NOERROR');
  });

  it('over the quota of the account is not made, and says why', async () => {
    const { dns } = await openDns({ maxZones: 1 });
    await dns.createZone(BASE);
    await expect(dns.createZone(TEAM)).rejects.toEqual(named('QuotaReached'));
  });
});

/** Each call of making a zone, of writing to it and of deleting it, in turn. */
async function story({ dns }: { dns: Route53Dns }) {
  await dns.createZone(BASE);
  await dns.createZone(TEAM);
  const host = set(HOST, 'A', '192.0.2.1');
  if (!(await dns.records(TEAM)).some(({ name }) => name === HOST)) await dns.apply(TEAM, create(host));
}

async function ending({ dns }: { dns: Route53Dns }) {
  const sets = await dns.records(TEAM).catch(() => []);
  if (sets.length > 2) await dns.apply(TEAM, { create: [], remove: sets.slice(2) });
  await dns.deleteZone(TEAM);
}

describe('whatever call goes wrong, and however', () => {
  it.each(['throttle', 'server-error', 'conditional-failure', 'timeout-after-effect'] as const)(
    'the whole again, after %s, ends as if nothing had',
    async (kind) => {
      const clean = await openDns();
      await story(clean);
      await ending(clean);
      const calls = clean.server.log.length;
      expect(calls).toBeGreaterThan(20);
      for (let number = 1; number <= calls; number += 1) {
        const rig = await openDns();
        rig.server.faults.at(number, kind);
        const told = await story(rig).catch((error: Error) => error.name);
        expect([number, told]).toEqual([number, told === undefined ? undefined : 'Busy']);
        if (told !== undefined) await story(rig);
        expect(rig.fake.setsNamed(HOST)).toMatchObject([{ Type: 'A', TTL: 60 }]);
        const ended = await ending(rig).catch((error: Error) => error.name);
        if (ended !== undefined) await ending(rig);
        expect(rig.server.faults.unreached()).toEqual([]);
        expect(rig.fake.zoneNames()).toEqual([BASE]);
        expect(rig.fake.setsNamed(TEAM)).toEqual([]);
      }
    },
  );
});

describe('what Route 53 says', () => {
  it.each([
    ['PriorRequestNotComplete', 400, 'Busy'],
    ['Throttling', 400, 'Busy'],
    ['ThrottlingException', 400, 'Busy'],
    ['ServiceUnavailable', 503, 'Busy'],
    ['InvalidChangeBatch', 400, 'PreconditionFailed'],
    ['NoSuchHostedZone', 404, 'NotFound'],
    ['InvalidInput', 400, 'InvalidInput'],
    ['AccessDenied', 403, 'AccessDenied'],
  ])('%s (%i) is %s', async (name, status, translated) => {
    const { dns, fake } = await openDns();
    await dns.createZone(TEAM);
    fake.refuseChange(new AwsFault(name, status, 'as the test wants it'));
    const applied = dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1')));
    await expect(applied).rejects.toEqual(named(translated));
    await expect(applied).rejects.toThrow('as the test wants it');
  });

  it('a zone of another service is never a zone that is gone', async () => {
    const { dns, server } = await openDns();
    server.faults.at(1, 'server-error');
    await expect(dns.records(TEAM)).rejects.toEqual(named('Busy'));
  });
});

const many = (count: number, size: number) =>
  Array.from({ length: count }, (_, index) => set(`a${index}.${TEAM}`, 'TXT', 'x'.repeat(size)));

describe('a batch', () => {
  it('is one call, which removes exactly what was read and creates, never overwrites', async () => {
    const { dns, server } = await openDns();
    await dns.createZone(TEAM);
    await dns.apply(TEAM, create(set(HOST, 'A', '192.0.2.1')));
    const before = server.log.length;
    await dns.apply(TEAM, { remove: [set(HOST, 'A', '192.0.2.1')], create: [set(HOST, 'A', '192.0.2.2')] });
    const changes = server.log.slice(before).filter(({ operation }) => operation.startsWith('Change'));
    expect(changes).toMatchObject([
      { input: { ChangeBatch: { Changes: [{ Action: 'DELETE' }, { Action: 'CREATE' }] } } },
    ]);
  });

  it.each([
    ['1,000 records', 1000, 1],
    ['32,000 characters', 128, 248],
  ])('of %s is the largest there is', async (_, count, size) => {
    const { dns } = await openDns();
    await dns.createZone(TEAM);
    await dns.apply(TEAM, create(...many(count, size)));
    expect(await dns.records(TEAM)).toHaveLength(count + 2);
    const another = create(...many(count + 1, size));
    await expect(dns.apply(TEAM, another)).rejects.toEqual(named('TooLarge'));
  });
});

describe('what others have put into a zone', () => {
  it.each([
    ['a mail exchanger', { Type: 'MX', TTL: 60, ResourceRecords: [{ Value: '10 mail.example.net.' }] }, 'MX'],
    [
      'an alias',
      {
        Type: 'A',
        AliasTarget: {
          HostedZoneId: 'Z2FDTNDATAQYW2',
          DNSName: 'd1.cloudfront.net.',
          EvaluateTargetHealth: false,
        },
      },
      'A',
    ],
    [
      'a weighted set',
      { Type: 'A', TTL: 60, SetIdentifier: 'one', Weight: 1, ResourceRecords: [{ Value: '192.0.2.1' }] },
      'A',
    ],
  ] as const)(
    '%s, is seen, never removed, and keeps the zone from being deleted',
    async (_, theirs, type) => {
      const { dns, fake } = await openDns({ pageSize: 1 });
      await dns.createZone(TEAM);
      const planted = { Name: `${HOST}.`, ...theirs } as never;
      fake.plantSet(TEAM, planted);
      const seen = (await dns.records(TEAM)).filter(({ name }) => name === HOST);
      expect(seen).toMatchObject([{ name: HOST, type }]);
      await expect(dns.apply(TEAM, { create: [], remove: seen })).rejects.toEqual(
        named(type === 'MX' ? 'InvalidRecord' : 'PreconditionFailed'),
      );
      await expect(dns.deleteZone(TEAM)).rejects.toEqual(named('PreconditionFailed'));
      expect(fake.setsNamed(HOST)).toEqual([planted]);
    },
  );

  it('a wildcard, a long text and odd octets are read, and removed as they were read', async () => {
    const { dns, fake } = await openDns();
    await dns.createZone(TEAM);
    const odd = `${'x'.repeat(254)}"\\\u0007\u00e9 y`;
    fake.plantSet(TEAM, {
      Name: `\\052.${TEAM}.`,
      Type: 'TXT',
      TTL: 60,
      ResourceRecords: [{ Value: `"${'x'.repeat(254)}\\042" "\\134\\007\\351 y"` }],
    });
    const seen = (await dns.records(TEAM)).slice(2);
    expect(seen).toEqual([set(`*.${TEAM}`, 'TXT', odd)]);
    await dns.apply(TEAM, { create: [], remove: seen });
    expect(await dns.records(TEAM)).toHaveLength(2);
  });

  it('an escape of any kind in a text is understood', async () => {
    const { dns, fake } = await openDns();
    await dns.createZone(TEAM);
    const Value = '"say \\"hi\\" \\\\ \\101"';
    fake.plantSet(TEAM, { Name: `${HOST}.`, Type: 'TXT', TTL: 60, ResourceRecords: [{ Value }] });
    expect((await dns.records(TEAM))[2]?.values).toEqual(['say "hi" \\ A']);
  });
});
