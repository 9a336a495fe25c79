import { lookup } from 'node:dns/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as requestPlain, STATUS_CODES } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP } from 'node:net';
import { HostileArtifact } from '../artifacts/artifact-faults.ts';
import { CottageError, SourceUnavailable } from '../errors/errors.ts';
import {
  hostNotFound,
  hostNotProven,
  noFile,
  tooManyRedirects,
  tooSlow,
  urlPrivate,
} from './download-refused.ts';
import { checkRedirect, checkUrl, type DownloadRules, hostOf } from './download-url.ts';
import { DEFAULT_DOWNLOAD_LIMITS, type DownloadLimits, type Downloads } from './downloads.ts';
import { isPublicAddress } from './public-address.ts';

interface Place {
  address: string;
  port: number;
}

export interface HttpsDownloadsOptions {
  rules: DownloadRules;
  limits?: Partial<DownloadLimits>;
  /** Every address of a name; rejects with a code as Node's. Unless told, what any program on this machine would get. */
  resolve?: (name: string) => Promise<string[]>;
  /** PEM of authorities to trust; unless told, those that Node trusts. */
  ca?: string[];
  /** Where a place is reached, unless at itself: tests have the open internet on their own machine. */
  route?: (place: Place) => Place;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Not now, but perhaps later: RFC 9110 and RFC 6585. */
const isPassing = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

/** A connection that breaks proves nothing, whenever it breaks. */
const BROKEN = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

/** Of a name that has more, the others are not tried. */
const MAX_ADDRESSES = 8;

const HEADERS = {
  accept: '*/*',
  // The digest is of the file as it is.
  'accept-encoding': 'identity',
  'user-agent': 'Cottage-Download/1',
};

/**
 * `Downloads` over HTTPS, for any edition. A name is resolved once a step; all its addresses must be public, and the
 * connection goes to one of them as a number, so that a second answer of DNS changes nothing. The certificate is still
 * checked against the name. It sends no cookies and no credentials, keeps no connection, and knows of no proxy.
 */
export class HttpsDownloads implements Downloads {
  readonly #options: HttpsDownloadsOptions;
  readonly #limits: DownloadLimits;
  readonly #closing = new AbortController();

  constructor(options: HttpsDownloadsOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_DOWNLOAD_LIMITS, ...options.limits };
  }

  /** Breaks off all that is under way, as if the network had gone: a stop need not wait for other people's servers. */
  close(): void {
    this.#closing.abort();
  }

