import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { transact, unlessBusy } from '../../local/database.ts';
import { Busy, Conflict, CorruptRecord, type FailedOperation } from '../errors/errors.ts';
import { checkKey, checkTransaction } from './item-rules.ts';
import type {
  IndexName,
  JsonObject,
  Key,
  NewRecord,
  Operation,
  Page,
  Query,
  RecordStore,
  StoredRecord,
  Transaction,
} from './record-store.ts';

const INDEXES: readonly IndexName[] = ['owner', 'team', 'state', 'due'];

// Records keep their row ids: without, rows of a few kB fill the key's tree, which makes the file half as large again.
const TABLES = `
  CREATE TABLE IF NOT EXISTS records (
    pk TEXT NOT NULL, sk TEXT NOT NULL, version INTEGER NOT NULL, op_id TEXT NOT NULL, data TEXT NOT NULL,
    ${INDEXES.map((name) => `${name}_pk TEXT, ${name}_sk TEXT`).join(', ')},
    PRIMARY KEY (pk, sk)
  ) STRICT;
  ${INDEXES.map(
    (name) =>
      `CREATE INDEX IF NOT EXISTS records_${name} ON records (${name}_pk, ${name}_sk) WHERE ${name}_pk IS NOT NULL;`,
  ).join('\n')}
  CREATE TABLE IF NOT EXISTS counters (pk TEXT NOT NULL, sk TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (pk, sk))
    STRICT, WITHOUT ROWID;
`;

/** Ways a test makes this adapter as unkind as the other edition's store can be. None of them breaks the contract. */
export interface Unkindness {
  /** Index reads answer from the state at the last `settle()`. */
  lagIndexes?: boolean;
  /** 0 to 1, from a seeded source: cuts pages short, down to empty ones. */
  cutPages?: () => number;
}

/** `RecordStore` over one SQLite table. */
export class SqliteRecordStore implements RecordStore {
  readonly #database: DatabaseSync;
  readonly #unkindness: Unkindness;
  readonly #statements = new Map<string, StatementSync>();
  /** What the indexes show while they lag: rows as they were at the last `settle()`. */
  #settled: StoredRecord[] | undefined;

  constructor(database: DatabaseSync, unkindness: Unkindness = {}) {
    this.#database = database;
    this.#unkindness = unkindness;
    database.exec(TABLES);
    this.settle();
  }

  /** Lets lagging indexes catch up. */
  settle(): void {
    if (!this.#unkindness.lagIndexes) return;
    this.#settled = this.#prepare('SELECT * FROM records').all().map(toRecord);
  }

  async get(key: Key): Promise<StoredRecord | undefined> {
    checkKey(key);
    const row = unlessBusy(() =>
      this.#prepare('SELECT * FROM records WHERE pk = ? AND sk = ?').get(key.pk, key.sk),
    );
    return row === undefined ? undefined : toRecord(row);
  }

  async query(query: Query): Promise<Page> {
    const limit = query.limit ?? 100;
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw new TypeError(`limit is not 1 to 1000: ${limit}`);
    const cut = this.#unkindness.cutPages;
    const size = cut ? Math.floor(cut() * (limit + 1)) : limit;
    const after = query.cursor === undefined ? undefined : readCursor(query.cursor);
    // One more than the page holds tells whether there is a next page.
    const found = this.#settled && query.index ? this.#lagged(query) : this.#rows(query, after, size + 1);
    const rest = after === undefined ? found : found.filter((r) => isAfter(sortKey(r, query), after, query));
    const records = rest.slice(0, size);
    const last = records.at(-1);
    if (rest.length <= size) return { records };
    if (last) return { records, next: writeCursor(sortKey(last, query)) };
    return { records, next: query.cursor ?? writeCursor(START) };
  }

  async write(transaction: Transaction): Promise<void> {
    checkTransaction(transaction);
    await retryingBusy(() => this.#write(transaction));
  }

  async increment(counter: Key): Promise<number> {
    checkKey(counter);
    return retryingBusy(() =>
      transact(this.#database, () => {
        const row = this.#prepare(
          `INSERT INTO counters (pk, sk, value) VALUES (?, ?, 1)
           ON CONFLICT (pk, sk) DO UPDATE SET value = value + 1 RETURNING value`,
        ).get(counter.pk, counter.sk);
        return Number(row?.value);
      }),
    );
  }

