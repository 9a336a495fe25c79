import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ZoneReader } from '../shared/dns/zone-reader.ts';
import { answer } from './dns-answer.ts';
import {
  headerOnly,
  type Message,
  RCODE,
  type Reply,
  readMessage,
  writeReply,
  writeTruncated,
} from './dns-message.ts';
import { RateLimit, type RateLimitOptions } from './dns-rate-limit.ts';
import { type Listener, openPair } from './paired-port.ts';

export interface DnsServerOptions {
  zones: ZoneReader;
  /** An address of this machine; loopback unless told. */
  host?: string;
  /** 0, unless told: any that is free for UDP and TCP alike. */
  port?: number;
  /** Of UDP. */
  rateLimit?: RateLimitOptions;
  /** TCP connections one address may have at a time. */
  connectionsPerAddress?: number;
  /** How long a TCP connection may be silent. System time. */
  idleMs?: number;
  /** Hears what should not happen: a zone that cannot be read, a socket that fails. The server goes on. */
  onError?: (error: unknown) => void;
}

/** With up to 64 kB of a query held for each, 8 MB in all. */
const MAX_CONNECTIONS = 128;
/** Nobody may hold all of them. */
const CONNECTIONS_PER_ADDRESS = 32;
const IDLE_MS = 10_000;

const FAILED: Reply = { rcode: RCODE.SERVFAIL, authoritative: false, answers: [], authorities: [] };
const BAD_VERSION: Reply = { rcode: RCODE.BADVERS, authoritative: false, answers: [], authorities: [] };

/**
 * Authoritative DNS over UDP and TCP, for the zones given and nothing else: no recursion, no wildcards, no transfers.
 * Whatever arrives, it answers or keeps silent; it never stops for it.
 */
export class DnsServer {
  readonly #zones: ZoneReader;
  readonly #host: string;
  readonly #port: number;
  readonly #idleMs: number;
  readonly #rateLimit: RateLimit;
  readonly #connectionsPerAddress: number;
  readonly #onError: (error: unknown) => void;
  #listeners: Listener[] = [];

  constructor(options: DnsServerOptions) {
    this.#zones = options.zones;
    this.#host = options.host ?? '127.0.0.1';
    this.#port = options.port ?? 0;
    this.#idleMs = options.idleMs ?? IDLE_MS;
    this.#rateLimit = new RateLimit(options.rateLimit);
    this.#connectionsPerAddress = options.connectionsPerAddress ?? CONNECTIONS_PER_ADDRESS;
    this.#onError = options.onError ?? (() => {});
  }

  /** Listens, and says on which port. @throws the system's error, as `EADDRINUSE`, when it cannot. */
  async start(): Promise<{ port: number }> {
    const [udp, tcp] = await openPair(
      this.#port,
      (port) => this.#openUdp(port),
      (port) => this.#openTcp(port),
    );
    this.#listeners = [udp, tcp];
    return { port: udp.port };
  }

  /** Stops listening and cuts open connections. Not started: nothing happens. */
  async stop(): Promise<void> {
    const listeners = this.#listeners;
    this.#listeners = [];
    await Promise.all(listeners.map((listener) => listener.close()));
  }

  async #openUdp(port: number): Promise<Listener> {
    const socket = createSocket(isIPv6(this.#host) ? 'udp6' : 'udp4');
    socket.bind(port, this.#host);
    await once(socket, 'listening');
    socket.on('error', this.#onError);
    socket.on('message', (message, from) => this.#onDatagram(socket, message, from));
    return {
      port: socket.address().port,
      close: async () => {
        socket.close();
        await once(socket, 'close');
      },
    };
  }

  #onDatagram(socket: UdpSocket, message: Buffer, from: RemoteInfo): void {
    // Nobody listens on port 0, and Node throws when told to send there.
    if (from.port === 0) return;
    const reply = this.#respondWithin(message, from.address);
    if (reply === undefined) return;
    socket.send(reply, from.port, from.address, (error) => {
      if (error !== null) this.#onError(error);
    });
  }

  async #openTcp(port: number): Promise<Listener> {
    const connections = new Set<Socket>();
    const server = createServer((socket) => {
      const { remoteAddress } = socket;
      const others = [...connections].filter((other) => other.remoteAddress === remoteAddress);
      if (others.length >= this.#connectionsPerAddress) {
        socket.destroy();
        return;
      }
      connections.add(socket);
      socket.once('close', () => connections.delete(socket));
      void this.#onConnection(socket);
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.listen(port, this.#host);
    await once(server, 'listening');
    server.on('error', this.#onError);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
    return {
      port: address.port,
      close: async () => {
        server.close();
        for (const socket of connections) socket.destroy();
        await once(server, 'close');
      },
    };
  }

  /** Answers one message after the other; `pipeline` reads no further than the other side takes answers. */
  async #onConnection(socket: Socket): Promise<void> {
    socket.setTimeout(this.#idleMs, () => socket.destroy());
    try {
      await pipeline(socket, (chunks: AsyncIterable<Buffer>) => this.#answers(chunks), socket);
    } catch {
      // The other side went away in the middle, or was cut off: that is its right, and ours.
    }
  }

  async *#answers(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const message of messages(chunks)) {
      const reply = this.#respond(message, 'tcp');
      if (reply === undefined) continue;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      yield Buffer.concat([length, reply]);
    }
  }

  /** What is sent over UDP, as far as the limit lets it. What would get no answer counts for nothing. */
  #respondWithin(octets: Buffer, address: string): Buffer | undefined {
    const message = readMessage(octets);
    if (message.kind === 'ignored') return undefined;
    const verdict = this.#rateLimit.take(address);
    if (verdict === 'answer') return this.#respondTo(message, 'udp');
    return verdict === 'truncate' && message.kind === 'query' ? writeTruncated(message) : undefined;
  }

  #respond(octets: Buffer, transport: 'udp' | 'tcp'): Buffer | undefined {
    return this.#respondTo(readMessage(octets), transport);
  }

  #respondTo(message: Message, transport: 'udp' | 'tcp'): Buffer | undefined {
    switch (message.kind) {
      case 'ignored':
        return undefined;
      case 'malformed':
        return headerOnly(message.envelope, RCODE.FORMERR);
      case 'unsupported':
        return headerOnly(message.envelope, RCODE.NOTIMP);
      default:
        return this.#reply(message, transport);
    }
  }

  #reply(query: Extract<Message, { kind: 'query' }>, transport: 'udp' | 'tcp'): Buffer {
    if (query.edns !== undefined && query.edns.version !== 0)
      return writeReply(query, BAD_VERSION, transport);
    try {
      return writeReply(query, answer(this.#zones, query.question), transport);
    } catch (error) {
      this.#onError(error);
      return writeReply(query, FAILED, transport);
    }
  }
}

/** RFC 1035 section 4.2.2: over TCP, two octets of length stand before each message. */
async function* messages(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE()) {
      const end = 2 + rest.readUInt16BE();
      yield rest.subarray(2, end);
      rest = rest.subarray(end);
    }
  }
}
