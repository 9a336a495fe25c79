import * as z from 'zod';
import { Instant } from '../ids/ids.ts';
import type { RecordStore } from '../records/record-store.ts';
import { creating, type RecordType, readRecord } from '../records/record-type.ts';
import type { Head } from './head.ts';

/** A head that was given out. A database without it is one from before: stored at `audit-head#<id>` / `head`. */
export const IssuedHeadSchema = z.object({ id: z.string(), at: Instant, root: z.string() });
type IssuedHead = z.infer<typeof IssuedHeadSchema>;

export const IssuedHeadType: RecordType<IssuedHead> = {
  schema: IssuedHeadSchema,
  key: ({ id }) => ({ pk: `audit-head#${id}`, sk: 'head' }),
};

/** Notes a head before anybody gets it. */
export async function noteIssued(store: RecordStore, { id, at, root }: Head): Promise<void> {
  await store.write({ opId: `audit-head/${id}`, operations: [creating(IssuedHeadType, { id, at, root })] });
}

/** Was this head made by this database, as it is now? `id` comes from outside. */
export async function wasIssued(store: RecordStore, { id, root }: Head): Promise<boolean> {
  const issued = await readRecord(store, IssuedHeadType, { pk: `audit-head#${id}`, sk: 'head' });
  return issued?.value.root === root;
}