  #write({ opId, operations }: Transaction): void {
    transact(this.#database, () => {
      const failures: FailedOperation[] = [];
      let allOurs = true;
      for (const operation of operations) {
        const { pk, sk } = operation.key;
        const row = this.#prepare('SELECT version, op_id FROM records WHERE pk = ? AND sk = ?').get(pk, sk);
        const actual = row === undefined ? ('absent' as const) : Number(row.version);
        const expected = operation.op === 'create' ? ('absent' as const) : operation.version;
        if (actual === expected) continue;
        failures.push({ key: operation.key, expected, actual });
        // A removal repeated finds nothing, which is as it left it; all else must carry our mark.
        const ours =
          operation.op === 'remove' ? actual === 'absent' : row?.op_id === opId && operation.op !== 'check';
        allOurs &&= ours;
      }
      if (failures.length > 0) {
        const marked = failures.some((f) => f.actual !== 'absent');
        if (allOurs && marked) return;
        throw new Conflict(failures);
      }
      for (const operation of operations) this.#apply(operation, opId);
    });
  }

  #apply(operation: Operation, opId: string): void {
    const { pk, sk } = operation.key;
    switch (operation.op) {
      case 'create':
        this.#put(operation.key, operation.record, 1, opId);
        return;
      case 'replace':
        this.#put(operation.key, operation.record, operation.version + 1, opId);
        return;
      case 'remove':
        this.#prepare('DELETE FROM records WHERE pk = ? AND sk = ?').run(pk, sk);
        return;
      case 'check':
        return;
    }
  }

  #put(key: Key, record: NewRecord, version: number, opId: string): void {
    const columns = INDEXES.flatMap((name) => [`${name}_pk`, `${name}_sk`]);
    this.#prepare(
      `INSERT OR REPLACE INTO records (pk, sk, version, op_id, data, ${columns.join(', ')})
       VALUES (?, ?, ?, ?, ?, ${columns.map(() => '?').join(', ')})`,
    ).run(
      key.pk,
      key.sk,
      version,
      opId,
      JSON.stringify(record.data),
      ...INDEXES.flatMap((name) => [record.index?.[name]?.pk ?? null, record.index?.[name]?.sk ?? null]),
    );
  }

  #rows(query: Query, after: string | undefined, limit: number): StoredRecord[] {
    const column = query.index ? `${query.index}_` : '';
    const where = [`${column}pk = ?`];
    const values: (string | number)[] = [query.partition];
    const { from, to } = bounds(query);
    if (from !== undefined) {
      values.push(from);
      where.push(`${column}sk >= ?`);
    }
    if (to !== undefined) {
      values.push(to);
      where.push(`${column}sk <= ?`);
    }
    const descending = query.order === 'descending';
    if (after !== undefined && after !== START) {
      values.push(after);
      where.push(`${column}sk ${descending ? '<' : '>'} ?`);
    }
    values.push(limit);
    const sql = `SELECT * FROM records WHERE ${where.join(' AND ')} ORDER BY ${column}sk ${descending ? 'DESC' : 'ASC'} LIMIT ?`;
    return unlessBusy(() => this.#prepare(sql).all(...values)).map(toRecord);
  }

  #lagged(query: Query): StoredRecord[] {
    const { from, to } = bounds(query);
    const sign = query.order === 'descending' ? -1 : 1;
    return (this.#settled ?? [])
      .filter((r) => query.index && r.index?.[query.index]?.pk === query.partition)
      .filter(
        (r) =>
          (from === undefined || sortKey(r, query) >= from) && (to === undefined || sortKey(r, query) <= to),
      )
      .toSorted((a, b) => (sortKey(a, query) < sortKey(b, query) ? -sign : sign));
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** A cursor before the first record: what an empty first page hands on. */
const START = ' ';

const sortKey = (record: StoredRecord, query: Query): string =>
  (query.index ? record.index?.[query.index]?.sk : record.key.sk) ?? '';

function isAfter(sk: string, after: string, query: Query): boolean {
  if (after === START) return true;
  return query.order === 'descending' ? sk < after : sk > after;
}

function bounds({ range }: Query): { from?: string; to?: string } {
  if (range === undefined) return {};
  // Keys are printable ASCII: everything with the prefix sorts before prefix + DEL.
  return 'prefix' in range ? { from: range.prefix, to: `${range.prefix}\x7f` } : range;
}

const writeCursor = (sk: string): string => Buffer.from(sk).toString('base64url');
const readCursor = (cursor: string): string => Buffer.from(cursor, 'base64url').toString();

function toRecord(row: Record<string, unknown>): StoredRecord {
  const key = { pk: String(row.pk), sk: String(row.sk) };
  const index: NonNullable<StoredRecord['index']> = {};
  for (const name of INDEXES) {
    const pk = row[`${name}_pk`];
    if (pk !== null) index[name] = { pk: String(pk), sk: String(row[`${name}_sk`]) };
  }
  let data: JsonObject;
  try {
    data = JSON.parse(String(row.data)) as JsonObject;
  } catch (cause) {
    throw new CorruptRecord(`${key.pk}/${key.sk} is not JSON`, { cause });
  }
  return { key, version: Number(row.version), opId: String(row.op_id), data, index };
}

const TRIES = 5;

/** Another process may hold the write lock: five tries with full jitter, then `Busy`. */
async function retryingBusy<T>(work: () => T): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return unlessBusy(work);
    } catch (error) {
      const isLocked = error instanceof Busy && error.reason === 'busy';
      if (!isLocked || attempt === TRIES) throw error;
      await delay(Math.random() * 20 * 2 ** attempt);
    }
  }
}
