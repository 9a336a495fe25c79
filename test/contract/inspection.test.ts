import { describe } from 'vitest';
import { LocalInspection } from '../../local/doctor/local-inspection.ts';
import { LocalDns } from '../../shared/dns/local-dns.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import { tempDatabase, tempFolder } from '../builders/temp.ts';
import { harness, machine } from '../workflows/runner-harness.ts';
import { inspectionContract } from './inspection.suite.ts';
import { waiting } from './waiting-publish.ts';

describe('the inspection of one machine', () => {
  inspectionContract(async () => {
    const dataFolder = tempFolder();
    const database = tempDatabase(dataFolder);
    const { work, states, tokenOf } = waiting();
    const { runner } = harness({ definition: machine(states), work, database });
    return {
      inspection: new LocalInspection({ database, dataFolder }),
      store: new SqliteRecordStore(database),
      dns: new LocalDns(database, { nameServer: 'ns.apps.example.com' }),
      damage: ({ pk, sk }) => {
        database.prepare(`UPDATE records SET data = '{' WHERE pk = ? AND sk = ?`).run(pk, sk);
      },
      start: async (name) => {
        await runner.start('publish', name, { name });
        await runner.idle();
      },
      end: async (name) => {
        await runner.complete(tokenOf(name), { output: null });
        await runner.idle();
      },
    };
  });
});
