import type { IndexName } from './record-store.ts';

export const INDEXES: readonly IndexName[] = ['owner', 'team', 'state', 'due'];

/** The attributes that hold an index's keys. */
export const indexAttributes = (index: IndexName): { partitionKey: string; sortKey: string } => ({
  partitionKey: `${index}_pk`,
  sortKey: `${index}_sk`,
});

/**
 * The table on AWS, as templates and tests make it: all keys are strings, and every index projects whole records. An
 * item without an index's keys is not in it.
 */
export const RECORDS_TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  indexes: INDEXES.map((name) => ({ name, ...indexAttributes(name), projection: 'ALL' as const })),
};
