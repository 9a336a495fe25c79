import type * as z from 'zod';
import type { Principal } from '../../shared/identity/identity.ts';
import type { PublishId } from '../../shared/ids/ids.ts';
import type { Platform } from '../../shared/platforms/platform.ts';
import type { Deps } from '../../shared/runtime/deps.ts';

/** Who may call, and how they show it. */
export type Auth =
  /** Anyone. */
  | 'anyone'
  /** A platform, by a Standard Webhooks signature over the raw body. */
  | 'platform'
  /** Whoever holds the signed link of the publish in the path (`?t=`), or an admin. */
  | 'link'
  /** A signed-in admin. */
  | 'admin';

/** What an endpoint's work is given: everything parsed, everybody known. */
export interface Call<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  request: Request;
  /** The exact bytes received; empty without a body. */
  rawBody: Buffer;
  /** Set where `auth` is `platform`. */
  platform?: Platform;
  /** Set where a bearer token was given and holds. */
  principal?: Principal;
  /** Set where `auth` is `link`. */
  publishId?: PublishId;
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** One endpoint: what the router, the OpenAPI document and the tests read. */
export interface Endpoint {
  method: 'get' | 'post' | 'delete';
  /** OpenAPI form: `/v1/apps/{team}/{name}`. */
  path: string;
  operationId: string;
  summary: string;
  auth: Auth;
  params?: z.ZodType;
  query?: z.ZodType;
  body?: z.ZodType;
  /** Most bytes of a body; 64 kB unless told. */
  maxBodyBytes?: number;
  /** The work reads the body itself, as it comes. */
  streamsBody?: boolean;
  /** `schema`: of JSON. `mediaTypes`: of what is not, and of pages that stand beside it. */
  answers: Record<string, { description: string; schema?: z.ZodType; mediaTypes?: string[] }>;
  run(call: Call<unknown, unknown, unknown>, deps: Deps): Promise<Answer | Response>;
}

interface TypedEndpoint<P, Q, B> extends Omit<Endpoint, 'params' | 'query' | 'body' | 'run'> {
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  body?: z.ZodType<B>;
  run(call: Call<P, Q, B>, deps: Deps): Promise<Answer | Response>;
}

/** Ties the schemas of an endpoint to what its work receives; the router parses before it calls. */
export function endpoint<P = undefined, Q = undefined, B = undefined>(
  definition: TypedEndpoint<P, Q, B>,
): Endpoint {
  return definition;
}
