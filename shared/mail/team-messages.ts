import { cleanText } from '../findings/clean.ts';
import { type MailContent, writeLetter } from './letter.ts';

interface TeamNews {
  name: string;
  title: string;
  zone: string;
}

/** To who asked for the team, and to its leads: it can publish. */
export function teamReadyMail({ title, zone }: TeamNews): MailContent {
  const team = cleanText(title);
  return writeLetter({
    subject: `Team “${team}” is ready`,
    paragraphs: [
      `Good news: team “${team}” can publish apps now. Their addresses end in ${zone}.`,
      'To publish the first one, name the team in the tool you build apps with.',
    ],
    links: [],
  });
}

/** The same people: it is gone. */
export function teamRemovedMail({ title, zone }: TeamNews): MailContent {
  const team = cleanText(title);
  return writeLetter({
    subject: `Team “${team}” has been removed`,
    paragraphs: [
      `Team “${team}” has been removed, and no address that ends in ${zone} leads anywhere any more.`,
      'If that was not meant, ask your platform team: it can be added again under the same name.',
    ],
    links: [],
  });
}

/** To the owners of an app: it has been taken down for good. `by` is a mail address, or `cottage`. */
export function retiredMail({ title, host, by }: { title: string; host: string; by: string }): MailContent {
  const app = `“${cleanText(title)}”`;
  const who = by === 'cottage' ? 'Cottage' : cleanText(by);
  return writeLetter({
    subject: `${app} has been retired`,
    paragraphs: [
      `${who} has retired ${app}. Its address ${host} leads nowhere any more, and its files are deleted.`,
      `Nobody else gets this name for now. If you need ${app} again, publish it again under the same name.`,
    ],
    links: [],
  });
}
