import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Apps } from '../../shared/apps/apps.ts';
import { type AuditEntry, auditing } from '../../shared/audit/audit.ts';
import { LocalKeptHeads } from '../../shared/audit/local-kept-heads.ts';
import type { AuditDeps } from '../../shared/audit/report.ts';
import { Platforms } from '../../shared/platforms/platforms.ts';
import { newPlatform } from '../../shared/platforms/secrets.ts';
import { Publishes } from '../../shared/publishes/publishes.ts';
import type { Operation } from '../../shared/records/record-store.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { type Team, TeamSchema } from '../../shared/teams/team.ts';
import { Teams } from '../../shared/teams/teams.ts';
import { appId, draftApp, T0 } from './app.ts';
import { TestClock } from './clock.ts';
import { acceptedPublish } from './publish.ts';
import { tempDatabase, tempFolder } from './temp.ts';

export const APP = `app#${appId()}`;

const team: Team = TeamSchema.parse({
  state: 'ready',
  stateSince: '2026-03-02T09:00:00.000Z',
  stateBy: 'cottage',
  attempt: 1,
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
export async function openAudited() {
  const folder = tempFolder();
  const database = tempDatabase(folder);
  const store = new SqliteRecordStore(database);
  const [apps, publishes, teams] = [new Apps(store), new Publishes(store), new Teams(store)];
  const platforms = new Platforms(store);
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
  /** One more entry about the app. */
  const change = async (action: string) => {
    const read = await apps.get(appId());
    await save(apps.changing(read, read.value, T0, { action, by: 'person:ada' }));
  };
  await change('held');
  const clock = new TestClock(Date.parse(T0));
  const alarms: object[] = [];
  const log: AuditDeps['log'] = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (_, detail) => void alarms.push(detail ?? {}),
  };
  const deps: AuditDeps = {
    store,
    clock,
    signer: await LocalSigner.open(join(folder, 'keys.json')),
    keptHeads: new LocalKeptHeads(join(folder, 'audit-heads')),
    log,
  };
  return { folder, database, deps, change, save, clock, alarms, apps, teams, publishes };
}

/** What somebody does who can write to the database, and knows how it is made. */
export class Forger {
  readonly #database: DatabaseSync;
  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Rewrites the data of every record of this partition. */
  edit(pk: string, sk: string, change: (data: Record<string, unknown>) => object): void {
    const row = this.#database.prepare('SELECT data FROM records WHERE pk = ? AND sk = ?').get(pk, sk);
    const data = change(JSON.parse(String(row?.data)) as Record<string, unknown>);
    const update = this.#database.prepare('UPDATE records SET data = ? WHERE pk = ? AND sk = ?');
    update.run(JSON.stringify(data), pk, sk);
  }

  editEntry(subject: string, seq: number, change: (entry: AuditEntry) => object): void {
    this.edit(`audit#${subject}`, key(seq), (data) => change(data as unknown as AuditEntry));
  }

  /** Removes one entry; with `mend` the record then claims that it ends there. */
  cut(subject: string, seq: number, mend = false): void {
    this.#database.prepare('DELETE FROM records WHERE pk = ? AND sk = ?').run(`audit#${subject}`, key(seq));
    const before = mend && this.entries(subject).at(-1);
    if (before) this.head(subject, before.seq, before.hash);
  }

  /** The record's own head. */
  head(subject: string, auditSeq: number, auditHash: string): void {
    const [kind = ''] = subject.split('#');
    this.edit(subject, kind, (data) => ({ ...data, auditSeq, auditHash }));
  }

  /** Two entries change places, number and all. */
  swap(subject: string, one: number, other: number): void {
    const entries = this.entries(subject);
    this.editEntry(subject, one, () => ({ ...entries[other - 1], seq: one }));
    this.editEntry(subject, other, () => ({ ...entries[one - 1], seq: other }));
  }

  /** Changes one entry, seals it and all that follow anew, and mends the record. */
  rewrite(subject: string, seq: number, change: (entry: AuditEntry) => AuditEntry): void {
    let head = { auditSeq: 0, auditHash: '' };
    for (const entry of this.entries(subject)) {
      const { at, action, by, detail } = entry.seq === seq ? change(entry) : entry;
      const { operation, head: next } = auditing(subject, head, { at, action, by, detail });
      if (operation.op === 'create') this.editEntry(subject, entry.seq, () => operation.record.data);
      head = next;
    }
    this.head(subject, head.auditSeq, head.auditHash);
  }

  /** Removes a record and its whole stream. */
  erase(subject: string): void {
    this.#database.prepare('DELETE FROM records WHERE pk IN (?, ?)').run(subject, `audit#${subject}`);
  }

  entries(subject: string): AuditEntry[] {
    const rows = this.#database
      .prepare('SELECT data FROM records WHERE pk = ? ORDER BY sk')
      .all(`audit#${subject}`);
    return rows.map(({ data }) => JSON.parse(String(data)) as AuditEntry);
  }
}

const key = (seq: number): string => String(seq).padStart(10, '0');
