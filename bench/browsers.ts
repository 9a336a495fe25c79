import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { buffer } from 'node:stream/consumers';

export interface Place {
  host: string;
  path: string;
  cookie?: string;
}

export interface Shown {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** As many requests are under way at a time. */
const AT_A_TIME = 32;

/** Many people who look at many apps: an HTTP/2 connection for each host, kept, with headers like a browser's. */
export class Browsers {
  readonly #port: number;
  readonly #ca: string;
  readonly #sessions = new Map<string, ClientHttp2Session>();

  constructor(port: number, ca: string) {
    this.#port = port;
    this.#ca = ca;
  }

  async get({ host, path, cookie }: Place): Promise<Shown> {
    const stream = this.#session(host).request({
      ':authority': `${host}:${this.#port}`,
      ':path': path,
      accept: '*/*',
      'accept-encoding': 'gzip, deflate, br',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Benchmark/1.0',
      ...(cookie !== undefined && { cookie }),
    });
    const answered = new Promise<IncomingHttpHeaders & { ':status'?: number }>((resolve, reject) => {
      stream.once('response', resolve);
      stream.once('error', reject);
    });
    const [headers, body] = await Promise.all([answered, buffer(stream)]);
    return { status: headers[':status'] ?? 0, headers, body };
  }

  /** Asks for all of these. @throws Error when an answer is not the one expected. */
  async getAll(places: readonly Place[], isRight: (place: Place, shown: Shown) => boolean): Promise<void> {
    const waiting = places.values();
    const one = async () => {
      for (const place of waiting) {
        const shown = await this.get(place);
        if (!isRight(place, shown)) throw new Error(`${place.host}${place.path} answered ${shown.status}`);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, one));
  }

  close(): void {
    for (const session of this.#sessions.values()) session.destroy();
    this.#sessions.clear();
  }

  #session(host: string): ClientHttp2Session {
    const known = this.#sessions.get(host);
    if (known && !known.closed) return known;
    const session = connect(`https://127.0.0.1:${this.#port}`, { servername: host, ca: this.#ca });
    // Whoever asks over it hears of it.
    session.on('error', () => undefined);
    this.#sessions.set(host, session);
    return session;
  }
}
