import { PROBE_USER_AGENT } from '../../shared/hosting/edge-probe.ts';
import type { Binding } from '../../shared/hosting/hosting.ts';
import type { Instant } from '../../shared/ids/ids.ts';
import type { Exchange } from './answer.ts';

/** One request as it was answered: no query, no cookie, no token, and nothing about who it was. */
export type AccessLogLine = {
  /** When it came, in business time. */
  at: string;
  host: string;
  app?: string;
  release?: string;
  method: string;
  path: string;
  httpVersion: string;
  userAgent: string;
  /** One of our own requests, which do not count as traffic. */
  probe: boolean;
  status: number;
  /** Of the body announced, sent whole or not. */
  sizeBytes: number;
  /** Was all of it sent? */
  complete: boolean;
  durationMs: number;
  /** What went wrong, when something did: on our side, or with the connection. */
  fault?: string;
};

/** The part of a line that is known when the request comes. */
export function lineFor(
  { request: { method, target, headers }, httpVersion }: Exchange,
  host: string,
  binding: Binding | undefined,
  at: Instant,
): AccessLogLine {
  const userAgent = headers['user-agent'] ?? '';
  return {
    at,
    host,
    ...(binding && { app: binding.app, release: binding.site.release }),
    method: method.slice(0, 32),
    path: pathIn(target).slice(0, 1024),
    httpVersion,
    userAgent: userAgent.slice(0, 200),
    probe: userAgent === PROBE_USER_AGENT,
    status: 0,
    sizeBytes: 0,
    complete: false,
    durationMs: 0,
  };
}

function pathIn(target: string): string {
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}
