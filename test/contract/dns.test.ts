import { describe, expect, onTestFinished, test } from 'vitest';
import { DnsServer } from '../../local/dns-server.ts';
import type { RecordSet, RecordType } from '../../shared/dns/dns.ts';
import { LocalDns } from '../../shared/dns/local-dns.ts';
import { Busy } from '../../shared/errors/errors.ts';
import { tempDatabase, tempFolder } from '../builders/temp.ts';
import { dnsContract } from './dns.suite.ts';
import { askTcp, TYPE } from './dns-client.ts';

const NAME_SERVER = 'ns.example.net';

dnsContract('LocalDns', async () => {
  const dns = new LocalDns(tempDatabase(), { nameServer: NAME_SERVER });
  const server = new DnsServer({ zones: dns });
  onTestFinished(() => server.stop());
  const { port } = await server.start();
  const observe = async (name: string, type: RecordType) => {
    const { rcode, answers } = await askTcp(port, name, { type: TYPE[type] });
    const seen = answers.filter((rr) => rr.name === name && rr.type === type);
    return { rcode, records: seen.map((rr) => `${rr.ttlSeconds} ${rr.value}`) };
  };
  return { dns, observe };
});

const throttled = (): never => {
  throw new Busy('throttled');
};

describe('LocalDns', () => {
  const zone = 'apps.example.com';
  const address: RecordSet = { name: `a.${zone}`, type: 'A', ttlSeconds: 60, values: ['192.0.2.1'] };

  test('zones outlive the process', async () => {
    const folder = tempFolder();
    const first = tempDatabase(folder);
    const before = new LocalDns(first, { nameServer: NAME_SERVER });
    await before.createZone(zone);
    await before.apply(zone, { create: [address], remove: [] });
    const records = await before.records(zone);
    first.close();
    const after = new LocalDns(tempDatabase(folder), { nameServer: NAME_SERVER });
    expect(await after.records(zone)).toEqual(records);
  });

  test('a zone names this server and a contact, and counts its changes from one', async () => {
    const dns = new LocalDns(tempDatabase(), { nameServer: NAME_SERVER });
    await dns.createZone(zone);
    expect((await dns.records(zone)).map((set) => set.values)).toEqual([
      [`${NAME_SERVER} hostmaster.${zone} 1 86400 7200 3600000 60`],
      [NAME_SERVER],
    ]);
  });

  test('a name server is called by a host name', () => {
    expect(() => new LocalDns(tempDatabase(), { nameServer: 'ns.example.net.' })).toThrow(
      'not a domain name',
    );
  });

  test('the serial begins again after 32 bits', async () => {
    const database = tempDatabase();
    const dns = new LocalDns(database, { nameServer: NAME_SERVER });
    await dns.createZone(zone);
    database.exec('UPDATE dns_zones SET serial = 4294967295');
    expect((await dns.records(zone))[0]?.values[0]).toContain(' 4294967295 ');
    await dns.apply(zone, { create: [address], remove: [] });
    expect((await dns.records(zone))[0]?.values[0]).toContain(' 0 ');
  });

  test('is busy while another process holds the write lock', async () => {
    const folder = tempFolder();
    const database = tempDatabase(folder);
    const dns = new LocalDns(database, { nameServer: NAME_SERVER });
    await dns.createZone(zone);
    database.exec('PRAGMA busy_timeout = 0');
    const other = tempDatabase(folder);
    other.exec('BEGIN IMMEDIATE');
    await expect(dns.apply(zone, { create: [address], remove: [] })).rejects.toBeInstanceOf(Busy);
    await expect(dns.createZone('b.example.com')).rejects.toBeInstanceOf(Busy);
    other.exec('ROLLBACK');
    await dns.apply(zone, { create: [address], remove: [] });
  });

  test('is busy while the disk is full', async () => {
    const database = tempDatabase();
    const dns = new LocalDns(database, { nameServer: NAME_SERVER });
    await dns.createZone(zone);
    const pages = database.prepare('PRAGMA page_count').get()?.['page_count'];
    database.exec(`PRAGMA max_page_count = ${Number(pages)}`);
    const values = Array.from({ length: 20 }, (_, index) => `${index}${'x'.repeat(250)}`);
    const large: RecordSet = { name: `t.${zone}`, type: 'TXT', ttlSeconds: 60, values };
    await expect(dns.apply(zone, { create: [large], remove: [] })).rejects.toBeInstanceOf(Busy);
  });

  test('what the database itself reports otherwise is not called busy', async () => {
    const database = tempDatabase();
    const dns = new LocalDns(database, { nameServer: NAME_SERVER });
    database.exec('DROP TABLE dns_records');
    await expect(dns.createZone(zone)).rejects.toThrow('no such table');
  });

  test('a test may let an apply fail before it does anything', async () => {
    const dns = new LocalDns(tempDatabase(), { nameServer: NAME_SERVER, faults: { beforeApply: throttled } });
    await dns.createZone(zone);
    await expect(dns.apply(zone, { create: [address], remove: [] })).rejects.toThrow('throttled');
    expect(await dns.records(zone)).toHaveLength(2);
  });

  test.each(["data = '['", "data = '[]'", "data = '[1]'", "type = 'MX'"])(
    'a stored record that is not one (%s) is never read as absent',
    async (damage) => {
      const database = tempDatabase();
      const dns = new LocalDns(database, { nameServer: NAME_SERVER });
      await dns.createZone(zone);
      await dns.apply(zone, { create: [address], remove: [] });
      database.exec(`UPDATE dns_records SET ${damage} WHERE type = 'A'`);
      await expect(dns.records(zone)).rejects.toMatchObject({ name: 'CorruptRecord' });
      expect(() => dns.lookup(address.name)).toThrow('dns_records');
    },
  );
});
