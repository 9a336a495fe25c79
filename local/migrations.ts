import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CottageError } from '../shared/errors/errors.ts';
import { transact } from './database.ts';

/** Data this Cottage can not start on; nothing was changed. The message says what to do. */
export class DataRefused extends CottageError {
  override readonly name = 'DataRefused';
  readonly code:
    | 'data/newer'
    | 'data/older'
    | 'data/not-cottage'
    | 'data/damaged'
    | 'data/base-domain'
    | 'data/in-use'
    | 'data/locked'
    | 'data/full'
    | 'data/read-only'
    | 'data/no-folder';
  constructor(code: DataRefused['code'], message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/**
 * One step from a version of the data to the next. Its code is frozen: it says what was true then, and uses nothing
 * that may mean something else tomorrow.
 */
export interface Migration {
  to: number;
  /** As `docs/migrations.md` names it. */
  title: string;
  run(database: DatabaseSync): void;
}

export const MIGRATIONS: readonly Migration[] = [
  { to: 2, title: 'First entries of the audit trail are indexed', run: indexFirstEntries },
  { to: 3, title: 'Teams have a state', run: giveTeamsAState },
];

/** What this code writes. */
export const DATA_VERSION = 3;

/** Data from before versions were counted is 1; the database itself says 0. */
const UNMARKED = 1;

/** How to get from which version to which; a test brings its own. */
export interface MigrationPlan {
  migrations: readonly Migration[];
  version: number;
}

const PLAN: MigrationPlan = { migrations: MIGRATIONS, version: DATA_VERSION };

/**
 * The version of the data in this file, read without changing anything; undefined when there is none yet.
 * @throws DataRefused `data/not-cottage`, `data/damaged`, and `data/newer` or `data/older` when nothing leads from
 * there to ours
 */
export function readDataVersion(file: string, plan: MigrationPlan = PLAN): number | undefined {
  if (!existsSync(file)) return undefined;
  const version = versionIn(file);
  if (version === undefined) return undefined;
  if (version > plan.version) {
    throw new DataRefused(
      'data/newer',
      `The data is of version ${version}, and this Cottage knows ${plan.version}: a newer one has run on it. Start that ` +
        'one, or put back a backup from before.',
    );
  }
  const known = new Set(plan.migrations.map(({ to }) => to));
  for (let next = version + 1; next <= plan.version; next += 1) {
    if (known.has(next)) continue;
    throw new DataRefused(
      'data/older',
      `The data is of version ${version}, and this Cottage can not read it any more. Start a version of Cottage in ` +
        'between on it first.',
    );
  }
  return version;
}

function versionIn(file: string): number | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly: true });
    return versionOf(database);
  } catch (cause) {
    if (cause instanceof DataRefused) throw cause;
    const message = `${file} can not be read as a database. Put the latest backup back.`;
    throw new DataRefused('data/damaged', message, { cause });
  } finally {
    database?.close();
  }
}

function versionOf(database: DatabaseSync): number | undefined {
  const marked = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  if (marked !== 0) return marked;
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  if (tables.length === 0) return undefined;
  if (tables.some(({ name }) => name === 'records')) return UNMARKED;
  throw new DataRefused('data/not-cottage', 'The file cottage.db is the database of something else.');
}

/**
 * Brings the data to our version, or marks a new database with it. Before each step the database is copied beside
 * itself, as `cottage.db.before-v<version>`; the step and its mark are one transaction.
 * @throws DataRefused as `readDataVersion` does
 */
export function migrate(database: DatabaseSync, file: string, plan: MigrationPlan = PLAN): void {
  const version = versionOf(database);
  if (version === undefined) {
    database.exec(`PRAGMA user_version = ${plan.version}`);
    return;
  }
  readDataVersion(file, plan);
  for (const step of plan.migrations.toSorted((a, b) => a.to - b.to)) {
    if (step.to <= version) continue;
    copyBefore(database, file, step.to);
    transact(database, () => {
      step.run(database);
      database.exec(`PRAGMA user_version = ${step.to}`);
    });
  }
}

/** One copy of that name, whole and durable: a start that was broken off makes it anew. */
function copyBefore(database: DatabaseSync, file: string, version: number): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
  try {
    // Made first, so that nobody else can read it at any moment.
    closeSync(openSync(draft, 'wx', 0o600));
    database.prepare('VACUUM INTO ?').run(draft);
    chmodSync(draft, 0o600);
    syncSync(draft);
    renameSync(draft, `${file}.before-v${version}`);
    if (process.platform !== 'win32') syncSync(dirname(file));
  } finally {
    rmSync(draft, { force: true });
  }
}

function syncSync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** To 2: an audit stream whose record is lost is found by its first entry, which stands in one of four partitions. */
function indexFirstEntries(database: DatabaseSync): void {
  const first = database
    .prepare(`SELECT pk FROM records WHERE pk >= 'audit#' AND pk < 'audit$' AND sk = '0000000001'`)
    .all();
  const index = database.prepare(
    `UPDATE records SET state_pk = ?, state_sk = ? WHERE pk = ? AND sk = '0000000001'`,
  );
  for (const { pk } of first) {
    const subject = String(pk).slice('audit#'.length);
    const digest = createHash('sha256').update(subject).digest('hex');
    index.run(`audit-streams#${Number.parseInt(digest.slice(0, 8), 16) % 4}`, subject, String(pk));
  }
}

/** To 3: every team that is there was added in one go, and is ready. */
function giveTeamsAState(database: DatabaseSync): void {
  database.exec(`
    UPDATE records
    SET data = json_set(data, '$.state', 'ready', '$.stateSince', json_extract(data, '$.createdAt'),
      '$.stateBy', 'cottage', '$.attempt', 0)
    WHERE pk LIKE 'team#%' AND sk = 'team'
  `);
}
