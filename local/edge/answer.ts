import type { FileHandle } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable, Writable } from 'node:stream';

/** One request, as far as an answer depends on it. */
export interface EdgeRequest {
  method: string;
  /** Path and query as they came; empty when there are none (CONNECT). */
  target: string;
  /** Host and port as the client sees them, lower-case; what `Origin` has to match. Empty when there is no such thing. */
  authority: string;
  /** Lower-case names; over HTTP/2 the pseudo-headers are among them. */
  headers: IncomingHttpHeaders;
  body: Readable;
}

/** A request over either version of HTTP, and the way back to who asked. */
export interface Exchange {
  request: EdgeRequest;
  httpVersion: string;
  /** The name that the connection was made for, lower-case; what its certificate was chosen by. */
  servername: string | undefined;
  /** May there be a body to wait for, longer than Node itself waits? */
  isUnbounded: boolean;
  /** Takes the bytes of the answer, after `begin`. */
  out: Writable;
  /** Sends status and headers; with `isWhole` there is no body to come. @throws Error when the client is gone. */
  begin(status: number, headers: Record<string, string>, isWhole: boolean): void;
  /** Sends the last bytes. Resolves when all was handed to the network; rejects when the client went away before. */
  end(bytes?: Buffer): Promise<void>;
  /** Breaks off: the answer, and under HTTP/1.1, which has no other way to say so, the connection. */
  cut(): void;
}

/** Bytes `[start, end)` of an open file, which whoever sends them closes. */
export interface FilePart {
  file: FileHandle;
  start: number;
  end: number;
}

export interface Answer {
  status: number;
  /** Lower-case names; `content-length` is added when it is sent, unless it is there. */
  headers: Record<string, string>;
  /** Absent where the status allows none (204, 304). */
  body?: Buffer | FilePart;
}

export function sizeOf(body: Buffer | FilePart): number {
  return Buffer.isBuffer(body) ? body.length : body.end - body.start;
}
