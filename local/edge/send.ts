import type { Http2ServerResponse } from 'node:http2';
import { pipeline } from 'node:stream/promises';
import { type Answer, type FilePart, sizeOf } from './answer.ts';

/** Smaller parts of files are read at once and sent in one piece, which is cheaper than a stream. */
const SMALL_BYTES = 65_536;

/**
 * Sends the answer, closes its file, and resolves when all of it was handed to the network.
 * @throws Error when the client goes away before that, or the file can't be read.
 */
export async function send(method: string, response: Http2ServerResponse, answer: Answer): Promise<void> {
  const { status, body } = answer;
  const headers = body ? { ...answer.headers, 'content-length': String(sizeOf(body)) } : answer.headers;
  if (!body || Buffer.isBuffer(body)) {
    await end(response, status, headers, method === 'HEAD' ? undefined : body);
  } else if (method === 'HEAD') {
    await body.file.close();
    await end(response, status, headers, undefined);
  } else if (sizeOf(body) <= SMALL_BYTES) {
    await end(response, status, headers, await readAndClose(body));
  } else {
    response.writeHead(status, headers);
    // Closes the file, however it ends.
    await pipeline(body.file.createReadStream({ start: body.start, end: body.end - 1 }), response);
  }
}

async function readAndClose({ file, start, end: stop }: FilePart): Promise<Buffer> {
  try {
    const bytes = Buffer.alloc(stop - start);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    if (bytesRead < bytes.length) throw new Error('a file of a release has lost its end');
    return bytes;
  } finally {
    await file.close();
  }
}

function end(
  response: Http2ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: Buffer | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Error('the client went away'));
    if (isClosed(response)) {
      gone();
      return;
    }
    response.on('finish', resolve);
    response.on('close', gone);
    response.writeHead(status, headers);
    if (body === undefined) response.end();
    else response.end(body);
  });
}

/** HTTP/1.1's responses have no stream below them. */
function isClosed(response: Http2ServerResponse): boolean {
  const stream: Http2ServerResponse['stream'] | undefined = response.stream;
  return stream?.destroyed ?? response.destroyed;
}
