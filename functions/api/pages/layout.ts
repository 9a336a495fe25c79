import { html } from 'hono/html';
import { ICONS } from './icons.ts';
import { STYLE } from './style.ts';

/** Markup that is safe to send: what was put into it has been escaped. */
export type Markup = ReturnType<typeof html>;

export interface PageOptions {
  /** What stands in the browser's tab. */
  title: string;
  /** What stands in `<main>`; its first heading is the `<h1>`. */
  body: Markup;
  /** 200 unless told. */
  status?: number;
  /** After so many seconds the browser asks for the page again. */
  refreshSeconds?: number;
  /** The page has a form of its own to send. */
  hasForm?: boolean;
}

/** A whole page: one design, no script, nothing loaded from anywhere, and kept by nobody. */
export function page({ title, body, status = 200, refreshSeconds, hasForm = false }: PageOptions): Response {
  const markup = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refreshSeconds === undefined ? '' : html`<meta http-equiv="refresh" content="${refreshSeconds}">\n`}<meta name="robots" content="noindex">
<title>${title} · Cottage</title>
<link rel="icon" href="${FAVICON}">
${STYLE}
</head>
<body>
<header><a class="brand" href="/">${ICONS.house}Cottage</a></header>
<main>
${body}
</main>
</body>
</html>
`;
  // `html` turns into a promise when something put into it is one; that would be sent as the words "[object Promise]".
  if (markup instanceof Promise) throw new TypeError('a page takes no promises');
  return new Response(markup.toString(), {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      // Addresses of pages hold signed links: no other site may learn one. Under `no-referrer` a browser also hides from
      // us where a form comes from (`Origin: null`), and it would be refused; so pages with a form tell our own site.
      'referrer-policy': hasForm ? 'same-origin' : 'no-referrer',
    },
  });
}

/** Inside the page itself, or every browser would ask for /favicon.ico. */
const FAVICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2e9c6d" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"><path d="M3 11.5 12 4l9 7.5M5.5 9.5V20.5h13V9.5M10 20.5v-5.5h4v5.5"/></svg>',
)}`;
