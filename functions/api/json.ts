import { refuse } from '../../shared/errors/problems.ts';

const MAX_DEPTH = 20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Parses JSON from outside. Objects take no `__proto__`, and nothing is nested deeper than anybody needs.
 * @throws RequestRefused `body/not-json`, `body/too-deep`
 */
export function parseJson(text: string): unknown {
  checkDepth(text);
  try {
    return JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : value));
  } catch {
    throw refuse('body/not-json', 'The body is not JSON.');
  }
}

/** Counted before parsing, so that a deep body never gets as far as the parser's own stack. */
function checkDepth(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charCodeAt(i);
    if (character === QUOTE) i = endOfString(text, i);
    else if (character === 0x7b || character === 0x5b) depth += 1;
    else if (character === 0x7d || character === 0x5d) depth -= 1;
    if (depth > MAX_DEPTH)
      throw refuse('body/too-deep', `Nothing may be nested deeper than ${MAX_DEPTH} levels.`);
  }
}

/** Where the string that begins here ends. An uploaded archive is one long string: it is skipped, not walked. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
