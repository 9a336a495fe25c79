import type { Key, StoredRecord } from '../records/record-store.ts';
import type { Found } from './problems.ts';
import type { World } from './world.ts';

/** A row of the table that is no record: what stands in it is no JSON. */
export interface DamagedRecord {
  key: Key;
  damaged: true;
}

/**
 * What the doctor may look at that no step ever may: whole tables, and what belongs to the edition alone. Reads only.
 */
export interface Inspection {
  /** Every stored record, in no order that counts. */
  records(): AsyncIterable<StoredRecord | DamagedRecord>;
  /** A counter's value; 0 for one that never counted. */
  counter(key: Key): Promise<number>;
  /** Every zone there is. */
  zones(): Promise<string[]>;
  /** The names of the executions of a publish that have not ended. */
  runningExecutions(): Promise<string[]>;
  /** What is wrong with what only this edition has: its files, its database, its disk, its certificates' keys. */
  ownProblems(world: World): Promise<Found[]>;
}
