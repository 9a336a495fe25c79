import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/**
 * The whole body, and the headers with those that came behind it. The SDK sends a body of unknown length in chunks of
 * its own (`aws-chunked`), with its checksum in a trailer.
 */
export async function readBody(
  request: IncomingMessage,
): Promise<{ body: Buffer; headers: Record<string, string> }> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const body = await buffer(request);
  const encodings = headers['content-encoding']?.split(',').map((each) => each.trim()) ?? [];
  if (!encodings.includes('aws-chunked')) return { body, headers };
  const others = encodings.filter((each) => each !== 'aws-chunked');
  delete headers['content-encoding'];
  if (others.length > 0) headers['content-encoding'] = others.join(',');
  const unpacked = unchunk(body);
  headers['content-length'] = String(unpacked.body.length);
  return { body: unpacked.body, headers: { ...headers, ...unpacked.trailers } };
}

/** Chunks are `size in hex[;extension]\r\nbytes\r\n`; the one of size 0 ends them, and trailers follow. */
export function unchunk(wire: Buffer): { body: Buffer; trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = wire.indexOf('\r\n', at);
    const size = end === -1 ? Number.NaN : Number.parseInt(wire.toString('latin1', at, end), 16);
    if (!Number.isInteger(size)) throw new TypeError('a body in chunks that end too early');
    at = end + 2;
    if (size === 0) {
      const lines = wire.toString('latin1', at).split('\r\n').filter(Boolean);
      const trailers = lines.map((line) => /^([^:]+):\s*(.*)$/.exec(line)?.slice(1) ?? [line, '']);
      return {
        body: Buffer.concat(chunks),
        trailers: Object.fromEntries(trailers) as Record<string, string>,
      };
    }
    chunks.push(wire.subarray(at, at + size));
    at += size + 2;
  }
}
