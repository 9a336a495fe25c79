import type { Site } from './hosting.ts';

/**
 * How a static site answers: from a request's target to the files that may answer it, in order. Pure, and without any
 * look at a disk, so that the edges of both editions can be held to one table of cases.
 */
export type Route =
  /** No path a site could have: 400, and nothing is looked for. */
  | { kind: 'malformed' }
  /** `/.well-known/cottage.json`. */
  | { kind: 'well-known' }
  /** Below `/_cottage/`, which is Cottage's in every app; `path` is what follows. */
  | { kind: 'reserved'; path: string }
  /** The first candidate whose file is there answers; when none is, a plain 404. */
  | { kind: 'site'; candidates: Candidate[] };

export type Candidate =
  | { file: string; status: 200 | 404 }
  /** The file is there, but at another address, so that links relative to it work. */
  | { file: string; status: 308; location: string };

const NOT_FOUND_PAGE: Candidate = { file: '404.html', status: 404 };

/**
 * @param target the request's target as it came: a path, perhaps with a query, percent-encoded.
 * @param site `spa`: paths whose last segment has no dot show `index.html` when nothing else does.
 */
export function routeOf(target: string, site: Pick<Site, 'spa'>): Route {
  const [path, query] = splitOnce(target, '?');
  const segments = decodedSegments(path);
  if (!segments) return { kind: 'malformed' };
  const file = segments.join('/');
  if (file === '.well-known/cottage.json') return { kind: 'well-known' };
  if (segments[0] === '_cottage') return { kind: 'reserved', path: segments.slice(1).join('/') };
  // No file has an empty name. This is also what keeps every redirect on this host: `//elsewhere` gets none.
  if (segments.slice(0, -1).includes('')) return { kind: 'site', candidates: [NOT_FOUND_PAGE] };
  const last = segments.at(-1) ?? '';
  const own: Candidate[] =
    last === ''
      ? [{ file: `${file}index.html`, status: 200 }]
      : [
          { file, status: 200 },
          { file: `${file}/index.html`, status: 308, location: folderAddress(segments, query) },
        ];
  const shell: Candidate[] = site.spa && !last.includes('.') ? [{ file: 'index.html', status: 200 }] : [];
  return { kind: 'site', candidates: [...own, ...shell, NOT_FOUND_PAGE] };
}

/** `.`, `..`, a control character, a backslash, or a slash that came encoded. */
const NO_SEGMENT = /^\.\.?$|[\p{Cc}\\/]/u;

/**
 * The decoded segments of a path; undefined when it is malformed. Decoded once and after splitting: `%2e%2e` is as bad
 * as `..`, an encoded slash or backslash is no separator of ours and might be one of somebody else's.
 */
function decodedSegments(path: string): string[] | undefined {
  if (!path.startsWith('/') || path.includes('#')) return undefined;
  const segments = path.slice(1).split('/');
  try {
    const decoded = path.includes('%') ? segments.map(decodeURIComponent) : segments;
    return decoded.some((segment) => NO_SEGMENT.test(segment)) ? undefined : decoded;
  } catch {
    return undefined;
  }
}

function folderAddress(segments: string[], query: string | undefined): string {
  const path = `/${segments.map(encodeURIComponent).join('/')}/`;
  return query !== undefined && /^[\x21-\x7e]*$/.test(query) ? `${path}?${query}` : path;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

const YEAR_SECONDS = 31_536_000;

/** How long a file may be kept without asking again. `viewers`: by the viewer's own browser alone. */
export function cacheControlOf(file: string, access: Site['access']): string {
  const kept = isHashedName(file) ? `max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
  if (access === 'viewers') return `private, ${kept}`;
  return kept === 'no-cache' ? kept : `public, ${kept}`;
}

/** What build tools put behind a hash. */
const AFTER_HASH = '(?:\\.(?:chunk|min|bundle|module))?';
const HASHED_NAME = new RegExp(`^.+[.-]([A-Za-z0-9]{8,64})${AFTER_HASH}\\.([a-z0-9]{2,11})(?:\\.map)?$`);

/**
 * Does the name carry a hash of the content (`app.3f9a1c2e.js`, `index-BqL3kZ9x.css`), so that it never shows anything
 * else? A hash that is not recognised costs a question now and then; a word or a date taken for a hash would freeze a
 * file for a year. So it has to look random: words and dates keep to one kind of character for long, hashes do not.
 */
export function isHashedName(file: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1);
  const [, token, extension] = HASHED_NAME.exec(name) ?? [];
  // A page's address is what people keep, whatever it is called.
  if (token === undefined || extension === undefined || /^html?$/.test(extension)) return false;
  const changes = kindChanges(token);
  if (/^[0-9a-f]+$/.test(token))
    return changes >= 2 && count(token, /\d/g) >= 2 && count(token, /[a-f]/g) >= 2;
  return changes * 2 >= token.length;
}

/** How often the kind of character (small, capital, digit) changes along the text. */
function kindChanges(text: string): number {
  const kinds = text.replaceAll(/[a-z]/g, 'a').replaceAll(/[A-Z]/g, 'A').replaceAll(/\d/g, '0');
  return kinds.split('').filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
