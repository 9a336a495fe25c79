import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppId } from '../../shared/ids/ids.ts';
import type { Damaged } from '../builders/damaged.ts';

const OTHER_APP = AppId.parse(`a_${'b'.repeat(26)}`);
const OTHER_RELEASE = `r_${'b'.repeat(26)}`;
const OTHER_PUBLISH = `p_${'b'.repeat(26)}`;
export const HOST = 'lunch.demo.apps.localhost';
const ZONE = 'demo.apps.localhost';
const LONG_AGO = '2020-01-01T00:00:00.000Z';

/** What somebody planted, and every code the doctor then names. */
type Row = [planted: string, plant: (d: Damaged) => unknown, codes: string[]];

export const put = (d: Damaged, key: string, text = 'x') => d.deps.blobs.put(key, Buffer.from(text));
const dns = (d: Damaged, text: string, ...values: string[]) => d.sql(text, ...values);
const file = (d: Damaged, change: (text: string) => string, name: string) =>
  writeFileSync(d.inData(name), change(readFileSync(d.inData(name), 'utf8')));
const certificateFile = (d: Damaged, zone = ZONE) => {
  const names = readdirSync(d.inData('certificates'));
  const found = names.find((name) =>
    readFileSync(d.inData(`certificates/${name}`), 'utf8').includes(`*.${zone}`),
  );
  return `certificates/${found}`;
};
const openDecision = (d: Damaged) => `decision#${d.was.dinner.decision?.decisionId}`;

const RECORDS: Row[] = [
  [
    'a record that is no JSON',
    (d) => d.sql("UPDATE records SET data = '{' WHERE pk = ?", `upload#${d.was.uploadId}`),
    ['record/damaged'],
  ],
  [
    'a publish that is no JSON',
    (d) => d.sql("UPDATE records SET data = '{' WHERE pk = ?", `publish#${d.was.menu.publishId}`),
    ['audit/added', 'record/damaged'],
  ],
  [
    'a release that is no JSON',
    (d) => d.sql("UPDATE records SET data = '{' WHERE sk = ?", `release#${d.was.first.release}`),
    ['record/damaged', 'release/missing'],
  ],
  [
    'an app that is no JSON',
    (d) => d.sql("UPDATE records SET data = '{' WHERE pk = ? AND sk = 'app'", d.lunchKey),
    ['audit/added', 'dns/orphan', 'edge/orphan', 'name/orphan', 'publish/app-missing', 'record/damaged'],
  ],
  [
    'a record that does not fit its schema',
    (d) => d.edit('platform#demo', 'platform', { teams: 'all' }),
    ['platform/missing', 'record/damaged'],
  ],
  [
    'an effect of a kind nobody knows',
    (d) => d.add('effect#e_x', 'effect', { request: { kind: 'party' } }),
    ['record/damaged'],
  ],
  ['a record of a kind nobody knows', (d) => d.add('ghost#1', 'ghost', {}), ['record/unknown']],
  [
    'a record under another key',
    (d) => d.sql("UPDATE records SET pk = 'team#other' WHERE pk = 'team#kitchen'"),
    [
      'audit/missing',
      'audit/orphan',
      'dns/zone-orphan',
      'certificate/orphan',
      'platform/team-missing',
      'record/misplaced',
      'team/missing',
    ],
  ],
  [
    'an app in the list of another owner',
    (d) => d.sql("UPDATE records SET owner_pk = 'owner#eve' WHERE pk = ? AND sk = 'app'", d.lunchKey),
    ['record/index'],
  ],
  [
    'an app in the list of another team',
    (d) => d.sql("UPDATE records SET team_pk = 'team#kitchen' WHERE pk = ? AND sk = 'app'", d.lunchKey),
    ['record/index'],
  ],
  [
    'an app in the list of another state',
    (d) => d.sql("UPDATE records SET state_pk = 'app-state#retired' WHERE pk = ? AND sk = 'app'", d.lunchKey),
    ['record/index'],
  ],
  [
    'an app in no list',
    (d) =>
      d.sql('UPDATE records SET owner_pk = NULL, owner_sk = NULL WHERE pk = ? AND sk = ?', d.lunchKey, 'app'),
    ['record/index'],
  ],
  [
    'a due row at another time',
    (d) =>
      d.sql(
        "UPDATE records SET due_sk = '2999' || substr(due_sk, 5) WHERE pk = ? AND sk = 'app'",
        d.lunchKey,
      ),
    ['record/index'],
  ],
  [
    'an audit entry in the list under another name',
    (d) =>
      d.sql(
        "UPDATE records SET state_sk = 'app#x' WHERE pk = ? AND sk = '0000000001'",
        `audit#${d.lunchKey}`,
      ),
    ['audit/orphan', 'record/index'],
  ],
];

