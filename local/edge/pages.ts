import { createHash } from 'node:crypto';
import type { Answer } from './answer.ts';
import { ownHeaders } from './security-headers.ts';

interface Page {
  status: number;
  title: string;
  text: string;
  headers?: Record<string, string>;
}

/** What the edge says itself, in place of an app or about a request, to somebody who only wanted to see the app. */
const PAGES = {
  holding: {
    status: 503,
    title: 'This app is being set up',
    text: 'It has its address already, and the app itself will be here in a moment. Please look again soon.',
    headers: { 'retry-after': '5' },
  },
  parked: {
    status: 503,
    title: 'This app has been put away',
    text: 'It had not been used for a while. Nothing is lost: if you still need it, tell its owner or your platform team, and it comes back.',
  },
  held: {
    status: 503,
    title: 'This app is paused',
    text: 'Your platform team has paused it for now. Nothing is lost. Its owner knows more.',
  },
  signIn: {
    status: 401,
    title: 'Sign in to see this app',
    text: 'It is only for people it was made for. Open it with the link you were given, or ask its owner for a new one.',
    // RFC 9110 wants a challenge with every 401; browsers show nothing for a scheme they do not know.
    headers: { 'www-authenticate': 'Cottage' },
  },
  linkUsed: {
    status: 410,
    title: 'This link does not work any more',
    text: 'Each link opens the app once, and only for a few minutes. Ask for a new one where you got this one.',
    headers: { 'referrer-policy': 'no-referrer' },
  },
  noSuchPage: {
    status: 404,
    title: 'There is no such page',
    text: 'The address may have a typing mistake in it. The start of the app is at the first slash.',
  },
  noSuchApp: {
    status: 421,
    title: 'There is no app at this address',
    text: 'The address may have a typing mistake in it, or the app has moved. Its owner can tell you where it is.',
  },
  malformed: {
    status: 400,
    title: 'This address does not work',
    text: 'There is something in it that no address has. Try again from the start of the app.',
  },
  readOnly: {
    status: 405,
    title: 'This app can only be looked at',
    text: 'It is made of pages and files, and takes nothing in. If it asked you to send something, tell its owner.',
    headers: { allow: 'GET, HEAD' },
  },
  unknownMethod: {
    status: 501,
    title: 'This can not be done here',
    text: 'What was asked for is nothing that this app, or any other here, can do. Apps are made to be looked at.',
  },
  notAcceptable: {
    status: 406,
    title: 'This file can not be sent in this way',
    text: 'What asked for it takes it in certain encodings only, and in none that we have. A browser takes it as it is.',
    headers: { vary: 'accept-encoding' },
  },
  changed: {
    status: 412,
    title: 'This has changed meanwhile',
    text: 'It is no longer what was asked for. Open it again to see what it is now.',
    headers: { vary: 'accept-encoding' },
  },
  tooLarge: {
    status: 431,
    title: 'There is too much in this request',
    text: 'Usually it is the cookies of this site. Delete them in your browser, and try again.',
  },
  tooSlow: {
    status: 408,
    title: 'This took too long',
    text: 'The connection was too slow, or broke off. Please try again.',
  },
  broken: {
    status: 500,
    title: 'Something went wrong on our side',
    text: 'It is not your fault, and we keep a note of it. Please try again in a moment.',
  },
} satisfies Record<string, Page>;

export type PageName = keyof typeof PAGES;

const STYLE =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto 0;padding:0 1.5rem;color:#222;background:#fff}' +
  '@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}}';
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** One of Cottage's own pages: self-contained, and with no byte of any app. */
export function page(name: PageName): Answer {
  return MADE[name];
}

function make({ status, title, text, headers }: Page): Answer {
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body>
</html>
`;
  const body = Buffer.from(html);
  const described = { 'content-type': 'text/html; charset=utf-8', 'content-length': String(body.length) };
  return { status, headers: { ...ownHeaders(STYLE_HASH), ...described, ...headers }, body };
}

const MADE = Object.fromEntries(Object.entries(PAGES).map(([name, one]) => [name, make(one)])) as Record<
  PageName,
  Answer
>;
