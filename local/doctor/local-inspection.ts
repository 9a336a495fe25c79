import type { DatabaseSync } from 'node:sqlite';
import type { DamagedRecord, Inspection } from '../../shared/doctor/inspection.ts';
import type { Found } from '../../shared/doctor/problems.ts';
import type { World } from '../../shared/doctor/world.ts';
import type {
  IndexKeys,
  IndexName,
  JsonObject,
  Key,
  StoredRecord,
} from '../../shared/records/record-store.ts';
import { checkCertificateFiles } from './certificate-files.ts';
import { checkDatabase } from './database.ts';
import { checkFiles, type FileSystemView, realFileSystem } from './files.ts';

const INDEXES: readonly IndexName[] = ['owner', 'team', 'state', 'due'];
const PAGE = 500;

/** `Inspection` of the single-node edition: the tables of its database, and the files of its data folder. */
export class LocalInspection implements Inspection {
  readonly #database: DatabaseSync;
  readonly #folder: string;
  readonly #view: FileSystemView;

  constructor(options: { database: DatabaseSync; dataFolder: string; view?: FileSystemView }) {
    this.#database = options.database;
    this.#folder = options.dataFolder;
    this.#view = options.view ?? realFileSystem;
  }

  /** A page at a time: nothing is held open while others write. */
  async *records(): AsyncGenerator<StoredRecord | DamagedRecord> {
    const page = this.#database.prepare(
      'SELECT rowid, * FROM records WHERE rowid > ? ORDER BY rowid LIMIT ?',
    );
    for (let after = 0; ; ) {
      const rows = page.all(after, PAGE);
      for (const row of rows) yield recordOf(row);
      if (rows.length < PAGE) return;
      after = Number(rows.at(-1)?.['rowid']);
    }
  }

  async counter({ pk, sk }: Key): Promise<number> {
    const row = this.#database.prepare('SELECT value FROM counters WHERE pk = ? AND sk = ?').get(pk, sk);
    return Number(row?.['value'] ?? 0);
  }

  async zones(): Promise<string[]> {
    return this.#database
      .prepare('SELECT zone FROM dns_zones')
      .all()
      .map(({ zone }) => String(zone));
  }

  async runningExecutions(): Promise<string[]> {
    const rows = this.#database
      .prepare(
        `SELECT name FROM workflow_executions
         WHERE workflow = 'publish' AND (standing IS NULL OR json_extract(standing, '$.status') IS NULL)`,
      )
      .all();
    return rows.map(({ name }) => String(name));
  }

  async ownProblems(world: World): Promise<Found[]> {
    return [
      ...checkDatabase(this.#database),
      ...(await checkFiles(this.#folder, world, this.#view)),
      ...(await checkCertificateFiles(this.#folder, world)),
    ];
  }
}

function recordOf(row: Record<string, unknown>): StoredRecord | DamagedRecord {
  const key = { pk: String(row['pk']), sk: String(row['sk']) };
  const index: IndexKeys = {};
  for (const name of INDEXES) {
    const pk = row[`${name}_pk`];
    if (pk !== null) index[name] = { pk: String(pk), sk: String(row[`${name}_sk`]) };
  }
  try {
    const data = JSON.parse(String(row['data'])) as JsonObject;
    return { key, data, index, version: Number(row['version']), opId: String(row['op_id']) };
  } catch {
    return { key, damaged: true };
  }
}
