/**
 * The one store of records, in both editions a single table.
 *
 * - `get` is strongly consistent. A query of the main table is too; a query of an index may lag, so what it finds is a
 *   hint, and acting on it needs a write conditional on the version read.
 * - The end of a query is only `next === undefined`: pages may be short or empty. Cursors are opaque.
 * - There is no unconditional write, no filter and no scan.
 */
export interface RecordStore {
  /** The record, or undefined when there is none. */
  get(key: Key): Promise<StoredRecord | undefined>;
  /** One page, ordered by the UTF-8 bytes of the sort key. */
  query(query: Query): Promise<Page>;
  /**
   * All operations or none.
   * @throws Conflict with every operation whose condition did not hold (unless all failing records already carry this
   * `opId`: then an earlier answer got lost and this is success).
   * @throws TooLarge over 25 operations, an item over 350 kB, or 3.5 MB in all.
   * @throws TypeError for what only a defect hands over: no operation or two on one key, what is no key, opId or JSON.
   * @throws Busy when the store is throttled or locked for longer than its retries.
   */
  write(transaction: Transaction): Promise<void>;
  /** Adds one to a counter of its own (not transactional) and returns the new value; the first is 1. */
  increment(counter: Key): Promise<number>;
}

/** Printable ASCII (0x21 to 0x7e). */
export interface Key {
  pk: string;
  sk: string;
}

/** The secondary indexes. A record is in an index only while it carries that index's keys. */
export type IndexName = 'owner' | 'team' | 'state' | 'due';
export type IndexKeys = Partial<Record<IndexName, Key>>;

/** Plain JSON: no `undefined`, no dates; numbers are safe integers. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export interface NewRecord {
  data: JsonObject;
  /** Sort keys end in the record's id, so that order is total. */
  index?: IndexKeys;
}

export interface StoredRecord extends NewRecord {
  key: Key;
  /** Set by the store: 1 at creation, one more at each replacement. */
  version: number;
  /** The transaction that wrote this version. */
  opId: string;
}

export type Operation =
  | { op: 'create'; key: Key; record: NewRecord }
  | { op: 'replace'; key: Key; version: number; record: NewRecord }
  | { op: 'remove'; key: Key; version: number }
  | { op: 'check'; key: Key; version: number | 'absent' };

export interface Transaction {
  /** Deterministic for what is being done, so that a repeat is recognised. At most 200 characters. */
  opId: string;
  /** At most 25, at most one per key. */
  operations: Operation[];
}

export interface Query {
  /** Absent: the main table. */
  index?: IndexName;
  /** The partition key's value. */
  partition: string;
  /** Bounds on the sort key, both inclusive; `prefix` excludes the others. */
  range?: { prefix: string } | { from?: string; to?: string };
  order?: 'ascending' | 'descending';
  /** Most records a page may hold; 1 to 1000, 100 unless told. */
  limit?: number;
  cursor?: string;
}

export interface Page {
  records: StoredRecord[];
  next?: string;
}

/** DynamoDB: 100 operations, 400 kB an item, 4 MB a transaction. Ours are lower, and the same in both editions. */
export const MAX_OPERATIONS = 25;
export const MAX_ITEM_BYTES = 350_000;
export const MAX_TRANSACTION_BYTES = 3_500_000;

/** Every record of a query, page by page. */
export async function* queryAll(store: RecordStore, query: Query): AsyncGenerator<StoredRecord> {
  let cursor = query.cursor;
  do {
    const page = await store.query(cursor === undefined ? query : { ...query, cursor });
    yield* page.records;
    cursor = page.next;
  } while (cursor !== undefined);
}