const CATALOG: Row[] = [
  ['an app without a claim', (d) => d.remove('name#demo/lunch', 'claim'), ['name/lost']],
  [
    'a claim for another app',
    (d) => d.edit('name#demo/lunch', 'claim', { appId: OTHER_APP }),
    ['name/lost', 'name/orphan'],
  ],
  [
    'a claim that became a tombstone',
    (d) => d.edit('name#demo/lunch', 'claim', { state: 'tombstone' }),
    ['name/lost'],
  ],
  [
    'a claim that says the app never went live',
    (d) => d.edit('name#demo/lunch', 'claim', { state: 'claimed' }),
    ['name/state'],
  ],
  [
    'a draft whose claim says that it is live',
    (d) => d.edit('name#kitchen/dinner', 'claim', { state: 'live' }),
    ['name/state'],
  ],
  [
    'two claims of one app',
    (d) =>
      d.add('name#demo/brunch', 'claim', {
        team: 'demo',
        name: 'brunch',
        state: 'live',
        appId: d.was.lunch.appId,
        claimedBy: 'x',
      }),
    ['name/orphan'],
  ],
  [
    'a claim of no app',
    (d) =>
      d.add('name#demo/brunch', 'claim', {
        team: 'demo',
        name: 'brunch',
        state: 'claimed',
        appId: OTHER_APP,
        claimedBy: 'x',
      }),
    ['name/orphan'],
  ],
  [
    'a claim of an app that is retired',
    (d) => d.edit(`app#${d.was.dinner.app.appId}`, 'app', { state: 'retired' }),
    ['due/missing', 'name/orphan', 'record/index'],
  ],
  [
    'an app of no team',
    (d) => d.remove('team#kitchen', 'team'),
    ['audit/orphan', 'certificate/orphan', 'dns/zone-orphan', 'platform/team-missing', 'team/missing'],
  ],
  [
    'a team that is being added, and nothing adds it',
    (d) => d.edit('team#kitchen', 'team', { state: 'adding' }),
    ['team/unfinished'],
  ],
  [
    'a team that is being removed, and nothing removes it',
    (d) => d.edit('team#kitchen', 'team', { state: 'removing', attempt: 2, summary: 'Busy.' }),
    ['team/unfinished'],
  ],
  [
    'an app that is being retired, and nothing retires it',
    (d) =>
      d.edit(d.lunchKey, 'app', {
        retirement: { by: 'ada@example.com', at: '2026-03-02T09:00:00.000Z', attempt: 1 },
      }),
    ['app/unfinished', 'due/missing'],
  ],
  [
    'a platform that has published and is gone',
    (d) => d.remove('platform#demo', 'platform'),
    ['audit/orphan', 'platform/missing'],
  ],
  [
    'a platform of a team that is not there',
    (d) => d.editWith('platform#demo', 'platform', (data) => ({ ...data, teams: ['demo', 'none'] })),
    ['platform/team-missing'],
  ],
  [
    'a host that is not the app’s name',
    (d) => d.edit(d.lunchKey, 'app', { subdomain: 'brunch.demo.apps.localhost' }),
    ['app/host'],
  ],
  [
    'a counter that was set back',
    (d) => d.sql('UPDATE counters SET value = 1 WHERE pk = ?', d.lunchKey),
    ['app/sequence'],
  ],
  ['a counter that is gone', (d) => d.sql('DELETE FROM counters WHERE pk = ?', d.lunchKey), ['app/sequence']],
  [
    'a record from the future',
    (d) =>
      d.editWith(`publish#${d.was.second.publishId}`, 'publish', (p) => ({
        ...p,
        endedAt: '2999-01-01T00:00:00.000Z',
      })),
    ['clock/behind'],
  ],
];

