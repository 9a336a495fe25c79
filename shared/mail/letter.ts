import { html } from 'hono/html';
import type { Finding } from '../findings/finding.ts';
import type { MailMessage } from './mail.ts';

export type MailContent = Pick<MailMessage, 'subject' | 'text' | 'html'>;

/** What a mail says, apart from how it looks. Text from outside is cleaned before it gets here. */
export interface Letter {
  subject: string;
  paragraphs: string[];
  /** Shown as a numbered list after the paragraphs. */
  findings?: readonly Finding[];
  /** The first is the one to follow: a button in the HTML. */
  links: Link[];
}

export interface Link {
  label: string;
  url: string;
}

/** The same letter as plain text and as a page of its own: no outside asset, light or dark as the reader likes. */
export function writeLetter(letter: Letter): MailContent {
  return { subject: letter.subject, text: asText(letter), html: asPage(letter) };
}

const LINE_CHARS = 76;

function asText({ paragraphs, findings = [], links }: Letter): string {
  const numbered = findings.map((finding, i) => {
    const { title, why, fix } = finding;
    const lines = [why, `What to do: ${fix}`, ...placeOf(finding)];
    return [wrapped(`${i + 1}. ${title}`, ''), ...lines.map((line) => wrapped(line, '   '))].join('\n');
  });
  const blocks = [
    'Hello,',
    ...paragraphs.map((paragraph) => wrapped(paragraph, '')),
    ...numbered,
    ...links.map(({ label, url }) => `${label}:\n${url}`),
    'Cottage',
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** Breaks between words, so that a line is at most 76 characters where words allow. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const longer = line === indent ? indent + word : `${line} ${word}`;
    if (longer.length > LINE_CHARS && line !== indent) {
      lines.push(line);
      line = indent + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join('\n');
}

function placeOf({ where }: Finding): string[] {
  if (where === undefined) return [];
  return [where.line === undefined ? `Where: ${where.file}` : `Where: ${where.file}, line ${where.line}`];
}

type Markup = ReturnType<typeof html>;

function asPage({ subject, paragraphs, findings = [], links }: Letter): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${subject}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 0 auto; padding: 24px; color: #1d2330; background: #ffffff; }
a { color: #14508c; }
a.button { display: inline-block; padding: 10px 18px; border-radius: 6px; background: #14508c; color: #ffffff; text-decoration: none; }
li { margin-bottom: 16px; }
.where, footer { color: #59616f; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e9ef; background: #161a22; }
  a { color: #8fc1f5; }
  a.button { background: #8fc1f5; color: #10151d; }
  .where, footer { color: #a5adba; }
}
</style>
</head>
<body>
<p>Hello,</p>
${paragraphs.map((paragraph) => html`<p>${paragraph}</p>\n`)}
${findings.length > 0 ? html`<ol>\n${findings.map(asItem)}</ol>\n` : ''}
${links.map(({ label, url }, i) => html`<p><a ${i === 0 ? BUTTON : ''} href="${url}">${label}</a></p>\n`)}
<footer>Cottage</footer>
</body>
</html>
`;
  // What `html` makes is an object around the text; a promise only when it was given one, and here are only texts.
  return String(page);
}

const BUTTON = html`class="button"`;

const asItem = (finding: Finding): Markup => html`<li><strong>${finding.title}</strong><br>
${finding.why}<br>
<strong>What to do:</strong> ${finding.fix}
${placeOf(finding).map((place) => html`<br><span class="where">${place}</span>`)}</li>
`;
