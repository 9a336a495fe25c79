import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { SECOND_MS } from '../clock/clock.ts';
import { Busy, TooLarge } from '../errors/errors.ts';
import { type EdgeProbe, PROBE_USER_AGENT, type ProbeAnswer } from './edge-probe.ts';

const MAX_BYTES = 10_000_000;
const TIMEOUT_MS = 10 * SECOND_MS;

export interface NodeEdgeProbeOptions {
  /** Where the edge listens; asked at each call, for the port may not be known before. */
  address: () => { host: string; port: number };
  /** PEM of what to trust, a CA or a server's own certificate; asked at each call. Absent: what the system trusts. */
  ca?: () => string[];
}

/** `EdgeProbe` over a fresh connection each time, so that it sees what a new visitor sees. */
export class NodeEdgeProbe implements EdgeProbe {
  readonly #options: NodeEdgeProbeOptions;

  constructor(options: NodeEdgeProbeOptions) {
    this.#options = options;
  }

  /**
   * As the port says.
   * @throws Busy when there is no whole answer within ten seconds, or no certificate to trust.
   * @throws TooLarge when the body is over `maxBytes`.
   */
  get(
    host: string,
    path: string,
    options: { cookie?: string; maxBytes?: number } = {},
  ): Promise<ProbeAnswer> {
    if (!path.startsWith('/')) return Promise.reject(new TypeError(`a path starts with "/": ${path}`));
    const { host: address, port } = this.#options.address();
    const headers: Record<string, string> = {
      host: port === 443 ? host : `${host}:${port}`,
      'user-agent': PROBE_USER_AGENT,
    };
    if (options.cookie !== undefined) headers['cookie'] = options.cookie;
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) =>
        reject(cause instanceof TooLarge ? cause : new Busy(`${host}${path}: ${cause.message}`, { cause }));
      const asked = request({
        host: address,
        port,
        servername: host,
        path,
        headers,
        ca: this.#options.ca?.(),
        allowPartialTrustChain: true,
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      asked.on('error', fail);
      asked.on('response', (answer) => {
        readBody(answer, options.maxBytes ?? MAX_BYTES).then(
          (body) => resolve({ status: answer.statusCode ?? 0, headers: headersOf(answer), body }),
          fail,
        );
      });
      asked.end();
    });
  }
}

async function readBody(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new TooLarge(`a body of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headersOf(answer: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
}
