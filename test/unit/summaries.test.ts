import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { haltedRemoval, overtakenRemoval } from '../../shared/apps/explain-removal.ts';
import { NotOurs } from '../../shared/dns/plan.ts';
import * as errors from '../../shared/errors/errors.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import { type EndStatus, freshStages, type Publish, type StageName } from '../../shared/publishes/publish.ts';
import {
  cancelledSummary,
  goesOn,
  type HowItEnded,
  summaryOf,
  unansweredSummary,
} from '../../shared/publishes/summary.ts';
import { REASONS, reasonOf } from '../../shared/summaries/reasons.ts';
import { cut, summarise } from '../../shared/summaries/summary.ts';
import { haltedTeam, overtakenTeam, teamKept } from '../../shared/teams/explain.ts';
import { acceptedPublish } from '../builders/publish.ts';

const at = (stage: StageName, found: ReturnType<typeof finding>) => ({ stage, ...found });
const secret = at('scan', finding('scan/secret', { kind: 'an AWS access key', masked: 'AKIA....' }));
const internal = at('deploy', finding('publish/internal', { id: 'p_1' }));
const stuckAt = (name: StageName) =>
  freshStages().map((stage) => (stage.name === name ? { ...stage, status: 'failed' as const } : stage));

describe('the summary of a publish', () => {
  it.each<[string, EndStatus, Partial<Publish>, HowItEnded, string]>([
    [
      'refused by a check',
      'refused',
      { findings: [secret, secret, secret] },
      { error: 'Refused' },
      'demo/lunch (ana@example.com) was not published: There is a secret in your site: an AWS access key (and 2 more) [scan/secret]. Next for the owner: Take it out of the file, have it replaced by whoever gave it to you, then press Publish.',
    ],
    [
      'that waits for an answer',
      'needs-answers',
      {},
      {},
      'demo/lunch (ana@example.com) waits for an answer: what kind of data does it show? [publish/data-class-missing]. Next for the owner: Open the page about this publish and choose one. It then goes on by itself.',
    ],
    [
      'that waits for a pin to go',
      'ready',
      { findings: [at('go-live', finding('publish/pinned', { by: 'Ada' }))] },
      { error: 'Parked' },
      'demo/lunch (ana@example.com) is ready: Your new version is ready and waits [publish/pinned]. Next for the owner: Ask Ada to let the new version through.',
    ],
    [
      'that only tried',
      'ready',
      { dryRun: true },
      {},
      'demo/lunch (ana@example.com) is fine to publish. Next: nothing, this was only a try.',
    ],
    [
      'that was busy in every try',
      'failed',
      { findings: [internal], stages: stuckAt('deploy') },
      { error: 'Busy' },
      'demo/lunch (ana@example.com) could not be published: something it needs was too busy, in every try, at “deploy” [Busy]. Next for the owner: Press Publish again. If this comes back, tell your platform team.',
    ],
    [
      'in which a step took too long',
      'failed',
      { findings: [internal], stages: stuckAt('scan') },
      { error: 'States.Timeout' },
      'demo/lunch (ana@example.com) could not be published: a step took too long, in every try, at “scan” [States.Timeout]. Next for the owner: Press Publish again. If this comes back, tell your platform team.',
    ],
    [
      'in which a function crashed',
      'failed',
      { findings: [internal], stages: stuckAt('validate') },
      { error: 'Lambda.Unknown' },
      'demo/lunch (ana@example.com) could not be published: something unexpected went wrong on our side, at “validate” [Lambda.Unknown]. Next for an admin: Open the execution, see which step, and read the log of its function. Then the owner presses Publish again.',
    ],
    [
      'for which there is no room',
      'failed',
      { findings: [internal], stages: stuckAt('bind-name') },
      { error: 'QuotaReached' },
      'demo/lunch (ana@example.com) could not be published: a limit of the account, or of Cottage, is reached, at “bind-name” [QuotaReached]. Next for an admin: Ask for a higher quota, or remove what nobody needs. Then the owner presses Publish again.',
    ],
    [
      'whose certificate did not come',
      'failed',
      { findings: [at('certificate', finding('publish/certificate', {}))], stages: stuckAt('certificate') },
      { error: 'CertificatePending' },
      'demo/lunch (ana@example.com) could not be published: The secure connection is not ready [publish/certificate]. Next for the owner: Wait an hour and press Publish again. If this comes back, ask your platform team.',
    ],
    [
      'that did not work and was taken back',
      'failed',
      { findings: [at('verify', finding('publish/smoke-test', { what: 'it is empty' }))] },
      { error: 'SmokeTestFailed' },
      'demo/lunch (ana@example.com) could not be published: The new version did not open properly [publish/smoke-test]. Next for the owner: Open the app on your own computer and mend what is missing, then export again and press Publish.',
    ],
    [
      'that did not work and could not be taken back',
      'failed',
      { findings: [at('verify', finding('publish/smoke-test', { what: 'it is empty' }))] },
      { error: 'SmokeTestFailed', revertError: 'Busy' },
      'demo/lunch (ana@example.com) could not be published: The new version did not open properly, and pointing back failed too (Busy) [SmokeTestFailed]. Next for an admin: See what visitors see, and tell the owner to press Publish again. Then: cottage doctor',
    ],
    [
      'whose execution somebody stopped',
      'failed',
      { findings: [internal] },
      { error: 'ABORTED' },
      'demo/lunch (ana@example.com) could not be published: somebody stopped its execution [ABORTED]. Next for the owner: Press Publish again. If this comes back, tell your platform team.',
    ],
    [
      'of which nothing is known',
      'failed',
      {},
      {},
      'demo/lunch (ana@example.com) could not be published: something unexpected went wrong on our side [Unexpected]. Next for an admin: Open the execution, see which step, and read the log of its function. Then the owner presses Publish again.',
    ],
    [
      'that a newer one overtook',
      'superseded',
      {},
      { error: 'Superseded' },
      'demo/lunch (ana@example.com) did not go live: a newer publish of it went first [Superseded]. Next: nothing, the newest version counts.',
    ],
    [
      'that an approver declined',
      'refused',
      { findings: [at('approval', finding('publish/declined', { by: 'bea@example.com' }))] },
      { error: 'Declined' },
      'demo/lunch (ana@example.com) was not published: Your app was not approved this time [publish/declined]. Next for the owner: Ask bea@example.com what should be different, change that, then press Publish.',
    ],
    [
      'that nobody answered',
      'refused',
      { findings: [at('approval', finding('publish/approval-expired', {}))] },
      { error: 'States.Timeout' },
      'demo/lunch (ana@example.com) was not published: Nobody answered in time [publish/approval-expired]. Next for the owner: Ask your team lead who can answer, then press Publish again.',
    ],
    [
      'that was cancelled',
      'cancelled',
      {},
      { error: 'Cancelled' },
      'demo/lunch (ana@example.com) was cancelled: somebody stopped it [Cancelled]. Next for the owner: Press Publish again when you are ready.',
    ],
    ['that is live', 'live', {}, {}, 'Lunch is live.'],
  ])('%s', (_, status, fields, how, text) => {
    expect(summaryOf(acceptedPublish('one', { status, ...fields }), how)).toBe(text);
  });

  it('is none while it has not ended', () => {
    for (const status of ['accepted', 'running', 'awaiting-approval'] as const)
      expect(summaryOf(acceptedPublish('one', { status }))).toBe('');
  });

  const publish = acceptedPublish('one');
  it.each([
    [
      cancelledSummary(publish, 'person:cem@example.com', false),
      'demo/lunch (ana@example.com) was cancelled: cem@example.com stopped it [Cancelled]. Next for the owner: Press Publish again when you are ready.',
    ],
    [
      cancelledSummary(publish, 'link', false),
      'demo/lunch (ana@example.com) was cancelled: somebody with its link stopped it [Cancelled]. Next for the owner: Press Publish again when you are ready.',
    ],
    [
      cancelledSummary(publish, 'cottage', true),
      'demo/lunch (ana@example.com) was cancelled: the app is being retired [Cancelled]. Next: nothing, the app goes away.',
    ],
    [
      unansweredSummary(publish),
      'demo/lunch (ana@example.com) was cancelled: nobody answered what kind of data it shows [publish/data-class-missing]. Next for the owner: Press Publish again, and answer the question on the page about it.',
    ],
    [
      goesOn(publish),
      'demo/lunch (ana@example.com) goes on: its question was answered, and another execution is at it. Next: nothing.',
    ],
  ])('says who ended it: %s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('the summary of a team', () => {
  const team = {
    name: 'finance',
    state: 'adding',
    stateBy: 'person:ada@example.com',
    zone: 'finance.apps.example.com',
  } as const;
  const removing = { ...team, state: 'removing' } as const;

  it.each([
    [
      haltedTeam(team, 'CertificatePending'),
      'Team finance (ada@example.com) could not be added: its certificate was not issued in time, mostly because its zone is not delegated [CertificatePending]. Next for an admin: See that this finds name servers from outside: dig NS finance.apps.example.com. Then: cottage team add finance',
    ],
    [
      haltedTeam(team, 'CertificateFailed'),
      'Team finance (ada@example.com) could not be added: its certificate was refused [CertificateFailed]. Next for an admin: See why where certificates are ordered, and try: dig NS finance.apps.example.com. Then: cottage team add finance',
    ],
    [
      haltedTeam(team, 'AlreadyExists'),
      'Team finance (ada@example.com) could not be added: there are records at or below its name, which its zone would hide [AlreadyExists]. Next for an admin: Remove them. Then: cottage team add finance',
    ],
    [
      haltedTeam(removing, 'NotOurs'),
      'Team finance (ada@example.com) could not be removed: something stands in its zone that Cottage did not make [NotOurs]. Next for an admin: Remove it. Then: cottage team remove finance',
    ],
    [
      haltedTeam({ ...removing, stateBy: 'cottage' }, 'TypeError'),
      'Team finance (cottage) could not be removed: something unexpected went wrong on our side [TypeError]. Next for an admin: Open the execution, see which step, and read the log of its function. Then: cottage team remove finance',
    ],
    [
      teamKept(
        removing,
        'Team finance has an app: lunch',
        'Retire first what it has: cottage retire finance/lunch',
      ),
      'Team finance (ada@example.com) could not be removed: Team finance has an app: lunch [TeamNotEmpty]. Next for an admin: Retire first what it has: cottage retire finance/lunch, or keep the team. Then: cottage team remove finance, or cottage team add finance',
    ],
    [
      overtakenTeam({ ...team, state: 'ready' }),
      'Team finance (ada@example.com) is ready: another execution has taken over from this one [Cancelled]. Next: nothing.',
    ],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('the summary of an app that is taken down', () => {
  const app = {
    team: 'demo',
    name: 'lunch',
    state: 'live',
    retirement: { by: 'ada@example.com', at: '2026-03-02T09:00:00.000Z', attempt: 1 },
  } as const;

  it.each([
    [
      haltedRemoval(app, 'NotConverged'),
      'demo/lunch (ada@example.com) could not be retired: the edge did not let go of it in time [NotConverged]. Next for an admin: Wait a while: the edge may be slow. Then: cottage retire demo/lunch',
    ],
    [
      haltedRemoval(app, 'PublishRunning'),
      'demo/lunch (ada@example.com) could not be retired: a publish of it did not come to an end [PublishRunning]. Next for an admin: Wait for it, or stop it. Then: cottage retire demo/lunch',
    ],
    [
      haltedRemoval(app, 'NotOurs'),
      'demo/lunch (ada@example.com) could not be retired: something stands at its name that Cottage did not make [NotOurs]. Next for an admin: Remove it. Then: cottage retire demo/lunch',
    ],
    [
      haltedRemoval({ ...app, retirement: undefined }, 'Busy'),
      'demo/lunch (cottage) could not be retired: something it needs was too busy, in every try [Busy]. Next for an admin: See what was held back, and let it be tried again. Then: cottage retire demo/lunch',
    ],
    [
      haltedRemoval(app, 'NotOurs', { cause: 'Somebody else’s', next: 'Ask.' }),
      'demo/lunch (ada@example.com) could not be retired: Somebody else’s [NotOurs]. Next for an admin: Ask. Then: cottage retire demo/lunch',
    ],
    [
      overtakenRemoval({ ...app, state: 'retired' }),
      'demo/lunch (ada@example.com) is retired: another execution has taken over from this one [Cancelled]. Next: nothing.',
    ],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('a summary', () => {
  const parts = { about: 'demo/lunch', person: 'ana@example.com', what: 'failed', next: 'Mend it.' };

  it.each([
    ['a line that breaks', 'two\nlines,\r\n\ttabs', 'two lines, tabs'],
    ['what turns the direction of writing', 'abc\u202Edef', 'abcdef'],
    ['a key', 'it holds AKIAIOSFODNN7EXAMPLE here', 'it holds AKIA.... here'],
    ['a webhook’s secret', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whse....'],
    ['a token of its own kind', 'ghp_0123456789abcdefghijklmnop', 'ghp_....'],
    ['whatever looks random', 'see a8Kd92kXlQpZ0sMw3NvB7yTe', 'see a8Kd....'],
    [
      'the query of an address',
      'https://x.example/a.zip?sig=abc&t=1 is gone',
      'https://x.example/a.zip?… is gone',
    ],
    [
      'what only looks long',
      'the-lunch-menu-of-the-year-2026-in-finance.apps',
      'the-lunch-menu-of-the-year-2026-in-finance.apps',
    ],
  ])('does not show %s', (_, cause, shown) => {
    expect(summarise({ ...parts, cause })).toBe(
      `demo/lunch (ana@example.com) failed: ${shown}. Next: Mend it.`,
    );
    expect(summarise({ ...parts, next: cause })).toBe(`demo/lunch (ana@example.com) failed. Next: ${shown}`);
  });

  it('cuts the cause and the next step alike, between words, and never the command', () => {
    const long = 'word '.repeat(60).trim();
    const text = summarise({
      ...parts,
      cause: long,
      code: 'Busy',
      who: 'an admin',
      next: long,
      command: 'cottage doctor',
    });
    const [, why = '', step = ''] =
      /^demo\/lunch \(ana@example\.com\) failed: (.+) \[Busy\]\. Next for an admin: (.+) Then: cottage doctor$/.exec(
        text,
      ) ?? [];
    expect(Math.abs(why.length - step.length)).toBeLessThan(10);
    for (const cutOff of [why, step]) expect(cutOff).toMatch(/^(word )+word…$/);
    expect(text.length).toBeGreaterThan(285);
  });

  it('is one line of at most 300 characters with who and what in it, whatever it is made of', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 400 });
    fc.assert(
      fc.property(text, text, text, text, text, (about, person, cause, code, next) => {
        const told = summarise({
          about,
          person,
          what: 'could not be retired',
          cause,
          code: code.slice(0, 40),
          next,
        });
        expect(told.length).toBeLessThanOrEqual(300);
        expect(told).not.toMatch(/[\n\r\u2028]/);
        expect(told.isWellFormed()).toBe(true);
        expect(told).toContain(') could not be retired');
        expect(told).toContain('Next: ');
      }),
    );
  });

  it.each([
    ['one two three', 13, 'one two three'],
    ['one two three', 12, 'one two…'],
    ['one two, three', 12, 'one two…'],
    ['one two three', 8, 'one two…'],
    ['one twothreefourfive', 12, 'one twothre…'],
    ['😀😀😀', 4, '😀…'],
    ['😀😀😀', 5, '😀😀…'],
  ])('cuts %j to %i characters', (text, most, expected) => {
    expect(cut(text, most)).toBe(expected);
  });
});

describe('the reasons', () => {
  const named = Object.values(REASONS).flatMap((reason) => reason.errors as readonly string[]);

  it('name errors that there are, each once', () => {
    const ours = [...Object.values(errors), NotOurs].map((Kind) => Kind.name);
    const theirs = /^(States|Lambda)\.[A-Za-z]+$|^(ABORTED|Aborted|Stopped|TIMED_OUT)$/;
    expect(named.filter((error) => !ours.includes(error) && !theirs.test(error))).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  it.each([
    ['Busy', 'busy'],
    ['Lambda.TooManyRequestsException', 'busy'],
    ['States.Timeout', 'slow'],
    ['QuotaReached', 'quota'],
    ['CertificatePending', 'certificate'],
    ['NotOurs', 'foreign'],
    ['SmokeTestFailed', 'edge'],
    ['SourceUnavailable', 'source'],
    ['ABORTED', 'stopped'],
    ['Stopped', 'stopped'],
    ['TypeError', 'unexpected'],
    ['constructor', 'unexpected'],
    ['CorruptRecord', 'unexpected'],
  ])('of %s is %s', (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });

  it('are few: each is a metric', () => {
    expect(Object.keys(REASONS).length).toBeLessThanOrEqual(10);
  });
});
