import { constants, type Http2ServerResponse } from 'node:http2';
import { pipeline } from 'node:stream/promises';
import { type Answer, type FilePart, sizeOf } from './answer.ts';

/** Smaller parts of files are read at once and sent in one piece, which is cheaper than a stream. */
const SMALL_BYTES = 65_536;

/**
 * Sends the answer, closes its file, and resolves when all of it was handed to the network.
 * @param idleTimeoutMs gives up on a client that takes nothing for so long.
 * @throws Error when the client goes away before that, or the file can't be read to its end.
 */
export async function send(
  method: string,
  response: Http2ServerResponse,
  answer: Answer,
  idleTimeoutMs: number,
): Promise<void> {
  const { status, body } = answer;
  const headers = body ? { ...answer.headers, 'content-length': String(sizeOf(body)) } : answer.headers;
  const isSent = method !== 'HEAD';
  if (!body || Buffer.isBuffer(body)) {
    begin(response, status, headers);
    await end(response, isSent ? body : undefined, idleTimeoutMs);
    return;
  }
  try {
    const isSmall = sizeOf(body) <= SMALL_BYTES;
    const bytes = isSent && isSmall ? await read(body) : undefined;
    begin(response, status, headers);
    if (isSent && !isSmall) await stream(body, response, idleTimeoutMs);
    await end(response, bytes, idleTimeoutMs);
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

async function stream(part: FilePart, response: Http2ServerResponse, idleTimeoutMs: number): Promise<void> {
  const source = part.file.createReadStream({ start: part.start, end: part.end - 1, autoClose: false });
  // Node's own timeouts do not help here: an HTTP/2 client that sends pings is never idle to them.
  let seen = -1;
  const watch = setInterval(() => {
    if (source.bytesRead === seen) source.destroy(new Error('the client takes nothing'));
    seen = source.bytesRead;
  }, idleTimeoutMs);
  try {
    await pipeline(source, response, { end: false });
  } finally {
    clearInterval(watch);
  }
  if (source.bytesRead < sizeOf(part)) throw new Error('a file of a release has lost its end');
}

/** A response that closed before it began tells nobody, so it is asked. */
function begin(response: Http2ServerResponse, status: number, headers: Record<string, string>): void {
  const below = streamBelow(response);
  if (below ? below.destroyed || below.closed : response.destroyed) throw new Error('the client went away');
  response.writeHead(status, headers);
}

function end(response: Http2ServerResponse, body: Buffer | undefined, idleTimeoutMs: number): Promise<void> {
  const below = streamBelow(response);
  return new Promise((resolve, reject) => {
    let isOverdue = false;
    const overdue = setTimeout(() => {
      isOverdue = true;
      cut(response);
    }, idleTimeoutMs);
    response.on('finish', () => {
      clearTimeout(overdue);
      // HTTP/2's responses finish when their stream closes, for whatever reason.
      if (isOverdue || below?.rstCode) reject(new Error('the client did not take the whole answer'));
      else resolve();
    });
    response.on('close', () => {
      clearTimeout(overdue);
      reject(new Error('the client went away'));
    });
    if (body === undefined) response.end();
    else response.end(body);
  });
}

/** Ends a response before its end: the connection too under HTTP/1.1, which has no other way to say so. */
export function cut(response: Http2ServerResponse): void {
  const below = streamBelow(response);
  if (below) below.close(constants.NGHTTP2_CANCEL);
  else response.destroy();
}

/** HTTP/1.1's responses have none, whatever the types say. */
function streamBelow(response: Http2ServerResponse): Http2ServerResponse['stream'] | undefined {
  return response.stream;
}
