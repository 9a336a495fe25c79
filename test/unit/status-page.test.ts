import { describe, expect, test } from 'vitest';
import { ICONS } from '../../functions/api/pages/icons.ts';
import { statusPage } from '../../functions/api/pages/status-page.ts';
import type { PublishView } from '../../functions/api/status-view.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import { PublishStatus } from '../../shared/publishes/publish.ts';
import { publishView, stagesOf, VIEW_NAMES, type ViewName, viewOf } from '../builders/pages.ts';
import { type ReadPage, readHtml } from './read-html.ts';

const TOKEN = 'k1.abc';
const show = async (view: PublishView, token?: string): Promise<ReadPage> =>
  readHtml(await statusPage(view, token).text());

/** For each way a publish can stand: how good that is, the drawing for it, and what its page says first. */
const HEADLINES: [ViewName, string, keyof typeof ICONS, string, string][] = [
  [
    'accepted',
    'good',
    'wheel',
    'Lunch is next in line',
    'We have your files and begin in a moment. This page follows along by itself.',
  ],
  [
    'running',
    'good',
    'wheel',
    'Lunch is on its way',
    'This usually takes a few seconds. This page follows along by itself.',
  ],
  [
    'trying out',
    'good',
    'wheel',
    'Lunch is being checked',
    'This usually takes a few seconds. This page follows along by itself.',
  ],
  [
    'awaiting approval',
    'wait',
    'clock',
    'Lunch waits for a yes',
    'Waiting for a yes from ana@example.com or ben@example.com.',
  ],
  ['live', 'good', 'tick', 'Lunch is live', 'Everybody who may see it finds it at this address:'],
  ['fine to publish', 'good', 'tick', 'Lunch is fine to publish', 'All checks went well.'],
  [
    'ready',
    'wait',
    'clock',
    'Lunch is ready and waits',
    'The new version is complete, but visitors don’t see it yet.',
  ],
  [
    'needs answers',
    'wait',
    'question',
    'Lunch needs an answer from you',
    'Your files are here. After your answer it goes on by itself.',
  ],
  [
    'refused',
    'stop',
    'exclamation',
    'Lunch needs a small change',
    '3 of 4 things are already right. Here is what to do.',
  ],
  [
    'refused for several reasons',
    'stop',
    'exclamation',
    'Lunch needs 3 small changes',
    '1 of 4 things is already right. Here is what to do.',
  ],
  ['declined', 'stop', 'cross', 'Lunch did not get its yes', 'Nothing is wrong with your files.'],
  ['failed', 'stop', 'cross', 'Lunch did not go live', 'Sorry about that. Here is why, and what helps.'],
  [
    'superseded',
    'good',
    'forward',
    'A newer version of Lunch went first',
    'There is nothing for you to do: the newest version counts.',
  ],
  [
    'cancelled',
    'wait',
    'dash',
    'Publishing Lunch was cancelled',
    'For your visitors, nothing has changed. Publish again whenever you like.',
  ],
];

describe('the headline', () => {
  test.each(HEADLINES)('%s: says in one sentence how it stands', async (name, tone, icon, heading, lead) => {
    const html = await statusPage(viewOf(name), TOKEN).text();
    const page = readHtml(html);
    expect(page.texts('h1')).toEqual([heading]);
    expect(page.texts('title')).toEqual([`${heading} · Cottage`]);
    expect(page.text).toContain(`${heading} ${lead}`);
    expect(page.all('section')[0]?.attributes.class).toBe(`card outcome ${tone}`);
    expect(html).toContain(`<div class="badge">${String(ICONS[icon])}</div>`);
  });

  test('there is one for every way a publish can stand', () => {
    expect(HEADLINES.map(([name]) => name)).toEqual(VIEW_NAMES);
    const shown = new Set(HEADLINES.map(([name]) => viewOf(name).status));
    expect(shown).toEqual(new Set(PublishStatus.options));
  });

  test('an app without a title goes by its name', async () => {
    const { app } = publishView();
    expect((await show(viewOf('live', { app: { ...app, title: ' \u200B ' } }))).texts('h1')).toEqual([
      'lunch is live',
    ]);
  });

  test('counts from two changes on', async () => {
    const findings = viewOf('refused for several reasons').findings.slice(0, 2);
    expect((await show(viewOf('refused', { findings }))).texts('h1')).toEqual([
      'Lunch needs 2 small changes',
    ]);
  });

  test('where no check was passed, none is counted', async () => {
    const page = await show(viewOf('refused', { stages: stagesOf(['failed', 'failed'], 'skipped') }));
    expect(page.text).toContain('Lunch needs a small change Here is what to do.');
  });

  test('an approval that came too late is no fault of the files either', async () => {
    const page = await show(viewOf('declined', { findings: [finding('publish/approval-expired', {})] }));
    expect(page.texts('h1')).toEqual(['Lunch did not get its yes']);
  });

  test('a try that broke off says so', async () => {
    expect((await show(viewOf('failed', { dryRun: true }))).texts('h1')).toEqual([
      'Lunch could not be checked',
    ]);
  });
});

