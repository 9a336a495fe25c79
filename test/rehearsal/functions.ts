import { Logger } from '@aws-lambda-powertools/logger';
import { ENDPOINTS } from '../../functions/api/endpoints.ts';
import { type ApiGroup, GROUPS, groupOf } from '../../functions/aws/api-groups.ts';
import { apiHandler } from '../../functions/aws/api-handler.ts';
import { allLambdas } from '../../functions/aws/lambdas.ts';
import { logOf, makeMetrics, type Runtime } from '../../functions/aws/runtime.ts';
import { stepHandler } from '../../functions/aws/step-handler.ts';
import { sweepHandler } from '../../functions/aws/sweep-handler.ts';
import { loadPolicies } from '../../shared/policies/opa-policies.ts';
import { openAws, type OpenAwsOptions } from '../../shared/runtime/aws.ts';
import type { Step } from '../../shared/runtime/step.ts';
import { SecretlintScanner } from '../../shared/scan/secretlint-scanner.ts';
import type { LambdaHandler } from '../fakes/lambda.ts';

export type RuntimeOptions = Omit<OpenAwsOptions, 'log' | 'heavy'>;

const steps = new Map<string, Step>();
for (const { name, kind } of allLambdas()) {
  if (kind !== 'step') continue;
  const [folder = '', ...words] = name.split('-');
  const exported = words.join('-').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const module = (await import(`../../functions/${folder}/${words.join('-')}.ts`)) as Record<string, Step>;
  steps.set(name, module[exported] as Step);
}

const policies = loadPolicies(new URL('../../policies/bundle', import.meta.url).pathname);
const heavy = { scanner: new SecretlintScanner(), policies: () => policies };

/**
 * Every function there is, by name: what Lambda loads, over this account. Each starts cold when it is first called, and is
 * known to the account by its name, which it signs its calls with.
 */
export function coldFunctions(options: (name: string) => RuntimeOptions): Record<string, LambdaHandler> {
  return Object.fromEntries(
    allLambdas().map(({ name }) => {
      let handler: LambdaHandler | undefined;
      return [name, (event: never, context) => (handler ??= load(name, options(name)))(event, context)];
    }),
  );
}

function load(name: string, options: RuntimeOptions): LambdaHandler {
  const logger = new Logger({ serviceName: name, logLevel: 'SILENT' });
  const metrics = makeMetrics(name);
  metrics.setThrowOnEmptyMetrics(false);
  const runtime: Runtime = { deps: openAws({ ...options, log: logOf(logger), heavy }), logger, metrics };
  const step = steps.get(name);
  if (step) return stepHandler(step, runtime) as LambdaHandler;
  if (GROUPS.includes(name as ApiGroup)) {
    return apiHandler(
      ENDPOINTS.filter(({ path }) => groupOf(path) === name),
      runtime,
    ) as LambdaHandler;
  }
  return sweepHandler(runtime) as LambdaHandler;
}
