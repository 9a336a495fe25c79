import { beingBuilt, OTHER_APP, OTHER_RELEASE, type Row } from './plant.ts';

/** What is stored: records, the catalog, what is due, the audit trail. */
export const RECORDS: Row[] = [
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
  [
    'a release of no app',
    (d) => d.add(`app#${OTHER_APP}`, `release#${OTHER_RELEASE}`, beingBuilt(d, OTHER_APP)),
    ['record/orphan'],
  ],
  [
    'a grant to no app',
    (d) =>
      d.add(`app#${OTHER_APP}`, 'grant#isolated', {
        appId: OTHER_APP,
        subject: 'isolated',
        until: '2998-01-01T00:00:00.000Z',
        decisionId: d.was.dinner.decision?.decisionId,
      }),
    ['record/orphan'],
  ],
];

export const CATALOG: Row[] = [
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

export const DUE: Row[] = [
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

export const AUDIT: Row[] = [
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
