import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Binding } from '../../shared/hosting/hosting.ts';
import { type Instant, instant } from '../../shared/ids/ids.ts';
import { type AccessLogLine, lineFor } from './access-log.ts';
import { type Answer, type Exchange, sizeOf } from './answer.ts';
import { hostIn } from './authority.ts';
import { ClientConnections } from './client-connections.ts';
import { closeWith, refuse } from './connection-errors.ts';
import { FileCache, type ReleaseFiles } from './file-cache.ts';
import { http1Exchange } from './http1-exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { KnownViewers } from './known-viewers.ts';
import { EDGE_LIMITS, type EdgeLimits } from './limits.ts';
import { Overdue } from './overdue.ts';
import { page } from './pages.ts';
import { Representations } from './represent.ts';
import { type EdgeDeps, respond } from './respond.ts';
import { strictly } from './security-headers.ts';
import { send } from './send.ts';
import { serverOptions } from './server-options.ts';

export interface EdgeServerOptions extends Omit<EdgeDeps, 'files' | 'knownViewers'> {
  files: ReleaseFiles;
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
  readonly #deps: EdgeDeps;
  readonly #server: Http2SecureServer;
  readonly #limits: EdgeLimits;
  readonly #connections: ClientConnections;
  readonly #overdue: Overdue;
  #stamp = { nowMs: 0, text: instant(0) };

  constructor(options: EdgeServerOptions) {
    this.#options = options;
    const limits = { ...EDGE_LIMITS, ...options.limits };
    this.#limits = limits;
    this.#deps = {
      ...options,
      files: new Representations(new FileCache(options.files, limits)),
      knownViewers: new KnownViewers(options.viewers),
    };
    this.#overdue = new Overdue(limits.idleTimeoutMs);
    this.#connections = new ClientConnections(limits.connectionsPerClient);
    this.#server = createSecureServer({
      ...serverOptions(limits),
      SNICallback: (host, done) => done(null, options.certificates.secureContextFor(host.toLowerCase())),
    });
    this.#server.maxConnections = limits.connections;
    this.#server.setTimeout(limits.idleTimeoutMs);
    this.#server.on('connection', (socket: Socket) => this.#connections.add(socket));
    this.#listenToHttp1();
    this.#listenToHttp2();
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
    const forced = setTimeout(() => this.#connections.closeAll(), this.#limits.graceMs);
    return new Promise((resolve) => {
      this.#server.close(() => {
        clearTimeout(forced);
        resolve();
      });
    });
  }

  /** Node's HTTP/2 server gives these events of the HTTP/1.1 connections it serves; its types do not say so. */
  #listenToHttp1(): void {
    const server: NodeJS.EventEmitter = this.#server;
    const answering = new WeakMap<Duplex, Set<ServerResponse>>();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const open = answering.get(request.socket) ?? new Set();
      answering.set(request.socket, open.add(response));
      response.once('close', () => open.delete(response));
      void this.#handle(http1Exchange(request, response));
    });
    // Without these, Node closes the connection without a word, or with one that is not ours.
    server.on('connect', (_: IncomingMessage, socket: Duplex) => closeWith(socket, page('readOnly')));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) =>
      refuse(socket, error, answering.get(socket) ?? new Set()),
    );
  }

  #listenToHttp2(): void {
    // Who listens to `request` gets HTTP/2's requests there too, as copies of HTTP/1.1's, by a listener to `stream`.
    this.#server.removeAllListeners('stream');
    const names = new WeakMap<Http2Session, string>();
    this.#server.on('session', (session) => {
      const { servername } = session.socket as TLSSocket & { servername?: string | false };
      if (servername) names.set(session, servername.toLowerCase());
    });
    this.#server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number) => {
      const servername = stream.session && names.get(stream.session);
      const hasBody = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
      void this.#handle(new Http2Exchange(stream, headers, { servername, hasBody }));
    });
  }

  /** Never rejects. */
  async #handle(exchange: Exchange): Promise<void> {
    const startedMs = performance.now();
    const host = hostIn(exchange.request.authority);
    // A name is served on connections that were made for it: another one may be shown another certificate.
    const binding = host === exchange.servername ? this.#options.hosting.lookup(host) : undefined;
    const line = lineFor(exchange, host, binding, this.#now());
    try {
      const answering = this.#answer(exchange, binding, line);
      // What is there already is sent at once, which saves a round through the queue of promises.
      const answer = answering instanceof Promise ? await answering : answering;
      line.status = answer.status;
      line.sizeBytes = answer.body ? sizeOf(answer.body) : 0;
      await send(exchange, answer, { idleTimeoutMs: this.#limits.idleTimeoutMs, overdue: this.#overdue });
      line.complete = true;
    } catch (error) {
      line.fault = String(error);
      exchange.cut();
    } finally {
      this.#overdue.end(exchange);
      line.durationMs = Math.round((performance.now() - startedMs) * 1000) / 1000;
      this.#options.log(line);
    }
  }

  /** Now, in business time. Of those that come in the same millisecond, only the first has it made. */
  #now(): Instant {
    const nowMs = this.#options.viewers.clock.now();
    if (nowMs !== this.#stamp.nowMs) this.#stamp = { nowMs, text: instant(nowMs) };
    return this.#stamp.text;
  }

  #answer(exchange: Exchange, binding: Binding | undefined, line: AccessLogLine): Answer | Promise<Answer> {
    if (exchange.request.authority === '') return page('malformed');
    if (!binding) return page('noSuchApp');
    const answer = respond(this.#deps, binding, exchange.request);
    if (!(answer instanceof Promise)) return strictly(answer, binding.host);
    const overdue = exchange.isUnbounded && setTimeout(() => exchange.cut(), this.#limits.requestTimeoutMs);
    return answer
      .catch((error: unknown) => {
        line.fault = String(error);
        return page('broken');
      })
      .finally(() => {
        if (overdue) clearTimeout(overdue);
      })
      .then((made) => strictly(made, binding.host));
  }
}
