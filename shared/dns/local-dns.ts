import type { DatabaseSync, StatementSync } from 'node:sqlite';
import * as z from 'zod';
import { transact } from '../../local/database.ts';
import { AlreadyExists, CorruptRecord, NotFound, PreconditionFailed } from '../errors/errors.ts';
import { type Changes, type Dns, isEmpty, type RecordSet } from './dns.ts';
import { sameSet } from './plan.ts';
import type { Lookup, ZoneReader } from './zone-reader.ts';
import { checkChanges, checkDomainName } from './zone-rules.ts';

/**
 * `path` is the name with its labels reversed (`localhost.apps.finance`): what lies below a name is one range of it.
 * The SOA is not stored: it is made of the zone's name and its serial.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS dns_zones (
    path TEXT PRIMARY KEY,
    zone TEXT NOT NULL,
    serial INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS dns_records (
    zone_path TEXT NOT NULL REFERENCES dns_zones,
    path TEXT NOT NULL,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    ttl_seconds INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (zone_path, path, type)
  ) STRICT, WITHOUT ROWID;
`;

/** How long a resolver may remember a zone's own records, and that a name does not exist. */
const ZONE_TTL_SECONDS = 60;
/** SOA: for secondaries only, of which there are none; the values RIPE-203 recommends for a small zone. */
const REFRESH_SECONDS = 86_400;
const RETRY_SECONDS = 7_200;
const EXPIRE_SECONDS = 3_600_000;

export interface LocalDnsOptions {
  /** The host name this server is known by, in the NS and SOA of every zone. Lower-case, no final dot. */
  nameServer: string;
  /** Called before a plan is applied; what it throws is thrown instead of applying it. For tests. */
  faults?: { beforeApply?: () => void };
}

