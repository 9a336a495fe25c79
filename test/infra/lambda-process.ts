import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Json } from '../../shared/records/record-store.ts';
import { VARIABLES } from '../builders/aws-runtime.ts';
import { lambdaContext } from '../fakes/lambda.ts';

/** Loads a module and calls its handler as Lambda's runtime does; the last line says what came of it. */
const RUNTIME = `
const [module, event, context] = process.argv.slice(1);
const { handler } = await import(module);
const full = { ...JSON.parse(context), getRemainingTimeInMillis: () => 30_000 };
const said = await handler(JSON.parse(event), full).then(
  (answer) => ({ answer }),
  (error) => ({ errorType: error.name, errorMessage: error.message }),
);
process.stdout.write('\\n' + JSON.stringify(said) + '\\n');
`;

export interface Invocation {
  answer?: Json;
  errorType?: string;
  errorMessage?: string;
  /** What the function wrote, a line each. */
  lines: Record<string, Json>[];
}

const read = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, Json>);

/** Invokes the function of a bundle in a process of its own, which has nothing but the environment of a function. */
export async function invokeBundle(
  file: string,
  event: Json,
  { endpoint, environment = {} }: { endpoint: string; environment?: Record<string, string> },
): Promise<Invocation> {
  const env = {
    ...VARIABLES,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_ENDPOINT_URL: endpoint,
    ...environment,
  };
  const context = JSON.stringify(lambdaContext('bundled'));
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [
      // As on Lambda. Without it, what is thrown is told after the whole of its line, which is the whole bundle.
      '--enable-source-maps',
      '--input-type=module',
      '--eval',
      RUNTIME,
      '--',
      pathToFileURL(file).href,
      JSON.stringify(event),
      context,
    ],
    { env, maxBuffer: 10_000_000 },
  );
  const lines = read(stdout);
  const said = lines.pop() as Omit<Invocation, 'lines'>;
  return { ...said, lines: [...lines, ...read(stderr)] };
}
