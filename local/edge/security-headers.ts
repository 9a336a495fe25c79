import type { Site } from '../../shared/hosting/hosting.ts';
import type { Answer } from './answer.ts';

/** On every answer of the edge. None of them breaks an ordinary site. */
const ALWAYS: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'x-frame-options': 'SAMEORIGIN',
  // A window opened for a payment or a sign-in may still answer.
  'cross-origin-opener-policy': 'same-origin-allow-popups',
};

/** For apps that bring no policy of their own: what no ordinary site needs is off, the rest is theirs. */
const DEFAULT_POLICY = "frame-ancestors 'self'; base-uri 'self'; object-src 'self'";

/** The headers of an app's files: the site's own, which may replace the content policy and nothing else of the edge's. */
export function appHeaders(site: Site, host: string): Record<string, string> {
  return { 'content-security-policy': DEFAULT_POLICY, ...site.headers, ...ALWAYS, ...strictTransport(host) };
}

/** The headers of Cottage's own answers, which load nothing and are kept by nobody. */
export function ownHeaders(styleHash?: string): Record<string, string> {
  const style = styleHash === undefined ? '' : `; style-src 'sha256-${styleHash}'`;
  return {
    'content-security-policy': `default-src 'none'${style}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
    'cache-control': 'no-store',
    ...ALWAYS,
  };
}

/** As long as the name of an app that is gone is given to nobody else. */
const STRICT_SECONDS = 180 * 86_400;

/**
 * Tells browsers to come over HTTPS only, wherever that can't hurt. Below `localhost` it can: whoever deletes the data
 * folder gets a new CA, and a browser that was told so would not let them past its warning for half a year.
 */
export function strictTransport(host: string): { 'strict-transport-security'?: string } {
  if (host === 'localhost' || host.endsWith('.localhost')) return {};
  return { 'strict-transport-security': `max-age=${STRICT_SECONDS}` };
}

/** The answer with that header, which an app's own files have already. */
export function strictly(answer: Answer, host: string): Answer {
  const strict = strictTransport(host);
  if (Object.keys(strict).every((name) => name in answer.headers)) return answer;
  return { ...answer, headers: { ...answer.headers, ...strict } };
}
