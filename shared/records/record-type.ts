import type * as z from 'zod';
import { CorruptRecord } from '../errors/errors.ts';
import type { IndexKeys, JsonObject, Key, Operation, RecordStore, StoredRecord } from './record-store.ts';

/** A kind of stored record: its schema, where it stands, and the indexes it is in. */
export interface RecordType<T> {
  schema: z.ZodType<T>;
  key(value: T): Key;
  index?(value: T): IndexKeys;
}

/** A value with the version it was read at. */
export interface Versioned<T> {
  value: T;
  version: number;
}

/** @throws CorruptRecord when what is stored is not of this type; that never reads as "absent". */
export function parseRecord<T>(type: RecordType<T>, stored: StoredRecord): Versioned<T> {
  const parsed = type.schema.safeParse(stored.data);
  if (!parsed.success) {
    throw new CorruptRecord(`${stored.key.pk}/${stored.key.sk} does not fit its schema`, {
      cause: parsed.error,
    });
  }
  return { value: parsed.data, version: stored.version };
}

/** Reads and checks one record; undefined when there is none. */
export async function readRecord<T>(
  store: RecordStore,
  type: RecordType<T>,
  key: Key,
): Promise<Versioned<T> | undefined> {
  const stored = await store.get(key);
  return stored && parseRecord(type, stored);
}

function toNewRecord<T>(type: RecordType<T>, value: T) {
  // Through JSON, so that an absent optional field is absent and not `undefined`.
  const data = JSON.parse(JSON.stringify(value)) as JsonObject;
  return { data, index: type.index?.(value) ?? {} };
}

export function creating<T>(type: RecordType<T>, value: T): Operation {
  return { op: 'create', key: type.key(value), record: toNewRecord(type, value) };
}

export function replacing<T>(type: RecordType<T>, read: Versioned<T>, value: T): Operation {
  return { op: 'replace', key: type.key(value), version: read.version, record: toNewRecord(type, value) };
}

/** Creates, or replaces what was read. */
export function writing<T>(type: RecordType<T>, read: Versioned<T> | undefined, value: T): Operation {
  return read ? replacing(type, read, value) : creating(type, value);
}

export function removing<T>(type: RecordType<T>, read: Versioned<T>): Operation {
  return { op: 'remove', key: type.key(read.value), version: read.version };
}
