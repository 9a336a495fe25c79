import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../shared/audit/audit.ts';
import { Comparison } from '../../shared/audit/compare.ts';
import { markId, readHead, rootOf } from '../../shared/audit/head.ts';
import { type AuditReport, auditReport, headDocument, keepDailyHead } from '../../shared/audit/report.ts';
import { everyStream } from '../../shared/audit/streams.ts';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { RequestRefused } from '../../shared/errors/errors.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { publishId, T0 } from '../builders/app.ts';
import { around } from '../builders/around.ts';
import { APP, Forger, openAudited } from '../builders/audited.ts';
import { tempFolder } from '../builders/temp.ts';

const PUBLISH = `publish#${publishId('one')}`;

const said = ({ faults }: AuditReport) =>
  faults.map(
    ({ subject, name, seq, to, fault }) =>
      `${subject === 'trail' ? name : subject} ${to === undefined ? seq : `${seq}-${to}`} ${fault}`,
  );

describe('the audit report', () => {
  it('counts every stream and entry, and finds a whole one whole', async () => {
    const { deps } = await openAudited();
    expect(await auditReport(deps)).toMatchObject({
      ok: true,
      streams: 4,
      entries: 5,
      faults: [],
      compared: [],
    });
    const found = [];
    for await (const { subject, name } of everyStream(deps.store)) found.push([subject, name]);
    expect(found).toEqual([
      ['platform#demo', 'platform demo'],
      ['team#demo', 'team demo'],
      [APP, 'app demo/lunch'],
      [PUBLISH, `publish ${publishId('one')} of demo/lunch`],
    ]);
  });

  it('says of a fault where it is, what it is about, and what it means', async () => {
    const { database, deps } = await openAudited();
    new Forger(database).editEntry(APP, 2, (entry) => ({ ...entry, action: 'hold' }));
    const [fault] = (await auditReport(deps)).faults;
    expect(fault).toEqual({
      subject: APP,
      name: 'app demo/lunch',
      seq: 2,
      fault: 'altered',
      text: 'app demo/lunch, entry 2: altered: it is not what was sealed',
    });
  });

  it('tells no fault of a record that changes while it is read', async () => {
    const { deps, change } = await openAudited();
    let changes = 2;
    const store = around(deps.store, async (call) => {
      const [query] = call.args as [{ partition?: string }];
      // Between the record and its entries, every time it is read, twice.
      if (call.verb === 'query' && query.partition === `audit#${APP}` && (changes -= 1) >= 0)
        await change('held');
      return call.go();
    });
    expect(await auditReport({ ...deps, store })).toMatchObject({ ok: true, entries: 7 });
    expect(changes).toBe(-1);
  });

  it.each(['app-state#draft', 'teams', 'platforms'])(
    'sees the rest when something in the list %s can not be read',
    async (partition) => {
      const { database, deps } = await openAudited();
      database
        .prepare("UPDATE records SET data = '{' WHERE state_pk = ? OR team_pk = ?")
        .run(partition, partition);
      const report = await auditReport(deps);
      expect(report.streams).toBe(4);
      expect(report.faults.map(({ fault }) => fault)).toEqual(['added']);
    },
  );
});

describe('what nothing leads to any more', () => {
  it.each([
    ['the record is gone', ['records'], `${APP} 2 orphan`],
    ['the record and the first entry are gone', ['records', 'first'], undefined],
  ])('%s: its entries are found all the same', async (_, what, expected) => {
    const { database, deps } = await openAudited();
    if (what.includes('records')) database.prepare('DELETE FROM records WHERE pk = ?').run(APP);
    if (what.includes('first')) new Forger(database).cut(APP, 1);
    expect(said(await auditReport(deps))).toEqual(expected === undefined ? [] : [expected]);
  });

  it('an app of a team that is gone is seen, and so is its publish', async () => {
    const { database, deps } = await openAudited();
    new Forger(database).erase('team#demo');
    expect(await auditReport(deps)).toMatchObject({ ok: true, streams: 3 });
  });

  it('a publish of an app that never was, as a trial is, has a stream like any other', async () => {
    const { database, deps } = await openAudited();
    database.prepare('DELETE FROM records WHERE pk IN (?, ?)').run(APP, `audit#${APP}`);
    expect(await auditReport(deps)).toMatchObject({ ok: true, streams: 3 });
    new Forger(database).editEntry(PUBLISH, 1, (entry) => ({ ...entry, by: 'platform:other' }));
    expect(said(await auditReport(deps))).toEqual([`${PUBLISH} 1 altered`]);
  });
});

/** What somebody did to the database, and what the report then says; `document` where a document says more. */
interface Case {
  did: string;
  plant: (forger: Forger) => void;
  expected: string[];
  alone: string[];
  document?: string[];
}

