import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Replacements } from '../../local/main.ts';
import { around, type PortCall } from './around.ts';

/** A moment to die at: the n-th write (from 1), and whether it is made. */
export interface Death {
  write: number;
  when: 'before' | 'after';
}

/** What a port call can change outside the database, by port. */
const WRITES: Record<string, readonly string[]> = {
  blobs: ['put', 'delete'],
  certificates: ['request', 'delete'],
  mail: ['send'],
};

/**
 * The parts of a process that dies at one of its writes, just before it is made or just after, before anybody is told.
 * Every commit of the database is a write (of records, of the workflow runner, of the edge, of zones, of events, in a
 * transaction or not), and so is everything that is changed outside it. A dead process throws nothing that somebody
 * could tidy up after: its database is closed, and from then on no call of any port is answered.
 */
export class Dying {
  /** The writes since `arm`: `mail.send`, or the tables that a commit wrote, as `commit audit records`. */
  readonly writes: string[] = [];
  readonly #dead = Promise.withResolvers<void>();
  /** Resolves when the process has died. */
  readonly dead: Promise<void> = this.#dead.promise;
  #isDead = false;
  #armed: Death | undefined;
  #tables = new Set<string>();

  /** Counts from here, and dies at that write; at none when it is 0. */
  arm(death: Death): void {
    this.writes.length = 0;
    this.#armed = death;
  }

  parts(): Replacements {
    const port =
      (noun: string) =>
      <T extends object>(real: T): T =>
        around(real, (call) => this.#make(noun, call));
    return {
      database: (database) => this.#watch(database),
      store: port('store'),
      blobs: port('blobs'),
      hosting: port('hosting'),
      dns: port('dns'),
      certificates: port('certificates'),
      mail: port('mail'),
      probe: port('probe'),
      random: () => 0,
    };
  }

  async #make(noun: string, { verb, go }: PortCall): Promise<unknown> {
    if (this.#isDead) return NEVER;
    if (!WRITES[noun]?.includes(verb)) return this.#unlessDead(go());
    const mayDie = this.#count(`${noun}.${verb}`);
    if (mayDie === 'before') return this.#die();
    const answer = await go();
    return mayDie === 'after' ? this.#die() : answer;
  }

  /** What comes of a call that was under way when the process died, nobody hears either. */
  async #unlessDead(answer: Promise<unknown>): Promise<unknown> {
    try {
      const value = await answer;
      return this.#isDead ? NEVER : value;
    } catch (error) {
      if (this.#isDead) return NEVER;
      throw error;
    }
  }

  /** Is this the write to die at? */
  #count(write: string): Death['when'] | undefined {
    this.writes.push(write);
    return this.writes.length === this.#armed?.write ? this.#armed.when : undefined;
  }

  #die(): Promise<never> {
    this.#isDead = true;
    this.#dead.resolve();
    return NEVER;
  }

  #watch(database: DatabaseSync): void {
    const exec = database.exec.bind(database);
    database.exec = (sql) => {
      if (sql === 'COMMIT') this.#commit(database, () => exec(sql));
      else exec(sql);
    };
    const prepare = database.prepare.bind(database);
    database.prepare = (sql, ...rest) => {
      const statement = prepare(sql, ...rest);
      const isWrite = /^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/i.test(sql);
      return isWrite ? this.#watched(database, statement, tableIn(sql)) : statement;
    };
  }

  #watched(database: DatabaseSync, statement: StatementSync, table: string): StatementSync {
    return new Proxy(statement, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          const go = (): unknown => (member as (...given: unknown[]) => unknown).apply(target, args);
          this.#tables.add(table);
          return database.isTransaction ? go() : this.#commit(database, go);
        };
      },
    });
  }

  #commit<T>(database: DatabaseSync, go: () => T): T {
    const mayDie = this.#count(`commit ${[...this.#tables].toSorted().join(' ')}`);
    this.#tables.clear();
    if (mayDie !== 'before') {
      const answer = go();
      if (mayDie === undefined) return answer;
    }
    // An open transaction goes with it.
    database.close();
    void this.#die();
    throw new Error('the process has died');
  }
}

const tableIn = (sql: string): string => /\b(?:INTO|UPDATE|FROM)\s+(\w+)/i.exec(sql)?.[1] ?? 'unknown';

const NEVER = new Promise<never>(() => {});
