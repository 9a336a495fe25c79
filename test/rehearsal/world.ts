import { createHash } from 'node:crypto';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';
import { ENDPOINTS } from '../../functions/api/endpoints.ts';
import { groupOf } from '../../functions/aws/api-groups.ts';
import type { EdgeProbe } from '../../shared/hosting/edge-probe.ts';
import { NodeEdgeProbe } from '../../shared/hosting/node-edge-probe.ts';
import { OidcIdentity } from '../../shared/identity/oidc-identity.ts';
import { readAwsEnvironment } from '../../shared/runtime/environment.ts';
import { apiEvent } from '../builders/api-event.ts';
import { startCloudFrontEdge } from '../builders/cloudfront-edge.ts';
import { newKey, serveIssuer, signToken } from '../builders/issuer.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { type LambdaHandler, lambdaContext } from '../fakes/lambda.ts';
import { type Account, openAccount, openAccountElsewhere } from './account.ts';
import { coldFunctions } from './functions.ts';
import { Observer, type Seen } from './observer.ts';
import { type Watch, watched } from './watch.ts';

const MINUTE_MS = 60_000;
/** What Cottage looks at again by itself while something is under way; the rest is of another day. */
const SOON_MS = 5 * MINUTE_MS;
/** The longest that a step waits before it is tried again. */
const LATER_MS = 60 * MINUTE_MS;
const MOST_ROUNDS = 200;
const MOST_TRIES = 5;

export interface Answered {
  status: number;
  body: Record<string, unknown>;
}

export interface Call {
  method?: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * The account, its functions, and those who call them: a low-code tool, an admin, the clock, visitors. Everything goes
 * through the functions' handlers with the events that AWS hands over; nothing here knows what the functions know.
 */
export class World {
  readonly account: Account;
  /** Visits apps over HTTPS, by the name they have. */
  readonly visitor: EdgeProbe;
  readonly #functions: Record<string, LambdaHandler>;
  readonly #chill: () => void;
  readonly close: () => Promise<void>;
  readonly #token: (email: string) => string;
  /** How often the same chapter has been told in this world: what people do again has an id of its own. */
  telling = 1;
  /** Secrets of platforms, as the API said them once. */
  readonly secrets = new Map<string, string>();

  constructor(parts: {
    account: Account;
    visitor: EdgeProbe;
    functions: Record<string, LambdaHandler>;
    chill: () => void;
    close: () => Promise<void>;
    token: (email: string) => string;
  }) {
    this.account = parts.account;
    this.visitor = parts.visitor;
    this.#functions = parts.functions;
    this.#chill = parts.chill;
    this.close = parts.close;
    this.#token = parts.token;
  }

  /** What is there now. */
  look(): Promise<Seen> {
    const { server, variables, sfn, items, mails, events } = this.account;
    const { COTTAGE_INCOMING_BUCKET, COTTAGE_RELEASE_BUCKET } = variables;
    const observer = new Observer({
      config: clientConfig(server),
      buckets: [COTTAGE_INCOMING_BUCKET, COTTAGE_RELEASE_BUCKET],
      items,
      mails,
      events,
      executions: () => sfn.executions(),
    });
    return observer.look();
  }

  /** From now on every function starts cold. */
  chill(): void {
    this.#chill();
  }

  /** As a person who is signed in. */
  as(email: string, call: Call): Promise<Answered> {
    return this.call({
      ...call,
      headers: { authorization: `Bearer ${this.#token(email)}`, ...call.headers },
    });
  }

  /** As a platform: signed with its secret. Delivered again with the same id when there is no good answer. */
  async hook(platform: string, path: string, id: string, body: unknown): Promise<Answered> {
    const text = JSON.stringify(body);
    const now = new Date();
    const signature = new Webhook(this.secrets.get(platform) ?? '').sign(id, now, text);
    return this.call({
      method: 'POST',
      path: `/v1/hooks/${platform}/${path}`,
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': signature,
      },
      body: text,
    });
  }

