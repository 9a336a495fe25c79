import { describe, expect, it } from 'vitest';
import { Apps } from '../../shared/apps/apps.ts';
import { auditing } from '../../shared/audit/audit.ts';
import { auditReport, everyStream } from '../../shared/audit/report.ts';
import { Decisions } from '../../shared/decisions/decisions.ts';
import { Platforms } from '../../shared/platforms/platforms.ts';
import { newPlatform } from '../../shared/platforms/secrets.ts';
import { Publishes } from '../../shared/publishes/publishes.ts';
import type { Operation } from '../../shared/records/record-store.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { type Team, TeamSchema } from '../../shared/teams/team.ts';
import { Teams } from '../../shared/teams/teams.ts';
import { appId, draftApp, publishId, T0 } from '../builders/app.ts';
import { acceptedPublish } from '../builders/publish.ts';
import { tempDatabase } from '../builders/temp.ts';

const team: Team = TeamSchema.parse({
  name: 'demo',
  title: 'Demo',
  businessUnit: 'Kitchen',
  costCenter: 'cc-1',
  zone: 'demo.apps.localhost',
  hostingEndpoint: { kind: 'address', ipv4: '127.0.0.1' },
  certificateId: 'c1',
  members: ['*'],
  leads: [],
  approvers: [],
  standingGrants: [],
  maxApps: 10,
  createdAt: T0,
  auditSeq: 0,
  auditHash: '',
});
const added = { at: T0, action: 'added', by: 'person:ada@example.com' };

/** A platform, a team, an app with two entries and a publish: five entries in four streams. */
async function openAudited() {
  const database = tempDatabase();
  const store = new SqliteRecordStore(database);
  const [apps, publishes, teams] = [new Apps(store), new Publishes(store), new Teams(store)];
  const [platforms, decisions] = [new Platforms(store), new Decisions(store)];
  let writes = 0;
  const save = (operations: Operation[]) => store.write({ opId: `test-${(writes += 1)}`, operations });
  await save(
    platforms.changing(undefined, newPlatform({ platformId: 'demo', title: 'Demo', teams: [] }, 0), added),
  );
  await save(teams.changing(undefined, team, added));
  await save(apps.changing(undefined, draftApp(), T0, { action: 'created', by: 'platform:demo' }));
  await save(
    publishes.changing(undefined, acceptedPublish('one'), T0, { action: 'accepted', by: 'platform:demo' }),
  );
  const change = async (action: string) =>
    save(
      apps.changing(await apps.get(appId()), (await apps.get(appId())).value, T0, {
        action,
        by: 'person:ada',
      }),
    );
  await change('held');
  const known: Partial<Deps> = { store, apps, publishes, teams, platforms, decisions };
  return { database, deps: known as Deps, change };
}

describe('the audit report', () => {
  it('counts every stream and entry, and finds a whole one whole', async () => {
    const { deps } = await openAudited();
    expect(await auditReport(deps)).toMatchObject({ ok: true, streams: 4, entries: 5, faults: [] });
    const subjects = [];
    for await (const { subject } of everyStream(deps)) subjects.push(subject);
    expect(subjects).toEqual(['platform#demo', 'team#demo', `app#${appId()}`, `publish#${publishId('one')}`]);
  });

  it('names the stream and the place of a fault', async () => {
    const { database, deps } = await openAudited();
    database.exec(
      `UPDATE records SET data = replace(data, 'held', 'hold') WHERE pk = 'audit#app#${appId()}'`,
    );
    expect(await auditReport(deps)).toMatchObject({
      ok: false,
      faults: [{ subject: `app#${appId()}`, seq: 2, fault: 'altered' }],
    });
  });
});

describe('against a head that was kept', () => {
  it('streams may have grown', async () => {
    const { deps, change } = await openAudited();
    const { head } = await auditReport(deps);
    await change('released');
    const later = await auditReport(deps, head);
    expect(later).toMatchObject({ ok: true, entries: 6 });
    expect(later.head).not.toBe(head);
    expect((await auditReport(deps, later.head)).head).toBe(later.head);
  });

  it('a tail that was cut off with its record’s head put back is found', async () => {
    const { database, deps, change } = await openAudited();
    const before = (await deps.apps.get(appId())).value;
    await change('released');
    const { head } = await auditReport(deps);
    database.exec(`DELETE FROM records WHERE pk = 'audit#app#${appId()}' AND sk = '0000000003'`);
    database.prepare("UPDATE records SET data = ? WHERE sk = 'app'").run(JSON.stringify(before));
    expect((await auditReport(deps)).ok).toBe(true);
    expect(await auditReport(deps, head)).toMatchObject({
      ok: false,
      faults: [{ subject: `app#${appId()}`, seq: 3, fault: 'rewritten' }],
    });
  });

  it('a stream that was made anew with its record’s head is found', async () => {
    const { database, deps } = await openAudited();
    const { head } = await auditReport(deps);
    const read = await deps.teams.find('demo');
    const forged = auditing(
      'team#demo',
      { auditSeq: 0, auditHash: '' },
      { ...added, by: 'person:eve@example.com' },
    );
    if (!read || forged.operation.op !== 'create') throw new Error('nothing to forge');
    const update = database.prepare('UPDATE records SET data = ? WHERE pk = ?');
    update.run(JSON.stringify(forged.operation.record.data), 'audit#team#demo');
    update.run(JSON.stringify({ ...read.value, ...forged.head }), 'team#demo');
    expect((await auditReport(deps)).ok).toBe(true);
    expect(await auditReport(deps, head)).toMatchObject({
      ok: false,
      faults: [{ subject: 'team#demo', seq: 1, fault: 'rewritten' }],
    });
  });

  it('a record that went with all its entries is found', async () => {
    const { database, deps } = await openAudited();
    const { head } = await auditReport(deps);
    database.exec("DELETE FROM records WHERE pk IN ('platform#demo', 'audit#platform#demo')");
    expect((await auditReport(deps)).ok).toBe(true);
    expect(await auditReport(deps, head)).toMatchObject({
      ok: false,
      faults: [{ seq: 1, fault: 'missing' }],
    });
  });
});
