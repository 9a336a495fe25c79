/**
 * Asks the edge as a browser would, without DNS: connects to the edge's own address with SNI and `Host` set. Our own
 * requests say so in their user agent, and do not count as traffic.
 */
export interface EdgeProbe {
  /** `path` starts with `/`. Never follows redirects; a body over `maxBytes` (10 MB unless told) is an error. */
  get(host: string, path: string, options?: { cookie?: string; maxBytes?: number }): Promise<ProbeAnswer>;
}

export interface ProbeAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
}

export const PROBE_USER_AGENT = 'cottage-probe/1';

/** Answers which release a host shows, to anyone: `{"app": "...", "release": "..."}`. */
export const WELL_KNOWN = '/.well-known/cottage.json';
