import type { FindingText } from './finding-text.ts';

/** About how one publish went. `asked` is what this publish wanted, and did not get. */
export const PUBLISH_FINDINGS = {
  'publish/owner-kept': {
    severity: 'warn',
    title: 'The owner is still {owner}',
    why: 'This publish named {asked}, but publishing alone can’t hand an app to somebody else.',
    fix: 'Ask {owner} or your team lead to hand the app over, if you want that.',
  },
  'publish/class-kept': {
    severity: 'warn',
    title: 'Your app’s data still counts as “{dataClass}”',
    why: 'This publish asked for “{asked}”, which protects less. Only a person may decide that.',
    fix: 'Ask your team lead to change it, if the app no longer holds such data.',
  },
  'publish/tier-kept': {
    severity: 'warn',
    title: 'Your app’s hosting is still “{tier}”',
    why: 'This publish asked for “{asked}”, but publishing alone can’t move an app.',
    fix: 'Ask your platform team to move the app, if you need that.',
  },
  'publish/data-class-missing': {
    severity: 'warn',
    title: 'One answer is missing',
    why: 'We need to know what kind of data your app holds, so that we can protect it well.',
    fix: 'Open the page about this publish and choose one. It then goes on by itself.',
  },
  'publish/declined': {
    severity: 'block',
    title: 'Your app was not approved this time',
    why: '{by} looked at it and said no. For your visitors, nothing has changed.',
    fix: 'Ask {by} what should be different, change that, then press Publish.',
  },
  'publish/approval-expired': {
    severity: 'block',
    title: 'Nobody answered in time',
    why: 'Your app needs somebody’s yes, and none came. For your visitors, nothing has changed.',
    fix: 'Ask your team lead who can answer, then press Publish again.',
  },
  'publish/superseded': {
    severity: 'info',
    title: 'A newer version took this one’s place',
    why: 'The app was published again a little later, and the newest version counts.',
    fix: 'Open your app and check that it shows what you expect.',
  },
  'publish/pinned': {
    severity: 'warn',
    title: 'Your new version is ready and waits',
    why: '{by} decided that the app stays with an older version for now.',
    fix: 'Ask {by} to let the new version through.',
  },
  'publish/held': {
    severity: 'warn',
    title: 'Your new version is ready and waits',
    why: 'An admin has taken the app off the air for now. The reason: {reason}.',
    fix: 'Ask your platform team what is needed to bring the app back.',
  },
  'publish/archived': {
    severity: 'warn',
    title: 'Your new version is ready and waits',
    why: 'The app was put away because nobody seemed to need it. Its address is still yours.',
    fix: 'Ask your platform team to bring the app back.',
  },
  'publish/cancelled': {
    severity: 'info',
    title: 'This publish was cancelled',
    why: 'Somebody stopped it before it was done. For your visitors, nothing has changed.',
    fix: 'Press Publish again when you are ready.',
  },
  'publish/smoke-test': {
    severity: 'block',
    title: 'The new version did not open properly',
    why: 'We tried it as a visitor would: {what}. Visitors see what was there before.',
    fix: 'Open the app on your own computer and mend what is missing, then export again and press Publish.',
  },
  'publish/certificate': {
    severity: 'block',
    title: 'The secure connection is not ready',
    why: 'Your app’s address needs a certificate, and it did not come in time. Your files are fine.',
    fix: 'Wait an hour and press Publish again. If this comes back, ask your platform team.',
  },
  'publish/dns': {
    severity: 'block',
    title: 'The address is not ready',
    why: 'We could not enter it in the list that browsers look addresses up in. Your files are fine.',
    fix: 'Wait an hour and press Publish again. If this comes back, ask your platform team.',
  },
  'publish/internal': {
    severity: 'block',
    title: 'Something went wrong on our side',
    why: 'It is not your fault, and your files are fine. Our note about it is called {id}.',
    fix: 'Press Publish again. If this comes back, send “{id}” to your platform team.',
  },
} as const satisfies Record<string, FindingText>;
