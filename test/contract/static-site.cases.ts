/**
 * What a good static host answers, as data: any edge, of either edition, is held to this table. Each case publishes
 * `files` (by default the site below; `contentOf` says what is in a file) and asks for one target.
 */
export interface StaticSiteCase {
  title: string;
  target: string;
  /** GET unless told. */
  method?: string;
  /**
   * Of the request. In a value, `{etag}` stands for the ETag of the answer to the same request without conditions, and
   * `{etag:br}`, `{etag:gzip}`, `{etag:identity}` for the one of the answer in that encoding.
   */
  headers?: Record<string, string>;
  files?: string[];
  spa?: true;
  access?: 'viewers';
  answer: StaticSiteAnswer;
}

export type StaticSiteAnswer =
  | {
      status: 200 | 206 | 404;
      file: string;
      type: string;
      caching: string;
      /** Absent: as it is. */
      encoding?: 'br' | 'gzip';
      /** The bytes of a 206, the last included. */
      part?: [first: number, last: number];
    }
  | { status: 308; location: string }
  | { status: 304; caching: string }
  | { status: 405; allow: string }
  /** Refused or missing, without any file's content. */
  | { status: 400 | 404 | 406 | 412 | 416 | 501 };

export const SITE = [
  'index.html',
  'about/index.html',
  'about/team.html',
  'assets/index-BqL3kZ9x.js',
  'assets/logo.svg',
  'docs/a b/index.html',
  'docs/ü.txt',
  'LICENSE',
  'notes.d/index.html',
  'large.html',
  'large.json',
  'large.png',
  'large-4fRk2Ls9.css',
  'just.txt',
  'nearly.txt',
];

/** Sizes of files that are not small. From 1,000 bytes on, and of a type that shrinks, a file is sent compressed. */
const SIZES: Record<string, number> = {
  'large.html': 20_000,
  'large.json': 30_000,
  'large.png': 20_000,
  'large-4fRk2Ls9.css': 5_000,
  'just.txt': 1_000,
  'nearly.txt': 999,
};

/** Begins the content of every file: no answer that is not the site's may hold it. */
export const SECRET = 'the secret of the app';

/** What is in a file of this path: it tells where it stands, and fills as many bytes as it should. */
export function contentOf(path: string): Buffer {
  const text = `${SECRET}: ${path}\n`;
  return Buffer.alloc(SIZES[path] ?? Buffer.byteLength(text), text);
}

const html = { type: 'text/html; charset=utf-8', caching: 'no-cache' };
const text = { type: 'text/plain; charset=utf-8', caching: 'no-cache' };
const binary = { type: 'application/octet-stream', caching: 'no-cache' };
const json = { type: 'application/json', caching: 'no-cache' };
const picture = { type: 'image/png', caching: 'no-cache' };
const withPage = [...SITE, '404.html'];
const largePage = { status: 200, file: 'large.html', ...html } as const;
/** What today's browsers send. */
const browser = 'gzip, deflate, br, zstd';

