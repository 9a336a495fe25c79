import type { SecureServerOptions } from 'node:http2';
import type { EdgeLimits } from './limits.ts';

/**
 * The limits as Node's server takes them. What it has good limits for by itself is left to it: CONTINUATION frames (8),
 * answers to pings and settings that nobody reads (1,000), header fields (128), memory of a session (10 MB).
 */
export function serverOptions(limits: EdgeLimits): SecureServerOptions {
  return {
    allowHTTP1: true,
    handshakeTimeout: limits.handshakeTimeoutMs,
    settings: { maxConcurrentStreams: limits.streamsPerConnection, maxHeaderListSize: limits.headerBytes },
    ...limitsOfHttp2(limits),
    ...limitsOfHttp1(limits),
  };
}

/** Node's types lack the resets. */
function limitsOfHttp2({ resets }: EdgeLimits) {
  return {
    streamResetBurst: resets.burst,
    streamResetRate: resets.perSecond,
    maxSessionInvalidFrames: 100,
  };
}

/** Node's HTTP/2 server takes these for the HTTP/1.1 connections it serves; its types do not say so. */
function limitsOfHttp1(limits: EdgeLimits) {
  return {
    // We see to that ourselves, for both versions alike, and say so on a page.
    requireHostHeader: false,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.headersTimeoutMs / 2,
  };
}
