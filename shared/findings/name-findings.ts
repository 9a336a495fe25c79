import type { FindingText } from './finding-text.ts';

/** About the name an app asks for. `suggestions` are three free names. */
export const NAME_FINDINGS = {
  'name/invalid': {
    severity: 'block',
    title: '“{name}” can’t be a web address',
    why: 'A name has small letters, digits and single hyphens, with a letter or digit at both ends, and not only digits.',
    fix: 'Choose another name, for example “{suggestion}”, and press Publish.',
  },
  'name/reserved': {
    severity: 'block',
    title: '“{name}” is kept for something else',
    why: 'Services of the company use names like this one, and people would mix them up.',
    fix: 'Choose another name, for example “{suggestion}”, and press Publish.',
  },
  'name/look-alike': {
    severity: 'block',
    title: '“{name}” looks too much like “{other}”',
    why: 'People could take one for the other and end up in the wrong place.',
    fix: 'Choose a name that looks clearly different, and press Publish.',
  },
  'name/too-long': {
    severity: 'block',
    title: '“{name}” is too long',
    why: 'Together with your team’s address there is room for {limit} characters.',
    fix: 'Choose a shorter name and press Publish.',
  },
  'name/taken': {
    severity: 'block',
    title: '“{name}” is taken',
    why: 'Another app of your team has this name, and an address can lead to one app only.',
    fix: 'Choose another name and press Publish. These are free: {suggestions}.',
  },
  'name/not-allowed': {
    severity: 'block',
    title: 'Your team can’t use the name “{name}”',
    why: 'Your team has agreed on these names, where a star stands for any ending: {allowed}.',
    fix: 'Choose one of those names, or ask your team lead to add yours.',
  },
} as const satisfies Record<string, FindingText>;
