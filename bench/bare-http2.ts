/**
 * What the edge is held against: Node's own HTTP/2 server, which sends the bytes it has in memory and does nothing else.
 * Run as `node bare-http2.ts <file>`, the file being a `BareContent` as JSON; prints its port.
 */
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface BareContent {
  certificate: string;
  privateKey: string;
  /** By host and path; `body` in base64. */
  files: Record<string, { headers: Record<string, string>; body: string }>;
}

const { certificate, privateKey, files } = JSON.parse(
  readFileSync(process.argv[2] ?? '', 'utf8'),
) as BareContent;
const answers = new Map(
  Object.entries(files).map(([place, { headers, body }]) => [
    place,
    { headers: { ':status': 200, ...headers }, body: Buffer.from(body, 'base64') },
  ]),
);
const server = createSecureServer({ cert: certificate, key: privateKey });
server.on('stream', (stream, { ':authority': authority, ':path': path }) => {
  const answer = answers.get(`${authority?.replace(/:\d+$/, '')}${path}`);
  if (answer) {
    stream.respond(answer.headers);
    stream.end(answer.body);
  } else {
    stream.respond({ ':status': 404 }, { endStream: true });
  }
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.on('SIGINT', () => process.exit(0));
