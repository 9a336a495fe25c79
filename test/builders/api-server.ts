import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A call as the server got it. */
export interface ApiCall {
  method: string;
  /** Path and query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface ApiAnswer {
  status?: number;
  json?: unknown;
  /** Instead of `json`. */
  text?: string;
  contentType?: string;
  headers?: Record<string, string>;
  /** Closes the connection without a word. */
  hangUp?: boolean;
}

/** Answers by `METHOD /path`, the query left out; a function is asked every time. */
export type Routes = Record<string, ApiAnswer | ((call: ApiCall) => ApiAnswer | Promise<ApiAnswer>)>;

export interface ApiServer {
  address: string;
  /** Every call, oldest first. */
  calls: ApiCall[];
}

/** A real server on a port of its own that answers as the API's document says, closed when the test ends. */
export async function apiServer(routes: Routes): Promise<ApiServer> {
  const calls: ApiCall[] = [];
  const server = createServer((request, response) => void answerTo(request, response));
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    // Read as bytes one to one, so that a multipart body can be looked into.
    const call = { method, path: url, headers, body: await text(request.setEncoding('latin1')) };
    calls.push(call);
    const route = routes[`${method} ${url.split('?')[0]}`];
    const answer = (typeof route === 'function' ? await route(call) : route) ?? UNKNOWN;
    if (answer.hangUp) return void request.socket.destroy();
    const status = answer.status ?? 200;
    const type = answer.contentType ?? (status < 400 ? 'application/json' : 'application/problem+json');
    response.writeHead(status, { 'content-type': type, ...answer.headers });
    response.end(answer.text ?? JSON.stringify(answer.json ?? {}));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

const UNKNOWN: ApiAnswer = {
  status: 404,
  json: { code: 'route/unknown', detail: 'There is nothing at this path.' },
};
