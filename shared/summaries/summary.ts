import { cleanText } from '../findings/clean.ts';
import { maskSecret } from '../scan/secret-kinds.ts';

/** The most characters of a summary, counted as JavaScript does: never fewer than a person would count. */
export const SUMMARY_CHARS = 300;

/** What a reader wants to know of a run that ended, who has nothing of it but its history. */
export interface Explanation {
  /** `team/name` of an app, or a team. */
  about: string;
  /** Whom it concerns: the owner's mail address, or whoever asked for it. */
  person: string;
  /** What became of it, as the sentence goes on: `was not published`. */
  what: string;
  /** Why, in plain words, without a full stop. */
  cause?: string | undefined;
  /** What to search for: the code of a finding, or the name of an error. */
  code?: string | undefined;
  /** Who does it now; left out where nobody has to. */
  who?: 'the owner' | 'an admin' | undefined;
  /** What is to be done, as a sentence. */
  next: string;
  /** What is typed after that; never cut. */
  command?: string;
}

const ABOUT_CHARS = 50;
const PERSON_CHARS = 50;

/**
 * One line of at most 300 characters: `<about> (<person>) <what>: <cause> [<code>]. Next for <who>: <next> Then: <command>`.
 * What is too long is cut between words, and neither cause nor next step takes more than half of the room from the other.
 * No value that looks like a secret is shown.
 */
export function summarise({ about, person, what, cause, code, who, next, command }: Explanation): string {
  const head = `${cut(line(about), ABOUT_CHARS)} (${cut(line(person), PERSON_CHARS)}) ${what}`;
  const tag = `${code === undefined ? '' : ` [${line(code)}]`}. Next${who === undefined ? '' : ` for ${who}`}: `;
  const tail = command === undefined ? '' : ` Then: ${line(command)}`;
  const colon = cause === undefined ? '' : ': ';
  const room = SUMMARY_CHARS - head.length - colon.length - tag.length - tail.length;
  const step = masked(line(next));
  const why = cut(masked(line(cause ?? '')), room - Math.min(step.length, Math.floor(room / 2)));
  return cut(`${head}${colon}${why}${tag}${cut(step, room - why.length)}${tail}`, SUMMARY_CHARS);
}

/** On one line, with nothing invisible in it. */
const line = (text: string): string => cleanText(text.replaceAll(/\s+/g, ' ').trim(), Infinity);

/** At most `most` characters, with an ellipsis for what is missing; between words, where a word is not too long for that. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = '';
  for (const character of text) {
    if (kept.length + character.length >= most) break;
    kept += character;
  }
  const space = kept.lastIndexOf(' ');
  const isAtWord = text[kept.length] === ' ' || space < most / 2;
  return `${(isAtWord ? kept : kept.slice(0, space)).replace(/[\s,;:.]+$/, '')}…`;
}

/** What looks like a key or a token: of one piece, long, with digits, small and capital letters; or known by its beginning. */
const SECRET_LIKE =
  /\b(?:AKIA|ASIA|whsec_|sk-|gh[pousr]_|xox[abprs]-)[\w+/=-]{8,}|\b(?=[\w+/=-]*[a-z])(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*\d)[\w+/=-]{24,}/g;

/** A query may hold what lets others in; a path may not, and tells what it is about. */
const masked = (text: string): string =>
  text.replaceAll(/\?\S*=\S*/g, '?…').replaceAll(SECRET_LIKE, (value) => maskSecret(value));
