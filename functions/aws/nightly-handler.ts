import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { type Night, nightly } from '../lifecycle/nightly.ts';
import { wrapped } from './middleware.ts';
import type { Runtime } from './runtime.ts';

/** A rule's event says nothing; who runs it by hand may ask for more. */
const Event = z.object({ deep: z.boolean().default(false) });

/**
 * The nightly run, started by an EventBridge rule, or by an admin with `{}` or `{"deep": true}`. `HeadsKept` is 1 when the
 * head of this day was kept now; `Problems` and `Warnings` are what the doctor found.
 */
export function nightlyHandler(runtime: Runtime): (event: unknown, context: Context) => Promise<Night> {
  const { deps, metrics } = runtime;
  return wrapped(
    runtime,
    () => ({}),
    async (event) => {
      const night = await nightly(deps, Event.parse(event));
      metrics.addMetric('HeadsKept', MetricUnit.Count, night.headKept ? 1 : 0);
      metrics.addMetric('Problems', MetricUnit.Count, night.errors);
      metrics.addMetric('Warnings', MetricUnit.Count, night.warnings);
      return night;
    },
  );
}
