import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Json } from '../../shared/records/record-store.ts';
import type { HistoryEvent } from '../../shared/workflow/engine.ts';
import type { End, Position } from './interpreter.ts';

/** An execution as stored. */
export interface Stored {
  id: number;
  name: string;
  /** Digest of the definition it began with. */
  definition: string;
  startedAt: number;
  input: Json;
  /** Where it stands, or how it ended. */
  standing: Position | (End & { endedAt: number }) | undefined;
  /** Counts transitions, so that what belongs to an older one can be told. */
  version: number;
  /** How many events its history has. */
  events: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS workflow_definitions (digest TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS workflow_executions (
    id INTEGER PRIMARY KEY,
    workflow TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL REFERENCES workflow_definitions (digest),
    started_at INTEGER NOT NULL,
    input TEXT NOT NULL,
    standing TEXT,
    rest TEXT,
    due_at INTEGER,
    token TEXT UNIQUE,
    version INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0,
    UNIQUE (workflow, name)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS workflow_due ON workflow_executions (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX IF NOT EXISTS workflow_called ON workflow_executions (id) WHERE rest = 'called';
  CREATE TABLE IF NOT EXISTS workflow_history (
    execution INTEGER NOT NULL,
    id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    state TEXT,
    detail TEXT,
    PRIMARY KEY (execution, id)
  ) STRICT, WITHOUT ROWID;`;

type Row = Record<string, SQLOutputValue>;

/** Executions, their histories and their definitions, as one SQLite statement each. */
export function executionTable(database: DatabaseSync) {
  database.exec(SCHEMA);
  const execution = (sql: string) => {
    const statement = database.prepare(sql);
    return (...values: (string | number)[]) => parseRow(statement.get(...values));
  };
  const keepDefinition = database.prepare('INSERT OR IGNORE INTO workflow_definitions VALUES (?, ?)');
  const definition = database.prepare('SELECT text FROM workflow_definitions WHERE digest = ?');
  const due = database.prepare('SELECT id FROM workflow_executions WHERE due_at <= ? ORDER BY due_at, id');
  const nextDue = database.prepare(
    'SELECT min(due_at) AS at FROM workflow_executions WHERE due_at IS NOT NULL',
  );
  const called = database.prepare(`SELECT id FROM workflow_executions WHERE rest = 'called' ORDER BY id`);
  const move = database.prepare(
    `UPDATE workflow_executions
     SET standing = ?, rest = ?, due_at = ?, token = ?, events = ?, version = version + 1 WHERE id = ?`,
  );
  const append = database.prepare('INSERT INTO workflow_history VALUES (?, ?, ?, ?, ?, ?)');
  const history = database.prepare(
    'SELECT * FROM (SELECT * FROM workflow_history WHERE execution = ? ORDER BY id DESC LIMIT 1000) ORDER BY id',
  );

  return {
    keepDefinition: (digest: string, text: string) => void keepDefinition.run(digest, text),
    definition: (digest: string) => String(definition.get(digest)?.text),
    /** Workflow, name, digest of the definition, start (epoch milliseconds) and input as JSON. */
    create: execution(
      `INSERT INTO workflow_executions (workflow, name, definition, started_at, input) VALUES (?, ?, ?, ?, ?) RETURNING *`,
    ),
    byId: execution('SELECT * FROM workflow_executions WHERE id = ?'),
    byName: execution('SELECT * FROM workflow_executions WHERE workflow = ? AND name = ?'),
    byToken: execution('SELECT * FROM workflow_executions WHERE token = ?'),
    /** Executions whose waiting is over at `now`, the longest overdue first. */
    due: (now: number) => due.all(now).map((row) => Number(row.id)),
    nextDueAt: () => (nextDue.get()?.at ?? undefined) as number | undefined,
    /** Executions in which a handler was called and has not answered. */
    called: () => called.all().map((row) => Number(row.id)),
    move(id: number, standing: NonNullable<Stored['standing']>, events: number): void {
      const rest = 'rest' in standing ? standing.rest : undefined;
      const token = rest && 'token' in rest ? rest.token : undefined;
      const dueAt = rest?.dueAt ?? null;
      move.run(JSON.stringify(standing), rest?.kind ?? null, dueAt, token ?? null, events, id);
    },
    append(id: number, event: HistoryEvent): void {
      const detail = event.detail === undefined ? null : JSON.stringify(event.detail);
      append.run(id, event.id, event.at, event.type, event.state ?? null, detail);
    },
    /** The last 1,000 events, oldest first. */
    history: (id: number) => history.all(id).map(parseEvent),
  };
}

function parseRow(row: Row | undefined): Stored | undefined {
  if (!row) return undefined;
  const { id, name, definition, started_at: startedAt, version, events } = row;
  const input = JSON.parse(String(row.input)) as Json;
  const standing = JSON.parse(String(row.standing)) ?? undefined;
  return { id, name, definition, startedAt, version, events, input, standing } as Stored;
}

function parseEvent({ id, at, type, state, detail }: Row): HistoryEvent {
  return {
    ...({ id, at, type } as Pick<HistoryEvent, 'id' | 'at' | 'type'>),
    ...(state === null ? {} : { state: String(state) }),
    ...(detail === null ? {} : { detail: JSON.parse(String(detail)) as Json }),
  };
}
