import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Exchange } from './answer.ts';
import { authorityIn } from './authority.ts';

/** A request over HTTP/1.1 (or 1.0) as an exchange. */
export function http1Exchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const { servername } = request.socket as TLSSocket & { servername?: string | false };
  const { target, authority } = placeOf(request);
  return {
    request: { method: request.method ?? '', target, authority, headers: request.headers, body: request },
    httpVersion: request.httpVersion,
    servername: servername ? servername.toLowerCase() : undefined,
    // Node's `requestTimeout` sees to it.
    isUnbounded: false,
    out: response,
    begin(status, headers) {
      if (response.destroyed) throw new Error('the client went away');
      response.writeHead(status, headers);
    },
    end: (bytes) =>
      new Promise((resolve, reject) => {
        response.once('finish', resolve);
        response.once('close', () => reject(new Error('the client did not take the whole answer')));
        response.end(bytes);
      }),
    cut: () => void response.destroy(),
  };
}

/** RFC 9112, 3.2: an address as the target goes before `Host`, of which there must be one at most. */
function placeOf({ url = '', headers, rawHeaders }: IncomingMessage): { target: string; authority: string } {
  const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1) return { target: url, authority: '' };
  const [, authority, path = ''] = /^https:\/\/([^/?#]*)(.*)$/is.exec(url) ?? [];
  if (authority === undefined) return { target: url, authority: authorityIn(headers.host) };
  return { target: path.startsWith('/') ? path : `/${path}`, authority: authorityIn(authority) };
}
