import type { StaticSiteCase } from './static-site.cases.ts';

/**
 * Where a static site on CloudFront answers otherwise than on one machine, and why: the function that chooses the file
 * cannot see which files there are, and what is missing is the bucket's word. docs/hosting-on-cloudfront.md says so too.
 *
 * Methods are no difference of the functions', which know them all. But CloudFront lets no more than seven through
 * (`AllowedMethods`, CloudFront API Reference), so that of TRACE and what is no method of HTTP it says itself: 403.
 */
interface Difference {
  title: string;
  target: string;
  spa?: true;
  answer: StaticSiteCase['answer'];
}

/**
 * What a request with one of these gets is CloudFront's own work, with what the bucket says: compression with its `Vary`,
 * conditions, and parts. No function has a say in it, so those cases are not held to here.
 */
const WORK_OF_CLOUDFRONT = [
  'accept-encoding',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'range',
];

export const isForFunctions = ({ headers = {} }: StaticSiteCase): boolean =>
  !Object.keys(headers).some((name) => WORK_OF_CLOUDFRONT.includes(name));

const shell = {
  status: 200,
  file: 'index.html',
  type: 'text/html; charset=utf-8',
  caching: 'no-cache',
} as const;

export const DIFFERENCES: Difference[] = [
  // No site has a page of its own for what is missing.
  { title: 'a missing page', target: '/nothing', answer: { status: 404 } },
  { title: 'a missing file', target: '/x/y.png', answer: { status: 404 } },
  { title: 'an empty segment', target: '/a//b', answer: { status: 404 } },
  {
    title: 'a missing file with a hash is not kept for a year',
    target: '/assets/index-ZZq1kZ9x.js',
    answer: { status: 404 },
  },
  {
    title: 'a missing file gets the page for what is missing',
    target: '/orders.js',
    spa: true,
    answer: { status: 404 },
  },
  // A single-page app shows its shell wherever the last segment has no dot, whatever is there.
  { title: 'a real file first', target: '/LICENSE', spa: true, answer: shell },
  { title: 'a real folder first', target: '/about', spa: true, answer: shell },
];
