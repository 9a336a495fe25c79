import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { EdgeRequest, Exchange } from './answer.ts';
import { authorityIn } from './authority.ts';

/**
 * An HTTP/2 stream as an exchange. By Node's own way: its classes that look like HTTP/1.1's cost as much again as all
 * the rest of a small answer.
 */
export class Http2Exchange implements Exchange {
  readonly request: EdgeRequest;
  readonly httpVersion = '2.0';
  readonly servername: string | undefined;
  readonly isUnbounded: boolean;
  readonly out: ServerHttp2Stream;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    { servername, hasBody }: { servername: string | undefined; hasBody: boolean },
  ) {
    // What goes wrong shows when the stream closes, which it does in any case.
    stream.on('error', ignore);
    // It may be closed already: Node tells of a stream a moment after it came.
    const isWaiting = hasBody && headers.expect === '100-continue' && !stream.closed && !stream.destroyed;
    if (isWaiting) stream.additionalHeaders({ ':status': 100 });
    this.out = stream;
    this.servername = servername;
    this.isUnbounded = hasBody;
    this.request = {
      method: headers[':method'] ?? '',
      target: headers[':path'] ?? '',
      authority: authorityOf(headers),
      headers,
      body: stream,
    };
  }

  begin(status: number, headers: Record<string, string>, isWhole: boolean): void {
    if (this.out.destroyed || this.out.closed) throw new Error('the client went away');
    this.out.respond(rawOf(status, headers), isWhole ? { endStream: true } : undefined);
  }

  end(bytes?: Buffer): Promise<void> {
    const { out } = this;
    return new Promise((resolve, reject) => {
      const ended = () => {
        if (out.rstCode === constants.NGHTTP2_NO_ERROR && out.writableFinished) resolve();
        else reject(new Error('the client did not take the whole answer'));
      };
      if (out.destroyed) {
        ended();
        return;
      }
      out.once('close', ended);
      if (!out.writableEnded) out.end(bytes);
    });
  }

  cut(): void {
    this.out.close(constants.NGHTTP2_CANCEL);
  }
}

function ignore(): void {}

/** What of a request says which host it is for has to agree. CONNECT has no scheme. */
function authorityOf({ ':authority': authority, ':scheme': scheme, host }: IncomingHttpHeaders): string {
  if (authority !== undefined && host !== undefined && authority !== host) return '';
  if (scheme !== undefined && scheme !== 'https') return '';
  return authorityIn(authority ?? host);
}

const RAW = new WeakMap<Record<string, string>, { status: number; raw: string[] }>();

/** The headers as Node sends them soonest. Those of files in memory are the same object each time. */
function rawOf(status: number, headers: Record<string, string>): string[] {
  const known = RAW.get(headers);
  if (known?.status === status) return known.raw;
  const raw = [':status', String(status), ...Object.entries(headers).flat()];
  RAW.set(headers, { status, raw });
  return raw;
}