const CASES: Case[] = [
  {
    did: 'deleted the last entry',
    plant: (f) => f.cut(APP, 3),
    alone: [`${APP} 3 missing`],
    expected: [`${APP} 3 missing`],
  },
  {
    did: 'deleted the last entry and mended the record',
    plant: (f) => f.cut(APP, 3, true),
    alone: [],
    expected: [`${APP} 3 missing`],
  },
  {
    did: 'deleted the last two entries and mended the record',
    plant: (f) => [3, 2].forEach((seq) => f.cut(APP, seq, true)),
    alone: [],
    expected: [`${APP} 2-3 missing`],
  },
  {
    did: 'deleted an entry in the middle',
    plant: (f) => f.cut(APP, 2),
    alone: [`${APP} 2 missing`],
    expected: [`${APP} 2 missing`],
  },
  {
    did: 'edited an entry',
    plant: (f) => f.editEntry(APP, 2, (e) => ({ ...e, by: 'person:eve' })),
    alone: [`${APP} 2 altered`],
    expected: [`${APP} 2 altered`],
  },
  {
    did: 'edited the last entry',
    plant: (f) => f.editEntry(APP, 3, (e) => ({ ...e, by: 'person:eve' })),
    alone: [`${APP} 3 altered`],
    expected: [`${APP} 3 altered`],
  },
  {
    did: 'edited an entry and sealed everything anew',
    plant: (f) => f.rewrite(APP, 2, (e) => ({ ...e, by: 'person:eve' })),
    alone: [],
    expected: [`${APP} 3 rewritten`],
  },
  {
    did: 'edited the only entry of a team and sealed it anew',
    plant: (f) => f.rewrite('team#demo', 1, (e) => ({ ...e, by: 'person:eve' })),
    alone: [],
    expected: ['team#demo 1 rewritten'],
  },
  {
    did: 'swapped two entries',
    plant: (f) => f.swap(APP, 1, 2),
    alone: [`${APP} 1 out-of-order`, `${APP} 2 out-of-order`],
    expected: [`${APP} 1 out-of-order`, `${APP} 2 out-of-order`],
  },
  {
    did: 'swapped the last two entries',
    plant: (f) => f.swap(APP, 2, 3),
    alone: [`${APP} 2 out-of-order`, `${APP} 3 out-of-order`],
    expected: [`${APP} 2 out-of-order`, `${APP} 3 out-of-order`],
  },
  {
    did: 'erased an app with its entries',
    plant: (f) => f.erase(APP),
    alone: [],
    expected: [`${markId(APP)} 1-3 missing`],
  },
  {
    did: 'erased a team with its entry',
    plant: (f) => f.erase('team#demo'),
    alone: [],
    expected: [`${markId('team#demo')} 1 missing`],
  },
  {
    did: 'erased a platform with its entry',
    plant: (f) => f.erase('platform#demo'),
    alone: [],
    expected: [`${markId('platform#demo')} 1 missing`],
  },
];

