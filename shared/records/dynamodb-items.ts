import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { CorruptRecord } from '../errors/errors.ts';
import type { IndexKeys, JsonObject, Key, NewRecord, StoredRecord } from './record-store.ts';
import { INDEXES, indexAttributes, RECORDS_TABLE } from './table.ts';

export type Item = Record<string, AttributeValue>;

const { partitionKey, sortKey } = RECORDS_TABLE;

export const keyOf = ({ pk, sk }: Key): Item => ({ [partitionKey]: { S: pk }, [sortKey]: { S: sk } });

/**
 * Counters stand in the same table where no record can: a record's key has no space. So they are in no query and under
 * no transaction, as in the other edition.
 */
export const counterKeyOf = ({ pk, sk }: Key): Item => keyOf({ pk: `${COUNTER}${pk}`, sk });

const COUNTER = 'counter ';

export const isCounter = (item: Item): boolean => item[partitionKey]?.S?.startsWith(COUNTER) ?? false;

/**
 * The item of a record. `data` is one text, its JSON: DynamoDB's maps keep neither the order of names nor an empty name,
 * and end 32 levels deep.
 */
export function toItem(key: Key, record: NewRecord, version: number, opId: string): Item {
  const item: Item = {
    ...keyOf(key),
    version: { N: String(version) },
    opId: { S: opId },
    data: { S: JSON.stringify(record.data) },
  };
  for (const index of INDEXES) {
    const at = record.index?.[index];
    if (at === undefined) continue;
    const attributes = indexAttributes(index);
    item[attributes.partitionKey] = { S: at.pk };
    item[attributes.sortKey] = { S: at.sk };
  }
  return item;
}

/** @throws CorruptRecord for an item that this store did not write; that never reads as "absent". */
export function fromItem(item: Item): StoredRecord {
  const key = { pk: textOf(item, partitionKey), sk: textOf(item, sortKey) };
  const index: IndexKeys = {};
  for (const name of INDEXES) {
    const attributes = indexAttributes(name);
    if (item[attributes.partitionKey] === undefined && item[attributes.sortKey] === undefined) continue;
    index[name] = { pk: textOf(item, attributes.partitionKey), sk: textOf(item, attributes.sortKey) };
  }
  return { key, ...markOf(item), data: dataOf(item), index };
}

/** The version and who wrote it. */
export function markOf(item: Item): { version: number; opId: string } {
  const version = Number(item['version']?.N ?? Number.NaN);
  if (!Number.isSafeInteger(version) || version < 1) throw corrupt(item, 'has no version');
  return { version, opId: textOf(item, 'opId') };
}

function dataOf(item: Item): JsonObject {
  let data: unknown;
  try {
    data = JSON.parse(textOf(item, 'data'));
  } catch (cause) {
    if (cause instanceof CorruptRecord) throw cause;
    throw corrupt(item, 'is not JSON', cause);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw corrupt(item, 'is no JSON object');
  return data as JsonObject;
}

export function textOf(item: Item, attribute: string): string {
  const text = item[attribute]?.S;
  if (text === undefined) throw corrupt(item, `has no ${attribute}`);
  return text;
}

function corrupt(item: Item, fault: string, cause?: unknown): CorruptRecord {
  const at = `${item[partitionKey]?.S ?? '?'}/${item[sortKey]?.S ?? '?'}`;
  return new CorruptRecord(`${at} ${fault}`, { cause });
}
