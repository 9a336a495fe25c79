import { isIP } from 'node:net';
import { urlInvalid, urlPrivate } from './download-refused.ts';
import { isPublicAddress } from './public-address.ts';

/** What whoever runs Cottage says about where files may be fetched from. */
export interface DownloadRules {
  /** Below it are Cottage's own apps. */
  baseDomain: string;
  /**
   * Besides the public internet, these places as they are: `https://builds.example.com:8443`. What is inside a network,
   * at a port of its own, or without TLS has to be among them.
   */
  origins: readonly string[];
}

/** In characters. Servers take about 8,000; signed links have up to 2,000. */
export const MAX_URL_LENGTH = 2048;

/**
 * The address to fetch from, as far as it can be judged without asking anybody; without its fragment. The URL standard
 * has read every other way to write a host (`127.1`, `0x7f000001`, `%31`, full-width digits) as the one that is checked.
 * @throws DownloadRefused
 */
export function checkUrl(text: string, rules: DownloadRules): URL {
  const url = parse(text);
  url.hash = '';
  if (url.username !== '' || url.password !== '') throw urlInvalid('it holds a user name or a password');
  if (rules.origins.includes(url.origin)) return url;
  if (url.protocol !== 'https:') throw urlInvalid('it does not begin with https://');
  if (url.port !== '') throw urlInvalid(`it names a port of its own, ${url.port}`);
  const host = hostOf(url);
  if (isIP(host) === 0 ? isOwnName(host, rules) : !isPublicAddress(host)) throw urlPrivate(host);
  return url;
}

/**
 * Where a redirect leads.
 * @throws DownloadRefused as above, and when it leaves TLS
 */
export function checkRedirect(location: string, from: URL, rules: DownloadRules): URL {
  const url = checkUrl(URL.parse(location, from.href)?.href ?? '', rules);
  if (from.protocol === 'https:' && url.protocol !== 'https:') {
    throw urlInvalid('it leads from a safe connection to one that is not');
  }
  return url;
}

/** The host in an address: a name without its final dot, or an IP address without brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

/** An address without what may be secret in it. */
export function withoutQuery(text: string): string {
  const url = URL.parse(text);
  return url ? url.origin + url.pathname : '';
}

function parse(text: string): URL {
  // The URL standard passes over spaces and control characters; nobody who means well writes any.
  const url = text.length > MAX_URL_LENGTH || /[\s\p{C}]/u.test(text) ? null : URL.parse(text);
  if (!url) throw urlInvalid('it is not complete, or has signs in it that don’t belong there');
  return url;
}

function isOwnName(host: string, { baseDomain }: DownloadRules): boolean {
  return ['localhost', baseDomain].some((domain) => host === domain || host.endsWith(`.${domain}`));
}
