import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { SECOND_MS } from '../../shared/clock/clock.ts';
import type { Answer } from './answer.ts';
import { type PageName, page } from './pages.ts';

/** What Node's HTTP/1.1 parser says of a request it can't read; everything else is malformed. */
const PAGE_FOR: Record<string, PageName> = {
  HPE_INVALID_METHOD: 'unknownMethod',
  HPE_HEADER_OVERFLOW: 'tooLarge',
  ERR_HTTP_REQUEST_TIMEOUT: 'tooSlow',
};

/**
 * The last answer on an HTTP/1.1 connection whose next request can't be read. None when the connection itself is what is
 * wrong, or when another answer has begun on it, which this one would become a part of.
 */
export function refuse(socket: Duplex, error: { code?: string }, open: ReadonlySet<ServerResponse>): void {
  const { code = '' } = error;
  const isReadable = code.startsWith('HPE_') || Object.hasOwn(PAGE_FOR, code);
  const hasBegun = [...open].some(({ headersSent }) => headersSent);
  if (isReadable && !hasBegun) closeWith(socket, page(PAGE_FOR[code] ?? 'malformed'));
  else socket.destroy();
}

/** For the client to read what it is told, before the connection is cut under whatever it still sends. */
const LINGER_MS = SECOND_MS;

/** Sends this answer on a connection that Node has given up, and closes it, whether the client wants to or not. */
export function closeWith(socket: Duplex, { status, headers, body }: Answer): void {
  // Node listens no more.
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const fields = { ...headers, 'content-length': String(bytes.length), connection: 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`;
  socket.end(Buffer.concat([Buffer.from(head), bytes]));
  socket.resume();
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(linger));
}
