/**
 * Heads of the audit trail, kept where whoever can write to the database can't rewrite them: files that only their owner
 * may read and nobody may write on one machine, object lock on AWS. They are added and never removed.
 */
export interface KeptHeads {
  /** Keeps this text under a name (`2026-11-24`); durable when it resolves. False, and nothing is changed, when there is one. */
  keep(name: string, text: string): Promise<boolean>;
  /** The names, oldest first. */
  names(): Promise<string[]>;
  /** @throws NotFound when there is none of this name. */
  read(name: string): Promise<string>;
}
