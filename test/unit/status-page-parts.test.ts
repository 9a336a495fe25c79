import { describe, expect, test } from 'vitest';
import { ICONS } from '../../functions/api/pages/icons.ts';
import { statusPage } from '../../functions/api/pages/status-page.ts';
import type { PublishView } from '../../functions/api/status-view.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import { isEnded } from '../../shared/publishes/publish.ts';
import { publishView, stagesOf, VIEW_NAMES, VIEWS, type ViewName, viewOf } from '../builders/pages.ts';
import { type ReadPage, readHtml } from './read-html.ts';

const TOKEN = 'k1.abc';
const show = async (view: PublishView, token?: string): Promise<ReadPage> =>
  readHtml(await statusPage(view, token).text());

/** The lines of the list of stages. */
const stageTexts = async (name: ViewName): Promise<string[]> =>
  (await show(viewOf(name))).texts('li').slice(-12);
const referrerPolicyOf = (name: ViewName, token?: string): string | null =>
  statusPage(viewOf(name), token).headers.get('referrer-policy');
const refreshOf = (page: ReadPage): string | undefined =>
  page.all('meta').find(({ attributes }) => attributes['http-equiv'] === 'refresh')?.attributes.content;

describe('the stages', () => {
  test('are told in words for what is done, under way and to come', async () => {
    expect(await stageTexts('awaiting approval')).toEqual([
      'Opened your files Done',
      'Checked your files Done',
      'Looked for passwords and keys Done, 0.2 seconds',
      'Went through the house rules Done',
      'Waiting for a yes Now',
      'Store the new version Not yet',
      'Make the connection secure Not yet',
      'Give the app its address Not yet',
      'Tell the internet the address Not yet',
      'Switch to the new version Not yet',
      'Open it as a visitor would Not yet',
      'Put it on the list of apps Not yet',
    ]);
    expect(await stageTexts('live')).toEqual([
      'Opened your files Done',
      'Checked your files Done',
      'Looked for passwords and keys Done, 0.2 seconds',
      'Went through the house rules Done',
      'Get a yes Not needed',
      'Stored the new version Done',
      'Made the connection secure Done',
      'Gave the app its address Done',
      'Told the internet the address Done',
      'Switched to the new version Done',
      'Opened it as a visitor would Done',
      'Put it on the list of apps Done',
    ]);
  });

  test.each([
    ['unpack', 'Opening your files'],
    ['validate', 'Checking your files'],
    ['scan', 'Looking for passwords and keys'],
    ['check-policy', 'Going through the house rules'],
    ['approval', 'Waiting for a yes'],
    ['deploy', 'Storing the new version'],
    ['certificate', 'Making the connection secure'],
    ['bind-name', 'Giving the app its address'],
    ['dns', 'Telling the internet the address'],
    ['go-live', 'Switching to the new version'],
    ['verify', 'Opening it as a visitor would'],
    ['register', 'Putting it on the list of apps'],
  ])('%s is the one at work', async (name, words) => {
    const stages = stagesOf([], 'pending').map((stage) =>
      stage.name === name ? { ...stage, status: 'running' as const } : stage,
    );
    const page = await show(publishView({ stages }));
    const at = stages.findIndex((stage) => stage.name === name) + 1;
    expect(page.texts('li')).toContain(`${words} Now`);
    expect(page.text).toContain(`Step ${at} of 12`);
  });

  test('a check that found something has been done; work that broke off has not', async () => {
    expect((await stageTexts('refused'))[2]).toBe('Looked for passwords and keys Found something');
    expect((await stageTexts('failed')).slice(-2)).toEqual([
      'Open it as a visitor would Stopped here',
      'Put it on the list of apps Not reached',
    ]);
    expect((await stageTexts('declined'))[4]).toBe('Get a yes Stopped here');
  });

  test('a publish that only waits may still come to the rest', async () => {
    expect((await stageTexts('ready')).at(-1)).toBe('Put it on the list of apps Not yet');
    expect((await stageTexts('needs answers')).at(-1)).toBe('Put it on the list of apps Not yet');
    expect((await stageTexts('cancelled')).at(-1)).toBe('Put it on the list of apps Not reached');
  });

  test('each state has a drawing of its own besides its word', async () => {
    const drawings = new Map<string, Set<string>>();
    for (const view of Object.values(VIEWS)) {
      const html = await statusPage(view, TOKEN).text();
      for (const [, status = '', drawing = ''] of html.matchAll(/<li class="(\w+)">(<svg.*?<\/svg>)/g)) {
        drawings.set(status, (drawings.get(status) ?? new Set()).add(drawing));
      }
    }
    const each = [...drawings.values()].flatMap((found) => [...found]);
    expect([...drawings.keys()].toSorted()).toEqual(['failed', 'passed', 'pending', 'running', 'skipped']);
    expect(new Set(each).size).toBe(5);
    expect(each).toHaveLength(5);
  });
});

