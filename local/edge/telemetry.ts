import type { Readable } from 'node:stream';
import * as z from 'zod';

/**
 * What `/_cottage/telemetry.js` is: sends errors and the load time to `/_cottage/beacon`. It never throws, never logs,
 * and stops after twenty messages, so that a broken app does not become a flood. Addresses lose their query, where
 * apps put what is nobody's business.
 */
export const TELEMETRY_SCRIPT = `(function () {
  'use strict';
  try {
    var left = 20;
    var text = function (value) {
      return String(value).slice(0, 300);
    };
    var send = function (beacon) {
      try {
        if (left > 0) navigator.sendBeacon('/_cottage/beacon', JSON.stringify(beacon));
        left -= 1;
      } catch (ignored) {}
    };
    addEventListener('error', function (event) {
      send({
        kind: 'error',
        message: text(event.message),
        source: text(event.filename || '').split(/[?#]/)[0],
        line: event.lineno || 0,
        column: event.colno || 0,
      });
    });
    addEventListener('unhandledrejection', function (event) {
      send({ kind: 'error', message: text((event.reason && event.reason.message) || event.reason) });
    });
    addEventListener('load', function () {
      setTimeout(function () {
        try {
          var timing = performance.getEntriesByType('navigation')[0];
          send({ kind: 'load', durationMs: Math.round(timing.duration) });
        } catch (ignored) {}
      }, 0);
    });
  } catch (ignored) {}
})();
`;

/** What a page may tell us. It comes from anybody, so it is small, of few kinds, and proves nothing. */
export const Beacon = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('error'),
    message: z.string().max(500),
    source: z.string().max(500).optional(),
    line: z.int().min(0).optional(),
    column: z.int().min(0).optional(),
  }),
  z.strictObject({ kind: z.literal('load'), durationMs: z.int().min(0).max(3_600_000) }),
]);
export type Beacon = z.infer<typeof Beacon>;

const MAX_BEACON_BYTES = 4096;

/** The beacon in a request's body; `too-large` over 4 kB, of which no more is kept; undefined when it is none. */
export async function readBeacon(body: Readable): Promise<Beacon | 'too-large' | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // To its end, whatever its size: before that, nothing else gets through on an HTTP/1.1 connection.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= MAX_BEACON_BYTES) chunks.push(chunk);
  }
  if (sizeBytes > MAX_BEACON_BYTES) return 'too-large';
  return Beacon.safeParse(parseJson(Buffer.concat(chunks).toString())).data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
