import type { AttributeValue, CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { snapshotOf } from './aws-snapshot.ts';
import { invalid, type Term } from './dynamodb-expressions.ts';

export type Item = Record<string, AttributeValue>;

interface Keys {
  partition: string;
  sort: string;
}

const MAX_ITEM_BYTES = 400 * 1024;

/** One table: its items, what lagging reads show of them, and the rules that every item is held to. */
export class FakeTable {
  readonly name: string;
  readonly keys: Keys;
  readonly indexes: Map<string, Keys>;
  readonly #items = new Map<string, Item>();
  /** What reads show that lag. */
  #settled: Item[] | undefined;

  constructor(input: CreateTableCommandInput, lags: boolean) {
    this.name = input.TableName ?? '';
    this.keys = keysOf(input.KeySchema);
    this.indexes = new Map(
      (input.GlobalSecondaryIndexes ?? []).map((index) => {
        if (index.Projection?.ProjectionType !== 'ALL')
          throw invalid('this fake projects all of an item, always');
        return [index.IndexName ?? '', keysOf(index.KeySchema)];
      }),
    );
    checkDefinitions(input, [this.keys, ...this.indexes.values()]);
    if (lags) this.#settled = [];
  }

  snapshot(): () => void {
    const restore = snapshotOf(this.#items);
    const settled = this.#settled;
    return () => {
      restore();
      this.#settled = settled;
    };
  }

  get(key: Item): Item | undefined {
    return this.#items.get(this.#place(key));
  }

  put(item: Item): void {
    this.#items.set(this.#place(item), structuredClone(item));
  }

  delete(key: Item): void {
    this.#items.delete(this.#place(key));
  }

  all(): Item[] {
    return [...this.#items.values()];
  }

  settle(): void {
    if (this.#settled) this.#settled = this.all();
  }

  /** What a read sees; one of an index is never consistent. */
  read(consistent: boolean): Item[] {
    return consistent ? this.all() : (this.#settled ?? this.all());
  }

  /** @throws AwsFault unless it is the table's key and nothing else. */
  checkKey(key: Item): void {
    const { partition, sort } = this.keys;
    if (Object.keys(key).toSorted().join() !== [partition, sort].toSorted().join()) {
      throw invalid('The provided key element does not match the schema');
    }
    checkKeyText(key[partition], partition, 2048);
    checkKeyText(key[sort], sort, 1024);
  }

  checkItem(item: Item): void {
    const { partition, sort } = this.keys;
    this.checkKey({ [partition]: item[partition] ?? NONE, [sort]: item[sort] ?? NONE });
    for (const keys of this.indexes.values()) {
      if (item[keys.partition] !== undefined) checkKeyText(item[keys.partition], keys.partition, 2048);
      if (item[keys.sort] !== undefined) checkKeyText(item[keys.sort], keys.sort, 1024);
    }
    if (sizeOf(item) > MAX_ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
  }

  #place(item: Item): string {
    return JSON.stringify([item[this.keys.partition]?.S, item[this.keys.sort]?.S]);
  }
}

const NONE: AttributeValue = { NULL: true };

function keysOf(schema: CreateTableCommandInput['KeySchema']): Keys {
  const [partition, sort] = schema ?? [];
  if (schema?.length !== 2 || partition?.KeyType !== 'HASH' || sort?.KeyType !== 'RANGE') {
    throw invalid('this fake wants a partition key and a sort key');
  }
  return { partition: partition.AttributeName ?? '', sort: sort.AttributeName ?? '' };
}

function checkDefinitions({ AttributeDefinitions = [] }: CreateTableCommandInput, keys: Keys[]): void {
  const defined = AttributeDefinitions.map(({ AttributeName = '' }) => AttributeName).toSorted();
  const used = [...new Set(keys.flatMap(({ partition, sort }) => [partition, sort]))].toSorted();
  if (defined.join() !== used.join()) {
    throw invalid('One or more parameter values were invalid: Some AttributeDefinitions are not used');
  }
  if (AttributeDefinitions.some(({ AttributeType }) => AttributeType !== 'S')) {
    throw invalid('this fake knows keys that are strings');
  }
}

function checkKeyText(value: AttributeValue | undefined, name: string, most: number): void {
  const text = value?.S;
  if (text === undefined) throw invalid(`Type mismatch for key ${name} expected: S`);
  if (text === '')
    throw invalid(`The AttributeValue for a key attribute cannot contain an empty string: ${name}`);
  if (Buffer.byteLength(text) > most) throw invalid(`Size of the key ${name} has exceeded ${most} bytes`);
}

/** By "Item sizes and formats" of the developer guide; written apart from the rules of the product. */
export function sizeOf(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value),
    0,
  );
}

function bytesOf({ S, N, B, M, L, SS }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.replace(/^-/, '').length / 2) + 2;
  if (B !== undefined) return B.byteLength;
  if (M !== undefined) return 3 + Object.keys(M).length + sizeOf(M);
  if (L !== undefined) return L.reduce((sum, each) => sum + 1 + bytesOf(each), 3);
  if (SS !== undefined) return SS.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  return 1;
}

/** The order of DynamoDB: texts by their bytes in UTF-8. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Whether an item fulfils all terms; one that has not the attribute fulfils none but its absence. */
export function holds(terms: Term[], item: Item | undefined): boolean {
  return terms.every(({ test, attribute, values }) => {
    const found = item?.[attribute];
    if (test === 'attribute_not_exists') return found === undefined;
    if (test === 'attribute_exists') return found !== undefined;
    const [first, second] = values;
    if (found === undefined || first === undefined) return false;
    if (test === 'begins_with') return first.S !== undefined && found.S?.startsWith(first.S) === true;
    const order = compare(found, first);
    if (order === undefined) return false;
    if (test === '=') return order === 0;
    if (test === '<') return order < 0;
    if (test === '>') return order > 0;
    if (test === '<=') return order <= 0;
    if (test === '>=') return order >= 0;
    return order >= 0 && second !== undefined && (compare(found, second) ?? 1) <= 0;
  });
}

/** Undefined for values of two types, which are neither equal nor in any order. */
function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return compareTexts(a.S, b.S);
  if (a.N !== undefined && b.N !== undefined) return Number(a.N) - Number(b.N);
  return undefined;
}
