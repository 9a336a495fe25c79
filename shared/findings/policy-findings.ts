import type { FindingText } from './finding-text.ts';

/** What the policies in `policies/` say. Their rules give the data: the names here are a contract with them. */
export const POLICY_FINDINGS = {
  'policy/owner-unknown': {
    severity: 'block',
    title: 'The owner is not known in this team',
    why: '“{owner}” is not among the people of team “{team}”, and every app needs an owner we can reach.',
    fix: 'Ask your team lead to add the owner to the team, or name another owner, then press Publish.',
  },
  'policy/name-invalid': {
    severity: 'block',
    title: '“{name}” can’t be a web address',
    why: 'A name has small letters, digits and hyphens, with a letter or digit at both ends.',
    fix: 'Choose another name in your tool, then press Publish.',
  },
  'policy/title-missing': {
    severity: 'block',
    title: '“{name}” has no title yet',
    why: 'People find your app by its title, in our list of apps and in our mails.',
    fix: 'Give your app a title in your tool, then press Publish.',
  },
  'policy/platform-not-allowed': {
    severity: 'block',
    title: 'This tool may not publish for your team',
    why: '“{platform}” is not among the tools that team “{team}” publishes with.',
    fix: 'Ask your platform team to allow “{platform}” for “{team}”, then press Publish.',
  },
  'policy/data-class-tier': {
    severity: 'block',
    title: 'This data needs a safer place',
    why: 'Your app holds {dataClass} data, and the hosting called “{tier}” does not protect it enough.',
    fix: 'Choose the hosting called “isolated” in your tool, then press Publish.',
  },
  'policy/data-class-visibility': {
    severity: 'block',
    title: 'This data is not for so many people',
    why: 'Your app holds {dataClass} data, and you chose “{visibility}” for who may see it.',
    fix: 'Choose fewer people, for example only your team, then press Publish.',
  },
} as const satisfies Record<string, FindingText>;
