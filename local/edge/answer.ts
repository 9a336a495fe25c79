import type { FileHandle } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** One request, as far as an answer depends on it. */
export interface EdgeRequest {
  method: string;
  /** Path and query as they came. */
  target: string;
  /** Host and port as the client sees them, lower-case; what `Origin` has to match. */
  authority: string;
  headers: IncomingHttpHeaders;
  body: Readable;
}

/** Bytes `[start, end)` of an open file, which whoever sends them closes. */
export interface FilePart {
  file: FileHandle;
  start: number;
  end: number;
}

export interface Answer {
  status: number;
  /** Lower-case names; `content-length` is added when it is sent. */
  headers: Record<string, string>;
  /** Absent where the status allows none (204, 304). */
  body?: Buffer | FilePart;
}

export function sizeOf(body: Buffer | FilePart): number {
  return Buffer.isBuffer(body) ? body.length : body.end - body.start;
}
