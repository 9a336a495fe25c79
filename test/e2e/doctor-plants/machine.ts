import { chmodSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateFile, dns, file, LONG_AGO, type Row } from './plant.ts';

/** The files of the machine. */
export const MACHINE: Row[] = [
  ['a key file others may read', (d) => chmodSync(d.inData('keys.json'), 0o644), ['file/permissions']],
  [
    'credentials others may read',
    (d) => chmodSync(d.inData('credentials.json'), 0o640),
    ['file/permissions'],
  ],
  ['a database others may read', (d) => chmodSync(d.inData('cottage.db'), 0o604), ['file/permissions']],
  [
    'a certificate’s key others may read',
    (d) => chmodSync(d.inData(certificateFile(d)), 0o644),
    ['file/permissions'],
  ],
  [
    'the authority’s key others may read',
    (d) => chmodSync(d.inData('ca-key.pem'), 0o660),
    ['file/permissions'],
  ],
  ['a key file that is gone', (d) => rmSync(d.inData('keys.json')), ['file/missing']],
  ['a key file that is no JSON', (d) => file(d, () => 'x', 'keys.json'), ['file/damaged']],
  ['credentials that are gone', (d) => rmSync(d.inData('credentials.json')), ['file/missing']],
  [
    'credentials that are not what they should be',
    (d) => file(d, () => '{}', 'credentials.json'),
    ['file/damaged'],
  ],
  [
    'credentials with another secret',
    (d) => file(d, (text) => text.replace(/("secret": "\w+)./, '$1-'), 'credentials.json'),
    ['credentials/differ'],
  ],
  [
    'a draft of long ago',
    (d) => {
      writeFileSync(d.inData('keys.json.abc.draft'), 'x');
      utimesSync(d.inData('keys.json.abc.draft'), new Date(LONG_AGO), new Date(LONG_AGO));
    },
    ['leftover/draft'],
  ],
  [
    'a blob half written long ago',
    (d) => {
      writeFileSync(d.inData('blobs/.drafts/abc'), 'x');
      utimesSync(d.inData('blobs/.drafts/abc'), new Date(LONG_AGO), new Date(LONG_AGO));
    },
    ['leftover/draft'],
  ],
  [
    'a mail without what is shown of it',
    (d) => {
      const [mail = ''] = readdirSync(d.inData('mailbox')).filter((name) => name.endsWith('.json'));
      rmSync(join(d.inData('mailbox'), mail));
    },
    ['mail/damaged'],
  ],
  [
    'a file from the future',
    (d) => utimesSync(d.inData('ca.pem'), new Date('2999-01-01'), new Date('2999-01-01')),
    ['clock/behind'],
  ],
  [
    'a record that belongs to a zone that is none',
    (d) =>
      dns(
        d,
        `INSERT INTO dns_records VALUES ('localhost.nowhere', 'localhost.nowhere', 'A', 'nowhere.localhost', 60, '["192.0.2.1"]')`,
      ),
    ['database/foreign-keys'],
  ],
  ['a data folder others may look into', (d) => chmodSync(d.folder, 0o755), ['file/permissions']],
  [
    'a copy of the data before an upgrade that others may read',
    (d) => writeFileSync(d.inData('cottage.db.before-v2'), 'x', { mode: 0o644 }),
    ['file/permissions'],
  ],
  [
    'a snapshot that a backup left long ago',
    (d) => {
      mkdirSync(d.inData('.snapshots/s_abc'), { recursive: true });
      utimesSync(d.inData('.snapshots/s_abc'), new Date(LONG_AGO), new Date(LONG_AGO));
    },
    ['leftover/snapshot'],
  ],
];
