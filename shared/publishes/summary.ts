import { REASONS, reasonOf } from '../summaries/reasons.ts';
import { type Explanation, summarise } from '../summaries/summary.ts';
import { type EndStatus, isEnded, type Publish } from './publish.ts';

/** How the execution ended, as far as it says more than the publish does. */
export interface HowItEnded {
  /** The name of the error that ended it. */
  error?: string | undefined;
  /** The error on the way back to what was live before: visitors may see the new version. */
  revertError?: string | undefined;
}

type Told = Omit<Explanation, 'about' | 'person'>;

/** Why a publish ended, for an admin or an owner: app, owner, what, why, who does what next. Empty while it has not ended. */
export function summaryOf(publish: Publish, how: HowItEnded = {}): string {
  const { team, name, settings, status } = publish;
  if (!isEnded(status)) return '';
  if (status === 'live') return `${settings.title} is live.`;
  return summarise({
    about: `${team}/${name}`,
    person: settings.owner,
    ...ENDINGS[status](publish, how),
  });
}

/** A publish that somebody cancelled, and who that was. */
export const cancelledSummary = (publish: Publish, by: string, retiring: boolean): string =>
  summarise({
    about: `${publish.team}/${publish.name}`,
    person: publish.settings.owner,
    what: 'was cancelled',
    cause: retiring ? 'the app is being retired' : `${whoIs(by)} stopped it`,
    code: 'Cancelled',
    ...(retiring
      ? { next: 'nothing, the app goes away.' }
      : { who: 'the owner', next: 'Press Publish again when you are ready.' }),
  });

/** One that asked what kind of data the app shows, and was closed in the end. */
export const unansweredSummary = ({ team, name, settings }: Publish): string =>
  summarise({
    about: `${team}/${name}`,
    person: settings.owner,
    what: 'was cancelled',
    cause: 'nobody answered what kind of data it shows',
    code: 'publish/data-class-missing',
    who: 'the owner',
    next: 'Press Publish again, and answer the question on the page about it.',
  });

/** For a late twin of an attempt that asked something, while another one runs on from the answer. */
export const goesOn = ({ team, name, settings }: Publish): string =>
  summarise({
    about: `${team}/${name}`,
    person: settings.owner,
    what: 'goes on',
    cause: 'its question was answered, and another execution is at it',
    next: 'nothing.',
  });

/** `person:ana@example.com`, or a word for what acts without a name. */
const whoIs = (by: string): string =>
  by.startsWith('person:') ? by.slice('person:'.length) : by === 'link' ? 'somebody with its link' : by;

const ENDINGS: Record<Exclude<EndStatus, 'live'>, (publish: Publish, how: HowItEnded) => Told> = {
  refused: (publish) => ({ what: 'was not published', ...firstBlock(publish) }),
  failed: (publish, how) => ({ what: 'could not be published', ...whyFailed(publish, how) }),
  'needs-answers': () => ({
    what: 'waits for an answer',
    cause: 'what kind of data does it show?',
    code: 'publish/data-class-missing',
    who: 'the owner',
    next: 'Open the page about this publish and choose one. It then goes on by itself.',
  }),
  ready: ({ dryRun, findings }) => {
    if (dryRun) return { what: 'is fine to publish', next: 'nothing, this was only a try.' };
    const waits = findings.at(-1);
    return {
      what: 'is ready',
      cause: waits?.title,
      code: waits?.code,
      who: 'the owner',
      next: waits?.fix ?? '',
    };
  },
  superseded: () => ({
    what: 'did not go live',
    cause: 'a newer publish of it went first',
    code: 'Superseded',
    next: 'nothing, the newest version counts.',
  }),
  cancelled: () => ({
    what: 'was cancelled',
    cause: 'somebody stopped it',
    code: 'Cancelled',
    who: 'the owner',
    next: 'Press Publish again when you are ready.',
  }),
};

/** The first finding that stops the publish, and how many more there are. */
function firstBlock({ findings }: Publish): Omit<Told, 'what'> {
  const blocking = findings.filter((found) => found.severity === 'block');
  const [first] = blocking;
  const more = blocking.length > 1 ? ` (and ${blocking.length - 1} more)` : '';
  return {
    cause: `${first?.title ?? 'see its findings'}${more}`,
    code: first?.code,
    who: 'the owner',
    next: first?.fix ?? 'Open the page about this publish.',
  };
}

/** What a check found says it best. What nothing found is told by the error's name and by the step that met it. */
function whyFailed(publish: Publish, { error = 'Unexpected', revertError }: HowItEnded): Omit<Told, 'what'> {
  if (revertError !== undefined) {
    return {
      cause: `${firstBlock(publish).cause}, and pointing back failed too (${revertError})`,
      code: error,
      who: 'an admin',
      next: 'See what visitors see, and tell the owner to press Publish again.',
      command: 'cottage doctor',
    };
  }
  const found = firstBlock(publish);
  if (found.code !== undefined && found.code !== 'publish/internal') return found;
  const reason = reasonOf(error);
  const at = publish.stages.find(({ status }) => status === 'failed')?.name;
  const next =
    reason === 'unexpected' || reason === 'quota'
      ? ({ who: 'an admin', next: `${REASONS[reason].admin} Then the owner presses Publish again.` } as const)
      : ({
          who: 'the owner',
          next: 'Press Publish again. If this comes back, tell your platform team.',
        } as const);
  return { cause: `${REASONS[reason].cause}${at === undefined ? '' : `, at “${at}”`}`, code: error, ...next };
}
