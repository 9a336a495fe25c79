/** Authoritative DNS. What carries no owner mark of ours is never touched. */
export interface Dns {
  /** All record sets of the zone. @throws NotFound when there is no such zone. */
  records(zone: string): Promise<RecordSet[]>;
  /**
   * Applies a plan, all or nothing.
   * @throws PreconditionFailed when what the plan removes is no longer as it was read, or what it creates exists.
   * @throws Busy when throttled.
   */
  apply(zone: string, changes: Changes): Promise<void>;
  /**
   * Creates a zone with SOA and NS, delegated from its parent when that is ours. Exists already: only a delegation that is
   * missing is put there.
   */
  createZone(zone: string): Promise<void>;
  /**
   * Takes the zone's delegation out of its parent, where that is ours; the zone itself still answers who asks it. Gone
   * already: nothing happens. Before a zone is deleted, and a TTL before that: a name that leads to no zone can be taken
   * over by whoever makes that zone elsewhere.
   */
  undelegate(zone: string): Promise<void>;
  /**
   * Deletes the zone, and its delegation where there still is one.
   * @throws PreconditionFailed when records other than SOA and NS are left.
   */
  deleteZone(zone: string): Promise<void>;
}

export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'TXT' | 'CAA' | 'NS' | 'SOA';

/** One name and type with all its values, in presentation form (TXT unquoted); names lower-case, no final dot. */
export interface RecordSet {
  name: string;
  type: RecordType;
  ttlSeconds: number;
  values: string[];
}

/** What a planner returns and `apply` does: removed sets exactly as read, created sets as desired. */
export interface Changes {
  create: RecordSet[];
  remove: RecordSet[];
}

export const isEmpty = (changes: Changes): boolean => changes.create.length + changes.remove.length === 0;
