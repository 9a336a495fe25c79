import { plannedFunctions } from '../infra/functions.ts';
import type { LoggedCall } from '../test/fakes/aws-faults.ts';
import { query } from '../test/fakes/dynamodb-query.ts';
import { scan } from '../test/fakes/dynamodb-scan.ts';
import { FakeTable, type Item, sizeOf } from '../test/fakes/dynamodb-table.ts';
import { sum, type Usage } from './aws-prices.ts';

/** A function was called, and took so long. */
export interface Invocation {
  name: string;
  ms: number;
}

/** What a function waits for the answer to one call: as a rule DynamoDB takes less than half of it, S3 a little more. */
const CALL_MS = 10;
/** Lambda gives a processor by the memory, and one at this many MB. */
const WHOLE_PROCESSOR_MB = 1_769;
/** What Lambda itself writes of a call, what our own logger adds, and the metrics: kept rather too high. */
const LOG_BYTES_OF_A_CALL = 2_000;
/** A line of the API's access log. */
const LOG_BYTES_OF_A_REQUEST = 500;

/**
 * What calls of functions are billed for. Each is taken to have been slower than here where it has less than a processor,
 * and to have waited for each of its calls of AWS, one after the other, `CALL_MS` longer.
 */
export function usageOfFunctions(
  invocations: readonly Invocation[],
  calls: readonly Pick<LoggedCall, 'caller'>[],
): Usage {
  const called = new Set(invocations.map(({ name }) => name));
  const waited = calls.filter(({ caller }) => called.has(caller));
  const usages = invocations.map(({ name, ms }): Usage => {
    const slower = Math.max(1, WHOLE_PROCESSOR_MB / memoryMbOf(name));
    const isApi = name.startsWith('api-');
    return {
      invocations: 1,
      gbSeconds: gbSeconds(name, Math.ceil(slower * ms)),
      logBytes: LOG_BYTES_OF_A_CALL + (isApi ? LOG_BYTES_OF_A_REQUEST : 0),
      // What a state machine calls is part of its trace.
      ...(isStep(name) ? {} : { traces: 1 }),
      ...(isApi ? { apiRequests: 1, wafRequests: 1 } : {}),
    };
  });
  return sum(...usages, ...waited.map(({ caller }) => ({ gbSeconds: gbSeconds(caller, CALL_MS) })));
}

/**
 * What is added when each of these functions has not run for a while: Lambda bills the start too. Half a second is a guess
 * from what loading takes here (`docs/benchmarks.md`); on Lambda it has not been seen.
 */
export function usageOfColdStarts(functions: readonly string[]): Usage {
  return sum(...[...new Set(functions)].map((name) => ({ gbSeconds: gbSeconds(name, COLD_START_MS) })));
}

const COLD_START_MS = 500;

/** @throws RangeError when no function has this bundle. */
function memoryMbOf(bundle: string): number {
  const planned = Object.values(plannedFunctions()).find((plan) => plan.bundle === bundle);
  if (!planned) throw new RangeError(`no function is planned with the bundle ${bundle}`);
  return planned.memoryMb;
}

const gbSeconds = (name: string, ms: number): number => (memoryMbOf(name) / 1_024) * (ms / 1_000);

const isStep = (name: string): boolean => !/^(api-|lifecycle-(sweep|nightly)$)/.test(name);

/** Events of one execution, as `GetExecutionHistory` tells them. */
export type History = readonly { type?: string | undefined }[];

/**
 * What an execution is billed for. Each state that is entered is a transition, and each retry another one. In the examples
 * of Step Functions' price list so are the start and the end of an execution.
 */
export function usageOfExecution(history: History): Usage {
  const count = (fits: (type: string) => boolean) => history.filter(({ type = '' }) => fits(type)).length;
  const entered = count((type) => type.endsWith('StateEntered'));
  const retries = count((type) => type === 'TaskScheduled') - count((type) => type === 'TaskStateEntered');
  return {
    transitions: 2 + entered + retries,
    traces: 1,
    // Everything but the data of the execution is logged.
    logBytes: history.length * LOG_BYTES_OF_AN_EVENT,
  };
}

const LOG_BYTES_OF_AN_EVENT = 500;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** What a call is billed for, by service and operation; DynamoDB's depend on what was there before. */
const BILLED: Record<string, (input: Record<string, unknown>) => Usage> = {
  's3 PostForm': () => ({ s3Writes: 1 }),
  's3 PutObject': () => ({ s3Writes: 1 }),
  's3 ListObjectsV2': () => ({ s3Writes: 1 }),
  's3 ListObjectVersions': () => ({ s3Writes: 1 }),
  's3 GetObject': () => ({ s3Reads: 1 }),
  's3 HeadObject': () => ({ s3Reads: 1 }),
  's3 DeleteObjects': () => ({}),
  'kms GenerateMac': () => ({ keyRequests: 1 }),
  'kms VerifyMac': () => ({ keyRequests: 1 }),
  'kms DescribeKey': () => ({ keyRequests: 1 }),
  'sesv2 GetEmailIdentity': () => ({}),
  'sesv2 GetAccount': () => ({}),
  'sesv2 SendEmail': ({ Destination, Content }) => ({
    mails: list((Destination as { ToAddresses?: unknown }).ToAddresses).length,
    mailBytes: (Content as { Raw: { Data: Uint8Array } }).Raw.Data.length,
  }),
  'eventbridge PutEvents': ({ Entries }) =>
    sum(
      ...list(Entries).map((entry) => ({
        events: Math.ceil(bytesOf(entry) / 64_000),
        archivedBytes: bytesOf(entry),
      })),
    ),
};

