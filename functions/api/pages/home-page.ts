import { html } from 'hono/html';
import { page } from './layout.ts';

export interface HomePageOptions {
  /** What an app's address looks like: `https://<app>.<team>.apps.example.com`. */
  apps: string;
  /** Where sent mail can be read; only on a machine that keeps it. */
  mailboxUrl?: string;
  baseDomain: string;
}

/** What this server is and where to look. Anybody may read it: it names no app, no team and no person. */
export function homePage({ apps, mailboxUrl, baseDomain }: HomePageOptions): Response {
  return page({
    title: 'Home',
    body: html`<section class="card">
<h1>A home for small apps</h1>
<p class="lead">This is Cottage. It takes the apps that colleagues build without being programmers, checks them, and gives each a safe address, an owner and an end date.</p>
<p class="quiet">Apps live below <code>${baseDomain}</code>, each at an address of its own, like <code>${apps}</code>.</p>
</section>
<section class="card" aria-labelledby="look">
<h2 id="look">Where to look</h2>
<ul class="rows">
${mailboxUrl === undefined ? '' : html`<li><a href="${mailboxUrl}">Mailbox</a><p class="quiet small">The mail this server has sent: what was published, what needs a change, what waits for a yes.</p></li>\n`}<li><a href="/openapi.json">Description for tools</a><p class="quiet small">What a low-code tool needs to know to publish here (OpenAPI).</p></li>
</ul>
</section>
<section class="card" aria-labelledby="type">
<h2 id="type">On the command line</h2>
<p class="quiet">For the people who run it, in the folder where Cottage was started:</p>
${COMMANDS.map(({ command, does }) => html`<p>${does}:</p><pre class="command">${command}</pre>\n`)}</section>`,
  });
}

const COMMANDS = [
  { does: 'Publish a folder or a zip file', command: 'npm run cottage -- publish ./my-app' },
  { does: 'See all apps', command: 'npm run cottage -- list' },
  { does: 'Learn every other command', command: 'npm run cottage -- --help' },
];
