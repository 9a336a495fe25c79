import { Conflict } from '../../shared/errors/errors.ts';
import { randomId } from '../../shared/ids/ids.ts';
import type {
  IndexKeys,
  JsonObject,
  Key,
  Operation,
  RecordStore,
} from '../../shared/records/record-store.ts';

export interface StoreHarness {
  store: RecordStore;
  /** Lets indexes that lag catch up. */
  settle: () => void;
}

export type OpenStore = () => StoreHarness | Promise<StoreHarness>;

export const key = (sk: string, pk = 'p'): Key => ({ pk, sk });
export const create = (at: Key, data: JsonObject = {}, index: IndexKeys = {}): Operation => ({
  op: 'create',
  key: at,
  record: { data, index },
});
export const replace = (at: Key, version: number, data: JsonObject, index: IndexKeys = {}): Operation => ({
  op: 'replace',
  key: at,
  version,
  record: { data, index },
});
export const remove = (at: Key, version: number): Operation => ({ op: 'remove', key: at, version });
export const check = (at: Key, version: number | 'absent'): Operation => ({ op: 'check', key: at, version });

/** Writes as a transaction that nobody wrote before. */
export const write = (store: RecordStore, ...operations: Operation[]): Promise<void> =>
  store.write({ opId: randomId('op'), operations });

/** The failures of the conflict that this write ends in; undefined when it succeeds. */
export async function failuresOf(writing: Promise<void>) {
  try {
    await writing;
    return undefined;
  } catch (error) {
    if (error instanceof Conflict) return error.failures;
    throw error;
  }
}