describe('against a head that was kept', () => {
  it('streams may have grown, and new ones begun', async () => {
    const { deps, change } = await openAudited();
    const { head } = await auditReport(deps);
    await change('released');
    const later = await auditReport(deps, head);
    expect(later).toMatchObject({ ok: true, entries: 6, compared: [{ what: 'the head given' }] });
    expect(later.head).not.toBe(head);
    expect(await auditReport(deps, later.head)).toMatchObject({ ok: true, faults: [] });
    expect(await auditReport(deps, await headDocument(deps))).toMatchObject({ ok: true, faults: [] });
  });

  it.each(CASES)('somebody $did', async ({ plant, alone, expected }) => {
    const { database, deps, change } = await openAudited();
    await change('released');
    const line = (await auditReport(deps)).head;
    const document = await headDocument(deps);
    expect(line).toMatch(/^h1\.[\w.-]+$/);
    plant(new Forger(database));
    expect(said(await auditReport(deps))).toEqual(alone);
    const byLine = await auditReport(deps, line);
    expect({ ok: byLine.ok, faults: said(byLine) }).toEqual({ ok: false, faults: expected });
    expect(said(await auditReport(deps, document))).toEqual(expected);
    // As it was printed, and as it was saved with --json.
    expect(said(await auditReport(deps, `All is well.\nHead: ${line}\n`))).toEqual(expected);
    expect(said(await auditReport(deps, JSON.stringify({ ok: true, head: line })))).toEqual(expected);
  });

  it('a document names what is gone, which a line can not', async () => {
    const { database, deps } = await openAudited();
    const [line, document] = [(await auditReport(deps)).head, await headDocument(deps)];
    new Forger(database).erase(APP);
    expect((await auditReport(deps, document)).faults[0]?.name).toBe('app demo/lunch');
    expect((await auditReport(deps, line)).faults[0]?.name).toBe(`a record that is gone (${markId(APP)})`);
  });

  it('an older database is named as one, and what it lacks', async () => {
    const { database, deps, change } = await openAudited();
    const backup = join(tempFolder(), 'backup.db');
    database.exec(`VACUUM INTO '${backup}'`);
    await change('released');
    const { head } = await auditReport(deps);
    const older = await openAudited();
    older.database.exec(`DELETE FROM records; ATTACH '${backup}' AS old;`);
    older.database.exec('INSERT INTO records SELECT * FROM old.records');
    const restored = { ...deps, store: older.deps.store };
    const report = await auditReport(restored, head);
    expect(said(report)).toEqual(['the head given 0 older-database', `${APP} 3 missing`]);
    // However often it is checked, with and without.
    await auditReport(restored);
    expect(said(await auditReport(restored, head))).toEqual(said(report));
  });

  it.each<[string, (head: string) => string]>([
    ['another id', (head) => head.replace(/^h1\.\w+\./, 'h1.abc.')],
    ['another signature', (head) => head.replace(/.{4}$/, 'AAAA')],
    ['another digest', (head) => head.replace(/\.[0-9a-f]{64}\./, `.${'0'.repeat(64)}.`)],
    ['other counts', (head) => head.replace(/^(h1\.\w+\.\w+\.\w+)\.5\./, '$1.4.')],
  ])('one with %s is noticed', async (_, forge) => {
    const { deps } = await openAudited();
    const { head } = await auditReport(deps);
    expect(forge(head)).not.toBe(head);
    expect(said(await auditReport(deps, forge(head)))).toContain('the head given 0 forged');
  });

  it('a document in which a name was changed is noticed', async () => {
    const { deps } = await openAudited();
    const document = (await headDocument(deps)).replace('app demo/lunch', 'app demo/other');
    expect(said(await auditReport(deps, document))).toEqual(['the head given 0 forged']);
  });

  it('one that was signed with another key is noticed', async () => {
    const { deps } = await openAudited();
    const signer = await LocalSigner.open(join(tempFolder(), 'keys.json'));
    const { head } = await auditReport({ ...deps, signer });
    expect(said(await auditReport(deps, head))).toEqual(['the head given 0 forged']);
  });

  it('marks that fit by chance do not hide that the digest does not', async () => {
    const { deps, database } = await openAudited();
    const { head } = await auditReport(deps);
    const kept = await readHead(head, deps.signer);
    // An entry forged until the beginning of its hash is the one kept: here the rest of the hash is changed.
    const [first] = new Forger(database).entries('team#demo');
    const hash = `${first?.hash.slice(0, 6)}${'0'.repeat(58)}`;
    new Forger(database).editEntry('team#demo', 1, (entry) => ({ ...entry, hash }));
    expect(kept.marks?.find(({ id }) => id === markId('team#demo'))?.hash).toBe(hash.slice(0, 6));
    expect(said(await auditReport(deps, head))).toEqual([
      'team#demo 1 altered',
      'the head given 5 rewritten',
    ]);
  });

  it('a mark is looked for at its own place, where another hash begins alike', () => {
    const [one, two] = ['1', '2'].map((end) => `aaaaaa${end.repeat(58)}`) as [string, string];
    const entries = [one, two].map((hash, i) => ({ place: i + 1, entry: { hash } as AuditEntry }));
    const stream = { subject: APP, name: 'app demo/lunch', entries, faults: [] };
    const root = rootOf([{ subject: APP, seq: 2, hash: two }]);
    const marks = [{ id: markId(APP), seq: 2, hash: 'aaaaaa' }];
    const head = { id: 'x', at: T0, streams: 1, entries: 2, root, marks, genuine: true };
    const comparison = new Comparison({ title: 'a head', head, issued: true });
    comparison.look(stream);
    expect(comparison.faults({ entries: 2, root })).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'hello'],
    ['a part of a line', 'h1.1.abc'],
    ['a line whose marks are cut', 'h1.1.mm3mpfk0.4.5.ROOT.AAAAAAA.k1.mac'],
    ['a line with a count that is none', 'h1.-.mm3mpfk0.4.5.ROOT.AAAA.k1.mac'],
    ['half a document', '{"cottageAuditHead":1,"marks":['],
    ['another document', '{"hello":1}'],
    ['the old form', 'aaaaaaaaaaaa.1.0123456789abcdef~bbbbbbbbbbbb.2.0123456789abcdef'],
  ])('%s is refused as none', async (_, text) => {
    const { deps } = await openAudited();
    const asked = auditReport(deps, text.replace('ROOT', 'a'.repeat(64)));
    await expect(asked).rejects.toThrow(RequestRefused);
    await expect(asked).rejects.toThrow('audit/head-invalid');
  });
});

