import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Answer, type Exchange, type FilePart, sizeOf } from './answer.ts';
import type { Overdue } from './overdue.ts';

const NOTHING = Buffer.alloc(0);

/** Up to this an answer is sent in one piece, which is cheaper than a stream; a client has to take it in one go. */
const PIECE_BYTES = 65_536;

/**
 * Sends the answer, closes its file, and resolves when all of it was handed to the network.
 * @param limits `idleTimeoutMs`: gives up on a client that takes nothing for so long; `overdue` sees to it for the last
 * piece.
 * @throws Error when the client goes away before that, or the file can't be read to its end.
 */
export async function send(
  exchange: Exchange,
  { status, headers, body }: Answer,
  { idleTimeoutMs, overdue }: { idleTimeoutMs: number; overdue: Overdue },
): Promise<void> {
  const sized =
    body && headers['content-length'] === undefined
      ? { ...headers, 'content-length': String(sizeOf(body)) }
      : headers;
  const sent = body && exchange.request.method !== 'HEAD' ? body : NOTHING;
  try {
    const isLarge = sizeOf(sent) > PIECE_BYTES;
    let piece: Buffer | undefined;
    if (!isLarge) piece = Buffer.isBuffer(sent) ? sent : await read(sent);
    exchange.begin(status, sized, sizeOf(sent) === 0);
    if (isLarge) await stream(sent, exchange, idleTimeoutMs);
    overdue.begin(exchange);
    await exchange.end(piece);
  } finally {
    overdue.end(exchange);
    if (body && !Buffer.isBuffer(body)) await body.file.close();
  }
}

async function read(part: FilePart): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeOf(part));
  const { bytesRead } = await part.file.read(bytes, 0, bytes.length, part.start);
  if (bytesRead < bytes.length) throw new Error('a file of a release has lost its end');
  return bytes;
}

async function stream(part: Buffer | FilePart, { out }: Exchange, idleTimeoutMs: number): Promise<void> {
  let passed = 0;
  const source = Readable.from(
    (async function* () {
      for await (const piece of piecesOf(part)) {
        yield piece;
        passed += piece.length;
      }
    })(),
    { objectMode: false },
  );
  // Node's own timeouts do not help here: an HTTP/2 client that sends pings is never idle to them.
  let seen = -1;
  const watch = setInterval(() => {
    if (passed === seen) source.destroy(new Error('the client takes nothing'));
    seen = passed;
  }, idleTimeoutMs);
  try {
    await pipeline(source, out, { end: false });
  } finally {
    clearInterval(watch);
  }
  if (passed < sizeOf(part)) throw new Error('a file of a release has lost its end');
}

function piecesOf(part: Buffer | FilePart): Iterable<Buffer> | AsyncIterable<Buffer> {
  if (Buffer.isBuffer(part)) return piecesInMemory(part);
  const { file, start, end: stop } = part;
  return file.createReadStream({ start, end: stop - 1, autoClose: false, highWaterMark: PIECE_BYTES });
}

function* piecesInMemory(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
