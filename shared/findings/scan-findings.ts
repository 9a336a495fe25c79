import type { FindingText } from './finding-text.ts';

/** About what the files contain. `masked` never shows the secret itself. */
export const SCAN_FINDINGS = {
  'scan/secret': {
    severity: 'block',
    title: 'There is a secret in your site: {kind}',
    why: 'Everybody who opens your app could read “{masked}” and use it in your name.',
    fix: 'Take it out of the file, have it replaced by whoever gave it to you, then press Publish.',
  },
  'scan/file-not-read': {
    severity: 'warn',
    title: 'We could not look into “{entry}”',
    why: 'We can’t tell whether there is something private in it.',
    fix: 'Open the file yourself, and take it out if visitors don’t need it.',
  },
  'scan/service-worker': {
    severity: 'warn',
    title: 'Your site stays stored in the browser',
    why: '“{entry}” does that. After you publish, visitors may still see the old version for a while.',
    fix: 'In your tool, switch off offline use if you don’t need it, then press Publish.',
  },
} as const satisfies Record<string, FindingText>;
