import type { FindingText } from './finding-text.ts';

/**
 * About `cottage.json`. `problem` is a few plain words without a full stop: `“visibility” must be team or company`.
 * `suggestion` is the field that was meant, or the fields there are.
 */
export const MANIFEST_FINDINGS = {
  'manifest/invalid': {
    severity: 'block',
    title: 'We can’t use your cottage.json yet',
    why: 'This file holds your app’s settings. What is wrong: {problem}.',
    fix: 'Correct that line, or take the file out to get the usual settings, then press Publish.',
  },
  'manifest/unknown-field': {
    severity: 'warn',
    title: 'Your cottage.json has a line we don’t know',
    why: 'We pass over “{field}”, so it changes nothing. It may be a typing mistake.',
    fix: 'Change it to a line we know ({suggestion}), or take it out.',
  },
} as const satisfies Record<string, FindingText>;