describe('waiting for a yes', () => {
  const decision = viewOf('awaiting approval').decision;
  const moreOf = async (different: Partial<NonNullable<typeof decision>>): Promise<string> => {
    const view = viewOf('awaiting approval');
    const page = await show({ ...view, decision: decision && { ...decision, ...different } });
    return page.text;
  };

  test('says what for, until when, and that nothing is left to do', async () => {
    expect(await moreOf({})).toContain(
      'The reason: it will be open to everybody on the internet, and it will be hosted close to visitors all over the world. With the yes, it goes on by itself. There is time until 16 March 2026.',
    );
    expect(await moreOf({ subject: 'tier:isolated' })).toContain(
      'The reason: it will be hosted apart from all others, as private data needs it.',
    );
  });

  test('leaves out a reason people have no words for', async () => {
    expect(await moreOf({ subject: 'quota:9' })).toContain('ben@example.com. With the yes,');
  });

  test('names the platform team where nobody is named', async () => {
    expect(await moreOf({ askedOf: [] })).toContain('Waiting for a yes from your platform team.');
  });

  test('can be said before the question is written down', async () => {
    const page = await show(viewOf('awaiting approval', { decision: null }));
    expect(page.text).toContain('Lunch waits for a yes With the yes, it goes on by itself. Step 5');
  });
});

describe('the address', () => {
  test('is the one large button of a page about a live app', async () => {
    const [, button] = (await show(viewOf('live'), TOKEN)).all('a');
    expect(button).toEqual({
      attributes: { class: 'button large', href: 'https://lunch.finance.apps.example.com' },
      text: 'https://lunch.finance.apps.example.com',
    });
  });

  test.each(VIEW_NAMES.filter((name) => name !== 'live'))('is not there: %s', async (name) => {
    expect((await show(viewOf(name), TOKEN)).all('a')).toHaveLength(1);
  });
});

describe('what changed since last time', () => {
  test.each([
    [{ added: 1, changed: 3, removed: 0 }, '3 files changed, 1 added since last time'],
    [{ added: 2, changed: 0, removed: 4 }, '2 files added, 4 removed since last time'],
    [{ added: 0, changed: 1, removed: 0 }, '1 file changed since last time'],
    [{ added: 0, changed: 0, removed: 0 }, 'Nothing changed since last time'],
  ])('%o', async (changes, text) => {
    expect((await show(viewOf('live', { changes }))).texts('li').slice(0, 2)).toEqual([
      text,
      'It took 0.3 seconds',
    ]);
  });

  test('is not told of a first time', async () => {
    expect((await show(viewOf('live', { changes: null }))).text).not.toContain('since last time');
  });
});

test.each<[ViewName, boolean]>([
  ['live', true],
  ['ready', true],
  ['fine to publish', true],
  ['refused', false],
  ['cancelled', false],
])('how long it took is told only of what went well: %s', async (name, told) => {
  expect((await show(viewOf(name))).text.includes('It took 0.3 seconds')).toBe(told);
});

describe('a dry run', () => {
  const NOTE = 'Only a try: nothing is published, and nothing changes for your visitors.';

  test('says that it is one, and lists the checks alone', async () => {
    const page = await show(viewOf('fine to publish'));
    expect(page.text).toContain(NOTE);
    expect(page.texts('li')).toEqual([
      'It took 0.3 seconds',
      'Opened your files Done',
      'Checked your files Done',
      'Looked for passwords and keys Done, 0.2 seconds',
      'Went through the house rules Done',
    ]);
  });

  test('counts its own steps', async () => {
    expect((await show(viewOf('trying out'))).text).toContain('Step 3 of 4');
  });

  test('is never taken for a publish', async () => {
    expect((await show(viewOf('live'))).text).not.toContain(NOTE);
  });
});