/** The zones of the single-node edition, in its database; the server in `local/` answers from them. */
export class LocalDns implements Dns, ZoneReader {
  readonly #database: DatabaseSync;
  readonly #options: LocalDnsOptions;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, options: LocalDnsOptions) {
    checkDomainName(options.nameServer);
    this.#database = database;
    this.#options = options;
    database.exec(TABLES);
  }

  async records(zone: string): Promise<RecordSet[]> {
    return this.#all(this.#zone(zone));
  }

  whole(zone: string): RecordSet[] | undefined {
    const path = pathOf(zone);
    const found = this.#deepestZone(path);
    return found?.path === path ? this.#all(found) : undefined;
  }

  /** @throws InvalidRecord when no zone may hold what the plan creates; in particular never SOA or NS. */
  async apply(zone: string, changes: Changes): Promise<void> {
    this.#options.faults?.beforeApply?.();
    checkChanges(zone, changes);
    transact(this.#database, () => {
      const { path } = this.#zone(zone);
      for (const set of changes.remove) this.#remove(path, set);
      for (const set of changes.create) this.#create(path, set);
      if (!isEmpty(changes)) this.#bumpSerial(path);
    });
  }

  /**
   * @throws InvalidRecord when it is not a zone's name.
   * @throws AlreadyExists when the parent has records at or below the name, which the new zone would hide.
   */
  async createZone(zone: string): Promise<void> {
    // The longest name that every zone has, so a zone it fits in is short enough.
    checkDomainName(contactOf(zone));
    const path = pathOf(zone);
    transact(this.#database, () => {
      const parent = this.#deepestZone(path);
      if (parent?.path === path) return this.#delegateAgain(path, zone);
      this.#prepare('INSERT INTO dns_zones (path, zone, serial) VALUES (?, ?, 0)').run(path, zone);
      this.#insert(path, this.#delegation(zone));
      if (parent !== undefined) this.#delegate(parent.path, zone);
      for (const child of this.#childZones(path)) this.#delegate(path, child);
      this.#bumpSerial(path);
    });
  }

  async undelegate(zone: string): Promise<void> {
    const path = pathOf(zone);
    transact(this.#database, () => this.#undelegate(path));
  }

  /** Gone already: nothing happens. */
  async deleteZone(zone: string): Promise<void> {
    const path = pathOf(zone);
    transact(this.#database, () => {
      if (this.#deepestZone(path)?.path !== path) return;
      const left = this.#sets("zone_path = ? AND NOT (path = zone_path AND type = 'NS')", path);
      if (left.length > 0) throw new PreconditionFailed(`${zone} still has ${left.length} record sets`);
      this.#prepare('DELETE FROM dns_records WHERE zone_path = ?').run(path);
      this.#prepare('DELETE FROM dns_zones WHERE path = ?').run(path);
      this.#undelegate(path);
    });
  }

  lookup(name: string): Lookup {
    const path = pathOf(name);
    const zone = this.#deepestZone(path);
    if (zone === undefined) return { kind: 'outside' };
    const soa = this.#soa(zone);
    const sets = this.#sets('zone_path = ? AND path = ?', zone.path, path);
    if (path === zone.path) sets.unshift(soa);
    return { kind: 'inside', soa, sets, exists: sets.length > 0 || this.#hasBelow(zone.path, path) };
  }

  version(): string {
    // Of the whole database: what this connection has changed, and whether others have changed anything.
    const own = this.#prepare('SELECT total_changes() AS changes').get()?.['changes'];
    const others = this.#prepare('PRAGMA data_version').get()?.['data_version'];
    return `${String(own)}/${String(others)}`;
  }

  #all(zone: Zone): RecordSet[] {
    return [this.#soa(zone), ...this.#sets('zone_path = ?', zone.path)];
  }

  #zone(zone: string): Zone {
    const path = pathOf(zone);
    const found = this.#deepestZone(path);
    if (found?.path !== path) throw new NotFound(`no zone ${zone}`);
    return found;
  }

  /** The zone with the most labels of the path; one query however many labels a stranger sends. */
  #deepestZone(path: string): Zone | undefined {
    const labels = path.split('.');
    const paths = labels.map((_, index) => labels.slice(0, index + 1).join('.'));
    const row = this.#prepare(
      `SELECT path, zone, serial FROM dns_zones WHERE path IN (SELECT value FROM json_each(?))
       ORDER BY length(path) DESC LIMIT 1`,
    ).get(JSON.stringify(paths));
    return row === undefined ? undefined : ZoneSchema.parse(row);
  }

  /** The zones below a path that have no other zone between. */
  #childZones(path: string): string[] {
    return this.#prepare('SELECT path, zone, serial FROM dns_zones WHERE path >= ? AND path < ?')
      .all(...below(path))
      .map((row) => ZoneSchema.parse(row))
      .filter((child) => this.#deepestZone(parentPath(child.path))?.path === path)
      .map((child) => child.zone);
  }

  #sets(where: string, ...parameters: string[]): RecordSet[] {
    return this.#prepare(
      `SELECT name, type, ttl_seconds, data FROM dns_records WHERE ${where} ORDER BY path, type`,
    )
      .all(...parameters)
      .map(recordSet);
  }

  #hasBelow(zonePath: string, path: string): boolean {
    const [from, to] = below(path);
    return (
      this.#prepare('SELECT 1 FROM dns_records WHERE zone_path = ? AND path >= ? AND path < ? LIMIT 1').get(
        zonePath,
        from,
        to,
      ) !== undefined
    );
  }

  #remove(zonePath: string, set: RecordSet): void {
    const [found] = this.#sets(
      'zone_path = ? AND path = ? AND type = ?',
      zonePath,
      pathOf(set.name),
      set.type,
    );
    if (found === undefined || !sameSet(found, set)) {
      throw new PreconditionFailed(`${set.name} ${set.type} is no longer as it was read`);
    }
    this.#prepare('DELETE FROM dns_records WHERE zone_path = ? AND path = ? AND type = ?').run(
      zonePath,
      pathOf(set.name),
      set.type,
    );
  }

  #create(zonePath: string, set: RecordSet): void {
    if (this.#deepestZone(pathOf(set.name))?.path !== zonePath) {
      throw new PreconditionFailed(`${set.name} belongs to a zone of its own`);
    }
    const others = this.#sets('zone_path = ? AND path = ?', zonePath, pathOf(set.name));
    // Also when the plan was made before the CNAME, or before what a CNAME would stand beside.
    if (others.some((other) => other.type === set.type || [other.type, set.type].includes('CNAME'))) {
      throw new PreconditionFailed(`${set.name} already has records beside which ${set.type} cannot stand`);
    }
    this.#insert(zonePath, set);
  }

  #insert(zonePath: string, { name, type, ttlSeconds, values }: RecordSet): void {
    this.#prepare(
      'INSERT INTO dns_records (zone_path, path, type, name, ttl_seconds, data) VALUES (?, ?, ?, ?, ?, ?)',
    ).run(zonePath, pathOf(name), type, name, ttlSeconds, JSON.stringify(values));
  }

  #delegate(parentPath: string, zone: string): void {
    const path = pathOf(zone);
    const hidden = this.#sets('zone_path = ? AND path = ?', parentPath, path).length > 0;
    if (hidden || this.#hasBelow(parentPath, path)) {
      throw new AlreadyExists(`there are records at or below ${zone}, which the zone would hide`);
    }
    this.#insert(parentPath, this.#delegation(zone));
    this.#bumpSerial(parentPath);
  }

  #delegateAgain(path: string, zone: string): void {
    const parent = this.#deepestZone(parentPath(path));
    const known = this.#sets(`zone_path = ? AND path = ? AND type = 'NS'`, parent?.path ?? '', path);
    if (parent && known.length === 0) this.#delegate(parent.path, zone);
  }

  /** The deepest zone above the path is its parent, whether the zone is still there or not. */
  #undelegate(path: string): void {
    const parent = this.#deepestZone(parentPath(path));
    if (parent === undefined) return;
    const { changes } = this.#prepare(
      `DELETE FROM dns_records WHERE zone_path = ? AND path = ? AND type = 'NS'`,
    ).run(parent.path, path);
    if (Number(changes) > 0) this.#bumpSerial(parent.path);
  }

  #delegation(zone: string): RecordSet {
    return { name: zone, type: 'NS', ttlSeconds: ZONE_TTL_SECONDS, values: [this.#options.nameServer] };
  }

  #soa({ zone, serial }: Zone): RecordSet {
    const timers = [serial, REFRESH_SECONDS, RETRY_SECONDS, EXPIRE_SECONDS, ZONE_TTL_SECONDS].join(' ');
    const value = `${this.#options.nameServer} ${contactOf(zone)} ${timers}`;
    return { name: zone, type: 'SOA', ttlSeconds: ZONE_TTL_SECONDS, values: [value] };
  }

  /** RFC 1982: serials are 32 bits and begin again. */
  #bumpSerial(zonePath: string): void {
    this.#prepare('UPDATE dns_zones SET serial = (serial + 1) % 4294967296 WHERE path = ?').run(zonePath);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

const ZoneSchema = z.object({ path: z.string(), zone: z.string(), serial: z.number() });
type Zone = z.infer<typeof ZoneSchema>;

const RecordSetSchema = z.object({
  name: z.string(),
  type: z.enum(['A', 'AAAA', 'CNAME', 'TXT', 'CAA', 'NS']),
  ttlSeconds: z.int(),
  values: z.array(z.string()).min(1),
});

function recordSet(row: Record<string, unknown>): RecordSet {
  try {
    const values: unknown = JSON.parse(String(row['data']));
    return RecordSetSchema.parse({
      name: row['name'],
      type: row['type'],
      ttlSeconds: row['ttl_seconds'],
      values,
    });
  } catch (error) {
    throw new CorruptRecord(`dns_records: ${JSON.stringify(row)}`, { cause: error });
  }
}

/** The SOA's mail address, its `@` written as a dot. */
const contactOf = (zone: string): string => `hostmaster.${zone}`;

const pathOf = (name: string): string => name.split('.').toReversed().join('.');

const parentPath = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));

/** Bounds, from inclusive and to exclusive, of all paths below one: `/` is what follows `.` in ASCII. */
const below = (path: string): [from: string, to: string] => [`${path}.`, `${path}/`];
