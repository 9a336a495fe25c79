import { join } from 'node:path';
import { openDatabase, transact } from '../local/database.ts';
import { WorkflowRunner } from '../local/runner/workflow-runner.ts';
import { systemClock } from '../shared/clock/clock.ts';
import type { Json } from '../shared/records/record-store.ts';
import { loadWorkflow, localFunctionNames, workflowText } from '../workflows/index.ts';
import type { Benchmark } from './benchmark.ts';
import { median, spread } from './figures.ts';
import { removeFolder, tempFolder } from './server.ts';

/** The runner alone: the workflow of a publish, every step of which has nothing to do. */
export const runner: Benchmark = {
  name: 'runner',
  summary: 'one state of the publish workflow, stored as durably as ever, with steps that do nothing',
  async run({ quick }) {
    const folder = tempFolder();
    const database = openDatabase(join(folder, 'cottage.db'));
    try {
      const commits = commitTimes(database, quick ? 50 : 1_000);
      const perState: number[] = [];
      const workflow = nothingToDo(database);
      for (let i = 0; i < (quick ? 20 : 300); i += 1) perState.push(await workflow(`p_${i}-1`));
      return [
        {
          what: 'a state',
          unit: 'ms',
          ...spread(perState),
          aim: { median: 1 },
          beside: { what: 'a bare commit', median: median(commits) },
          note: 'a run here is one execution, over its number of states',
        },
        { what: 'a bare commit of SQLite, synchronous=FULL', unit: 'ms', ...spread(commits) },
      ];
    } finally {
      database.close();
      removeFolder(folder);
    }
  },
};

/** How long it takes to make one row durable, and nothing else. */
function commitTimes(database: ReturnType<typeof openDatabase>, count: number): number[] {
  database.exec('CREATE TABLE bench (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO bench VALUES (?, ?)');
  const text = 'x'.repeat(500);
  return Array.from({ length: count }, (_, number) => {
    const startedAt = performance.now();
    transact(database, () => insert.run(number, text));
    return performance.now() - startedAt;
  });
}

const passed = async (): Promise<Json> => ({ outcome: 'passed' });

/** Runs one execution and answers its milliseconds a state. */
function nothingToDo(database: ReturnType<typeof openDatabase>): (name: string) => Promise<number> {
  const functions = localFunctionNames(workflowText('publish'));
  const engine = new WorkflowRunner({
    database,
    clock: systemClock,
    definitions: { publish: loadWorkflow('publish', functions) },
    handlers: Object.fromEntries(Object.values(functions).map((name) => [name, passed])),
    random: Math.random,
  });
  return async (name) => {
    const startedAt = performance.now();
    await engine.start('publish', name, { publishId: name, appId: 'a_bench', sequence: 1 });
    await engine.idle();
    const tookMs = performance.now() - startedAt;
    const { status, history } = await engine.describe('publish', name);
    if (status !== 'SUCCEEDED') throw new Error(`the execution ended ${status}`);
    return tookMs / history.filter(({ type }) => type === 'StateEntered').length;
  };
}
