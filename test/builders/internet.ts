import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { DnsServer } from '../../local/dns-server.ts';
import type { RecordSet } from '../../shared/dns/dns.ts';
import type { Lookup } from '../../shared/dns/zone-reader.ts';
import type { HttpsDownloadsOptions } from '../../shared/downloads/https-downloads.ts';
import { type LeafOptions, TestAuthority } from './test-authority.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ServerOptions extends LeafOptions {
  /** Whom its certificate is for; `files.example.test` unless told. */
  names?: string[];
  /** Who issued it; the authority that is trusted, unless told. */
  issuer?: TestAuthority;
  port?: number;
  /** Speaks HTTP without TLS. */
  plain?: boolean;
}

export const FILES = 'files.example.test';

/**
 * An internet on this machine: a DNS server, and servers on loopback that stand at whatever address a test gives them.
 * What is connected to is told by address; an address without a server refuses, and nothing leaves the machine.
 */
export class Internet {
  /** Addresses by name: what each look-up is answered in turn; the last answer stays. An empty name exists. */
  readonly names = new Map<string, string[][]>();
  /** Names whose DNS is broken. */
  readonly broken = new Set<string>();
  /** Every connection attempt, as `address:port`. */
  readonly connected: string[] = [];
  readonly authority: TestAuthority;
  readonly #servers = new Map<string, number>();
  readonly #lookups = new Map<string, number>();
  #dnsPort = 0;

  private constructor(authority: TestAuthority) {
    this.authority = authority;
  }

  /** Open until the test ends. */
  static async open(): Promise<Internet> {
    const internet = new Internet(await TestAuthority.make());
    let asked = 0;
    const dns = new DnsServer({
      zones: {
        lookup: (name) => internet.#lookup(name),
        whole: () => undefined,
        // Another with every question: an answer may differ from the one before.
        version: () => String((asked += 1)),
      },
      rateLimit: { perSecond: 1_000_000, burst: 1_000_000 },
    });
    internet.#dnsPort = (await dns.start()).port;
    onTestFinished(() => dns.stop());
    return internet;
  }

  /** Puts a server at an address, and answers the requests it gets from now on. */
  async serve(
    address: string,
    handler: Handler,
    { names = [FILES], issuer = this.authority, port = 443, plain = false, ...leaf }: ServerOptions = {},
  ): Promise<IncomingMessage[]> {
    const requests: IncomingMessage[] = [];
    const onRequest: Handler = (request, response) => {
      requests.push(request);
      handler(request, response);
    };
    const { certificate, privateKey } = await issuer.leaf(names, leaf);
    const server = plain
      ? createPlainServer(onRequest)
      : createServer({ cert: certificate, key: privateKey }, onRequest);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    this.#servers.set(`${address}:${port}`, (server.address() as AddressInfo).port);
    return requests;
  }

  /** What makes `HttpsDownloads` use this internet. */
  options(): Pick<HttpsDownloadsOptions, 'resolve' | 'route' | 'ca'> {
    return {
      resolve: (name) => this.#resolve(name),
      route: ({ address, port }) => {
        this.connected.push(`${address}:${port}`);
        // Port 1 (tcpmux) is nobody's.
        return { address: '127.0.0.1', port: this.#servers.get(`${address}:${port}`) ?? 1 };
      },
      ca: [this.authority.certificate],
    };
  }

  /** Asks the DNS server for both families. */
  async #resolve(name: string): Promise<string[]> {
    const resolver = new Resolver({ timeout: 2_000, tries: 1 });
    resolver.setServers([`127.0.0.1:${this.#dnsPort}`]);
    this.#lookups.set(name, (this.#lookups.get(name) ?? 0) + 1);
    const ipv4 = await resolver.resolve4(name).catch(noneOfThese);
    return [...ipv4, ...(await resolver.resolve6(name).catch(noneOfThese))];
  }

  #lookup(name: string): Lookup {
    if (this.broken.has(name)) throw new Error('this zone can’t be read');
    const answers = this.names.get(name);
    const turn = (this.#lookups.get(name) ?? 1) - 1;
    const addresses = answers?.[Math.min(turn, answers.length - 1)] ?? [];
    const of = (type: 'A' | 'AAAA', values: string[]): RecordSet[] =>
      values.length === 0 ? [] : [{ name, type, ttlSeconds: 0, values }];
    const sets = [
      ...of(
        'A',
        addresses.filter((address) => !address.includes(':')),
      ),
      ...of(
        'AAAA',
        addresses.filter((address) => address.includes(':')),
      ),
    ];
    const value = 'ns.test admin.test 1 3600 600 86400 0';
    const soa: RecordSet = { name: 'test', type: 'SOA', ttlSeconds: 0, values: [value] };
    return { kind: 'inside', soa, sets, exists: answers !== undefined };
  }
}

/** A name may have addresses of one family only. */
function noneOfThese(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENODATA') return [];
  throw error;
}

/** Answers every request with these bytes. */
export const giving =
  (body: Buffer): Handler =>
  (_, response) =>
    response.end(body);

/** Answers every request by pointing elsewhere. */
export const pointing =
  (location: string, status = 302): Handler =>
  (_, response) => {
    response.writeHead(status, { location });
    response.end('moved');
  };

/** Goes on sending for as long as somebody reads. */
export function endless(_: IncomingMessage, response: ServerResponse): void {
  let isRead = true;
  while (isRead) isRead = response.write('a'.repeat(1000));
  response.once('drain', () => endless(_, response));
}
