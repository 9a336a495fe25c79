import type {
  AttributeValue,
  CancellationReason,
  CreateTableCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  ScanCommandInput,
  TransactWriteItem,
  TransactWriteItemsCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { AwsFault } from './aws-errors.ts';
import type { Fake } from './aws-server.ts';
import { snapshotOf } from './aws-snapshot.ts';
import { invalid, readAddition, readCondition } from './dynamodb-expressions.ts';
import { query } from './dynamodb-query.ts';
import { scan } from './dynamodb-scan.ts';
import { FakeTable, holds, type Item, sizeOf } from './dynamodb-table.ts';

const MAX_TRANSACTION_ITEMS = 100;
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;

/** Ways in which DynamoDB may behave at any time, and this fake when told to. */
export interface DynamoDbUnkindness {
  /** Reads of an index, and any other that is not consistent, see what was there at the last `settle()`. */
  lag?: boolean;
  /** 0 to 1, from a seeded source: cuts pages short. */
  cutPages?: () => number;
}

/** DynamoDB: the operations that Cottage uses, on tables of string keys. Stricter than the service, never kinder. */
export class FakeDynamoDb implements Fake {
  readonly operations = {
    CreateTable: (input: CreateTableCommandInput) => this.#createTable(input),
    GetItem: (input: GetItemCommandInput) => this.#getItem(input),
    PutItem: (input: PutItemCommandInput) => this.#putItem(input),
    Query: (input: QueryCommandInput) =>
      query(this.#table(input.TableName), input, this.#unkindness.cutPages),
    Scan: (input: ScanCommandInput) => scan(this.#table(input.TableName), input, this.#unkindness.cutPages),
    TransactWriteItems: (input: TransactWriteItemsCommandInput) => this.#transact(input),
    UpdateItem: (input: UpdateItemCommandInput) => this.#updateItem(input),
  };
  readonly #unkindness: DynamoDbUnkindness;
  readonly #tables = new Map<string, FakeTable>();
  /** What each token did; DynamoDB forgets after ten minutes, and this fake never. */
  readonly #tokens = new Map<string, string>();
  readonly #cancellations: string[][] = [];
  readonly #refusals: AwsFault[] = [];

  constructor(unkindness: DynamoDbUnkindness = {}) {
    this.#unkindness = unkindness;
  }

  snapshot(): () => void {
    const restores = [...this.#tables.values()].map((table) => table.snapshot());
    const restore = snapshotOf(this.#tokens);
    return () => [...restores, restore].forEach((each) => each());
  }

  /** Lets lagging reads catch up. */
  settle(): void {
    for (const table of this.#tables.values()) table.settle();
  }

  /**
   * The next transaction is cancelled for these reasons, item by item (`TransactionConflict`, `ThrottlingError`...);
   * where it says `None`, and past the end, the item's own condition decides. Called again, it is the one after that.
   */
  cancelNext(...reasons: string[]): void {
    this.#cancellations.push(reasons);
  }

  /** The next write that is no transaction fails with this error; called again, the one after that. */
  refuseNext(fault: AwsFault): void {
    this.#refusals.push(fault);
  }

  /** Puts what somebody else has written, past every rule. */
  plant(table: string, item: Item): void {
    this.#table(table).put(item);
  }

  /** Everything that is in the table is gone. */
  forget(table: string): void {
    const found = this.#table(table);
    const { partition, sort } = found.keys;
    for (const item of found.all()) {
      const [pk, sk] = [item[partition], item[sort]];
      if (pk && sk) found.delete({ [partition]: pk, [sort]: sk });
    }
  }

  items(table: string): Item[] {
    return this.#table(table).all();
  }

  #table(name = ''): FakeTable {
    const table = this.#tables.get(name);
    if (table === undefined)
      throw new AwsFault('ResourceNotFoundException', 400, `Requested resource not found: ${name}`);
    return table;
  }

  #createTable(input: CreateTableCommandInput) {
    const { TableName = '' } = input;
    if (this.#tables.has(TableName)) {
      throw new AwsFault('ResourceInUseException', 400, `Table already exists: ${TableName}`);
    }
    this.#tables.set(TableName, new FakeTable(input, this.#unkindness.lag === true));
    return { TableDescription: { TableName, TableStatus: 'ACTIVE' } };
  }

  #getItem({ TableName, Key = {}, ConsistentRead }: GetItemCommandInput) {
    const table = this.#table(TableName);
    table.checkKey(Key);
    const { partition, sort } = table.keys;
    const isIt = (item: Item) => item[partition]?.S === Key[partition]?.S && item[sort]?.S === Key[sort]?.S;
    return { Item: table.read(ConsistentRead === true).find(isIt) };
  }

  #putItem({ Item: item, ReturnValues, ...asked }: PutItemCommandInput) {
    const refusal = this.#refusals.shift();
    if (refusal) throw refusal;
    if (ReturnValues !== undefined) throw invalid('this fake returns nothing of what was put over');
    const { table, fulfilled, found, returnsFound } = this.#readWrite({
      Put: { ...asked, TableName: asked.TableName, Item: item },
    });
    if (!fulfilled) {
      const shown = returnsFound && found ? { Item: found } : {};
      throw new AwsFault('ConditionalCheckFailedException', 400, 'The conditional request failed', shown);
    }
    table.put(item ?? {});
    return {};
  }

  #updateItem(input: UpdateItemCommandInput) {
    const refusal = this.#refusals.shift();
    if (refusal) throw refusal;
    const table = this.#table(input.TableName);
    const { Key = {} } = input;
    table.checkKey(Key);
    if (input.ReturnValues !== 'UPDATED_NEW')
      throw invalid('this fake returns the new values of what was updated');
    const { attribute, by } = readAddition(input.UpdateExpression ?? '', input);
    const item = { ...(table.get(Key) ?? Key) };
    const before = item[attribute]?.N ?? (item[attribute] === undefined ? '0' : undefined);
    if (before === undefined || by.N === undefined) {
      throw invalid('An operand in the update expression has an incorrect data type');
    }
    const after: AttributeValue = { N: String(BigInt(before) + BigInt(by.N)) };
    table.put({ ...item, [attribute]: after });
    return { Attributes: { [attribute]: after } };
  }

  #transact({ TransactItems = [], ClientRequestToken: token }: TransactWriteItemsCommandInput) {
    const asked = JSON.stringify(TransactItems);
    if (token !== undefined && this.#tokens.has(token)) {
      if (this.#tokens.get(token) === asked) return {};
      throw new AwsFault('IdempotentParameterMismatchException', 400, 'the token has done something else');
    }
    const writes = TransactItems.map((item) => this.#readWrite(item));
    checkTogether(writes);
    const planned = this.#cancellations.shift() ?? [];
    const reasons = writes.map((write, i) => reasonFor(write, planned[i] ?? 'None'));
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelledFor(reasons);
    for (const { table, key, item } of writes) {
      if (item === 'delete') table.delete(key);
      else if (item !== undefined) table.put(item);
    }
    if (token !== undefined) this.#tokens.set(token, asked);
    return {};
  }

  #readWrite({ Put, Delete, ConditionCheck, Update }: TransactWriteItem): Write {
    const [operation, ...others] = [Put, Delete, ConditionCheck].filter((each) => each !== undefined);
    if (operation === undefined || others.length > 0 || Update !== undefined) {
      throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
    }
    const table = this.#table(operation.TableName);
    const { partition, sort } = table.keys;
    const all: Item = ('Item' in operation ? operation.Item : operation.Key) ?? {};
    if (Put) table.checkItem(all);
    else table.checkKey(all);
    const key = Object.fromEntries(
      Object.entries(all).filter(([name]) => name === partition || name === sort),
    );
    const condition = operation.ConditionExpression;
    const found = table.get(key);
    return {
      table,
      key,
      place: JSON.stringify([table.name, key[partition]?.S, key[sort]?.S]),
      item: Put ? all : Delete ? 'delete' : undefined,
      found,
      fulfilled: condition === undefined || holds(readCondition(condition, operation), found),
      returnsFound: operation.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
    };
  }
}

