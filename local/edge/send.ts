import type { Http2ServerResponse } from 'node:http2';
import { pipeline } from 'node:stream/promises';
import { type Answer, type FilePart, sizeOf } from './answer.ts';

/** Smaller parts of files are read at once and sent in one piece, which is cheaper than a stream. */
const SMALL_BYTES = 65_536;

/**
 * Sends the answer, closes its file, and resolves when all of it was handed to the network.
 * @throws Error when the client goes away before that, or the file can't be read to its end.
 */
export async function send(method: string, response: Http2ServerResponse, answer: Answer): Promise<void> {
  const { status, body } = answer;
  const headers = body ? { ...answer.headers, 'content-length': String(sizeOf(body)) } : answer.headers;
  if (!body || Buffer.isBuffer(body)) {
    begin(response, status, headers);
    await end(response, method === 'HEAD' ? undefined : body);
    return;
  }
  try {
    const isWhole = method !== 'HEAD' && sizeOf(body) <= SMALL_BYTES;
    const bytes = isWhole ? await read(body) : undefined;
    begin(response, status, headers);
    if (method !== 'HEAD' && !isWhole) await stream(body, response);
    await end(response, bytes);
  } finally {
    await body.file.close();
  }
}

async function read({ file, start, end: stop }: FilePart): Promise<Buffer> {
  const bytes = Buffer.alloc(stop - start);
  const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
  if (bytesRead < bytes.length) throw new Error('a file of a release has lost its end');
  return bytes;
}

async function stream(part: FilePart, response: Http2ServerResponse): Promise<void> {
  const source = part.file.createReadStream({ start: part.start, end: part.end - 1, autoClose: false });
  await pipeline(source, response, { end: false });
  if (source.bytesRead < sizeOf(part)) throw new Error('a file of a release has lost its end');
}

/** A response that closed before it began tells nobody, so it is asked. */
function begin(response: Http2ServerResponse, status: number, headers: Record<string, string>): void {
  // HTTP/1.1's responses have no stream below them.
  const below: Http2ServerResponse['stream'] | undefined = response.stream;
  if (below ? below.destroyed || below.closed : response.destroyed) throw new Error('the client went away');
  response.writeHead(status, headers);
}

function end(response: Http2ServerResponse, body: Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    response.on('finish', resolve);
    response.on('close', () => reject(new Error('the client went away')));
    if (body === undefined) response.end();
    else response.end(body);
  });
}
