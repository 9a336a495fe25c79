/**
 * What a good static host answers, as data: any edge, of either edition, is held to this table. Each case publishes
 * `files` (by default the site below; the content of a file is its own path) and asks for one target.
 */
export interface StaticSiteCase {
  title: string;
  target: string;
  files?: string[];
  spa?: true;
  access?: 'viewers';
  answer:
    | { status: 200 | 404; file: string; type: string; caching: string }
    | { status: 308; location: string }
    /** Refused or missing, without any file's content. */
    | { status: 400 | 404 };
}

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
];

const html = { type: 'text/html; charset=utf-8', caching: 'no-cache' };
const text = { type: 'text/plain; charset=utf-8', caching: 'no-cache' };
const binary = { type: 'application/octet-stream', caching: 'no-cache' };
const withPage = [...SITE, '404.html'];

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