/** One operation of a transaction, and whether its condition holds. */
interface Write {
  table: FakeTable;
  key: Item;
  /** The key as a text, for two operations on one item to be seen. */
  place: string;
  item: Item | 'delete' | undefined;
  found: Item | undefined;
  fulfilled: boolean;
  returnsFound: boolean;
}

function checkTogether(writes: Write[]): void {
  if (writes.length === 0 || writes.length > MAX_TRANSACTION_ITEMS) {
    throw invalid(`a transaction has 1 to ${MAX_TRANSACTION_ITEMS} items, not ${writes.length}`);
  }
  const places = new Set(writes.map(({ place }) => place));
  if (places.size < writes.length) {
    throw invalid('Transaction request cannot include multiple operations on one item');
  }
  const bytes = writes.reduce((sum, { item }) => sum + (typeof item === 'object' ? sizeOf(item) : 0), 0);
  if (bytes > MAX_TRANSACTION_BYTES) throw invalid('Transaction size exceeds the limit of 4 MB');
}

function reasonFor({ fulfilled, found, returnsFound }: Write, planned: string): CancellationReason {
  if (planned !== 'None') return { Code: planned, Message: `planned by the test: ${planned}` };
  if (fulfilled) return { Code: 'None' };
  const reason = { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' };
  return returnsFound && found ? { ...reason, Item: found } : reason;
}

function cancelledFor(reasons: CancellationReason[]): AwsFault {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return new AwsFault('TransactionCanceledException', 400, message, { CancellationReasons: reasons });
}
