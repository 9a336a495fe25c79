import type { Context } from 'aws-lambda';
import type { JsonObject } from '../../shared/records/record-store.ts';
import type { Step } from '../../shared/runtime/step.ts';
import { wrapped } from './middleware.ts';
import type { Runtime } from './runtime.ts';

/** A step as Step Functions calls it: the event is the Payload of its state, the answer what its ResultSelector reads. */
export function stepHandler(
  step: Step,
  runtime: Runtime,
): (event: JsonObject, context: Context) => Promise<JsonObject> {
  return wrapped(
    runtime,
    ({ publishId, appId }: JsonObject) => ({ publishId: text(publishId), appId: text(appId) }),
    (event) => step.run(event, runtime.deps),
  );
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
