import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { type HeavyParts, openAws, type PortMakers, type SdkConfig } from '../../shared/runtime/aws.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { readAwsEnvironment } from '../../shared/runtime/environment.ts';
import type { Log } from '../../shared/runtime/log.ts';

/** What a function has from its cold start on. */
export interface Runtime {
  deps: Deps;
  logger: Logger;
  metrics: Metrics;
}

/** Called by every bundle once, when Lambda loads it: a wrong environment fails there, before anything is done. */
export function coldStart(
  functionName: string,
  ports: PortMakers,
  heavy: HeavyParts = {},
  sdk: SdkConfig = {},
): Runtime {
  const environment = readAwsEnvironment(process.env);
  const logger = new Logger({ serviceName: functionName, logLevel: LEVELS[environment.COTTAGE_LOG] });
  return {
    deps: openAws({ name: functionName, environment, log: logOf(logger), ports, heavy, sdk }),
    logger,
    metrics: makeMetrics(functionName),
  };
}

const LEVELS = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;

/** One dimension, the function: a metric for every app or publish would cost more than all the rest. */
export const makeMetrics = (functionName: string): Metrics =>
  new Metrics({ namespace: 'Cottage', serviceName: functionName });

/** The log of steps and endpoints, with the keys of this invocation in every line. */
export function logOf(logger: Logger): Log {
  return {
    debug: (message, fields = {}) => logger.debug(message, fields),
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}