  /** Uploads as a platform does: asks for a form, and posts it to the bucket. Returns the upload's id. */
  async upload(platform: string, id: string, zip: Buffer): Promise<string> {
    const sha256 = createHash('sha256').update(zip).digest('hex');
    const asked = await this.hook(platform, 'uploads', id, { sizeBytes: zip.length, sha256 });
    const { uploadId, url, fields } = asked.body as {
      uploadId: string;
      url: string;
      fields: Record<string, string>;
    };
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob([new Uint8Array(zip)]), 'site.zip');
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const stored = await fetch(url, { method: 'POST', body: form }).catch(() => undefined);
      if (stored?.ok) return uploadId;
    }
    throw new Error('the bucket does not take the upload');
  }

  /** What API Gateway does with a request; whoever asks tries again after an answer that says to. */
  async call(call: Call): Promise<Answered> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#ask(call);
      if (answer.status < 500 || tries === MOST_TRIES) return answer;
      this.account.clock.advance(1_000);
    }
  }

  async #ask({ method = 'GET', path: target, body, headers = {} }: Call): Promise<Answered> {
    const { pathname: path, searchParams } = new URL(target, 'https://cottage.example.com');
    const { group, resource, pathParameters } = routed(method, path);
    const event = apiEvent({
      method,
      path,
      resource,
      pathParameters,
      query: Object.fromEntries(searchParams),
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    });
    try {
      const answer = (await this.#functions[group]?.(
        event as never,
        lambdaContext(group),
      )) as APIGatewayProxyResult;
      return { status: answer.statusCode, body: JSON.parse(answer.body || '{}') as Answered['body'] };
    } catch {
      // What API Gateway says for a function that threw.
      return { status: 502, body: { message: 'Internal server error' } };
    }
  }

  /** What the clock does: `lifecycle-sweep` or `lifecycle-nightly`. */
  async wake(name: string): Promise<void> {
    await this.#functions[name]?.({} as never, lambdaContext(name));
  }

  /** Lets time pass, the sweep of every minute with it, until nothing is under way and nothing is due soon. */
  async rest(): Promise<void> {
    const { sfn, clock } = this.account;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      await sfn.settle(MINUTE_MS);
      this.account.settle();
      if (!(await this.#isBusy())) return;
      clock.advance(MINUTE_MS);
      await this.#sweep();
    }
    throw new Error('the world does not come to rest');
  }

  /** Runs what runs at night; the report is for whoever asks by day. */
  async night(): Promise<void> {
    await this.wake('lifecycle-nightly');
  }

  /** Lets so much time pass, whatever is under way. */
  async pass(minutes: number): Promise<void> {
    for (let i = 0; i < minutes; i += 1) {
      this.account.clock.advance(MINUTE_MS);
      await this.#sweep();
      await this.account.sfn.settle(0);
      this.account.settle();
    }
    await this.rest();
  }

  async #sweep(): Promise<void> {
    await this.wake('lifecycle-sweep').catch(() => undefined);
  }

  async #isBusy(): Promise<boolean> {
    const { sfn, clock, items } = this.account;
    const soon = new Date(clock.now() + SOON_MS).toISOString();
    const isDue = (await items()).some((item) => (item['due_sk']?.S ?? '~') <= soon);
    return isDue || sfn.nextDueAt() <= clock.now() + LATER_MS;
  }
}

/** Which function answers, and how the event names what it is for: the most particular of the paths that fit. */
function routed(method: string, path: string) {
  for (const endpoint of ENDPOINTS) {
    const names: string[] = [];
    const pattern = endpoint.path.replace(/\{([^}]+)\}/g, (_, name: string) => {
      names.push(name);
      return '([^/]+)';
    });
    const found = new RegExp(`^${pattern}$`).exec(path);
    if (!found || endpoint.method !== method.toLowerCase()) continue;
    const values = names.map((name, i) => [name, decodeURIComponent(found[i + 1] ?? '')]);
    return {
      group: groupOf(endpoint.path),
      resource: endpoint.path,
      pathParameters: Object.fromEntries(values) as Record<string, string>,
    };
  }
  return { group: groupOf(path), resource: path, pathParameters: {} };
}

export interface WorldOptions {
  /** The address of an emulator by others; absent, the account is made of our own fakes. */
  moto?: string;
  /** How often the SDK tries a call. Once, unless told: whatever fails is then for Cottage to mend. */
  attempts?: number;
  watch?: Watch;
}

/** A new world, until it is closed. */
export async function makeWorld({ moto, attempts = 1, watch }: WorldOptions = {}): Promise<World> {
  process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';
  const functions: Record<string, LambdaHandler> = {};
  const account = await (moto === undefined ? openAccount(functions) : openAccountElsewhere(functions, moto));
  const key = newKey('rehearsal');
  const issuer = await serveIssuer(key);
  const identity = new OidcIdentity({
    issuer: issuer.url,
    audience: 'cottage',
    rolesByGroup: { it: ['admin'] },
  });
  const { cloudfront, variables, clock, server } = account;
  const edge = await startCloudFrontEdge({
    visit: (host) => {
      watch?.visited();
      return cloudfront.visit(host);
    },
    object: account.object,
    keys: account.edgeKeys,
    now: () => clock.now(),
  });
  const visitor = new NodeEdgeProbe({
    address: () => ({ host: '127.0.0.1', port: edge.port }),
    ca: () => [edge.authority],
  });
  const environment = readAwsEnvironment(variables);
  const config = clientConfig(server, attempts);
  const chill = () => {
    const cold = coldFunctions((name) => ({
      environment,
      sdk: {
        ...config,
        credentials: { ...config.credentials, accessKeyId: name },
      },
      clock,
      instead: { probe: visitor, identity },
    }));
    for (const [name, handler] of Object.entries(cold)) functions[name] = watched(name, handler, watch);
  };
  chill();
  return new World({
    account,
    visitor,
    functions,
    chill,
    close: async () => {
      await edge.close();
      await issuer.close();
      await account.close();
    },
    token: (email) => signToken(key, issuer.claims({ email, sub: email, groups: ['it'] })),
  });
}

/** The same, until the test ends. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const world = await makeWorld(options);
  onTestFinished(() => world.close());
  return world;
}
