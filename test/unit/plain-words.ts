/** Words that mean nothing to a person who has never programmed. Matched whole, whatever their case. */
const JARGON = [
  'payload',
  'schema',
  'regex',
  'hash',
  'digest',
  'CSP',
  'HTTP',
  'JSON',
  'API',
  'stack trace',
  'null',
  'undefined',
  'exception',
  'invalid input',
  'checksum',
  'CRC',
  'byte',
  'bytes',
  'endpoint',
  'parse',
  'directory',
  'traversal',
  'symlink',
  'DNS',
  'TLS',
  'CNAME',
  'token',
];

const STATUS_NUMBER = /\b[1-5]\d\d\b/;

/** The first jargon found in a text, or undefined. The file name `cottage.json` is allowed. */
export function jargonIn(text: string): string | undefined {
  const words = text.replaceAll('cottage.json', '');
  const word = JARGON.find((jargon) => new RegExp(`\\b${jargon}\\b`, 'i').test(words));
  return word ?? STATUS_NUMBER.exec(words)?.[0];
}

/** Words as a person counts them. */
export const wordCount = (text: string): number => text.split(/\s+/).filter((word) => /\w/.test(word)).length;
