import { type Item, keyOf, textOf } from './dynamodb-items.ts';
import { isKeyText } from './item-rules.ts';
import type { Query } from './record-store.ts';
import { indexAttributes, RECORDS_TABLE } from './table.ts';

/**
 * A cursor is the key DynamoDB ended a page at, and the query's index and partition with it: handed to another query it
 * is refused here, since DynamoDB would take it for a place in that one.
 */
export function writeCursor({ index, partition }: Query, last: Item): string {
  const { partitionKey, sortKey } = RECORDS_TABLE;
  const at = [textOf(last, partitionKey), textOf(last, sortKey)];
  if (index !== undefined) at.push(textOf(last, indexAttributes(index).sortKey));
  return Buffer.from(JSON.stringify([index ?? '', partition, ...at])).toString('base64url');
}

/** @throws TypeError for what is no cursor of this query. */
export function readCursor({ index, partition }: Query, cursor: string): Item {
  const [ofIndex, ofPartition, pk, sk, indexSk] = parse(cursor);
  const isOfQuery = ofIndex === (index ?? '') && ofPartition === partition;
  const isComplete =
    pk !== undefined && sk !== undefined && (indexSk !== undefined) === (index !== undefined);
  const isOfTable = index !== undefined || pk === partition;
  if (!isOfQuery || !isComplete || !isOfTable) throw new TypeError(`not a cursor of this query: ${cursor}`);
  if (index === undefined || indexSk === undefined) return keyOf({ pk, sk });
  const attributes = indexAttributes(index);
  return {
    ...keyOf({ pk, sk }),
    [attributes.partitionKey]: { S: partition },
    [attributes.sortKey]: { S: indexSk },
  };
}

const isText = (part: unknown): part is string => typeof part === 'string';

function parse(cursor: string): string[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    parts = undefined;
  }
  if (!Array.isArray(parts) || !parts.every(isText) || !parts.slice(1).every(isKeyText)) {
    throw new TypeError(`not a cursor: ${cursor}`);
  }
  return parts;
}