describe('findings', () => {
  test('that stop or warn carry another mark than those one may know', async () => {
    const hookAdded = finding('artifact/hook-added', { files: '1' });
    const findings = (['block', 'warn', 'info'] as const).map((severity) => ({ ...hookAdded, severity }));
    const html = await statusPage(viewOf('refused', { findings }), TOKEN).text();
    const marks = [...html.matchAll(/<li class="(\w+)">\s*<span class="mark">(.*?)<\/span>/g)];
    expect(marks.map(([, severity, drawing]) => [severity, drawing])).toEqual([
      ['block', String(ICONS.exclamation)],
      ['warn', String(ICONS.exclamation)],
      ['info', String(ICONS.letterI)],
    ]);
  });

  test('say what to do before where and why', async () => {
    const page = await show(viewOf('refused'));
    expect(page.texts('h2')).toEqual(['What to change', 'Good to know', 'Step by step']);
    expect(page.texts('li').slice(0, 2)).toEqual([
      'There is a secret in your site: a key of a mail service What to do: Take it out of the file, have it replaced by whoever gave it to you, then press Publish. Where: js/send-mail.js, line 12, character 18 Why: Everybody who opens your app could read “SG.x…” and use it in your name.',
      'We added one line to your pages What to do: Carry on, there is nothing to do. Why: It reports errors and slow pages, so that you learn of them first.',
    ]);
    expect(
      page
        .all('li')
        .map(({ attributes }) => attributes.class)
        .slice(0, 2),
    ).toEqual(['block', 'info']);
  });

  test.each([
    [{ file: 'a.js' }, 'Where: a.js Why:'],
    [{ file: 'a.js', line: 3 }, 'Where: a.js, line 3 Why:'],
  ])('say where as far as it is known: %o', async (where, text) => {
    const found = { ...finding('artifact/crc', { entry: 'a.js' }), where };
    expect((await show(viewOf('refused', { findings: [found] }))).text).toContain(text);
  });

  test.each<[ViewName, string]>([
    ['declined', 'What happened'],
    ['failed', 'What happened'],
    ['ready', 'Why it waits'],
    ['live', 'Good to know'],
  ])('stand under a heading that fits: %s', async (name, heading) => {
    expect((await show(viewOf(name))).texts('h2')).toEqual([heading, 'Step by step']);
  });

  test('of a try are good to know, for nothing waits', async () => {
    const page = await show(
      viewOf('fine to publish', { findings: [finding('artifact/hook-added', { files: '1' })] }),
    );
    expect(page.texts('h2')).toEqual(['Good to know', 'Step by step']);
  });
});

describe('a question', () => {
  test('is a form that leads back here, with every choice explained', async () => {
    const page = await show(viewOf('needs answers'), 'k1.a/b&c');
    expect(page.all('form').map(({ attributes }) => attributes)).toEqual([
      {
        class: 'card',
        method: 'post',
        action: '/v1/publishes/p_abcdefghijklmnopqrstuvwxyz/answers?t=k1.a%2Fb%26c',
      },
    ]);
    expect(page.texts('legend')).toEqual(['What kind of data does the app show?']);
    expect(page.all('input').map(({ attributes }) => attributes)).toEqual(
      ['public', 'internal', 'confidential', 'regulated'].map((value) => ({
        type: 'radio',
        name: 'dataClass',
        value,
        required: '',
      })),
    );
    expect(page.texts('label')).toEqual([
      'Public Anybody may know it. For example: the menu of the canteen.',
      'Internal For colleagues; outside it would do little harm. For example: who sits in which room.',
      'Confidential In the wrong hands it would do harm. For example: prices, plans, lists of customers.',
      'Protected by law or contract There are rules for it. For example: health, salaries, bank details.',
    ]);
    expect(page.texts('button')).toEqual(['Save and go on']);
  });

  test('is asked once: no finding says again that an answer is missing', async () => {
    expect((await show(viewOf('needs answers'), TOKEN)).text).not.toContain('One answer is missing');
  });

  test('is only told of to somebody who came without the link', async () => {
    const page = await show(viewOf('needs answers'));
    expect(page.all('form')).toEqual([]);
    expect(page.text).toContain('One answer is missing');
  });

  test('shows a choice it has no words for as it is', async () => {
    const questions = [{ field: 'region', label: 'Where?', options: ['north'] }];
    expect((await show(viewOf('needs answers', { questions }), TOKEN)).texts('label')).toEqual(['north']);
  });
});

const underWay = VIEW_NAMES.filter((name) => !isEnded(VIEWS[name].status));

describe('while a publish has not ended', () => {
  test.each(underWay)('somebody with the link can cancel it: %s', async (name) => {
    const page = await show(viewOf(name), 'k1.a/b');
    expect(page.all('form').map(({ attributes }) => attributes)).toEqual([
      {
        class: 'end',
        method: 'post',
        action: '/v1/publishes/p_abcdefghijklmnopqrstuvwxyz/cancel?t=k1.a%2Fb',
      },
    ]);
    expect(page.texts('button')).toEqual(['Cancel publishing']);
    expect((await show(viewOf(name))).all('form')).toEqual([]);
  });

  test('the page looks again every second, and less often while only people can move it on', async () => {
    const refreshes = await Promise.all(underWay.map(async (name) => refreshOf(await show(viewOf(name)))));
    expect(underWay).toEqual(['accepted', 'running', 'trying out', 'awaiting approval']);
    expect(refreshes).toEqual(['1', '1', '1', '15']);
  });

  test.each(VIEW_NAMES.filter((name) => !underWay.includes(name)))(
    'but afterwards it rests, and nothing can be cancelled: %s',
    async (name) => {
      const page = await show(viewOf(name), TOKEN);
      expect(refreshOf(page)).toBeUndefined();
      expect(page.texts('button')).not.toContain('Cancel publishing');
    },
  );
});

test('a page with a form tells our own site, and no other, where it was sent from', () => {
  expect(referrerPolicyOf('needs answers', TOKEN)).toBe('same-origin');
  expect(referrerPolicyOf('running', TOKEN)).toBe('same-origin');
  expect(referrerPolicyOf('running')).toBe('no-referrer');
  expect(referrerPolicyOf('live', TOKEN)).toBe('no-referrer');
});

test('every page says when it began and what to mention when asking for help', async () => {
  expect((await show(viewOf('failed'))).text).toMatch(
    /Begun on 2 March 2026 at 09:00 UTC\. If you ask your platform team for help, mention p_[a-z]{26}\.$/,
  );
});
