import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Exchange } from './answer.ts';
import { authorityIn } from './authority.ts';

/**
 * An HTTP/2 stream as an exchange. By Node's own way: its classes that look like HTTP/1.1's cost as much again as all
 * the rest of a small answer.
 */
export function http2Exchange(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { servername, hasBody }: { servername: string | undefined; hasBody: boolean },
): Exchange {
  // What goes wrong shows when the stream closes, which it does in any case.
  stream.on('error', () => undefined);
  if (hasBody && headers.expect === '100-continue') stream.additionalHeaders({ ':status': 100 });
  const { ':authority': authority, ':scheme': scheme, host } = headers;
  const isAmbiguous = authority !== undefined && host !== undefined && authority !== host;
  const isElsewhere = scheme !== undefined && scheme !== 'https';
  return {
    request: {
      method: headers[':method'] ?? '',
      target: headers[':path'] ?? '',
      authority: isAmbiguous || isElsewhere ? '' : authorityIn(authority ?? host),
      headers,
      body: stream,
    },
    httpVersion: '2.0',
    servername,
    isUnbounded: hasBody,
    out: stream,
    begin(status, fields, isWhole) {
      if (stream.destroyed || stream.closed) throw new Error('the client went away');
      stream.respond({ ':status': status, ...fields }, { endStream: isWhole });
    },
    end: (bytes) =>
      new Promise((resolve, reject) => {
        const ended = () => {
          if (stream.rstCode === constants.NGHTTP2_NO_ERROR && stream.writableFinished) resolve();
          else reject(new Error('the client did not take the whole answer'));
        };
        if (stream.destroyed) {
          ended();
          return;
        }
        stream.once('close', ended);
        if (!stream.writableEnded) stream.end(bytes);
      }),
    cut: () => stream.close(constants.NGHTTP2_CANCEL),
  };
}
