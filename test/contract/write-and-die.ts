import { openDatabase } from '../../local/database.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import { create, key, write } from './record-operations.ts';

// A process of its own: writes, begins to write something else, and is killed half-way.
const database = openDatabase(process.argv[2] ?? '');
const store = new SqliteRecordStore(database);
await write(store, create(key('kept'), { n: 1 }), create(key('kept-too')));
await store.increment(key('counter'));
database.exec('BEGIN IMMEDIATE');
database.exec("UPDATE records SET data = '{}'");
process.kill(process.pid, 'SIGKILL');