export const STATIC_SITE_CASES: StaticSiteCase[] = [
  // Files and folders
  { title: 'the root is the index page', target: '/', answer: { status: 200, file: 'index.html', ...html } },
  {
    title: 'the index page by name',
    target: '/index.html',
    answer: { status: 200, file: 'index.html', ...html },
  },
  {
    title: 'a query changes nothing',
    target: '/?a=/../b',
    answer: { status: 200, file: 'index.html', ...html },
  },
  {
    title: 'a folder is its index page',
    target: '/about/',
    answer: { status: 200, file: 'about/index.html', ...html },
  },
  {
    title: 'a file in a folder',
    target: '/about/team.html',
    answer: { status: 200, file: 'about/team.html', ...html },
  },
  {
    title: 'a file without an extension',
    target: '/LICENSE',
    answer: { status: 200, file: 'LICENSE', ...binary },
  },
  { title: 'a missing file', target: '/nothing.js', answer: { status: 404 } },
  { title: 'a missing page', target: '/nothing', answer: { status: 404 } },
  { title: 'a missing folder', target: '/nothing/', answer: { status: 404 } },
  { title: 'a folder without an index page', target: '/assets/', answer: { status: 404 } },
  { title: 'a folder without an index page, without its slash', target: '/assets', answer: { status: 404 } },
  { title: 'a file is no folder', target: '/index.html/', answer: { status: 404 } },
  { title: 'nothing is below a file', target: '/index.html/x', answer: { status: 404 } },
  { title: 'names differ in case', target: '/INDEX.html', answer: { status: 404 } },

  // Redirects
  { title: 'a folder without its slash', target: '/about', answer: { status: 308, location: '/about/' } },
  { title: 'a folder with a dot', target: '/notes.d', answer: { status: 308, location: '/notes.d/' } },
  {
    title: 'a redirect keeps the query',
    target: '/about?a=1&b=//c',
    answer: { status: 308, location: '/about/?a=1&b=//c' },
  },
  {
    title: 'a redirect is encoded',
    target: '/docs/a%20b',
    answer: { status: 308, location: '/docs/a%20b/' },
  },
  { title: 'a redirect stays on this host', target: '//about', answer: { status: 404 } },
  { title: 'a redirect stays on this host, with more slashes', target: '///about', answer: { status: 404 } },
  { title: 'a redirect stays on this host, with a backslash', target: '/%5cabout', answer: { status: 400 } },

  // Encoding
  {
    title: 'an encoded space',
    target: '/docs/a%20b/',
    answer: { status: 200, file: 'docs/a b/index.html', ...html },
  },
  {
    title: 'an encoded letter',
    target: '/docs/%C3%BC.txt',
    answer: { status: 200, file: 'docs/ü.txt', ...text },
  },
  {
    title: 'needless encoding',
    target: '/%69ndex.html',
    answer: { status: 200, file: 'index.html', ...html },
  },
  { title: 'encoded twice is another name', target: '/%2569ndex.html', answer: { status: 404 } },
  { title: 'a plus is a plus', target: '/docs/a+b/', answer: { status: 404 } },
  { title: 'broken encoding', target: '/%zz', answer: { status: 400 } },
  { title: 'half a character', target: '/%C3', answer: { status: 400 } },
  { title: 'an overlong slash', target: '/about%c0%afteam.html', answer: { status: 400 } },
  { title: 'an encoded slash', target: '/about%2Fteam.html', answer: { status: 400 } },
  { title: 'an encoded backslash', target: '/about%5Cteam.html', answer: { status: 400 } },
  { title: 'an encoded NUL', target: '/index.html%00.js', answer: { status: 400 } },
  { title: 'an encoded line end', target: '/about%0d%0ax:y', answer: { status: 400 } },

  // Leaving the site
  { title: 'dots', target: '/../index.html', answer: { status: 400 } },
  { title: 'dots that stay inside', target: '/about/../index.html', answer: { status: 400 } },
  { title: 'dots at the end', target: '/about/..', answer: { status: 400 } },
  { title: 'encoded dots', target: '/%2e%2e/%2e%2e/index.html', answer: { status: 400 } },
  { title: 'half-encoded dots', target: '/about/.%2e/index.html', answer: { status: 400 } },
  { title: 'an encoded dot', target: '/%2e/index.html', answer: { status: 400 } },
  { title: 'dots encoded twice', target: '/%252e%252e/index.html', answer: { status: 404 } },
  { title: 'dots and backslashes', target: '/..%5c..%5cindex.html', answer: { status: 400 } },
  { title: 'three dots are a name', target: '/.../index.html', answer: { status: 404 } },
  { title: 'empty segments', target: '/about//team.html', answer: { status: 404 } },
  { title: 'a drive', target: '/c:/index.html', answer: { status: 404 } },
  { title: 'a name that is too long', target: `/${'n'.repeat(300)}`, answer: { status: 404 } },

  // A page of one's own for what is missing
  {
    title: 'a missing page',
    files: withPage,
    target: '/nothing',
    answer: { status: 404, file: '404.html', ...html },
  },
  {
    title: 'a missing file',
    files: withPage,
    target: '/x/y.png',
    answer: { status: 404, file: '404.html', ...html },
  },
  {
    title: 'an empty segment',
    files: withPage,
    target: '/a//b',
    answer: { status: 404, file: '404.html', ...html },
  },
  { title: 'what is malformed gets none', files: withPage, target: '/%00', answer: { status: 400 } },
  {
    title: 'the page itself',
    files: withPage,
    target: '/404.html',
    answer: { status: 200, file: '404.html', ...html },
  },
  {
    title: 'a missing file with a hash is not kept for a year',
    files: withPage,
    target: '/assets/index-ZZq1kZ9x.js',
    answer: { status: 404, file: '404.html', ...html },
  },

  // Single-page apps
  {
    title: 'any page',
    spa: true,
    target: '/orders/12',
    answer: { status: 200, file: 'index.html', ...html },
  },
  {
    title: 'any folder',
    spa: true,
    target: '/orders/',
    answer: { status: 200, file: 'index.html', ...html },
  },
  {
    title: 'a real file first',
    spa: true,
    target: '/LICENSE',
    answer: { status: 200, file: 'LICENSE', ...binary },
  },
  { title: 'a real folder first', spa: true, target: '/about', answer: { status: 308, location: '/about/' } },
  { title: 'a missing file is missing', spa: true, target: '/app.js', answer: { status: 404 } },
  {
    title: 'a dot in a folder is none',
    spa: true,
    target: '/v1.2/x',
    answer: { status: 200, file: 'index.html', ...html },
  },
  { title: 'an empty segment is missing', spa: true, target: '//x', answer: { status: 404 } },
  {
    title: 'goes before the page for what is missing',
    spa: true,
    files: withPage,
    target: '/orders',
    answer: { status: 200, file: 'index.html', ...html },
  },
  {
    title: 'a missing file gets the page for what is missing',
    spa: true,
    files: withPage,
    target: '/orders.js',
    answer: { status: 404, file: '404.html', ...html },
  },

  // What is Cottage's own in every app
  {
    title: 'a file of that name',
    files: ['_cottage/a.js'],
    target: '/_cottage/a.js',
    answer: { status: 404 },
  },
  { title: 'encoded', files: ['_cottage/a.js'], target: '/%5Fcottage/a.js', answer: { status: 404 } },
  { title: 'its folder', files: ['_cottage/index.html'], target: '/_cottage/', answer: { status: 404 } },
  {
    title: 'its folder without the slash',
    files: ['_cottage/index.html'],
    target: '/_cottage',
    answer: { status: 404 },
  },
  { title: 'no single-page app', spa: true, target: '/_cottage/x', answer: { status: 404 } },
  { title: 'no page for what is missing', files: withPage, target: '/_cottage/x', answer: { status: 404 } },
  {
    title: 'a name that begins the same',
    files: ['_cottages'],
    target: '/_cottages',
    answer: { status: 200, file: '_cottages', ...binary },
  },

  // Caching
  {
    title: 'a name with a hash is kept for a year',
    target: '/assets/index-BqL3kZ9x.js',
    answer: {
      status: 200,
      file: 'assets/index-BqL3kZ9x.js',
      type: 'text/javascript; charset=utf-8',
      caching: 'public, max-age=31536000, immutable',
    },
  },
  {
    title: 'any other name is asked for each time',
    target: '/assets/logo.svg',
    answer: {
      status: 200,
      file: 'assets/logo.svg',
      type: 'image/svg+xml; charset=utf-8',
      caching: 'no-cache',
    },
  },
  {
    title: 'what only viewers may see is kept by their browser alone',
    access: 'viewers',
    target: '/assets/index-BqL3kZ9x.js',
    answer: {
      status: 200,
      file: 'assets/index-BqL3kZ9x.js',
      type: 'text/javascript; charset=utf-8',
      caching: 'private, max-age=31536000, immutable',
    },
  },
  {
    title: 'what only viewers may see is asked for each time',
    access: 'viewers',
    target: '/',
    answer: { status: 200, file: 'index.html', type: html.type, caching: 'private, no-cache' },
  },

  // Encodings
  ...(
    [
      ['a browser gets the smallest', browser, 'br'],
      ['gzip alone', 'gzip', 'gzip'],
      ['gzip by its old name', 'x-gzip', 'gzip'],
      ['in capitals', 'GZIP', 'gzip'],
      ['brotli alone', 'br', 'br'],
      ['anything', '*', 'br'],
      ['anything but one', '*, br;q=0', 'gzip'],
      ['what is wanted more', 'gzip;q=1.0, br;q=0.9', 'gzip'],
      ['what is wanted more, however it is written', 'br ; q=0.001 ,gzip; Q=0.002', 'gzip'],
      ['of equals the smaller', 'gzip;q=0.5, br;q=0.5', 'br'],
      ['less of it than of the rest', 'br;q=0.1, *;q=0.2', 'gzip'],
      ['not as it is', 'identity;q=0, gzip;q=0.1', 'gzip'],
      ['not as it is, by the rest', 'gzip, *;q=0', 'gzip'],
      ['as good as it is', 'identity;q=0.5, gzip;q=0.5', 'gzip'],
      ['as it is, rather', 'identity, gzip;q=0.5', undefined],
      ['as it is, rather than anything', 'identity;q=0.5, *;q=0.3', undefined],
      ['refused', 'gzip;q=0, br;q=0.000', undefined],
      ['nothing', '', undefined],
      ['none that is known', 'zstd, deflate', undefined],
      ['nonsense', 'gzip;q=2, br;q=x, ;;,, gzip;level=9', undefined],
    ] as const
  ).map(
    ([title, accepted, encoding]): StaticSiteCase => ({
      title: `encoding: ${title}`,
      target: '/large.html',
      headers: { 'accept-encoding': accepted },
      answer: {
        ...largePage,
        ...(encoding !== undefined && { encoding }),
      },
    }),
  ),
  { title: 'no word of encodings', target: '/large.html', answer: largePage },
  {
    title: 'none of it as it is, and nothing else either',
    target: '/large.html',
    headers: { 'accept-encoding': 'identity;q=0' },
    answer: { status: 406 },
  },
  {
    title: 'no encoding at all',
    target: '/large.html',
    headers: { 'accept-encoding': '*;q=0' },
    answer: { status: 406 },
  },
  {
    title: 'a picture is packed already',
    target: '/large.png',
    headers: { 'accept-encoding': browser },
    answer: { status: 200, file: 'large.png', ...picture },
  },
  {
    title: 'a picture, not as it is',
    target: '/large.png',
    headers: { 'accept-encoding': 'br, identity;q=0' },
    answer: { status: 406 },
  },
  {
    title: 'data shrinks',
    target: '/large.json',
    headers: { 'accept-encoding': browser },
    answer: { status: 200, file: 'large.json', ...json, encoding: 'br' },
  },
  {
    title: 'a small file gains nothing',
    target: '/nearly.txt',
    headers: { 'accept-encoding': browser },
    answer: { status: 200, file: 'nearly.txt', ...text },
  },
  {
    title: 'a file just large enough',
    target: '/just.txt',
    headers: { 'accept-encoding': browser },
    answer: { status: 200, file: 'just.txt', ...text, encoding: 'br' },
  },
  {
    title: 'a name with a hash, compressed, is kept as long',
    target: '/large-4fRk2Ls9.css',
    headers: { 'accept-encoding': 'gzip' },
    answer: {
      status: 200,
      file: 'large-4fRk2Ls9.css',
      type: 'text/css; charset=utf-8',
      caching: 'public, max-age=31536000, immutable',
      encoding: 'gzip',
    },
  },
  {
    title: 'for viewers, compressed',
    access: 'viewers',
    target: '/large.html',
    headers: { 'accept-encoding': browser },
    answer: { ...largePage, caching: 'private, no-cache', encoding: 'br' },
  },
  {
    title: 'a single-page app at any address, compressed',
    files: ['large.html', 'index.html'],
    spa: true,
    target: '/large.html',
    headers: { 'accept-encoding': browser },
    answer: { ...largePage, encoding: 'br' },
  },

  // Conditions
  {
    title: 'what one has is not sent again',
    target: '/',
    headers: { 'if-none-match': '{etag}' },
    answer: { status: 304, caching: 'no-cache' },
  },
  {
    title: 'what one has among others',
    target: '/',
    headers: { 'if-none-match': '"x", W/{etag} , "y"' },
    answer: { status: 304, caching: 'no-cache' },
  },
  {
    title: 'anything will do',
    target: '/',
    headers: { 'if-none-match': '*' },
    answer: { status: 304, caching: 'no-cache' },
  },
  {
    title: 'what one has is something else',
    target: '/',
    headers: { 'if-none-match': '"x"' },
    answer: { status: 200, file: 'index.html', ...html },
  },
  ...(['br', 'gzip'] as const).flatMap((encoding): StaticSiteCase[] => [
    {
      title: `what one has in ${encoding} is not sent again`,
      target: '/large.html',
      headers: { 'accept-encoding': encoding, 'if-none-match': '{etag}' },
      answer: { status: 304, caching: 'no-cache' },
    },
    {
      title: `what one has in ${encoding} is not what one wants as it is`,
      target: '/large.html',
      headers: { 'if-none-match': `{etag:${encoding}}` },
      answer: largePage,
    },
    {
      title: `what one has as it is is not what one wants in ${encoding}`,
      target: '/large.html',
      headers: { 'accept-encoding': encoding, 'if-none-match': '{etag:identity}' },
      answer: { ...largePage, encoding },
    },
  ]),
  {
    title: 'what one has in every encoding',
    target: '/large.html',
    headers: { 'accept-encoding': 'gzip', 'if-none-match': '{etag:br}, {etag:gzip}' },
    answer: { status: 304, caching: 'no-cache' },
  },
  {
    title: 'with a hash, what one has is good for a year again',
    target: '/assets/index-BqL3kZ9x.js',
    headers: { 'if-none-match': '{etag}' },
    answer: { status: 304, caching: 'public, max-age=31536000, immutable' },
  },
  {
    title: 'only if it is still the same, and it is',
    target: '/',
    headers: { 'if-match': '"x", {etag}' },
    answer: { status: 200, file: 'index.html', ...html },
  },
  {
    title: 'only if it is there, and it is',
    target: '/',
    headers: { 'if-match': '*' },
    answer: { status: 200, file: 'index.html', ...html },
  },
  {
    title: 'only if it is still the same, and it is not',
    target: '/',
    headers: { 'if-match': '"x"' },
    answer: { status: 412 },
  },
  {
    title: 'a weak tag never says that it is the same',
    target: '/',
    headers: { 'if-match': 'W/{etag}' },
    answer: { status: 412 },
  },
  {
    title: 'still the same goes before not sent again',
    target: '/',
    headers: { 'if-match': '"x"', 'if-none-match': '{etag}' },
    answer: { status: 412 },
  },
  {
    title: 'dates are passed over',
    target: '/',
    headers: {
      'if-modified-since': 'Fri, 31 Dec 2100 00:00:00 GMT',
      'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT',
    },
    answer: { status: 200, file: 'index.html', ...html },
  },
  {
    title: 'conditions are not for what is missing',
    target: '/nothing',
    headers: { 'if-match': '*', 'if-none-match': '*', range: 'bytes=0-1' },
    answer: { status: 404 },
  },
  {
    title: 'conditions are not for the page for what is missing',
    files: withPage,
    target: '/nothing',
    headers: { 'if-match': '"x"', 'if-none-match': '*', range: 'bytes=0-1' },
    answer: { status: 404, file: '404.html', ...html },
  },
  {
    title: 'conditions are not for a redirect',
    target: '/about',
    headers: { 'if-match': '"x"', 'if-none-match': '*' },
    answer: { status: 308, location: '/about/' },
  },
  {
    title: 'for viewers, what one has is not sent again',
    access: 'viewers',
    target: '/',
    headers: { 'if-none-match': '{etag}' },
    answer: { status: 304, caching: 'private, no-cache' },
  },

  // Parts
  ...(
    [
      ['the beginning', 'bytes=0-9', [0, 9]],
      ['one byte', 'bytes=7-7', [7, 7]],
      ['from somewhere on', 'bytes=19990-', [19_990, 19_999]],
      ['the end', 'bytes=-5', [19_995, 19_999]],
      ['more than there is', 'bytes=19998-30000', [19_998, 19_999]],
      ['more of the end than there is', 'bytes=-30000', [0, 19_999]],
      ['the unit in capitals', 'BYTES=1-2', [1, 2]],
    ] as const
  ).map(
    ([title, range, [first, last]]): StaticSiteCase => ({
      title: `a part: ${title}`,
      target: '/large.html',
      // Compressed, it would be other bytes.
      headers: { range, 'accept-encoding': browser },
      answer: { ...largePage, status: 206, part: [first, last] },
    }),
  ),
  ...['bytes=20000-', 'bytes=99999-100000', 'bytes=-0'].map(
    (range): StaticSiteCase => ({
      title: `a part that is not there: ${range}`,
      target: '/large.html',
      headers: { range },
      answer: { status: 416 },
    }),
  ),
  ...['bytes=', 'bytes=-', 'bytes=5-2', 'bytes=a-b', 'bytes=1 2-3', 'bytes=0-1,3-4', 'lines=0-1', '0-1'].map(
    (range): StaticSiteCase => ({
      title: `a part that is none gets the whole: ${range}`,
      target: '/large.html',
      headers: { range },
      answer: largePage,
    }),
  ),
  {
    title: 'a part of what one has',
    target: '/large.html',
    headers: { range: 'bytes=1-3', 'if-range': '{etag}' },
    answer: { ...largePage, status: 206, part: [1, 3] },
  },
  {
    title: 'a part of something else is the whole',
    target: '/large.html',
    headers: { range: 'bytes=1-3', 'if-range': '"x"' },
    answer: largePage,
  },
  {
    title: 'a part by a weak tag is the whole',
    target: '/large.html',
    headers: { range: 'bytes=1-3', 'if-range': 'W/{etag}' },
    answer: largePage,
  },
  {
    title: 'a part by a date is the whole',
    target: '/large.html',
    headers: { range: 'bytes=1-3', 'if-range': 'Fri, 31 Dec 2100 00:00:00 GMT' },
    answer: largePage,
  },
  {
    title: 'a part of what one has compressed is the whole, as it is',
    target: '/large.html',
    headers: { range: 'bytes=1-3', 'accept-encoding': 'br', 'if-range': '{etag:br}' },
    answer: largePage,
  },
  {
    title: 'no part where it is not taken as it is',
    target: '/large.html',
    headers: { range: 'bytes=1-3', 'accept-encoding': 'br, identity;q=0' },
    answer: { ...largePage, encoding: 'br' },
  },
  {
    title: 'a part that one has is not sent again',
    target: '/large.html',
    headers: { range: 'bytes=1-3', 'if-none-match': '{etag}' },
    answer: { status: 304, caching: 'no-cache' },
  },

  // Methods
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'].map(
    (method): StaticSiteCase => ({
      title: `${method} is not for looking`,
      method,
      target: '/',
      answer: { status: 405, allow: 'GET, HEAD' },
    }),
  ),
  { title: 'the server itself', method: 'OPTIONS', target: '*', answer: { status: 405, allow: 'GET, HEAD' } },
  ...['PROPFIND', 'MKCOL', 'PURGE'].map(
    (method): StaticSiteCase => ({
      title: `${method} is nothing we know`,
      method,
      target: '/',
      answer: { status: 501 },
    }),
  ),
];

