import { Logger } from '@aws-lambda-powertools/logger';
import { type ApiGroup, GROUPS, groupOf } from '../../functions/aws/api-groups.ts';
import { apiHandler } from '../../functions/aws/api-handler.ts';
import { AWS_ENDPOINTS } from '../../functions/aws/aws-endpoints.ts';
import { allLambdas } from '../../functions/aws/lambdas.ts';
import { nightlyHandler } from '../../functions/aws/nightly-handler.ts';
import { logOf, makeMetrics, type Runtime } from '../../functions/aws/runtime.ts';
import { stepHandler } from '../../functions/aws/step-handler.ts';
import { sweepHandler } from '../../functions/aws/sweep-handler.ts';
import type { Clock } from '../../shared/clock/clock.ts';
import { loadPolicies } from '../../shared/policies/opa-policies.ts';
import { type AwsPorts, type HeavyParts, type OpenAwsOptions, openAws } from '../../shared/runtime/aws.ts';
import type { Step } from '../../shared/runtime/step.ts';
import { SecretlintScanner } from '../../shared/scan/secretlint-scanner.ts';
import { makersOf } from '../builders/aws-runtime.ts';
import type { LambdaHandler } from '../fakes/lambda.ts';

export interface RuntimeOptions extends Pick<OpenAwsOptions, 'environment' | 'sdk'> {
  clock: Clock;
  /** Parts that stand for what is not AWS's; a function that does not have the port does not get one. */
  instead: Partial<AwsPorts>;
}

const steps = new Map<string, Step>();
for (const { name, kind } of allLambdas()) {
  if (kind !== 'step') continue;
  const [folder = '', ...words] = name.split('-');
  const exported = words.join('-').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const module = (await import(`../../functions/${folder}/${words.join('-')}.ts`)) as Record<string, Step>;
  steps.set(name, module[exported] as Step);
}

const policies = loadPolicies(new URL('../../policies/bundle', import.meta.url).pathname);
const HEAVY: Record<string, HeavyParts> = {
  'publish-scan': { scanner: new SecretlintScanner() },
  'publish-check-policy': { policies: () => policies },
};

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
  const { environment, sdk = {}, clock, instead } = options;
  const ports = makersOf(name);
  const own = Object.fromEntries(Object.entries(instead).filter(([port]) => Object.hasOwn(ports, port)));
  const replace = { clock, ...own };
  const deps = openAws({
    name,
    environment,
    ports,
    sdk,
    replace,
    log: logOf(logger),
    heavy: HEAVY[name] ?? {},
  });
  const runtime: Runtime = { deps, logger, metrics };
  const step = steps.get(name);
  if (step) return stepHandler(step, runtime);
  if (GROUPS.includes(name as ApiGroup)) {
    return apiHandler(
      AWS_ENDPOINTS.filter(({ path }) => groupOf(path) === name),
      runtime,
    );
  }
  return name === 'lifecycle-nightly' ? nightlyHandler(runtime) : sweepHandler(runtime);
}
