import { TooLarge } from '../errors/errors.ts';
import type { IndexKeys, Key, NewRecord, Query, Transaction } from './record-store.ts';
import { MAX_ITEM_BYTES, MAX_OPERATIONS, MAX_TRANSACTION_BYTES } from './record-store.ts';

/**
 * The rules both adapters hold records to, in one place so that they cannot diverge. A broken rule is a defect of the
 * caller (`TypeError`), save size, which data from outside can reach (`TooLarge`).
 */
export function checkTransaction({ opId, operations }: Transaction): void {
  if (!/^[\x21-\x7e]{1,200}$/.test(opId))
    throw new TypeError(`opId is not 1 to 200 printable characters: ${opId}`);
  if (operations.length === 0) throw new TypeError('a transaction without operations');
  if (operations.length > MAX_OPERATIONS) {
    throw new TooLarge(`${operations.length} operations in one transaction; the most is ${MAX_OPERATIONS}`);
  }
  const seen = new Set<string>();
  let sizeBytes = 0;
  for (const operation of operations) {
    checkKey(operation.key);
    const name = `${operation.key.pk} ${operation.key.sk}`;
    if (seen.has(name)) throw new TypeError(`two operations on ${name} in one transaction`);
    seen.add(name);
    if (operation.op === 'create' || operation.op === 'replace') {
      sizeBytes += checkRecord(operation.key, operation.record);
    }
  }
  if (sizeBytes > MAX_TRANSACTION_BYTES) {
    throw new TooLarge(`a transaction of ${sizeBytes} bytes; the most is ${MAX_TRANSACTION_BYTES}`);
  }
}

/** The most records a page of this query may hold. */
export function pageSize({ limit = 100 }: Query): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new TypeError(`limit is not 1 to 1000: ${limit}`);
  }
  return limit;
}

/** DynamoDB: partition keys up to 2,048 bytes, sort keys up to 1,024. Printable ASCII, so that byte order is text order. */
export function checkKey({ pk, sk }: Key): void {
  if (!isKeyText(pk) || !isKeyText(sk)) throw new TypeError(`not a key: ${JSON.stringify({ pk, sk })}`);
}

/** Whether anything can stand at a partition or sort key of this text. */
export const isKeyText = (text: string): boolean => /^[\x21-\x7e]{1,1024}$/.test(text);

/** The record's size in bytes. */
function checkRecord(key: Key, record: NewRecord): number {
  for (const indexKey of Object.values(record.index ?? {})) checkKey(indexKey);
  checkJson(record.data, '$');
  const sizeBytes = itemSize(key, record);
  if (sizeBytes > MAX_ITEM_BYTES) {
    throw new TooLarge(`${key.pk}/${key.sk} has ${sizeBytes} bytes; the most is ${MAX_ITEM_BYTES}`);
  }
  return sizeBytes;
}

function checkJson(value: unknown, path: string): void {
  if (value === null || typeof value === 'boolean') return;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError(`${path} has half a surrogate pair`);
    return;
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${path} is not a safe integer: ${value}`);
    return;
  }
  if (Array.isArray(value)) {
    for (const [i, v] of value.entries()) checkJson(v, `${path}[${i}]`);
    return;
  }
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [name, v] of Object.entries(value)) {
      checkJson(name, `a name in ${path}`);
      checkJson(v, `${path}.${name}`);
    }
    return;
  }
  throw new TypeError(`${path} is not JSON: ${typeof value}`);
}

/**
 * Size as DynamoDB counts it (developer guide, "Item sizes and formats"): every attribute's name and its value, texts as
 * UTF-8. The data is one text, its JSON: DynamoDB's own maps keep neither the order of names nor an empty name.
 */
export function itemSize(key: Key, record: NewRecord): number {
  let size =
    'pk'.length + key.pk.length + 'sk'.length + key.sk.length + 'version'.length + 9 + 'opId'.length + 200;
  size += 'data'.length + Buffer.byteLength(JSON.stringify(record.data));
  for (const [name, k] of Object.entries((record.index ?? {}) satisfies IndexKeys)) {
    size += 2 * (name.length + '_pk'.length) + k.pk.length + k.sk.length;
  }
  return size;
}
