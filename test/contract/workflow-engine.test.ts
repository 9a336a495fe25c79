import { tempDatabase } from '../builders/temp.ts';
import { harness } from '../workflows/runner-harness.ts';
import { workflowEngineContract } from './workflow-engine.suite.ts';

workflowEngineContract('the runner of the single-node edition', async (definition, functions) => {
  const { runner } = harness({ definition, handlers: functions, database: tempDatabase() });
  return { engine: runner, settled: () => runner.idle() };
});
