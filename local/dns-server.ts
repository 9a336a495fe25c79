import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { ZoneReader } from '../shared/dns/zone-reader.ts';
import { answer, REFUSED } from './dns-answer.ts';
import { type Message, type Query, RCODE, readMessage } from './dns-message.ts';
import { RateLimit, type RateLimitOptions } from './dns-rate-limit.ts';
import { RememberedAnswers } from './dns-remembered.ts';
import { headerOnly, type Reply, type Transport, writeReply, writeTruncated } from './dns-reply.ts';
import { checkSignature, ReplySigner, type Signature } from './dns-signature.ts';
import { isTransfer, transfer } from './dns-transfer.ts';
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
  /** How long a TCP connection may go without a whole question. System time. */
  idleMs?: number;
  /**
   * The secret that belongs to a key's name (lower-case), with which who may have whole zones signs queries; undefined
   * when there is none. Nobody may, unless told.
   */
  secretOf?: (keyName: string) => Promise<Buffer | undefined>;
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
const BAD_SIGNATURE: Reply = { rcode: RCODE.NOTAUTH, authoritative: false, answers: [], authorities: [] };

/**
 * Authoritative DNS over UDP and TCP, for the zones given and nothing else: no recursion, no wildcards. A whole zone goes
 * over TCP to who has signed the question with a secret known here, and to nobody else. Whatever arrives, it answers or keeps silent; it never stops for it.
 */
export class DnsServer {
  readonly #zones: ZoneReader;
  readonly #host: string;
  readonly #port: number;
  readonly #idleMs: number;
  readonly #rateLimit: RateLimit;
  readonly #remembered: RememberedAnswers;
  readonly #connectionsPerAddress: number;
  readonly #secretOf: (keyName: string) => Promise<Buffer | undefined>;
  readonly #onError: (error: unknown) => void;
  #listeners: Listener[] = [];
  #isOpen = false;

  constructor(options: DnsServerOptions) {
    this.#zones = options.zones;
    this.#host = options.host ?? '127.0.0.1';
    this.#port = options.port ?? 0;
    this.#idleMs = options.idleMs ?? IDLE_MS;
    this.#remembered = new RememberedAnswers(() => options.zones.version());
    this.#rateLimit = new RateLimit(options.rateLimit);
    this.#connectionsPerAddress = options.connectionsPerAddress ?? CONNECTIONS_PER_ADDRESS;
    this.#secretOf = options.secretOf ?? (() => Promise.resolve(undefined));
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
    this.#isOpen = true;
    return { port: udp.port };
  }

  /** Stops listening and cuts open connections. Not started: nothing happens. */
  async stop(): Promise<void> {
    this.#isOpen = false;
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

  #onDatagram(socket: UdpSocket, octets: Buffer, from: RemoteInfo): void {
    // Nobody listens on port 0, and Node throws when told to send there.
    if (from.port === 0) return;
    const message = readMessage(octets);
    // What would get no answer counts for nothing.
    if (message.kind === 'ignored') return;
    const send = (reply: Buffer | undefined) => {
      if (reply === undefined || !this.#isOpen) return;
      socket.send(reply, from.port, from.address, (error) => {
        if (error !== null) this.#onError(error);
      });
    };
    const verdict = this.#rateLimit.take(from.address);
    if (verdict === 'drop') return;
    if (verdict === 'truncate') send(message.kind === 'query' ? writeTruncated(message) : undefined);
    else if (!isSigned(message)) send(this.#plainReply(message, 'udp'));
    else void this.#signedReplies(message, 'udp').then(([reply]) => send(reply), this.#onError);
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
    // Not the socket's own timeout: who sends an octet now and then would keep his place for ever.
    const patience = setTimeout(() => socket.destroy(), this.#idleMs);
    try {
      await pipeline(socket, (chunks: AsyncIterable<Buffer>) => this.#answers(chunks, patience), socket);
    } catch {
      // The other side went away in the middle, or was cut off: that is its right, and ours.
    } finally {
      clearTimeout(patience);
    }
  }

  async *#answers(chunks: AsyncIterable<Buffer>, patience: NodeJS.Timeout): AsyncGenerator<Buffer> {
    for await (const octets of messages(chunks)) {
      patience.refresh();
      const message = readMessage(octets);
      const replies = isSigned(message)
        ? await this.#signedReplies(message, 'tcp')
        : [this.#plainReply(message, 'tcp')];
      for (const reply of replies) {
        if (reply === undefined) continue;
        patience.refresh();
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        yield Buffer.concat([length, reply]);
      }
    }
  }

  #plainReply(message: Message, transport: Transport): Buffer | undefined {
    switch (message.kind) {
      case 'ignored':
        return undefined;
      case 'malformed':
        return headerOnly(message.envelope, RCODE.FORMERR);
      case 'unsupported':
        return headerOnly(message.envelope, RCODE.NOTIMP, message.edns);
      default:
        return this.#queryReply(message, transport);
    }
  }

  #queryReply(query: Query, transport: Transport): Buffer {
    try {
      const known = this.#remembered.find(query, transport);
      if (known) return known;
      const reply = this.#answer(query);
      const message = writeReply(query, reply, transport);
      this.#remembered.keep(query, reply.rcode, message);
      return message;
    } catch (error) {
      this.#onError(error);
      return writeReply(query, FAILED, transport);
    }
  }

  /** The answer is signed as the question was; a signature that does not hold is told, and nothing else. */
  async #signedReplies(query: SignedQuery, transport: Transport): Promise<Buffer[]> {
    const secret = await this.#secretOf(query.signature.keyName);
    const fault = checkSignature(query.signature, secret, Date.now());
    const signer = new ReplySigner(query.signature, secret, fault, Date.now);
    const one = (reply: Reply) => [signer.sign(writeReply(query, reply, transport, signer.bytes))];
    if (fault !== undefined) return one(BAD_SIGNATURE);
    try {
      if (transport === 'udp' || !isTransfer(query)) return one(this.#answer(query));
      return Array.from(transfer(this.#zones, query), (message) => signer.sign(message));
    } catch (error) {
      this.#onError(error);
      return one(FAILED);
    }
  }

  #answer(query: Query): Reply {
    if (query.edns !== undefined && query.edns.version !== 0) return BAD_VERSION;
    return isTransfer(query) ? REFUSED : answer(this.#zones, query.question);
  }
}

type SignedQuery = Query & { signature: Signature };

const isSigned = (message: Message): message is SignedQuery =>
  message.kind === 'query' && message.signature !== undefined;

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
