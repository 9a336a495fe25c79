import { TooLarge } from '../errors/errors.ts';
import type { IndexKeys, Json, Key, NewRecord, Transaction } from './record-store.ts';
import { MAX_ITEM_BYTES, MAX_OPERATIONS } from './record-store.ts';

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
  for (const operation of operations) {
    checkKey(operation.key);
    const name = `${operation.key.pk} ${operation.key.sk}`;
    if (seen.has(name)) throw new TypeError(`two operations on ${name} in one transaction`);
    seen.add(name);
    if (operation.op === 'create' || operation.op === 'replace') checkRecord(operation.key, operation.record);
  }
}

/** DynamoDB: partition keys up to 2,048 bytes, sort keys up to 1,024. Printable ASCII, so that byte order is text order. */
export function checkKey({ pk, sk }: Key): void {
  if (!/^[\x21-\x7e]{1,1024}$/.test(pk) || !/^[\x21-\x7e]{1,1024}$/.test(sk)) {
    throw new TypeError(`not a key: ${JSON.stringify({ pk, sk })}`);
  }
}

function checkRecord(key: Key, record: NewRecord): void {
  for (const indexKey of Object.values(record.index ?? {})) checkKey(indexKey);
  checkJson(record.data, '$');
  const sizeBytes = itemSize(key, record);
  if (sizeBytes > MAX_ITEM_BYTES) {
    throw new TooLarge(`${key.pk}/${key.sk} has ${sizeBytes} bytes; the most is ${MAX_ITEM_BYTES}`);
  }
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
 * Size as DynamoDB counts it (developer guide, "Item sizes and formats"): names and strings as UTF-8, numbers about half
 * a byte a digit plus one, booleans and null 1, lists and maps 3 plus 1 for each element or pair.
 */
export function itemSize(key: Key, record: NewRecord): number {
  let size =
    'pk'.length + key.pk.length + 'sk'.length + key.sk.length + 'version'.length + 9 + 'opId'.length + 200;
  size += 'data'.length + sizeOf(record.data);
  for (const [name, k] of Object.entries((record.index ?? {}) satisfies IndexKeys)) {
    size += 2 * (name.length + 2) + k.pk.length + k.sk.length;
  }
  return size;
}

function sizeOf(value: Json): number {
  if (value === null || typeof value === 'boolean') return 1;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return Math.ceil(String(Math.abs(value)).length / 2) + 2;
  if (Array.isArray(value)) return 3 + value.reduce<number>((sum, v) => sum + 1 + sizeOf(v), 0);
  return (
    3 + Object.entries(value).reduce((sum, [name, v]) => sum + 1 + Buffer.byteLength(name) + sizeOf(v), 0)
  );
}