/** Names that carry a hash of their content, and names that only look a little like it. */
export const HASHED_NAMES = [
  'app.3f9a1c2e.js',
  'main.8c1f0b7de2a94c35.css',
  '2.3f9a1c2e.chunk.js',
  '2.3f9a1c2e.chunk.js.map',
  'main.3f9a1c2e.min.css',
  'static/js/index-BqL3kZ9x.js',
  'index-BqL3kZ9x.js.map',
  'inter-latin-4fRk2Ls9.woff2',
  'logo.a1b2c3d4e5f60718293a4b5c6d7e8f90.png',
  'engine-9aB3xY7q.wasm',
];

export const PLAIN_NAMES = [
  'index.html',
  'report-3f9a1c2e.html',
  'app.js',
  'jquery-3.7.1.min.js',
  'bootstrap.bundle.min.js',
  'swagger-ui-standalone-preset.js',
  'site-20240131.css',
  'site.20240131123000.css',
  'photo-1234567890.jpg',
  'photo-vacation2023.jpg',
  'slides-version2.pdf',
  'slides-Version2.pdf',
  'summary-Q3Report2024.pdf',
  'hello-wonderful.js',
  'HELLO-WONDERFUL.js',
  'page-deadbeef.js',
  'page-decade2020.js',
  'page-20240131a.css',
  'page-2024a0131.css',
  'app.3f9a1c2.js',
  '3f9a1c2e.js',
  'app-3f9a1c2e',
  '3f9a1c2e-app.js',
  'app.3f9a1c2e.extra.js',
  'BqL3kZ9x/app.js',
];
