import { readFileSync, renameSync, rmSync } from 'node:fs';
import { certificateFile, dns, file, HOST, OTHER_APP, type Row, ZONE } from './plant.ts';

/** What an app is reached by: the edge, its name, its certificate. */
export const EDGE: Row[] = [
  ['a binding that is gone', (d) => d.deps.hosting.unbind(d.was.lunch.appId), ['edge/missing']],
  [
    'a binding of no app',
    (d) => d.deps.hosting.bind(OTHER_APP, 'brunch.demo.apps.localhost'),
    ['edge/orphan'],
  ],
  [
    'a binding at another host',
    (d) =>
      d.sql("UPDATE edge_bindings SET host = 'brunch.demo.apps.localhost' WHERE app = ?", d.was.lunch.appId),
    ['edge/host'],
  ],
  [
    'a binding that shows another release',
    (d) =>
      d.sql(
        "UPDATE edge_bindings SET site = json_set(site, '$.release', ?) WHERE app = ?",
        String(d.was.first.release),
        d.was.lunch.appId,
      ),
    ['edge/differs'],
  ],
  [
    'a binding that lets others in',
    (d) =>
      d.sql(
        "UPDATE edge_bindings SET site = json_set(site, '$.access', 'viewers') WHERE app = ?",
        d.was.lunch.appId,
      ),
    ['edge/differs'],
  ],
  [
    'a binding with a header',
    (d) =>
      d.sql(
        `UPDATE edge_bindings SET site = json_set(site, '$.headers', json('{"x-a":"b"}')) WHERE app = ?`,
        d.was.lunch.appId,
      ),
    ['edge/differs'],
  ],
  [
    'a binding that can not be read',
    (d) => d.sql("UPDATE edge_bindings SET site = '{' WHERE app = ?", d.was.lunch.appId),
    ['check/failed'],
  ],
  [
    'a target the edge is still being brought to, which is none',
    (d) => {
      const { target, settledGen } = d.was.lunch;
      const next = { ...target, gen: settledGen + 1, release: d.was.first.release };
      const nextAction = { action: 'converge', at: '2998-01-01T00:00:00.000Z' };
      d.edit(d.lunchKey, 'app', { target: next, nextAction });
    },
    // The list of what is due was not told.
    ['record/index'],
  ],
];

export const NAMES: Row[] = [
  [
    'a team’s zone that is gone',
    (d) => (
      dns(d, 'DELETE FROM dns_records WHERE zone_path = ?', 'localhost.apps.kitchen'),
      dns(d, 'DELETE FROM dns_zones WHERE zone = ?', 'kitchen.apps.localhost')
    ),
    ['dns/zone-missing'],
  ],
  [
    'the zone of the base domain that is gone',
    (d) => (
      dns(d, 'DELETE FROM dns_records WHERE zone_path = ?', 'localhost.apps'),
      dns(d, 'DELETE FROM dns_zones WHERE zone = ?', 'apps.localhost')
    ),
    ['dns/zone-missing'],
  ],
  ['a zone of no team', (d) => d.deps.dns.createZone('other.apps.localhost'), ['dns/zone-orphan']],
  [
    'a zone of no team that nothing leads to',
    (d) => dns(d, "INSERT INTO dns_zones VALUES ('localhost.apps.other', 'other.apps.localhost', 1)"),
    ['dns/zone-orphan'],
  ],
  [
    'a delegation that is gone',
    (d) => dns(d, "DELETE FROM dns_records WHERE zone_path = 'localhost.apps' AND name = ?", ZONE),
    ['dns/delegation'],
  ],
  [
    'a zone without its NS',
    (d) => dns(d, "DELETE FROM dns_records WHERE zone_path = 'localhost.apps.demo' AND type = 'NS'"),
    ['dns/delegation'],
  ],
  [
    'a zone whose NS is another server',
    (d) =>
      dns(
        d,
        `UPDATE dns_records SET data = '["ns.evil.example"]' WHERE zone_path = 'localhost.apps.demo' AND type = 'NS'`,
      ),
    ['dns/delegation'],
  ],
  [
    'a zone with two servers',
    (d) =>
      dns(
        d,
        `UPDATE dns_records SET data = '["ns.apps.localhost","ns.evil.example"]' WHERE zone_path = 'localhost.apps.demo' AND type = 'NS'`,
      ),
    ['dns/delegation'],
  ],
  [
    'an address that is gone',
    (d) => dns(d, "DELETE FROM dns_records WHERE name = ? AND type = 'A'", HOST),
    ['dns/missing'],
  ],
  [
    'a mark that is gone',
    (d) => dns(d, 'DELETE FROM dns_records WHERE name = ?', `_cottage.${HOST}`),
    ['dns/missing'],
  ],
  [
    'an address that is another',
    (d) => dns(d, `UPDATE dns_records SET data = '["192.0.2.1"]' WHERE name = ?`, HOST),
    ['dns/differs'],
  ],
  [
    'an address with another lifetime',
    (d) => dns(d, 'UPDATE dns_records SET ttl_seconds = 86400 WHERE name = ?', HOST),
    ['dns/differs'],
  ],
  [
    'one more type at a host',
    (d) =>
      dns(
        d,
        `INSERT INTO dns_records VALUES ('localhost.apps.demo', 'localhost.apps.demo.lunch', 'AAAA', ?, 60, '["::1"]')`,
        HOST,
      ),
    ['dns/differs'],
  ],
  [
    'the mark of another app',
    (d) =>
      dns(
        d,
        `UPDATE dns_records SET data = ? WHERE name = ?`,
        `["heritage=cottage,app=${OTHER_APP}"]`,
        `_cottage.${HOST}`,
      ),
    ['dns/foreign-mark'],
  ],
  [
    'a mark of no app',
    (d) =>
      dns(
        d,
        `INSERT INTO dns_records VALUES ('localhost.apps.demo', 'localhost.apps.demo.x._cottage', 'TXT', ?, 60, '["x"]')`,
        `_cottage.x.${ZONE}`,
      ),
    ['dns/orphan'],
  ],
  [
    'a record nobody made',
    (d) =>
      dns(
        d,
        `INSERT INTO dns_records VALUES ('localhost.apps.demo', 'localhost.apps.demo.x', 'A', ?, 60, '["192.0.2.1"]')`,
        `x.${ZONE}`,
      ),
    ['dns/extra'],
  ],
  [
    'a record nobody made in the zone of the base domain',
    (d) =>
      d.deps.dns.apply('apps.localhost', {
        create: [{ name: 'x.apps.localhost', type: 'A', ttlSeconds: 60, values: ['192.0.2.1'] }],
        remove: [],
      }),
    ['dns/extra'],
  ],
  [
    'a record that can not be read',
    (d) => dns(d, "UPDATE dns_records SET data = '[' WHERE name = ?", HOST),
    ['check/failed'],
  ],
  [
    'a name server without an address',
    (d) => dns(d, "DELETE FROM dns_records WHERE name = 'ns.apps.localhost' AND type = 'A'"),
    ['dns/address'],
  ],
  [
    'a name server at another address',
    (d) => dns(d, `UPDATE dns_records SET data = '["192.0.2.1"]' WHERE name = 'ns.apps.localhost'`),
    ['dns/address'],
  ],
  [
    'a team whose apps are given another address',
    (d) => d.edit('team#kitchen', 'team', { hostingEndpoint: { kind: 'address', ipv4: '192.0.2.1' } }),
    ['dns/address'],
  ],
];

