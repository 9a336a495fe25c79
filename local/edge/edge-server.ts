import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Binding } from '../../shared/hosting/hosting.ts';
import { type AccessLogLine, lineFor, targetOf } from './access-log.ts';
import { type Answer, sizeOf } from './answer.ts';
import { EDGE_LIMITS, type EdgeLimits } from './limits.ts';
import { page } from './pages.ts';
import { type EdgeDeps, respond } from './respond.ts';
import { cut, send } from './send.ts';

export interface EdgeServerOptions extends EdgeDeps {
  /** Which binding a host has now. */
  hosting: { lookup(host: string): Binding | undefined };
  /** What to show for a host; lower-case. */
  certificates: { secureContextFor(host: string): SecureContext | undefined };
  log: (line: AccessLogLine) => void;
  limits?: Partial<EdgeLimits>;
}

/** The HTTPS server that shows each app at its own name, over HTTP/2 and HTTP/1.1. */
export class EdgeServer {
  readonly #options: EdgeServerOptions;
  readonly #server: Http2SecureServer;
  readonly #limits: EdgeLimits;
  readonly #sockets = new Set<Socket>();

  constructor(options: EdgeServerOptions) {
    this.#options = options;
    const limits = { ...EDGE_LIMITS, ...options.limits };
    this.#limits = limits;
    this.#server = createSecureServer({
      allowHTTP1: true,
      handshakeTimeout: limits.handshakeTimeoutMs,
      SNICallback: (host, done) => done(null, options.certificates.secureContextFor(host.toLowerCase())),
      settings: { maxConcurrentStreams: limits.streamsPerConnection, maxHeaderListSize: limits.headerBytes },
      ...http1Settings(limits),
    });
    this.#server.maxConnections = limits.connections;
    this.#server.setTimeout(limits.idleTimeoutMs);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('request', (request, response) => void this.#handle(request, response));
  }

  /** Listens; port 0 means any, and the answer says which. @throws Error when the address is taken. */
  start(address: { host: string; port: number }): Promise<{ port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(address.port, address.host, () => {
        this.#server.off('error', reject);
        resolve({ port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  /** Takes no more requests, gives those under way two seconds to end, and resolves when all connections are closed. */
  stop(): Promise<void> {
    const forced = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, this.#limits.graceMs);
    return new Promise((resolve) => {
      this.#server.close(() => {
        clearTimeout(forced);
        resolve();
      });
    });
  }

  /** Never rejects. HTTP/1.1 requests have other classes, with the same members as far as they are used here. */
  async #handle(request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const authority = authorityOf(request);
    const host = authority?.replace(/:\d+$/, '') ?? '';
    // A name is served on connections that were made for it: another one may be shown another certificate.
    const binding = host === servernameOf(request) ? this.#options.hosting.lookup(host) : undefined;
    const line = lineFor(request, host, binding, this.#options.viewers.clock.now());
    try {
      const answer =
        authority === undefined
          ? page('malformed')
          : await this.#answer(request, response, authority, binding, line);
      line.status = answer.status;
      line.sizeBytes = answer.body ? sizeOf(answer.body) : 0;
      await send(request.method, response, answer, this.#limits.idleTimeoutMs);
      line.complete = true;
    } catch (error) {
      line.fault = String(error);
      cut(response);
    } finally {
      line.durationMs = performance.now() - startedMs;
      this.#options.log(line);
    }
  }

  async #answer(
    request: Http2ServerRequest,
    response: Http2ServerResponse,
    authority: string,
    binding: Binding | undefined,
    line: AccessLogLine,
  ): Promise<Answer> {
    if (!binding) return page('noSuchApp');
    const { method, headers } = request;
    // For HTTP/1.1 Node sees to it.
    const overdue = setTimeout(() => {
      if (request.httpVersionMajor > 1) cut(response);
    }, this.#limits.requestTimeoutMs);
    try {
      return await respond(this.#options, binding, {
        method,
        target: targetOf(request),
        authority,
        headers,
        body: request,
      });
    } catch (error) {
      line.fault = String(error);
      return page('broken');
    } finally {
      clearTimeout(overdue);
    }
  }
}

/** Node's HTTP/2 server takes these for the HTTP/1.1 connections it serves; its types do not say so. */
function http1Settings(limits: EdgeLimits) {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.headersTimeoutMs / 2,
  };
}

/** Host and port as the client names them, lower-case; undefined when there is none, or it is no host. */
function authorityOf({ headers }: Http2ServerRequest): string | undefined {
  const { ':authority': authority, host } = headers;
  if (authority !== undefined && host !== undefined && authority !== host) return undefined;
  const named = (authority ?? host ?? '').toLowerCase();
  return /^[a-z0-9.-]{1,253}(:\d{1,5})?$/.test(named) ? named : undefined;
}

function servernameOf(request: Http2ServerRequest): string | undefined {
  const { servername } = request.socket as TLSSocket & { servername?: string | false };
  return servername ? servername.toLowerCase() : undefined;
}
