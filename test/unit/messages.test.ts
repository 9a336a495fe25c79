import { parse } from 'parse5';
import { describe, expect, test } from 'vitest';
import { finding } from '../../shared/findings/catalogue.ts';
import type { MailContent } from '../../shared/mail/letter.ts';
import {
  approvalMail,
  failedMail,
  heldMail,
  needsAnswersMail,
  publishedMail,
  readyMail,
  refusedMail,
  releasedMail,
} from '../../shared/mail/messages.ts';
import { jargonIn } from './plain-words.ts';

const statusUrl = 'https://cottage.example.com/v1/publishes/p_abc?t=xyz';
const url = 'https://lunch.finance.apps.example.com';
const title = 'Lunch & Co.';
const secret = finding(
  'scan/secret',
  { kind: 'a private key', masked: 'MIGH…' },
  { file: 'js/app.js', line: 3 },
);
const indexMissing = finding('artifact/index-missing', { found: ['home.html'] }, { file: 'home.html' });
const waiting = finding('publish/pinned', { by: 'anna@example.com' });
const news = { title, statusUrl, findings: [] };
const approval = {
  title,
  team: 'finance',
  owner: 'ben@example.com',
  grants: ['public'],
  decisionId: 'd_abcdefghijklmnopqrstuvwxyz',
  dueAt: Date.parse('2026-03-09T09:00:00.000Z'),
  statusUrl,
};
const hold = { title, url, by: 'anna@example.com', reason: 'It shows the wrong menu.' };

const ALL: [string, MailContent][] = [
  ['publishedMail', publishedMail({ ...news, url })],
  ['refusedMail', refusedMail({ ...news, findings: [secret, indexMissing], passed: 2, total: 3 })],
  ['needsAnswersMail', needsAnswersMail({ ...news, findings: [finding('publish/data-class-missing', {})] })],
  ['failedMail', failedMail({ ...news, findings: [finding('publish/internal', { id: 'p_abc' })] })],
  ['readyMail', readyMail({ ...news, findings: [waiting], liveUrl: url })],
  ['approvalMail', approvalMail(approval)],
  ['heldMail', heldMail(hold)],
  ['releasedMail', releasedMail({ title, url })],
];

describe('what the mails say', () => {
  test('an app is live, and where', () => {
    const mail = publishedMail({ ...news, url });
    expect(mail.subject).toBe('“Lunch & Co.” is live');
    expect(mail.text).toBe(`Hello,

Good news: “Lunch & Co.” is live.

Open “Lunch & Co.”:
${url}

See how it went, step by step:
${statusUrl}

Cottage
`);
  });

  test('an app is live, with something to know', () => {
    const mail = publishedMail({ ...news, url, findings: [finding('artifact/wrapped', { folder: 'site' })] });
    expect(mail.text).toContain('There is something you may want to know:\n\n1. We opened the outer folder');
  });

  test('what to change, how, where, and how much is right', () => {
    const findings = [secret, indexMissing];
    const mail = refusedMail({ ...news, findings, passed: 2, total: 3, liveUrl: url });
    expect(mail.subject).toBe('“Lunch & Co.” needs a small change');
    expect(mail.text).toBe(`Hello,

For now, visitors see the version before:
${url}

“Lunch & Co.” is not live yet. 2 of 3 things are already right. Here is what
to change, and how:

1. There is a secret in your site: a private key
   Everybody who opens your app could read “MIGH…” and use it in your name.
   What to do: Take it out of the file, have it replaced by whoever gave it
   to you, then press Publish.
   Where: js/app.js, line 3

2. We could not find your first page
   Visitors start at the page called index.html at the top of your site.
   Pages we found: home.html.
   What to do: Rename your first page to index.html, put it at the top of
   the site, export again and press Publish.
   Where: home.html

See all of it on one page:
${statusUrl}

Cottage
`);
  });

  test('nothing is said to be right when nothing is', () => {
    const mail = refusedMail({ ...news, findings: [secret], passed: 0, total: 3 });
    expect(mail.text).toContain('“Lunch & Co.” is not live yet. Here is what to change, and how:');
    expect(mail.text).not.toContain('visitors see');
  });

  test.each([
    [
      'needs an answer',
      needsAnswersMail,
      'A question about “Lunch & Co.”',
      'We only need an answer from you:',
    ],
    ['failed', failedMail, '“Lunch & Co.” did not go live', 'Here is why:'],
    ['waits', readyMail, 'The new version of “Lunch & Co.” is ready and waits', 'does not show yet.'],
  ])('a publish %s, why, and what visitors see meanwhile', (_, build, subject, sentence) => {
    const mail = build({ ...news, findings: [waiting], liveUrl: url });
    expect(mail.subject).toBe(subject);
    expect(mail.text).toContain(sentence);
    expect(mail.text).toContain('1. Your new version is ready and waits');
    expect(mail.text).toContain(statusUrl);
    expect(mail.text).toContain(`visitors see the version before:\n${url}`);
    expect(build(news).text).not.toContain('visitors see');
  });

  test('somebody’s yes is needed, for what, until when, and how', () => {
    const mail = approvalMail(approval);
    expect(mail.subject).toBe('“Lunch & Co.” waits for your answer');
    const flowing = mail.text.replaceAll('\n', ' ');
    expect(flowing).toContain(
      'ben@example.com of team finance would like “Lunch & Co.” to be open to everybody on the internet.',
    );
    expect(flowing).toContain('Please answer by 9 March 2026;');
    expect(flowing).toContain('“cottage decide d_abcdefghijklmnopqrstuvwxyz”');
    expect(flowing).toContain(statusUrl);
  });

  test('several wishes are asked for together, also one we have no words for', () => {
    const grants = ['tier:isolated', 'tier:edge', 'later:\u202Egrant'];
    const flowing = approvalMail({ ...approval, grants }).text.replaceAll('\n', ' ');
    expect(flowing).toContain(
      'to be hosted apart from all others, as private data needs it, and to be hosted close to visitors all over the world, and to get “later:grant”.',
    );
  });

  test('an app is held, by whom and why', () => {
    const mail = heldMail(hold);
    expect(mail.subject).toBe('“Lunch & Co.” is off the air for now');
    expect(mail.text).toContain('anna@example.com has taken “Lunch & Co.” off the air.');
    expect(mail.text).toContain('The reason: It shows the wrong menu.');
    expect(mail.text).toContain('Ask anna@example.com what is needed to bring it back.');
    expect(mail.text).toContain(url);
  });

  test('a reason may be longer than a title, and has an end', () => {
    const { text } = heldMail({ ...hold, reason: 'long '.repeat(100) });
    expect(text.replaceAll(/\s+/g, ' ')).toContain(`The reason: ${'long '.repeat(59)}long…`);
  });

  test('an app is back', () => {
    const mail = releasedMail({ title, url });
    expect(mail.subject).toBe('“Lunch & Co.” is back');
    expect(mail.text).toContain(`Open “Lunch & Co.”:\n${url}`);
  });
});