export const CERTIFICATES: Row[] = [
  [
    'a certificate that is gone',
    (d) => d.deps.certificates.delete(String(d.was.lunch.certificateId)),
    ['certificate/bad'],
  ],
  ['a certificate whose file is gone', (d) => rmSync(d.inData(certificateFile(d))), ['certificate/bad']],
  [
    'a certificate for other names',
    (d) =>
      d.editWith('team#demo', 'team', (t) => ({
        ...t,
        certificateId: certificateFile(d, 'kitchen.apps.localhost').slice(13, -5),
      })),
    ['certificate/names'],
  ],
  [
    'a certificate file that says other names',
    (d) => file(d, (text) => text.replace(`"*.${ZONE}"`, '"*.x"'), certificateFile(d)),
    ['certificate/damaged'],
  ],
  [
    'a certificate file that says another end',
    (d) => file(d, (text) => text.replace(/"expiresAt":\d+/, '"expiresAt":1'), certificateFile(d)),
    ['certificate/damaged'],
  ],
  [
    'a certificate file with another key',
    (d) => {
      const other = JSON.parse(
        readFileSync(d.inData(certificateFile(d, 'kitchen.apps.localhost')), 'utf8'),
      ) as { privateKey: string };
      file(
        d,
        (text) => JSON.stringify({ ...(JSON.parse(text) as object), privateKey: other.privateKey }),
        certificateFile(d),
      );
    },
    ['certificate/damaged'],
  ],
  [
    'a certificate file that is no JSON',
    (d) => file(d, () => '{', certificateFile(d)),
    ['certificate/damaged'],
  ],
  [
    'a certificate file under another name',
    (d) => renameSync(d.inData(certificateFile(d)), d.inData(`certificates/c_${'b'.repeat(26)}.json`)),
    ['certificate/bad', 'certificate/damaged'],
  ],
  [
    'a certificate of no team',
    (d) => d.deps.certificates.request(['*.other.apps.localhost']),
    ['certificate/orphan'],
  ],
  ['an authority without its key', (d) => rmSync(d.inData('ca-key.pem')), ['certificate/authority']],
  ['an authority that is no certificate', (d) => file(d, () => 'x', 'ca.pem'), ['certificate/authority']],
  [
    'an own certificate that nobody gave',
    (d) => d.edit('team#demo', 'team', { certificateId: 'own' }),
    ['certificate/bad'],
  ],
];
