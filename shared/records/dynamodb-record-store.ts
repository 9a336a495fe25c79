import {
  ConditionalCheckFailedException,
  type ConditionCheck,
  type DynamoDBClient,
  GetItemCommand,
  type Put,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CorruptRecord } from '../errors/errors.ts';
import { type Failing, settleConflict } from './conflict.ts';
import { readCursor, writeCursor } from './dynamodb-cursor.ts';
import { counterKeyOf, fromItem, keyOf, markOf, toItem } from './dynamodb-items.ts';
import { retrying, WAITING, type Waiting } from './dynamodb-retries.ts';
import { checkKey, checkTransaction, isKeyText, pageSize } from './item-rules.ts';
import type { Key, Operation, Page, Query, RecordStore, StoredRecord, Transaction } from './record-store.ts';
import { indexAttributes, RECORDS_TABLE } from './table.ts';

/**
 * `RecordStore` over one DynamoDB table, laid out as `RECORDS_TABLE` says.
 *
 * Throttling, transactions in each other's way, lost connections and errors of the service are tried again here, five
 * times, and are `Busy` after that. A repeat is safe, since every write is conditional and carries its `opId`; a counter
 * may skip a number. What else DynamoDB refuses (no such table, no permission) is thrown as it came.
 */
export class DynamoDbRecordStore implements RecordStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #waiting: Waiting;

  /**
   * @param options.client belongs to the caller, who also destroys it.
   * @param options.table the table's name.
   * @param options.waiting how to wait between tries; jitter by `Math.random` unless told.
   */
  constructor(options: { client: DynamoDBClient; table: string; waiting?: Waiting }) {
    this.#client = options.client;
    this.#table = options.table;
    this.#waiting = options.waiting ?? WAITING;
  }

  async get(key: Key): Promise<StoredRecord | undefined> {
    checkKey(key);
    const command = { TableName: this.#table, Key: keyOf(key), ConsistentRead: true };
    const { Item } = await this.#retrying(() => this.#client.send(new GetItemCommand(command)));
    return Item && fromItem(Item);
  }

  async query(query: Query): Promise<Page> {
    const limit = pageSize(query);
    const start = query.cursor === undefined ? undefined : readCursor(query, query.cursor);
    const condition = conditionOf(query);
    if (condition === undefined) return { records: [] };
    const command: QueryCommandInput = {
      TableName: this.#table,
      ...condition,
      ...(query.index === undefined ? { ConsistentRead: true } : { IndexName: query.index }),
      ScanIndexForward: query.order !== 'descending',
      Limit: limit,
      ...(start && { ExclusiveStartKey: start }),
    };
    const found = await this.#retrying(() => this.#client.send(new QueryCommand(command)));
    const records = (found.Items ?? []).map(fromItem);
    return found.LastEvaluatedKey
      ? { records, next: writeCursor(query, found.LastEvaluatedKey) }
      : { records };
  }

  /**
   * No `ClientRequestToken` is made of the `opId`. For ten minutes DynamoDB answers a known token with success, whatever
   * has become of the records since, and the same `opId` with other operations with an error of its own; the contract
   * wants a conflict of both. The SDK's token, a new one for each try here, serves the SDK's own repeats: the answer
   * that one of them lost is a success for certain, even of a transaction that only removes.
   */
  async write(transaction: Transaction): Promise<void> {
    checkTransaction(transaction);
    const [only, ...others] = transaction.operations;
    const isPut = only?.op === 'create' || only?.op === 'replace';
    if (isPut && others.length === 0) await this.#put(only, transaction.opId);
    else await this.#transact(transaction);
  }

  /**
   * A record that is written alone: the same condition and the same answer as in a transaction, for half the price. It has no
   * token of the SDK's either, but needs none, since it leaves its `opId` where a repeat finds it. What only removes leaves
   * nothing, and stays a transaction.
   */
  async #put(operation: PutOperation, opId: string): Promise<void> {
    const command = this.#toPut(operation, opId);
    try {
      await this.#retrying(() => this.#client.send(new PutItemCommand(command)));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      settleConflict(opId, [{ operation, found: error.Item && markOf(error.Item) }]);
    }
  }

  async #transact(transaction: Transaction): Promise<void> {
    const TransactItems = transaction.operations.map((operation) =>
      this.#toWrite(operation, transaction.opId),
    );
    try {
      await this.#retrying(() => this.#client.send(new TransactWriteItemsCommand({ TransactItems })));
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const failing = failingOf(error, transaction.operations);
      if (failing === undefined) throw error;
      settleConflict(transaction.opId, failing);
    }
  }

  async increment(counter: Key): Promise<number> {
    checkKey(counter);
    const { Attributes } = await this.#retrying(() =>
      this.#client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: counterKeyOf(counter),
          UpdateExpression: 'ADD #value :one',
          ExpressionAttributeNames: { '#value': 'value' },
          ExpressionAttributeValues: { ':one': { N: '1' } },
          ReturnValues: 'UPDATED_NEW',
        }),
      ),
    );
    const value = Number(Attributes?.['value']?.N ?? Number.NaN);
    if (!Number.isSafeInteger(value))
      throw new CorruptRecord(`the counter ${counter.pk}/${counter.sk} is no number`);
    return value;
  }

  #toWrite(operation: Operation, opId: string): TransactWriteItem {
    const common = { TableName: this.#table, ...versionCondition(operation) };
    switch (operation.op) {
      case 'create':
      case 'replace':
        return { Put: this.#toPut(operation, opId) };
      case 'remove':
        return { Delete: { ...common, Key: keyOf(operation.key) } };
      case 'check':
        return { ConditionCheck: { ...common, Key: keyOf(operation.key) } };
    }
  }

  #toPut(operation: PutOperation, opId: string): Put {
    const version = operation.op === 'create' ? 1 : operation.version + 1;
    return {
      TableName: this.#table,
      ...versionCondition(operation),
      Item: toItem(operation.key, operation.record, version, opId),
    };
  }

  #retrying<T>(work: () => Promise<T>): Promise<T> {
    return retrying(work, this.#waiting);
  }
}