  async open(text: string, maxBytes: number): Promise<AsyncIterable<Uint8Array>> {
    const { rules } = this.#options;
    const deadline = AbortSignal.any([AbortSignal.timeout(this.#limits.totalMs), this.#closing.signal]);
    let url = checkUrl(text, rules);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await this.#ask(url, deadline);
      const { location } = answer.headers;
      const isRedirect = REDIRECTS.includes(answer.statusCode ?? 0) && location !== undefined;
      if (!isRedirect) return bytesOf(checkAnswer(answer, hostOf(url), maxBytes), hostOf(url), maxBytes);
      answer.destroy();
      url = checkRedirect(location, url, rules);
    }
    throw tooManyRedirects(MAX_REDIRECTS);
  }

  /** What the first address that can be reached answers. */
  async #ask(url: URL, deadline: AbortSignal): Promise<IncomingMessage> {
    const addresses = (await this.#addresses(url, deadline)).slice(0, MAX_ADDRESSES);
    let failure: unknown;
    for (const address of addresses) {
      try {
        return await this.#askAt(address, url, deadline);
      } catch (error) {
        if (!(error instanceof SourceUnavailable)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** The addresses of the host: at least one, and each of them allowed. One that is not condemns the name. */
  async #addresses(url: URL, deadline: AbortSignal): Promise<string[]> {
    const host = hostOf(url);
    const addresses = isIP(host) ? [host] : await this.#resolve(host, deadline);
    if (addresses.length === 0) throw hostNotFound(host);
    const isAllowed = this.#options.rules.origins.includes(url.origin) || addresses.every(isPublicAddress);
    if (!isAllowed) throw urlPrivate(host);
    return addresses;
  }

  /** Why a download ends at its deadline. */
  #brokenOff(host: string): Error {
    return this.#closing.signal.aborted ? new SourceUnavailable(`${host} was not waited for`) : tooSlow(host);
  }

  async #resolve(host: string, deadline: AbortSignal): Promise<string[]> {
    const late = Promise.withResolvers<never>();
    const onLate = () => late.reject(this.#brokenOff(host));
    deadline.addEventListener('abort', onLate);
    try {
      return await Promise.race([(this.#options.resolve ?? systemResolve)(host), late.promise]);
    } catch (error) {
      if (isOurs(error)) throw error;
      const code = codeOf(error);
      if (code === 'ENOTFOUND' || code === 'ENODATA') throw hostNotFound(host);
      throw new SourceUnavailable(`${host} could not be looked up: ${code}`, { cause: error });
    } finally {
      deadline.removeEventListener('abort', onLate);
    }
  }

  #askAt(address: string, url: URL, deadline: AbortSignal): Promise<IncomingMessage> {
    const host = hostOf(url);
    const isSecure = url.protocol === 'https:';
    const place = { address, port: Number(url.port) || (isSecure ? 443 : 80) };
    const { address: at, port } = this.#options.route?.(place) ?? place;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const asked = (isSecure ? requestSecure : requestPlain)({
      host: at,
      port,
      path: url.pathname + url.search,
      headers: { host: url.host.replace(/\.(?=:|$)/, ''), ...HEADERS },
      agent: false,
      timeout: this.#limits.idleMs,
      // RFC 6066 knows names only; without one the certificate has to be for the address.
      ...(isSecure ? { servername: isIP(host) ? '' : host, rejectUnauthorized: true } : {}),
      ...(this.#options.ca ? { ca: this.#options.ca } : {}),
    });
    let answered: IncomingMessage | undefined;
    const end = (error: Error) => (answered ?? asked).destroy(error);
    const onDeadline = () => end(this.#brokenOff(host));
    asked.on('timeout', () => end(tooSlow(host)));
    deadline.addEventListener('abort', onDeadline);
    const handshake = watchHandshake(asked);
    asked.on('error', (error) => {
      const isUnproven = handshake.isUnderWay() && !BROKEN.includes(codeOf(error));
      reject(isUnproven && !isOurs(error) ? hostNotProven(host) : inWords(error, host));
    });
    asked.on('close', () => deadline.removeEventListener('abort', onDeadline));
    asked.on('response', (answer) => {
      answered = answer;
      resolve(answer);
    });
    if (deadline.aborted) onDeadline();
    asked.end();
    return promise;
  }
}

/**
 * By `getaddrinfo`, as every program on this machine: with its hosts file and whatever else it is set up to ask. Other
 * programs' answers are the ones to protect others from.
 */
async function systemResolve(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

/** Is the connection there, and not yet proven to be with whom it should be? */
function watchHandshake(asked: ClientRequest): { isUnderWay(): boolean } {
  let isUnderWay = false;
  asked.on('socket', (socket) => {
    if (!('encrypted' in socket)) return;
    socket.once('connect', () => (isUnderWay = true));
    socket.once('secureConnect', () => (isUnderWay = false));
  });
  return { isUnderWay: () => isUnderWay };
}

/** @throws unless it is the file, and not announced to be too large; the connection is let go then. */
function checkAnswer(answer: IncomingMessage, host: string, maxBytes: number): IncomingMessage {
  const status = answer.statusCode ?? 0;
  const encoding = answer.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const sizeBytes = Number(answer.headers['content-length'] ?? 0);
  try {
    if (isPassing(status)) throw new SourceUnavailable(`${host} answered ${status}`);
    if (status !== 200) throw noFile(host, `${status} ${STATUS_CODES[status] ?? ''}`.trim());
    if (encoding !== 'identity') throw noFile(host, `a file packed as ${encoding}`);
    if (sizeBytes > maxBytes) throw tooLarge(sizeBytes, maxBytes);
    return answer;
  } catch (error) {
    answer.destroy();
    throw error;
  }
}

/** The body. Leaving the loop, by whatever way, lets the connection go. */
async function* bytesOf(answer: IncomingMessage, host: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge(sizeBytes, maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw inWords(error, host);
  }
}

const isOurs = (error: unknown): boolean => error instanceof CottageError;

const tooLarge = (sizeBytes: number, limitBytes: number) =>
  new HostileArtifact('artifact/too-large', { sizeBytes, limitBytes });

/** A network error as one of ours. Its own message may quote what came, which is nobody's business. */
function inWords(error: unknown, host: string): unknown {
  if (isOurs(error)) return error;
  const code = codeOf(error);
  if (code.startsWith('HPE_')) return noFile(host, 'nothing that a web server says');
  return new SourceUnavailable(`${host} could not be asked: ${code}`);
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
