import type { Operation, RecordStore } from '../records/record-store.ts';
import { type RecordType, readRecord, type Versioned, writing } from '../records/record-type.ts';
import { type NameClaim, NameClaimSchema } from './claim.ts';

export const ClaimType: RecordType<NameClaim> = {
  schema: NameClaimSchema,
  key: (claim) => ({ pk: `name#${claim.team}/${claim.name}`, sk: 'claim' }),
};

/** Who holds which name. */
export class NameClaims {
  readonly #store: RecordStore;
  constructor(store: RecordStore) {
    this.#store = store;
  }

  async find(team: string, name: string): Promise<Versioned<NameClaim> | undefined> {
    return readRecord(this.#store, ClaimType, { pk: `name#${team}/${name}`, sk: 'claim' });
  }

  /** Free: never claimed, or a tombstone past its end. */
  async isFree(team: string, name: string, now: string): Promise<boolean> {
    const claim = await this.find(team, name);
    return !claim || isOver(claim.value, now);
  }

  /** Makes a transaction fail when the claim has changed since it was read: whoever retires its app goes first. */
  unchanged(read: Versioned<NameClaim>): Operation {
    return { op: 'check', key: ClaimType.key(read.value), version: read.version };
  }

  changing(read: Versioned<NameClaim> | undefined, next: NameClaim): Operation {
    return writing(ClaimType, read, next);
  }
}

/** A tombstone past its end may be taken again. */
export const isOver = (claim: NameClaim, now: string): boolean =>
  claim.state === 'tombstone' && claim.until !== undefined && claim.until <= now;