type PutOperation = Extract<Operation, { op: 'create' | 'replace' }>;

/** What must stand at an operation's key; what does stand there comes back when it is something else. */
function versionCondition(operation: Operation): Omit<ConditionCheck, 'Key' | 'TableName'> {
  const returned = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  if (operation.op === 'create' || operation.version === 'absent') {
    return {
      ...returned,
      ConditionExpression: 'attribute_not_exists(#pk)',
      ExpressionAttributeNames: { '#pk': RECORDS_TABLE.partitionKey },
    };
  }
  return {
    ...returned,
    ConditionExpression: '#version = :expected',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':expected': { N: String(operation.version) } },
  };
}

/** Every operation whose condition failed; undefined when the transaction was cancelled for anything else. */
function failingOf(error: TransactionCanceledException, operations: Operation[]): Failing[] | undefined {
  const reasons = error.CancellationReasons ?? [];
  if (!reasons.every(({ Code }) => Code === 'None' || Code === 'ConditionalCheckFailed')) return undefined;
  const failing = operations.flatMap((operation, i) => {
    const { Code, Item } = reasons[i] ?? {};
    return Code === 'ConditionalCheckFailed' ? [{ operation, found: Item && markOf(Item) }] : [];
  });
  return failing.length === 0 ? undefined : failing;
}

/** The condition of a query on its keys; undefined when nothing can fulfil it, which DynamoDB calls an error. */
function conditionOf({ index, partition, range = {} }: Query) {
  const { partitionKey, sortKey } = index === undefined ? RECORDS_TABLE : indexAttributes(index);
  const names: Record<string, string> = { '#pk': partitionKey };
  const values: Record<string, { S: string }> = { ':pk': { S: partition } };
  const conditionWith = (onSortKey: string, bounds: Record<string, { S: string }>) => ({
    KeyConditionExpression: `#pk = :pk AND ${onSortKey}`,
    ExpressionAttributeNames: { ...names, '#sk': sortKey },
    ExpressionAttributeValues: { ...values, ...bounds },
  });
  if (!isKeyText(partition)) return undefined;
  if ('prefix' in range && range.prefix !== '') {
    return conditionWith('begins_with(#sk, :prefix)', { ':prefix': { S: range.prefix } });
  }
  const { from = '', to } = 'prefix' in range ? {} : range;
  if (to !== undefined && Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0) return undefined;
  if (to === '') return undefined;
  if (from !== '' && to !== undefined) {
    return conditionWith('#sk BETWEEN :from AND :to', { ':from': { S: from }, ':to': { S: to } });
  }
  if (from !== '') return conditionWith('#sk >= :from', { ':from': { S: from } });
  if (to !== undefined) return conditionWith('#sk <= :to', { ':to': { S: to } });
  return {
    KeyConditionExpression: '#pk = :pk',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