/** Their calls cost nothing, save that CloudFront, Route 53 and Step Functions take money for what they make. */
const FREE = new Set(['acm', 'cloudfront', 'route53', 'sfn']);

/** What the stacks make once, and no function. */
const LAID_OUT = new Set([
  'CreateBucket',
  'PutBucketVersioning',
  'CreateKey',
  'CreateEmailIdentity',
  'CreateConfigurationSet',
  'CreateEventBus',
]);

/**
 * Reads calls in the order in which they came, from the making of the table on, and says what they are billed for.
 * DynamoDB's units are counted on a copy of the table: a write costs by the larger of what was there and what is there
 * after it, and each row of an index that it adds, changes or takes away costs as well.
 */
export class Meter {
  #table: FakeTable | undefined;

  /** @throws TypeError for a call that nobody has said what it costs. */
  read(calls: readonly LoggedCall[]): Usage {
    return sum(...calls.map((call) => this.#usageOf(call)));
  }

  /** Bytes that are kept: records, their rows in indexes, and the 100 that DynamoDB adds to each. */
  keptBytes(): number {
    const table = this.#table;
    if (!table) return 0;
    const copies = (item: Item) => 1 + [...table.indexes.values()].filter((keys) => keys.sort in item).length;
    return table.all().reduce((bytes, item) => bytes + copies(item) * (sizeOf(item) + 100), 0);
  }

  #usageOf({ service, operation, input, outcome }: LoggedCall): Usage {
    if (service === 'dynamodb') return this.#usageOfRecords(operation, input, outcome === 'ok');
    if (FREE.has(service) || LAID_OUT.has(operation)) return {};
    const billed = BILLED[`${service} ${operation}`];
    if (!billed) throw new TypeError(`what does ${service} ${operation} cost?`);
    return billed(input as Record<string, unknown>);
  }

  #usageOfRecords(operation: string, input: unknown, succeeded: boolean): Usage {
    if (operation === 'CreateTable') {
      this.#table = new FakeTable(input as ConstructorParameters<typeof FakeTable>[0], false);
      return {};
    }
    const table = this.#table;
    if (!table) throw new TypeError(`${operation} on a table that nobody has made`);
    switch (operation) {
      case 'GetItem':
        return reads([table.get((input as { Key: Item }).Key) ?? {}], input);
      case 'Query':
        return reads(query(table, input as Parameters<typeof query>[1]).Items ?? [], input);
      case 'Scan':
        return reads(scan(table, input as Parameters<typeof scan>[1]).Items ?? [], input);
      // Of a counter, a record of less than 1 kB in no index.
      case 'UpdateItem':
        return { writeUnits: 1 };
      case 'PutItem':
        return write(table, { Put: input as { Item: Item } }, 1, succeeded);
      case 'TransactWriteItems': {
        const { TransactItems } = input as { TransactItems: TransactItem[] };
        return sum(...TransactItems.map((item) => write(table, item, 2, succeeded)));
      }
      default:
        throw new TypeError(`what does dynamodb ${operation} cost?`);
    }
  }
}

/** Read units: by what is read together, 4 kB each; half of that where the read need not be consistent. */
function reads(items: Item[], input: unknown): Usage {
  const units = Math.max(1, Math.ceil(items.reduce((bytes, item) => bytes + sizeOf(item), 0) / 4_096));
  return { readUnits: (input as { ConsistentRead?: boolean }).ConsistentRead ? units : units / 2 };
}

const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1_024));
const size = (item: Item | undefined): number => (item ? sizeOf(item) : 0);

interface TransactItem {
  Put?: { Item: Item };
  Delete?: { Key: Item };
  ConditionCheck?: { Key: Item };
}

/**
 * One write. In a transaction its record costs twice, its rows in indexes once, as outside (measured by others:
 * nubo-db/dynoxide, pull request 188). A check costs like a write of what it looks at.
 */
function write(
  table: FakeTable,
  { Put, Delete, ConditionCheck }: TransactItem,
  factor: 1 | 2,
  succeeded: boolean,
): Usage {
  const { partition, sort } = table.keys;
  const named: Item = Put?.Item ?? Delete?.Key ?? ConditionCheck?.Key ?? {};
  const key = Object.fromEntries(
    Object.entries(named).filter(([name]) => name === partition || name === sort),
  );
  const before = table.get(key);
  const after = Put ? Put.Item : Delete ? undefined : before;
  const units = factor * writeUnits(Math.max(size(before), size(after)));
  if (ConditionCheck || !succeeded) return { writeUnits: units };
  if (after) table.put(after);
  else table.delete(key);
  return { writeUnits: units + rowUnits(table, before, after) };
}

/** A row whose key changes is taken away and added again. What has a new version is never the same as before. */
function rowUnits(table: FakeTable, before: Item | undefined, after: Item | undefined): number {
  let units = 0;
  for (const { partition, sort } of table.indexes.values()) {
    const place = (item: Item | undefined) => item?.[sort]?.S && `${item[partition]?.S} ${item[sort].S}`;
    const [from, to] = [place(before), place(after)];
    if (from !== undefined && from === to) {
      units += writeUnits(Math.max(size(before), size(after)));
      continue;
    }
    if (from !== undefined) units += writeUnits(size(before));
    if (to !== undefined) units += writeUnits(size(after));
  }
  return units;
}
