import { cleanText } from '../../../shared/findings/clean.ts';
import { countChecks } from '../../../shared/publishes/ending.ts';
import type { PublishView } from '../status-view.ts';
import type { ICONS } from './icons.ts';
import { anyOf, count, dayText } from './plain-text.ts';

/** How a publish stands, in one sentence, and what follows from it. */
export interface Headline {
  icon: keyof typeof ICONS;
  /** Good or under way; waiting for somebody; stopped. */
  tone: 'good' | 'wait' | 'stop';
  heading: string;
  lead: string;
  /** What else there is to say, in smaller letters. */
  more?: string;
}

/** The title as people know the app; its name where it has none. */
export const titleOf = ({ app }: Pick<PublishView, 'app'>): string => cleanText(app.title).trim() || app.name;

export function headlineOf(view: PublishView): Headline {
  const title = titleOf(view);
  switch (view.status) {
    case 'accepted':
      return {
        ...UNDER_WAY,
        heading: `${title} is next in line`,
        lead: 'We have your files and begin in a moment. This page follows along by itself.',
      };
    case 'running':
      return {
        ...UNDER_WAY,
        heading: view.dryRun ? `${title} is being checked` : `${title} is on its way`,
        lead: 'This usually takes a few seconds. This page follows along by itself.',
      };
    case 'awaiting-approval':
      return { icon: 'clock', tone: 'wait', heading: `${title} waits for a yes`, ...waitingFor(view) };
    case 'live':
      return {
        icon: 'tick',
        tone: 'good',
        heading: `${title} is live`,
        lead: 'Everybody who may see it finds it at this address:',
      };
    case 'ready':
      return view.dryRun
        ? {
            icon: 'tick',
            tone: 'good',
            heading: `${title} is fine to publish`,
            lead: 'All checks went well.',
          }
        : {
            icon: 'clock',
            tone: 'wait',
            heading: `${title} is ready and waits`,
            lead: 'The new version is complete, but visitors don’t see it yet.',
          };
    case 'needs-answers':
      return {
        icon: 'question',
        tone: 'wait',
        heading: `${title} needs an answer from you`,
        lead: 'Your files are here. After your answer it goes on by itself.',
      };
    case 'refused':
      return refused(view, title);
    case 'failed':
      return {
        icon: 'cross',
        tone: 'stop',
        heading: view.dryRun ? `${title} could not be checked` : `${title} did not go live`,
        lead: 'Sorry about that. Here is why, and what helps.',
      };
    case 'superseded':
      return {
        icon: 'forward',
        tone: 'good',
        heading: `A newer version of ${title} went first`,
        lead: 'There is nothing for you to do: the newest version counts.',
      };
    case 'cancelled':
      return {
        icon: 'dash',
        tone: 'wait',
        heading: `Publishing ${title} was cancelled`,
        lead: 'For your visitors, nothing has changed. Publish again whenever you like.',
      };
  }
}

const UNDER_WAY = { icon: 'wheel', tone: 'good' } as const;

const NO_YES = ['publish/declined', 'publish/approval-expired'];

/** Was it refused by people, or by their silence? Then nothing in the files is wrong. */
export const lacksYes = ({ findings }: Pick<PublishView, 'findings'>): boolean =>
  findings.some(({ code }) => NO_YES.includes(code));

function refused(view: PublishView, title: string): Headline {
  if (lacksYes(view)) {
    return {
      icon: 'cross',
      tone: 'stop',
      heading: `${title} did not get its yes`,
      lead: 'Nothing is wrong with your files.',
    };
  }
  const blocking = view.findings.filter(({ severity }) => severity === 'block').length;
  const { passed, total } = countChecks(view);
  const right = `${passed} of ${total} things ${passed === 1 ? 'is' : 'are'} already right. `;
  return {
    icon: 'exclamation',
    tone: 'stop',
    heading: `${title} needs ${blocking > 1 ? `${blocking} small changes` : 'a small change'}`,
    lead: `${passed > 0 ? right : ''}Here is what to do.`,
  };
}

/** What a yes is asked for, as the policies call it, and as people would say it. */
const WISHES: Readonly<Record<string, string>> = {
  public: 'it will be open to everybody on the internet',
  'tier:isolated': 'it will be hosted apart from all others, as private data needs it',
  'tier:edge': 'it will be hosted close to visitors all over the world',
};

function waitingFor({ decision }: PublishView): Pick<Headline, 'lead' | 'more'> {
  const goesOn = 'With the yes, it goes on by itself.';
  if (decision === null) return { lead: goesOn };
  const { askedOf, subject, dueAt } = decision;
  const reasons = subject.split(',').flatMap((wish) => WISHES[wish.trim()] ?? []);
  const why = reasons.length > 0 ? `The reason: ${reasons.join(', and ')}. ` : '';
  return {
    lead: `Waiting for a yes from ${askedOf.length > 0 ? anyOf(askedOf) : 'your platform team'}.`,
    more: `${why}${goesOn} There is time until ${dayText(dueAt)}.`,
  };
}

/** "3 files changed, 1 added since last time"; undefined where there is no last time. */
export function changesText({ changes }: PublishView): string | undefined {
  if (changes === null) return undefined;
  const kinds = (['changed', 'added', 'removed'] as const).filter((kind) => changes[kind] > 0);
  if (kinds.length === 0) return 'Nothing changed since last time';
  const parts = kinds.map((kind, i) => `${i === 0 ? count(changes[kind], 'file') : changes[kind]} ${kind}`);
  return `${parts.join(', ')} since last time`;
}

/** What the data classes mean to somebody who has never heard of them. */
export const DATA_CLASS_WORDS: Readonly<Record<string, { name: string; means: string }>> = {
  public: { name: 'Public', means: 'Anybody may know it. For example: the menu of the canteen.' },
  internal: {
    name: 'Internal',
    means: 'For colleagues; outside it would do little harm. For example: who sits in which room.',
  },
  confidential: {
    name: 'Confidential',
    means: 'In the wrong hands it would do harm. For example: prices, plans, lists of customers.',
  },
  regulated: {
    name: 'Protected by law or contract',
    means: 'There are rules for it. For example: health, salaries, bank details.',
  },
};
