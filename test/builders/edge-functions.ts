import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createContext, Script } from 'node:vm';

export type Headers = Record<string, { value: string }>;

export interface FunctionRequest {
  method: string;
  uri: string;
  querystring: Record<string, { value: string; multiValue?: { value: string }[] }>;
  headers: Headers;
  cookies: Record<string, { value: string }>;
}

export interface FunctionResponse {
  statusCode: number;
  headers: Headers;
  body?: { encoding: string; data: string };
}

type Handler = (event: object) => unknown;

export const EDGE_FUNCTIONS = ['viewer-request', 'viewer-response'] as const;

export const sourceOf = (name: (typeof EDGE_FUNCTIONS)[number]): string =>
  readFileSync(new URL(`../../functions/edge/${name}.js`, import.meta.url), 'utf8');

/** What the functions are given beside the event. */
export interface Surroundings {
  /** The tenant's parameters; undefined where the distribution has no tenants. */
  parameters: Map<string, string> | undefined;
  /** The key-value store. */
  store?: Map<string, string>;
  now?: () => number;
}

/**
 * Runs a function as CloudFront does, as far as Node can: in a world of its own that has the modules and globals of
 * JavaScript runtime 2.0 and nothing of Node's, and where text is never code. Events go in, and results come out, as JSON.
 */
export function loadFunction(name: (typeof EDGE_FUNCTIONS)[number], surroundings: Surroundings) {
  const { parameters, store = new Map<string, string>(), now = Date.now } = surroundings;
  const tenant = {
    parameters: {
      get: (key: string) => {
        if (!parameters) throw new TypeError('distributionTenant module is not available');
        const value = parameters.get(key);
        if (value === undefined) throw new Error('DistributionTenantParameterKeyNotFound');
        return value;
      },
    },
  };
  const get = (key: string) => {
    const value = store.get(key);
    return value === undefined ? Promise.reject(new Error('KeyNotFound')) : Promise.resolve(value);
  };
  const modules: Record<string, object> = {
    cloudfront: { distributionTenant: tenant, kvs: () => ({ get }) },
    crypto: { createHash, createHmac },
  };
  const context = createContext(
    { Buffer, modules, now },
    { codeGeneration: { strings: false, wasm: false } },
  );
  const code = sourceOf(name).replaceAll(
    /^import (\w+) from '(\w+)';$/gm,
    (_, local: string, module: string) => `const ${local} = modules.${module};`,
  );
  new Script('Date.now = now;').runInContext(context);
  new Script(code, { filename: `${name}.js` }).runInContext(context);
  const handler = new Script('handler').runInContext(context) as Handler;
  return async (event: object): Promise<FunctionRequest & FunctionResponse> =>
    JSON.parse(JSON.stringify(await handler(structuredClone(event))));
}

/** A request as the runtime hands it over: the query's names and values as they came, and cookies apart. */
export function requestFor(
  host: string,
  target: string,
  {
    method = 'GET',
    headers = {},
    cookie,
  }: { method?: string; headers?: Record<string, string>; cookie?: string } = {},
): FunctionRequest {
  const at = target.indexOf('?');
  const query = at < 0 ? '' : target.slice(at + 1);
  const querystring: FunctionRequest['querystring'] = {};
  for (const pair of query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=');
    const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const known = querystring[name];
    querystring[name] = known
      ? { value: known.value, multiValue: [...(known.multiValue ?? [{ value: known.value }]), { value }] }
      : { value };
  }
  const given = Object.entries({ host, ...headers }).map(([name, value]) => [name, { value }]);
  return {
    method,
    uri: at < 0 ? target : target.slice(0, at),
    querystring,
    headers: Object.fromEntries(given) as Headers,
    cookies: cookie === undefined ? {} : { '__Host-cottage': { value: cookie } },
  };
}
