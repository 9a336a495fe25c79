import { createHash } from 'node:crypto';
import * as z from 'zod';
import { Instant } from '../ids/ids.ts';
import { type Key, queryAll, type RecordStore, type StoredRecord } from './record-store.ts';

/** The one thing a record needs next, and when. */
export const NextAction = z.object({ action: z.string(), at: Instant });
export type NextAction = z.infer<typeof NextAction>;

const PARTITIONS = 4;

/** The due index's keys of a record; nothing to do, not in the index. */
export function dueKeys(id: string, next: NextAction | undefined): { due?: Key } {
  if (!next) return {};
  const partition = (createHash('sha256').update(id).digest()[0] ?? 0) % PARTITIONS;
  return { due: { pk: `due#${partition}`, sk: `${next.at}#${id}` } };
}

/** Everything due by `now`. Hints: what is done about one must be conditional on the version found. */
export async function* dueRecords(store: RecordStore, now: Instant): AsyncGenerator<StoredRecord> {
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    // `~` sorts after every id: all of this very instant are due too.
    yield* queryAll(store, { index: 'due', partition: `due#${partition}`, range: { to: `${now}#~` } });
  }
}

/** The earliest due instant, or undefined when nothing is. */
export async function firstDue(store: RecordStore): Promise<Instant | undefined> {
  let first: Instant | undefined;
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    for await (const record of queryAll(store, { index: 'due', partition: `due#${partition}`, limit: 1 })) {
      const at = record.index?.due?.sk.slice(0, 24);
      if (at !== undefined && (first === undefined || at < first)) first = at;
      break;
    }
  }
  return first;
}