describe.each(ALL)('%s', (_, { subject, text, html }) => {
  test('uses no word that only programmers know', () => {
    expect(jargonIn(subject)).toBeUndefined();
    expect(jargonIn(text.replaceAll(/https:\S+/g, ''))).toBeUndefined();
  });

  test('has lines of at most 76 characters, save where one word is longer', () => {
    const long = text.split('\n').filter((line) => line.length > 76 && line.trim().includes(' '));
    expect(long).toEqual([]);
  });

  test('is a page of its own, light and dark, in a language screen readers know', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain('<meta charset="utf-8">');
    expect(html).toContain('content="light dark"');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).not.toMatch(/<(script|img|link|iframe|form)|src=|url\(|@import/i);
  });

  test('says as a page what it says as text', () => {
    expect(plain(visibleText(html))).toBe(
      plain(
        text
          .replaceAll(/^\d\. /gm, '')
          .replaceAll(/^(.*):\nhttps:\S+$/gm, (whole, label: string) =>
            whole.startsWith('For now') ? whole : label,
          ),
      ),
    );
  });
});

describe('text from outside', () => {
  const hostile = '</title><script>alert(1)</script>"\u202E\r\nBcc: eve@example.com';

  test('is escaped in the page, and keeps no control character anywhere', () => {
    const mails = [
      publishedMail({ ...news, title: hostile, url: 'https://x/"onload="y' }),
      refusedMail({
        ...news,
        title: hostile,
        findings: [finding('scan/secret', { kind: hostile, masked: hostile }, { file: hostile })],
        passed: 0,
        total: 1,
      }),
      needsAnswersMail({ ...news, title: hostile }),
      failedMail({ ...news, title: hostile }),
      readyMail({ ...news, title: hostile, liveUrl: hostile.slice(0, 10) }),
      approvalMail({ ...approval, title: hostile, owner: hostile, team: hostile, grants: [hostile] }),
      heldMail({ title: hostile, url, by: hostile, reason: hostile }),
      releasedMail({ title: hostile, url }),
    ];
    for (const { subject, text, html } of mails) {
      // The page is text, not one of the library's objects that only look like it.
      expect(typeof html).toBe('string');
      expect(html).not.toContain('<script');
      expect(html).not.toContain('"onload=');
      expect(`${subject}${text}${html}`).not.toContain('\u202E');
      expect(`${text}${html}`).not.toContain('\r');
      expect(subject).not.toMatch(/[\r\n]/);
    }
  });

  test('a word longer than a line stands on a line of its own, with no empty one before it', () => {
    const mail = refusedMail({ ...news, title: 'x'.repeat(200), passed: 0, total: 1 });
    expect(mail.text).toContain(`Hello,\n\n“${'x'.repeat(79)}…”\nis not live yet.`);
  });

  test('a title is cut to 80 characters', () => {
    expect(releasedMail({ title: 'x'.repeat(200), url }).subject).toBe(`“${'x'.repeat(79)}…” is back`);
  });
});

/** All words of a page's body, as a browser would show them. */
function visibleText(html: string): string {
  const words: string[] = [];
  const walk = (node: object): void => {
    if ('tagName' in node && node.tagName === 'head') return;
    if ('value' in node && typeof node.value === 'string') words.push(node.value);
    if ('childNodes' in node && Array.isArray(node.childNodes)) node.childNodes.forEach(walk);
  };
  walk(parse(html));
  return words.join(' ');
}

const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
