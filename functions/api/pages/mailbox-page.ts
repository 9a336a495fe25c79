import { html } from 'hono/html';
import { cleanText } from '../../../shared/findings/clean.ts';
import type { Instant } from '../../../shared/ids/ids.ts';
import type { MailMessage } from '../../../shared/mail/mail.ts';
import { type Markup, page } from './layout.ts';
import { timeText } from './plain-text.ts';

/** A message that was sent, as the mailbox keeps it. */
export interface SentMail extends MailMessage {
  sentAt: Instant;
}

const SUBJECT_CHARS = 200;
const subjectOf = ({ subject }: SentMail): string => cleanText(subject, SUBJECT_CHARS).trim() || 'No subject';
const receiversOf = ({ to }: SentMail): string => to.map((address) => cleanText(address)).join(', ');

/** The mailbox of a machine that sends no real mail: what would have been sent, in the order given. */
export function mailboxPage(mails: readonly SentMail[]): Response {
  return page({
    title: 'Mailbox',
    body: html`<section class="card">
<h1>Mailbox</h1>
<p class="quiet">The mail this server has sent, newest first. It stays here and reaches nobody.</p>
${mails.length === 0 ? html`<p>There is no mail yet. Publish something, and its owner hears about it here.</p>` : html`<ul class="rows">${mails.map(row)}</ul>`}
</section>`,
  });
}

const row = (mail: SentMail): Markup => html`<li>
<a href="${pathOf(mail)}">${subjectOf(mail)}</a>
<p class="quiet small">To ${receiversOf(mail)}, ${timeText(mail.sentAt)}</p>
</li>
`;

/**
 * One message: to whom, when, what it looks like, and its text. What it looks like stands in a frame in which nothing
 * may run, be sent or open elsewhere, so the links to follow are those in the text.
 */
export function mailPage(mail: SentMail): Response {
  return page({
    title: subjectOf(mail),
    body: html`<nav aria-label="Mailbox" class="small"><a href="/mailbox">All mail</a></nav>
<article class="card">
<h1>${subjectOf(mail)}</h1>
<dl class="pairs small">
<dt>To</dt><dd>${receiversOf(mail)}</dd>
<dt>Sent</dt><dd>${timeText(mail.sentAt)}</dd>
<dt>File</dt><dd><a href="${pathOf(mail)}.eml">Open in a mail program</a></dd>
</dl>
<iframe title="The message as it looks" sandbox="" srcdoc="${mail.html}"></iframe>
<h2>As plain text</h2>
<p class="quiet small">Links work here; in the picture above they don’t.</p>
<pre>${withLinks(mail.text)}</pre>
</article>`,
  });
}

const pathOf = ({ id }: SentMail): string => `/mailbox/${encodeURIComponent(id)}`;

const ADDRESS = /(https?:\/\/[^\s<>"“”]+)/;

/** The text with its web addresses made links. Splitting by a group puts what it found at the odd places. */
const withLinks = (text: string): (Markup | string)[] =>
  text.split(ADDRESS).map((part, i) => (i % 2 === 1 ? html`<a href="${part}">${part}</a>` : part));
