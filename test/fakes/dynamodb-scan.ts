import { createHash } from 'node:crypto';
import type { ScanCommandInput, ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { invalid } from './dynamodb-expressions.ts';
import { type FakeTable, type Item, sizeOf } from './dynamodb-table.ts';

/** DynamoDB reads no more than this for one page. */
const MAX_PAGE_BYTES = 1024 * 1024;

/**
 * One page of a scan, in the order of no key: DynamoDB goes by a hash of its own.
 * @param cut 0 to 1, cuts pages short, down to nothing; DynamoDB does so at 1 MB, and whenever it likes.
 */
export function scan(
  table: FakeTable,
  input: ScanCommandInput,
  cut?: () => number,
): Omit<ScanCommandOutput, '$metadata'> {
  const { TableName: _, ConsistentRead, ExclusiveStartKey: start, Limit = Infinity, ...unknown } = input;
  const others = Object.entries(unknown).filter(([, value]) => value !== undefined);
  if (others.length > 0)
    throw new TypeError(`the fake of DynamoDB scans a whole table, and not by ${JSON.stringify(others)}`);
  if (Limit < 1) throw invalid('Limit must be greater than or equal to 1');
  if (start !== undefined) table.checkKey(start);
  const { partition, sort } = table.keys;
  const keyOf = (item: Item): Item =>
    ({ [partition]: item[partition] ?? {}, [sort]: item[sort] ?? {} }) as Item;
  const placeOf = (item: Item): string =>
    createHash('md5')
      .update(JSON.stringify([item[partition]?.S, item[sort]?.S]))
      .digest('hex');
  const rest = table
    .read(ConsistentRead === true)
    .map((item) => ({ item, place: placeOf(item) }))
    .filter(({ place }) => start === undefined || place > placeOf(start))
    .toSorted((a, b) => (a.place < b.place ? -1 : 1));
  // A page may be empty where there is a key to go on from.
  const least = start === undefined ? 1 : 0;
  const most = cut ? Math.max(least, Math.floor(cut() * Math.min(Limit, rest.length + 1))) : Limit;
  const Items: Item[] = [];
  let bytes = 0;
  for (const { item } of rest) {
    if (Items.length >= most || bytes >= MAX_PAGE_BYTES) break;
    Items.push(item);
    bytes += sizeOf(item);
  }
  const page = { Items, Count: Items.length, ScannedCount: Items.length };
  const last = Items.at(-1) ?? start;
  // A page that is full has a place to go on from, be there more or not.
  const isEnd = rest.length === 0 || (Items.length === rest.length && Items.length < most);
  return isEnd || !last ? page : { ...page, LastEvaluatedKey: keyOf(last) };
}
