import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { invalid, readCondition, type Term } from './dynamodb-expressions.ts';
import { compareTexts, type FakeTable, holds, type Item, sizeOf } from './dynamodb-table.ts';

/** DynamoDB reads no more than this for one page. */
const MAX_PAGE_BYTES = 1024 * 1024;

/**
 * One page of a query.
 * @param cut 0 to 1, cuts pages short; DynamoDB does so at 1 MB, and whenever it likes.
 */
export function query(
  table: FakeTable,
  input: QueryCommandInput,
  cut?: () => number,
): Omit<QueryCommandOutput, '$metadata'> {
  const keys = input.IndexName === undefined ? table.keys : table.indexes.get(input.IndexName);
  if (keys === undefined) throw invalid(`The table does not have the specified index: ${input.IndexName}`);
  if (input.IndexName !== undefined && input.ConsistentRead) {
    throw invalid('Consistent reads are not supported on global secondary indexes');
  }
  const { Limit = Number.POSITIVE_INFINITY, KeyConditionExpression = '' } = input;
  if (Limit < 1) throw invalid('Limit must be greater than or equal to 1');
  const terms = readCondition(KeyConditionExpression, input);
  checkKeyCondition(terms, keys);
  const sign = input.ScanIndexForward === false ? -1 : 1;
  // Two records at one place of an index are told apart by their keys in the table.
  const order = [keys.partition, keys.sort, table.keys.partition, table.keys.sort];
  const place = (item: Item) => order.map((name) => item[name]?.S ?? '');
  const isAfter = (a: Item, b: Item) => sign * comparePlaces(place(a), place(b));

  const start = input.ExclusiveStartKey;
  if (start !== undefined) checkStart(start, new Set(order), terms);
  const rest = table
    .read(input.ConsistentRead === true)
    .filter((item) => item[keys.sort] !== undefined && holds(terms, item))
    .filter((item) => start === undefined || isAfter(item, start) > 0)
    .toSorted(isAfter);

  const most = cut ? Math.min(Limit, 1 + Math.floor(cut() * Math.min(Limit, rest.length))) : Limit;
  const Items: Item[] = [];
  let bytes = 0;
  for (const item of rest) {
    if (Items.length >= most || bytes >= MAX_PAGE_BYTES) break;
    Items.push(item);
    bytes += sizeOf(item);
  }
  const last = Items.at(-1);
  // A page that is full has a place to go on from, be there more or not.
  const isEnd = last === undefined || (Items.length === rest.length && Items.length < most);
  const page = { Items, Count: Items.length, ScannedCount: Items.length };
  if (isEnd) return page;
  const names = new Set(order);
  return {
    ...page,
    LastEvaluatedKey: Object.fromEntries(Object.entries(last).filter(([name]) => names.has(name))),
  };
}

function comparePlaces(a: string[], b: string[]): number {
  for (const [i, text] of a.entries()) {
    const order = compareTexts(text, b[i] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

function checkKeyCondition(terms: Term[], { partition, sort }: { partition: string; sort: string }): void {
  const [first, second, ...others] = terms;
  if (first?.attribute !== partition || first.test !== '=') {
    throw invalid('Query condition missed key schema element');
  }
  if (others.length > 0 || (second !== undefined && second.attribute !== sort)) {
    throw invalid('Query key condition not supported');
  }
  if (terms.some(({ test }) => test.startsWith('attribute_')))
    throw invalid('Invalid operator used in KeyConditionExpression');
  const texts = terms.flatMap(({ values }) => values.map(({ S }) => S));
  if (texts.some((text) => text === undefined || text === '')) {
    throw invalid(
      'One or more parameter values are not valid. A key attribute cannot be an empty string value',
    );
  }
  const [from = '', to = ''] = second?.values.map(({ S }) => S) ?? [];
  if (second?.test === 'BETWEEN' && compareTexts(from, to) > 0) {
    throw invalid('The BETWEEN operator requires upper bound to be greater than or equal to lower bound');
  }
}

function checkStart(start: Item, names: Set<string>, terms: Term[]): void {
  if (Object.keys(start).toSorted().join() !== [...names].toSorted().join()) {
    throw invalid('The provided starting key is invalid');
  }
  if (!holds(terms, start)) {
    throw invalid('The provided starting key is outside query boundaries based on provided conditions');
  }
}
