import { portsOf } from '../../infra/functions.ts';
import { localFunctionName, placeholders, WORKFLOW_NAMES, workflowText } from '../../workflows/index.ts';
import { type ApiGroup, GROUPS } from './api-groups.ts';

/** A function on AWS: what it is called, and the module that Lambda loads. */
export interface Lambda {
  name: string;
  kind: 'step' | 'api' | 'schedule';
  /** The text of its entry, importing from the repository's root. */
  entry: string;
  /** Needs the compiled policies beside it. */
  policies?: true;
}

/** Every function there is: a step for each task of the workflow files, the API in groups, what a clock starts. */
export function allLambdas(): Lambda[] {
  const steps = WORKFLOW_NAMES.flatMap((workflow) =>
    placeholders(workflowText(workflow)).map(localFunctionName),
  );
  return [...[...new Set(steps)].map(stepLambda), ...GROUPS.map(apiLambda), SWEEP, NIGHTLY];
}

const camelCase = (name: string): string =>
  name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** `publish-check-policy` is `checkPolicy` of `functions/publish/check-policy.ts`. */
function stepLambda(name: string): Lambda {
  const [folder = '', ...words] = name.split('-');
  const heavy = HEAVY[name];
  const exported = camelCase(words.join('-'));
  return {
    name,
    kind: 'step',
    ...(heavy === POLICIES ? { policies: true } : {}),
    entry: `
      import { ${exported} } from './functions/${folder}/${words.join('-')}.ts';
      import { stepHandler } from './functions/aws/step-handler.ts';
      ${heavy?.imports ?? ''}
      ${coldStart(name, heavy?.part)}
      export const handler = stepHandler(${exported}, runtime);`,
  };
}

/**
 * The lines that open a function with the ports it uses. Each maker is imported by its name, so that the bundle holds
 * nothing of the others.
 */
function coldStart(name: string, heavy = '', sdk = ''): string {
  const makers = portsOf(name).map((port) => [port, `make${port.charAt(0).toUpperCase()}${port.slice(1)}`]);
  return `
      import { coldStart } from './functions/aws/runtime.ts';
      import { ${makers.map(([, maker]) => maker).join(', ')} } from './shared/runtime/aws.ts';
      const ports = { ${makers.map(([port, maker]) => `${port}: ${maker}`).join(', ')} };
      const runtime = coldStart('${name}', ports, { ${heavy} }, { ${sdk} });`;
}

const SCANNER = {
  imports: `import { SecretlintScanner } from './shared/scan/secretlint-scanner.ts';`,
  part: 'scanner: new SecretlintScanner()',
};
/** Loaded by the first evaluation, from beside the function's own file. */
const POLICIES = {
  imports: `import { loadPolicies } from './shared/policies/opa-policies.ts';
      let policies;`,
  part: `policies: () => (policies ??= loadPolicies(new URL('policies', import.meta.url).pathname))`,
};
/** What is large and used by one step: by that step's name. */
const HEAVY: Record<string, { imports: string; part: string }> = {
  'publish-scan': SCANNER,
  'publish-check-policy': POLICIES,
};

const apiLambda = (name: ApiGroup): Lambda => ({
  name,
  kind: 'api',
  entry: `
      import { ${camelCase(name)} } from './functions/api/endpoint-groups.ts';
      import { apiHandler } from './functions/aws/api-handler.ts';
      ${coldStart(name)}
      export const handler = apiHandler(${camelCase(name)}, runtime);`,
});

const SWEEP: Lambda = {
  name: 'lifecycle-sweep',
  kind: 'schedule',
  entry: `
      import { sweepHandler } from './functions/aws/sweep-handler.ts';
      ${coldStart('lifecycle-sweep')}
      export const handler = sweepHandler(runtime);`,
};

/**
 * It asks for everything there is, and nobody waits for it: where others give up, it has patience with quotas. (Route 53
 * takes ten requests a second of an account: developer guide, "Throttling of API requests".)
 */
const NIGHTLY: Lambda = {
  name: 'lifecycle-nightly',
  kind: 'schedule',
  entry: `
      import { nightlyHandler } from './functions/aws/nightly-handler.ts';
      ${coldStart('lifecycle-nightly', '', 'maxAttempts: 10')}
      export const handler = nightlyHandler(runtime);`,
};
