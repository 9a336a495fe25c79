import type { StaticSiteCase } from './static-site.cases.ts';

/**
 * Where a static site on CloudFront answers otherwise than on one machine, and why: the function that chooses the file
 * cannot see which files there are, and what is missing is the bucket's word. docs/hosting-on-cloudfront.md says so too.
 */
interface Difference {
  title: string;
  target: string;
  spa?: true;
  answer: StaticSiteCase['answer'];
}

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
