import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
// oxlint-disable-next-line import/no-named-as-default -- its types know the default export alone
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { CottageError } from '../../shared/errors/errors.ts';
import { AppId, PublishId } from '../../shared/ids/ids.ts';
import type { Runtime } from './runtime.ts';

/** What tells whom an invocation works for; in every line it logs. */
export interface Subject {
  publishId?: string | undefined;
  appId?: string | undefined;
}

/**
 * The one bundle of middleware around everything that Lambda calls. From outside in, and why in this order:
 * 1. metrics: written at the end, whatever the others did;
 * 2. the logger: forgets the keys of the invocation before this one, then knows Lambda's request and the subject;
 * 3. failures: seen first of all, logged with those keys, counted, and thrown on with a name that Step Functions reads.
 */
export function wrapped<Event, Result>(
  runtime: Runtime,
  subjectOf: (event: Event) => Subject,
  work: (event: Event) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  const handler = middy<Event, Result>()
    .use(writeMetrics(runtime))
    .use(injectLambdaContext(runtime.logger, { resetKeys: true }))
    .use(nameSubject(runtime, subjectOf))
    .use(nameFailures(runtime))
    .handler(async (event) => work(event));
  return handler;
}

function writeMetrics<Event, Result>({ metrics }: Runtime): MiddlewareObj<Event, Result> {
  const write = () => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
  };
  return { after: write, onError: write };
}

function nameSubject<Event, Result>(
  { logger }: Runtime,
  subjectOf: (event: Event) => Subject,
): MiddlewareObj<Event, Result> {
  return {
    before: ({ event }) => {
      // Of what comes from outside only what is an id of ours gets into a log.
      const { publishId, appId } = subjectOf(event);
      if (PublishId.safeParse(publishId).success) logger.appendKeys({ publishId });
      if (AppId.safeParse(appId).success) logger.appendKeys({ appId });
    },
  };
}

/** How a publish may well end; nobody has to be woken for these. */
const ENDINGS = new Set(['Refused', 'Superseded', 'Parked', 'Cancelled', 'Declined']);

/**
 * Step Functions reads the name of an error and matches it in Retry and Catch. Ours are literals, which no minifier
 * changes; what is thrown and is no error at all gets the name `Unexpected`.
 */
function nameFailures<Event, Result>({ logger, metrics }: Runtime): MiddlewareObj<Event, Result> {
  return {
    onError: (request) => {
      const thrown: unknown = request.error;
      const error =
        thrown instanceof Error ? thrown : Object.assign(new Error(String(thrown)), { name: 'Unexpected' });
      request.error = error;
      const isRetryable = error instanceof CottageError && error.retryable;
      const isEnding = ENDINGS.has(error.name);
      if (isEnding) logger.info('ended', { reason: error.name, error });
      else if (isRetryable) logger.warn('to be tried again', { reason: error.name, error });
      else logger.error('failed', { reason: error.name, error });
      const metric = isEnding ? 'Endings' : isRetryable ? 'Retries' : 'Failures';
      metrics.addMetric(metric, MetricUnit.Count, 1);
    },
  };
}
