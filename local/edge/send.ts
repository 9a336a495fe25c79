import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Answer, type Exchange, type FilePart, sizeOf } from './answer.ts';
import type { Overdue } from './overdue.ts';

/** Up to this an answer is sent in one piece, which is cheaper than a stream; a client has to take it in one go. */
const PIECE_BYTES = 65_536;

interface Patience {
  /** Gives up on a client that takes nothing for so long. */
  idleTimeoutMs: number;
  /** Sees to that for the last piece. Whoever sends ends it. */
  overdue: Overdue;
}

/**
 * Sends the answer, closes its file, and resolves when all of it was handed to the network.
 * @throws Error, or rejects with it, when the client goes away before that, or the file can't be read to its end.
 */
export function send(exchange: Exchange, answer: Answer, patience: Patience): Promise<void> {
  const { status, body } = answer;
  if (body && !Buffer.isBuffer(body)) return sendFile(exchange, answer, body, patience);
  const bytes = exchange.request.method === 'HEAD' ? undefined : body;
  if (bytes && bytes.length > PIECE_BYTES) return sendInPieces(exchange, answer, bytes, patience);
  exchange.begin(status, sized(answer), !bytes?.length);
  patience.overdue.begin(exchange);
  return exchange.end(bytes);
}

async function sendFile(
  exchange: Exchange,
  answer: Answer,
  part: FilePart,
  patience: Patience,
): Promise<void> {
  try {
    if (exchange.request.method === 'HEAD') {
      await send(exchange, { status: answer.status, headers: sized(answer) }, patience);
    } else if (sizeOf(part) <= PIECE_BYTES) {
      await send(exchange, { ...answer, body: await read(part) }, patience);
    } else {
      await sendInPieces(exchange, answer, part, patience);
    }
  } finally {
    await part.file.close();
  }
}

async function sendInPieces(
  exchange: Exchange,
  answer: Answer,
  part: Buffer | FilePart,
  { idleTimeoutMs, overdue }: Patience,
): Promise<void> {
  exchange.begin(answer.status, sized(answer), false);
  await stream(part, exchange, idleTimeoutMs);
  overdue.begin(exchange);
  await exchange.end();
}

function sized({ headers, body }: Answer): Record<string, string> {
  if (!body || headers['content-length'] !== undefined) return headers;
  return { ...headers, 'content-length': String(sizeOf(body)) };
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
