import type { EdgeProbe, ProbeAnswer } from '../../shared/hosting/edge-probe.ts';
import { loadFunction, requestFor } from '../builders/edge-functions.ts';

/** An object of the release bucket as CloudFront gets it; undefined where there is none. */
export type Origin = (key: string) => Promise<{ body: Buffer; headers: Record<string, string> } | undefined>;

/**
 * Visits apps as anybody would: the tenant of the host, the two edge functions, the bucket. What is in none of them nobody
 * can see here.
 */
export class Visitor implements EdgeProbe {
  readonly #tenantOf: (host: string) => Map<string, string> | undefined;
  readonly #origin: Origin;

  constructor(tenantOf: (host: string) => Map<string, string> | undefined, origin: Origin) {
    this.#tenantOf = tenantOf;
    this.#origin = origin;
  }

  async get(host: string, path: string): Promise<ProbeAnswer> {
    const parameters = this.#tenantOf(host);
    if (parameters === undefined) throw new Error(`nobody serves ${host}`);
    const request = requestFor(host, path);
    const asked = await loadFunction('viewer-request', { parameters })({ request });
    if (asked.statusCode) return answered(asked.statusCode, plain(asked.headers), asked.body?.data ?? '');
    const object = await this.#origin(asked.uri.slice(1).split('/').map(decodeURIComponent).join('/'));
    if (!object) return answered(404, {}, 'NoSuchKey');
    const headers = Object.fromEntries(
      Object.entries(object.headers).map(([name, value]) => [name, { value }]),
    );
    const response = { statusCode: 200, headers };
    const shown = await loadFunction('viewer-response', { parameters })({ request: asked, response });
    return answered(shown.statusCode, plain(shown.headers), object.body);
  }
}

const plain = (headers: Record<string, { value: string }>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]));

const answered = (status: number, headers: Record<string, string>, body: string | Buffer): ProbeAnswer => ({
  status,
  headers,
  body: Buffer.from(body),
});
