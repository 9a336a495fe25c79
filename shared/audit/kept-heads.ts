/**
 * Heads of the audit trail, kept where whoever can write to the database can't rewrite them: files that only their owner
 * may read and nobody may write on one machine, object lock on AWS. They are added and never removed.
 */
export interface KeptHeads {
  /**
   * Keeps this text under a name (`2026-11-24`); durable when it resolves. True when it is this text that is kept there
   * now, also by an earlier call whose answer got lost. False, and nothing is changed, when there is another.
   */
  keep(name: string, text: string): Promise<boolean>;
  /** The names, oldest first. */
  names(): Promise<string[]>;
  /** @throws NotFound when there is none of this name. */
  read(name: string): Promise<string>;
}

/** A day, and for a head that was asked for by itself its id. */
export const HEAD_NAME = /^\d{4}-\d\d-\d\d(-[a-z0-9]{1,20})?$/;

/** @throws TypeError for what is no name: callers make names of parts they have checked. */
export function checkHeadName(name: string): void {
  if (!HEAD_NAME.test(name)) throw new TypeError(`not the name of a kept head: ${JSON.stringify(name)}`);
}
