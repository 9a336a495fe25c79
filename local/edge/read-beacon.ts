import type { Readable } from 'node:stream';
import { type Beacon, MAX_BEACON_BYTES, parseBeacon } from '../../shared/telemetry/beacon.ts';

/** The beacon in a request's body; `too-large` over 4 kB, of which no more is kept; undefined when it is none. */
export async function readBeacon(body: Readable): Promise<Beacon | 'too-large' | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // To its end, whatever its size: before that, nothing else gets through on an HTTP/1.1 connection.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_BEACON_BYTES) chunks.push(chunk);
  }
  return sizeBytes > MAX_BEACON_BYTES ? 'too-large' : parseBeacon(Buffer.concat(chunks));
}
