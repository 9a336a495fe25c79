import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { firstDue } from '../../shared/records/due.ts';
import { sweep } from '../lifecycle/sweep.ts';
import { wrapped } from './middleware.ts';
import type { Runtime } from './runtime.ts';

/**
 * The sweep of every minute: an EventBridge rule calls it, and its event says nothing. `Swept` shows that it ran at all,
 * `OldestDueSeconds` whether what is due gets done.
 */
export function sweepHandler(
  runtime: Runtime,
): (event: unknown, context: Context) => Promise<{ done: number }> {
  const { deps, metrics } = runtime;
  return wrapped(
    runtime,
    () => ({}),
    async () => {
      const done = await sweep(deps);
      const first = await firstDue(deps.store);
      const overdueMs = first === undefined ? 0 : Math.max(0, deps.clock.now() - Date.parse(first));
      metrics.addMetric('Swept', MetricUnit.Count, done);
      metrics.addMetric('OldestDueSeconds', MetricUnit.Seconds, Math.round(overdueMs / 1000));
      return { done };
    },
  );
}