/** More streams than fit, as entries alone: what is about them does not matter here. */
async function openLong(streams: number) {
  const audited = await openAudited();
  const { database } = audited;
  const row = database.prepare('SELECT * FROM records WHERE pk = ?').get('audit#team#demo');
  const entry = JSON.parse(String(row?.data)) as { hash: string };
  const insert = database.prepare(
    `INSERT INTO records (pk, sk, version, op_id, data, state_pk, state_sk) VALUES (?, '0000000001', 1, 'x', ?, ?, ?)`,
  );
  database.exec('BEGIN');
  for (let i = 0; i < streams; i += 1) {
    const subject = `publish#p${i}`;
    insert.run(`audit#${subject}`, JSON.stringify({ ...entry, subject }), 'audit-streams#0', subject);
  }
  database.exec('COMMIT');
  return audited;
}

describe('a trail too long for one line', () => {
  it('of some thousand streams fits', async () => {
    const { deps } = await openLong(8_000);
    const { head } = await auditReport(deps);
    expect(head.slice(0, 3)).toBe('h1.');
    expect(head.length).toBeLessThan(128 * 1024 - 1_000);
  }, 180_000);

  it('has a short head, for which the whole is kept, and says all the same what is gone', async () => {
    const { deps, folder, database, clock } = await openLong(10_500);
    const { head } = await auditReport(deps);
    expect(head).toMatch(/^s1\./);
    expect(head.length).toBeLessThan(200);
    const [file = ''] = readdirSync(join(folder, 'audit-heads'));
    expect(file).toMatch(/^2026-03-02-[a-z2-7]{16}\.json$/);
    new Forger(database).cut(APP, 2, true);
    // What is kept later knows nothing of it, and goes before what was kept then.
    for (let day = 0; day < 3; day += 1) {
      clock.advance(DAY_MS);
      await keepDailyHead(deps);
    }
    const report = await auditReport(deps, head);
    expect(said(report)).toEqual(expect.arrayContaining([`${APP} 2 missing`]));
    expect(report.compared.map(({ what }) => what)).toContain(`audit-heads/${file}`);
    // Somebody who takes that file away as well leaves the counts.
    const alone = { ...deps, keptHeads: (await openAudited()).deps.keptHeads };
    expect(said(await auditReport(alone, head))).toContain('the head given 10505 missing');
  }, 180_000);
});

describe('every day', () => {
  it('a head is kept, once, that only its owner may read and nobody may write', async () => {
    const { deps, folder, clock } = await openAudited();
    expect(await keepDailyHead(deps)).toBe(true);
    expect(await keepDailyHead(deps)).toBe(false);
    clock.advance(DAY_MS);
    expect(await keepDailyHead(deps)).toBe(true);
    const kept = join(folder, 'audit-heads');
    expect(readdirSync(kept).toSorted()).toEqual(['2026-03-02.json', '2026-03-03.json']);
    expect(statSync(join(kept, '2026-03-02.json')).mode & 0o777).toBe(0o400);
    expect(statSync(kept).mode & 0o777).toBe(0o700);
    const report = await auditReport(deps);
    expect(report).toMatchObject({ ok: true });
    expect(report.compared.map(({ what }) => what)).toEqual([
      'audit-heads/2026-03-02.json',
      'audit-heads/2026-03-03.json',
    ]);
  });

  it('what was changed since is found without a head being given, and is an alarm the next day', async () => {
    const { deps, database, clock, alarms, change } = await openAudited();
    await keepDailyHead(deps);
    await change('released');
    expect(alarms).toEqual([]);
    new Forger(database).rewrite(APP, 1, (entry) => ({ ...entry, by: 'person:eve' }));
    expect(said(await auditReport(deps))).toEqual([`${APP} 2 rewritten`]);
    clock.advance(DAY_MS);
    await keepDailyHead(deps);
    expect(alarms).toMatchObject([{ alarm: 'audit-broken', subject: APP, seq: 2, fault: 'rewritten' }]);
    // The new head takes what it found as it is; the one before it goes on telling.
    expect(said(await auditReport(deps))).toEqual([`${APP} 2 rewritten`]);
  });

  it('a kept head that is damaged is told', async () => {
    const { deps, folder } = await openAudited();
    await keepDailyHead(deps);
    const file = join(folder, 'audit-heads', '2026-03-02.json');
    chmodSync(file, 0o600);
    writeFileSync(file, '{"cottageAuditHead":1');
    expect(said(await auditReport(deps))).toEqual(['audit-heads/2026-03-02.json 0 forged']);
  });

  it('the newest three are compared with', async () => {
    const { deps, clock } = await openAudited();
    for (let day = 0; day < 5; day += 1) {
      await keepDailyHead(deps);
      clock.advance(DAY_MS);
    }
    const { compared } = await auditReport(deps);
    expect(compared.map(({ what }) => what.slice(-7))).toEqual(['04.json', '05.json', '06.json']);
  });
});
