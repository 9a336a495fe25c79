/** Longest piece of outside text shown within one of ours, in characters as a person counts them. */
export const SHOWN_CHARS = 80;

/**
 * Controls, invisible format characters (those that turn the direction of writing are among them), line and paragraph
 * separators, and halves of surrogate pairs: each can make a text show something else than it says.
 */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text from outside, safe to show as part of a line: nothing invisible in it, cut to `maxChars` with an ellipsis. */
export function cleanText(text: string, maxChars: number = SHOWN_CHARS): string {
  const characters = Array.from(text.replaceAll(UNSHOWABLE, ''));
  return characters.length <= maxChars
    ? characters.join('')
    : `${characters.slice(0, maxChars - 1).join('')}…`;
}