const EDGE: Row[] = [
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

const NAMES: Row[] = [
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
];

const CERTIFICATES: Row[] = [
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
];

const RELEASES: Row[] = [
  [
    'a file of a release that is gone',
    (d) => d.deps.blobs.delete(`${d.prefix}style.css`),
    ['release/incomplete'],
  ],
  [
    'a file of a release in another size',
    (d) => put(d, `${d.prefix}style.css`, 'longer than before, by far'),
    ['release/incomplete'],
  ],
  [
    'a file of a release with other bytes',
    (d) => put(d, `${d.prefix}style.css`, '/* Stow */'),
    ['release/altered'],
  ],
  [
    'a file of an older release with other bytes',
    (d) => put(d, `apps/${d.was.lunch.appId}/${d.was.first.release}/style.css`, '/* Soap */'),
    ['release/altered'],
  ],
  ['a file more in a release', (d) => put(d, `${d.prefix}evil.js`), ['release/extra']],
  ['a release without files', (d) => d.deps.blobs.delete(d.prefix, { prefix: true }), ['release/incomplete']],
  [
    'a release without its list of files',
    (d) => d.deps.blobs.delete(`manifests/${d.was.lunch.appId}/${d.was.second.release}.json`),
    ['release/incomplete'],
  ],
  [
    'a list of files that is no JSON',
    (d) => put(d, `manifests/${d.was.lunch.appId}/${d.was.second.release}.json`, '{'),
    ['release/altered'],
  ],
  [
    'a list of files that was changed with the file',
    async (d) => {
      const key = `manifests/${d.was.lunch.appId}/${d.was.second.release}.json`;
      const { sha256 } = await put(d, `${d.prefix}style.css`, '/* Stow */');
      const blob = await d.deps.blobs.get(key);
      const manifest = JSON.parse((await blob.read(0, blob.sizeBytes)).toString()) as {
        files: { path: string; sha256: string }[];
      };
      await blob.close();
      const files = manifest.files.map((one) => (one.path === 'style.css' ? { ...one, sha256 } : one));
      await put(d, key, JSON.stringify({ files }));
    },
    ['release/altered'],
  ],
  [
    'files of a release without a record',
    (d) => put(d, `apps/${d.was.lunch.appId}/${OTHER_RELEASE}/index.html`),
    ['release/no-record'],
  ],
  ['files of an app that is none', (d) => put(d, `apps/x/y/index.html`), ['release/no-record']],
  [
    'a list of files without a record',
    (d) => put(d, `manifests/${d.was.lunch.appId}/${OTHER_RELEASE}.json`),
    ['release/no-record'],
  ],
  [
    'a release whose record is gone',
    (d) => d.remove(d.lunchKey, `release#${d.was.first.release}`),
    ['release/missing', 'release/no-record'],
  ],
  [
    'a live release that is being removed',
    (d) => d.edit(d.lunchKey, `release#${d.was.second.release}`, { state: 'deleting' }),
    ['release/missing', 'release/stuck'],
  ],
  [
    'a release that waits and was collected',
    (d) =>
      d.edit(d.lunchKey, 'app', {
        ready: { seq: 1, release: OTHER_RELEASE, publishId: d.was.second.publishId },
      }),
    ['release/missing'],
  ],
  [
    'a release half built long ago',
    (d) =>
      d.add(d.lunchKey, `release#${OTHER_RELEASE}`, {
        appId: d.was.lunch.appId,
        release: OTHER_RELEASE,
        state: 'building',
        usedBy: d.was.second.publishId,
        fileCount: 1,
        sizeBytes: 1,
        indexSha256: 'x',
        hookVersion: '1',
        scanFindings: [],
        createdAt: LONG_AGO,
      }),
    ['release/stuck'],
  ],
];

const UNDER_WAY: Row[] = [
  [
    'a publish that runs without an execution',
    (d) => d.sql('DELETE FROM workflow_executions WHERE name = ?', `${d.was.dinner.publishId}-1`),
    ['publish/no-execution'],
  ],
  [
    'an execution that has ended under its publish',
    (d) =>
      d.sql(
        `UPDATE workflow_executions SET standing = '{"status":"FAILED","error":"x","endedAt":1}', rest = NULL, token = NULL WHERE name = ?`,
        `${d.was.dinner.publishId}-1`,
      ),
    ['publish/no-execution'],
  ],
  [
    'an execution of no publish',
    (d) =>
      d.sql(
        'UPDATE workflow_executions SET name = ? WHERE name = ?',
        `${OTHER_PUBLISH}-1`,
        `${d.was.dinner.publishId}-1`,
      ),
    ['execution/orphan', 'publish/no-execution'],
  ],
  [
    'an ended publish whose execution runs on',
    (d) => {
      d.edit(`publish#${d.was.dinner.publishId}`, 'publish', {
        status: 'failed',
        endedAt: LONG_AGO,
        nextAction: undefined,
      });
      d.sql(
        'UPDATE records SET due_pk = NULL, due_sk = NULL WHERE pk = ?',
        `publish#${d.was.dinner.publishId}`,
      );
    },
    ['decision/orphan', 'execution/runs-on', 'leftover/artifact', 'leftover/work'],
  ],
  [
    'a publish of no app',
    (d) => d.edit(`publish#${d.was.first.publishId}`, 'publish', { appId: OTHER_APP }),
    ['app/sequence', 'publish/app-missing', 'record/index'],
  ],
  [
    'a question nobody was asked',
    (d) => d.remove(openDecision(d), 'decision'),
    ['audit/orphan', 'decision/unlisted', 'publish/no-question'],
  ],
  [
    'a question of no publish',
    (d) => d.edit(openDecision(d), 'decision', { publishId: OTHER_PUBLISH }),
    ['decision/orphan', 'publish/no-question'],
  ],
  [
    'a question that was withdrawn while its publish waits',
    (d) => d.edit(openDecision(d), 'decision', { state: 'withdrawn' }),
    ['decision/unlisted', 'publish/no-question', 'record/index'],
  ],
  [
    'an open question that is not listed',
    (d) => d.sql("DELETE FROM records WHERE sk LIKE 'open#%'"),
    ['decision/unlisted'],
  ],
  [
    'a question that should be closed',
    (d) => d.edit(openDecision(d), 'decision', { dueAt: LONG_AGO }),
    ['decision/overdue'],
  ],
  [
    'an archive that is gone under a publish',
    (d) => d.deps.blobs.delete(`incoming/${d.was.dinner.publishId}.zip`),
    ['publish/artifact-missing'],
  ],
  [
    'an archive that is gone under a question',
    (d) => d.deps.blobs.delete(`incoming/${d.was.menu.publishId}.zip`),
    ['publish/artifact-missing'],
  ],
  [
    'an archive of a publish that has ended',
    (d) => put(d, `incoming/${d.was.first.publishId}.zip`),
    ['leftover/artifact'],
  ],
  ['an archive of no publish', (d) => put(d, `incoming/${OTHER_PUBLISH}.zip`), ['leftover/artifact']],
  ['an archive of no upload', (d) => d.remove(`upload#${d.was.uploadId}`, 'upload'), ['leftover/artifact']],
  ['an archive under an odd name', (d) => put(d, 'incoming/x'), ['leftover/artifact']],
  [
    'a listing of a publish that has ended',
    (d) => put(d, `work/${d.was.first.publishId}.json`),
    ['leftover/work'],
  ],
  ['a listing of no publish', (d) => put(d, `work/${OTHER_PUBLISH}.json`), ['leftover/work']],
];

const DUE: Row[] = [
  [
    'something long overdue',
    (d) =>
      d.sql(
        "UPDATE records SET due_sk = '2020' || substr(due_sk, 5) WHERE pk = ?",
        `upload#${d.was.uploadId}`,
      ),
    ['due/overdue', 'record/index'],
  ],
  [
    'an app that has forgotten what comes next',
    (d) => (
      d.edit(d.lunchKey, 'app', { nextAction: undefined }),
      d.sql("UPDATE records SET due_pk = NULL, due_sk = NULL WHERE pk = ? AND sk = 'app'", d.lunchKey)
    ),
    ['due/missing'],
  ],
  [
    'an app that expires later than it says',
    (d) => d.edit(d.lunchKey, 'app', { expiresAt: '2998-01-01T00:00:00.000Z' }),
    ['due/missing'],
  ],
  [
    'a publish nobody looks after',
    (d) => (
      d.edit(`publish#${d.was.dinner.publishId}`, 'publish', { nextAction: undefined }),
      d.sql(
        'UPDATE records SET due_pk = NULL, due_sk = NULL WHERE pk = ?',
        `publish#${d.was.dinner.publishId}`,
      )
    ),
    ['due/missing'],
  ],
  [
    'a question nobody closes',
    (d) => (
      d.edit(`publish#${d.was.menu.publishId}`, 'publish', { nextAction: undefined }),
      d.sql('UPDATE records SET due_pk = NULL, due_sk = NULL WHERE pk = ?', `publish#${d.was.menu.publishId}`)
    ),
    ['due/missing'],
  ],
];

const AUDIT: Row[] = [
  ['an audit entry that is gone', (d) => d.remove(`audit#${d.lunchKey}`, '0000000002'), ['audit/missing']],
  [
    'an audit entry that was edited',
    (d) => d.edit(`audit#${d.lunchKey}`, '0000000002', { by: 'person:eve' }),
    ['audit/altered'],
  ],
  [
    'an audit entry that is no JSON',
    (d) => d.sql("UPDATE records SET data = '{' WHERE pk = ? AND sk = '0000000002'", `audit#${d.lunchKey}`),
    ['audit/altered', 'record/damaged'],
  ],
  [
    'a record that has forgotten an entry',
    (d) => d.editWith(d.lunchKey, 'app', (app) => ({ ...app, auditSeq: Number(app['auditSeq']) - 1 })),
    ['audit/added'],
  ],
];

const MACHINE: Row[] = [
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
];

/** Everything somebody could plant, by what it is planted in. */
export const TABLES: [string, Row[]][] = [
  ['records', RECORDS],
  ['the catalog', CATALOG],
  ['the edge', EDGE],
  ['DNS', NAMES],
  ['certificates', CERTIFICATES],
  ['releases', RELEASES],
  ['publishes and questions', UNDER_WAY],
  ['what is due', DUE],
  ['the audit trail', AUDIT],
  ['the machine', MACHINE],
];
