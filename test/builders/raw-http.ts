import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface RawRequest {
  method?: string;
  /** Sent as it is: nothing is normalised, as `fetch` would. */
  target: string;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** Asks this API over HTTP/1.1, on a connection of its own. A body without a content-length is sent in chunks. */
export async function rawRequest(api: string, { method = 'GET', target, headers, body }: RawRequest) {
  const { hostname, port } = new URL(api);
  return new Promise<RawAnswer>((resolve, reject) => {
    const asked = request({ hostname, port, method, path: target, headers, agent: false }, (answer) => {
      const { statusCode: status = 0 } = answer;
      const known = answer.headers as Record<string, string>;
      resolve(buffer(answer).then((bytes) => ({ status, headers: known, text: bytes.toString() })));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The answer as RFC 9457 has it: a problem in `application/problem+json`, or why it is none. */
export function problemOf({ status, headers, text }: RawAnswer): { code: string } | { wrong: string } {
  if (headers['content-type'] !== 'application/problem+json')
    return { wrong: `content-type ${headers['content-type']}` };
  const problem = JSON.parse(text) as Record<string, unknown>;
  const texts = ['type', 'title', 'code', 'detail'].filter((name) => typeof problem[name] !== 'string');
  if (texts.length > 0) return { wrong: `no ${texts.join(', ')}` };
  if (problem.status !== status) return { wrong: `status ${String(problem.status)}` };
  if (!URL.canParse(String(problem.type))) return { wrong: `type ${String(problem.type)}` };
  return { code: String(problem.code) };
}
