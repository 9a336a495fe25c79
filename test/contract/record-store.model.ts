import * as fc from 'fast-check';
import type { FailedOperation } from '../../shared/errors/errors.ts';
import type { JsonObject, Operation, StoredRecord, Transaction } from '../../shared/records/record-store.ts';
import { check, create, key, remove, replace } from './record-operations.ts';

/** What a store of records must do, said as plainly as possible: a map, and every rule of a transaction. */
export class ModelStore {
  readonly records = new Map<string, StoredRecord>();

  /** The failures of the conflict it ends in; undefined when it succeeds. */
  write({ opId, operations }: Transaction): FailedOperation[] | undefined {
    const failing = operations.filter((operation) => this.#actual(operation) !== expectedBy(operation));
    if (failing.length === 0) {
      for (const operation of operations) this.#apply(operation, opId);
      return undefined;
    }
    const written = failing.filter(({ op }) => op === 'create' || op === 'replace');
    const isRepeat =
      failing.every(({ op }) => op !== 'check') &&
      failing.every((operation) => operation.op !== 'remove' || this.#actual(operation) === 'absent') &&
      written.length > 0 &&
      written.every(({ key: { sk } }) => this.records.get(sk)?.opId === opId);
    if (isRepeat) return undefined;
    return failing.map((operation) => ({
      key: operation.key,
      expected: expectedBy(operation),
      actual: this.#actual(operation),
    }));
  }

  #actual(operation: Operation): number | 'absent' {
    return this.records.get(operation.key.sk)?.version ?? 'absent';
  }

  #apply(operation: Operation, opId: string): void {
    const { sk } = operation.key;
    if (operation.op === 'remove') this.records.delete(sk);
    if (operation.op !== 'create' && operation.op !== 'replace') return;
    const version = operation.op === 'create' ? 1 : operation.version + 1;
    this.records.set(sk, { key: operation.key, version, opId, data: operation.record.data, index: {} });
  }
}

const expectedBy = (operation: Operation): number | 'absent' =>
  operation.op === 'create' ? 'absent' : operation.version;

const SORT_KEYS = ['a', 'b', 'c', 'd'];
const version = fc.integer({ min: 1, max: 3 });
const data = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 3 }), fc.maxSafeInteger(), {
  maxKeys: 2,
  noNullPrototype: true,
}) as fc.Arbitrary<JsonObject>;

/** Transactions over few keys, versions and opIds, so that conflicts and repeats are common. */
export const transactions = (partition: string): fc.Arbitrary<Transaction[]> => {
  const at = (sk: string) => key(sk, partition);
  const operation = (sk: string): fc.Arbitrary<Operation> =>
    fc.oneof(
      data.map((d) => create(at(sk), d)),
      fc.tuple(version, data).map(([v, d]) => replace(at(sk), v, d)),
      version.map((v) => remove(at(sk), v)),
      fc.oneof(version, fc.constant('absent' as const)).map((v) => check(at(sk), v)),
    );
  const operations = fc
    .subarray(SORT_KEYS, { minLength: 1 })
    .chain((sks) => fc.tuple(...sks.map((sk) => operation(sk))));
  return fc.array(fc.record({ opId: fc.constantFrom('x', 'y', 'z'), operations }), {
    minLength: 1,
    maxLength: 15,
  });
};
