import { cleanText } from '../findings/clean.ts';
import type { Finding } from '../findings/finding.ts';
import { type MailContent, writeLetter } from './letter.ts';

/**
 * What a mail about a publish needs to know. What people typed (titles, reasons, addresses) may be anything in all of
 * these mails: it is cleaned here, and escaped where the letter is written.
 */
export interface PublishNews {
  /** The app's title. */
  title: string;
  /** The page that shows how the publish went. */
  statusUrl: string;
  findings: readonly Finding[];
  /** Where visitors see an older version meanwhile; absent when nothing is live. */
  liveUrl?: string;
}

const REASON_CHARS = 300;

const quoted = (title: string): string => `“${cleanText(title)}”`;

/** To the owner: the app is live at `url`. */
export function publishedMail(news: Omit<PublishNews, 'liveUrl'> & { url: string }): MailContent {
  const { title, url, statusUrl, findings } = news;
  const app = quoted(title);
  const also = findings.length > 0 ? ['There is something you may want to know:'] : [];
  return writeLetter({
    subject: `${app} is live`,
    paragraphs: [`Good news: ${app} is live.`, ...also],
    findings,
    links: [
      { label: `Open ${app}`, url },
      { label: 'See how it went, step by step', url: statusUrl },
    ],
  });
}

/** To the owner: something has to change first. `passed` of `total` checks found nothing to change. */
export function refusedMail(news: PublishNews & { passed: number; total: number }): MailContent {
  const { title, statusUrl, findings, passed, total } = news;
  const app = quoted(title);
  const right = passed > 0 ? [`${passed} of ${total} things are already right.`] : [];
  const sentences = [`${app} is not live yet.`, ...right, 'Here is what to change, and how:'];
  return writeLetter({
    subject: `${app} needs a small change`,
    paragraphs: [...meanwhile(news), sentences.join(' ')],
    findings,
    links: [{ label: 'See all of it on one page', url: statusUrl }],
  });
}

/** To the owner: an answer is missing. */
export function needsAnswersMail(news: PublishNews): MailContent {
  const app = quoted(news.title);
  return writeLetter({
    subject: `A question about ${app}`,
    paragraphs: [...meanwhile(news), `${app} is nearly there. We only need an answer from you:`],
    findings: news.findings,
    links: [{ label: 'See where it stands', url: news.statusUrl }],
  });
}

/** To the owner: the publish ended without going live, and not because of a check. */
export function failedMail(news: PublishNews): MailContent {
  const app = quoted(news.title);
  return writeLetter({
    subject: `${app} did not go live`,
    paragraphs: [...meanwhile(news), `Sorry, ${app} did not go live this time. Here is why:`],
    findings: news.findings,
    links: [{ label: 'See how it went, step by step', url: news.statusUrl }],
  });
}

/** To the owner: the new version is built and waits, because the app is pinned, held or archived. */
export function readyMail(news: PublishNews): MailContent {
  const app = quoted(news.title);
  return writeLetter({
    subject: `The new version of ${app} is ready and waits`,
    paragraphs: [...meanwhile(news), `The new version of ${app} is ready, and does not show yet.`],
    findings: news.findings,
    links: [{ label: 'See where it stands', url: news.statusUrl }],
  });
}

export interface ApprovalRequest {
  title: string;
  team: string;
  owner: string;
  /** What is asked for, as the policies call it: `public`, `tier:isolated`. */
  grants: readonly string[];
  decisionId: string;
  /** Epoch milliseconds of business time: nobody's answer counts after it. */
  dueAt: number;
  statusUrl: string;
}

/** To the approvers: somebody's app waits for a yes or a no. */
export function approvalMail(request: ApprovalRequest): MailContent {
  const app = quoted(request.title);
  const wishes = request.grants
    .map((grant) => WISHES[grant] ?? `to get “${cleanText(grant)}”`)
    .join(', and ');
  return writeLetter({
    subject: `${app} waits for your answer`,
    paragraphs: [
      `${cleanText(request.owner)} of team ${cleanText(request.team)} would like ${app} ${wishes}. That needs somebody’s yes.`,
      `Please answer by ${asDay(request.dueAt)}; after that the app has to be published again.`,
      `To answer, use the command “cottage decide ${request.decisionId}”, or ask your platform team to do it for you.`,
    ],
    links: [{ label: 'Have a look at it', url: request.statusUrl }],
  });
}

const WISHES: Readonly<Record<string, string>> = {
  public: 'to be open to everybody on the internet',
  'tier:isolated': 'to be hosted apart from all others, as private data needs it',
  'tier:edge': 'to be hosted close to visitors all over the world',
};

const asDay = (epochMs: number): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(epochMs);

export interface HoldNews {
  title: string;
  url: string;
  /** The admin who did it, and why in the admin's own words. */
  by: string;
  reason: string;
}

/** To the owner: an admin took the app off the air. */
export function heldMail({ title, url, by, reason }: HoldNews): MailContent {
  const app = quoted(title);
  const admin = cleanText(by);
  return writeLetter({
    subject: `${app} is off the air for now`,
    paragraphs: [
      `${admin} has taken ${app} off the air. Visitors see a short note in its place; nothing is lost.`,
      `The reason: ${cleanText(reason, REASON_CHARS)}`,
      `Ask ${admin} what is needed to bring it back.`,
    ],
    links: [{ label: 'See what visitors see', url }],
  });
}

/** To the owner: the app is on the air again. */
export function releasedMail({ title, url }: Pick<HoldNews, 'title' | 'url'>): MailContent {
  const app = quoted(title);
  return writeLetter({
    subject: `${app} is back`,
    paragraphs: [`Good news: ${app} is on the air again. There is nothing for you to do.`],
    links: [{ label: `Open ${app}`, url }],
  });
}

function meanwhile({ liveUrl }: PublishNews): string[] {
  return liveUrl === undefined ? [] : [`For now, visitors see the version before: ${liveUrl}`];
}
