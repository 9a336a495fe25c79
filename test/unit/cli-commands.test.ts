import { join } from 'node:path';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { AppAnswer, DecisionAnswer, HistoryAnswer, PublishAnswer } from '../../cli/api-types.ts';
import { browserCommand } from '../../cli/commands/open.ts';
import { COMMANDS } from '../../cli/commands.ts';
import type { AppView } from '../../functions/api/app-view.ts';
import type { PublishView } from '../../functions/api/status-view.ts';
import { apiServer, type Routes } from '../builders/api-server.ts';
import { dataFolderFor, type RunOptions, runCli, siteFolder } from '../builders/cli-run.ts';
import { publishAnswer, stages } from '../builders/publish-answer.ts';
import { jargonIn } from './plain-words.ts';

const APP: AppAnswer = {
  appId: 'a_1',
  team: 'demo',
  name: 'lunch',
  title: 'Lunch menu',
  owner: 'ana@example.com',
  coOwners: ['ben@example.com'],
  businessUnit: 'Canteen',
  tier: 'shared',
  urls: { production: 'https://lunch.demo.apps.localhost:4643' },
  subdomain: 'lunch.demo.apps.localhost',
  dataClass: 'internal',
  visibility: 'company',
  requiredControls: ['sign-in'],
  billingTag: 'cottage:demo',
  costCenter: 'CC1',
  estimatedMonthlyCostUsd: 0.1,
  state: 'live',
  stateSince: '2026-03-02T09:00:00.000Z',
  hold: null,
  retirement: null,
  expiresAt: '2026-05-31T09:00:00.000Z',
  live: { release: 'r_1', seq: 4 },
  pin: null,
  ready: null,
  nextAction: { action: 'expire', at: '2026-05-31T09:00:00.000Z' },
  lastPublishId: 'p_1',
  why: 'Lunch menu is live since 2 March.',
};

/** A Cottage that answers like this, and a command line for it. */
async function cottage(routes: Routes) {
  const server = await apiServer(routes);
  const variables = { COTTAGE_DATA: dataFolderFor(server.address) };
  const cli = (args: string[], options: RunOptions = {}) =>
    runCli(args, { ...options, variables: { ...options.variables, ...variables } });
  /** Method, path and body of the only call there was. */
  const call = () => server.calls.map(({ method, path, body }) => [method, path, body].join(' ').trim());
  return { cli, call, server };
}

const NESTED = ['team add', 'team remove', 'team list', 'platform add', 'platform list', 'platform rotate'];
const EVERY = [
  ...COMMANDS.map(({ name }) => name),
  ...NESTED,
  'clock advance',
  'audit verify',
  'audit head',
  'audit export',
];

describe('help', () => {
  test.each(EVERY)('of %s teaches by an example and knows --json', async (name) => {
    const ran = await runCli([...name.split(' '), '--help']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(new RegExp(`\\nExamples?:\\n  \\$ cottage ${name.split(' ')[0]}`));
    expect(ran.out).toContain('--json');
    expect(ran.out).toMatch(/^Usage: cottage /);
    expect(ran.out.split('\n')[2]).not.toBe('');
    expect(await runCli(['help', ...name.split(' ')])).toEqual(ran);
  });

  test.each(EVERY)('of %s shows only options that exist', async (name) => {
    const { out } = await runCli([...name.split(' '), '--help']);
    const [, examples = ''] = out.split(/\nExamples?:\n/);
    for (const [option] of examples.matchAll(/--[a-z-]+/g)) expect(out.split('Example')[0]).toContain(option);
  });

  test('lists every command, its summary and every exit code', async () => {
    const { out, code } = await runCli(['--help']);
    expect(code).toBe(0);
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out).toContain('\nExit codes:\n  0  ');
    expect(out).not.toMatch(/^ {2}help /m);
  });

  test.each(COMMANDS)('says what $name does in words of everyday', ({ summary }) => {
    expect(jargonIn(summary)).toBeUndefined();
    expect(summary).not.toMatch(/^[A-Z]|\.$/);
  });
});

describe('a mistyped command', () => {
  test.each([
    [['bogus'], "unknown command 'bogus'"],
    [['list', '--bogus'], "unknown option '--bogus'"],
    [['show'], "missing required argument 'team/app'"],
    [['show', 'demo/a', 'demo/b'], 'too many arguments'],
    [['hold', 'demo/a'], "required option '--reason <text>' not specified"],
    [
      ['publish', '.', '--data-class', 'secret'],
      'Allowed choices are public, internal, confidential, regulated',
    ],
    [['publish', '.', '--expires-in-days', 'soon'], 'Give a whole number.'],
    [['renew', 'demo/a', '--days', '0'], 'Give a whole number.'],
    [['start', '--port-api', '65536'], 'Give a port from 0 to 65535.'],
    [['team', 'bogus'], "unknown command 'bogus'"],
    [['show', 'lunch'], 'Write team and name, like demo/lunch'],
    [['status', '../apps'], 'is not the id of a publish'],
    [['history', '..'], 'is not the name of a team'],
    [['history', 'p_..'], 'is not the id of a publish'],
    [['team', 'remove', '../x', '--yes'], 'is not the name of a team'],
    [['team', 'remove', 'finance'], 'If that is meant, say --yes'],
    [['retire', 'demo/lunch'], 'If that is meant, say --yes'],
    [['decide', 'd_1', 'maybe'], 'cottage decide d_1 approve, or decline'],
    [['decide', 'd_1'], 'cottage decide d_1 approve, or decline'],
    [['clock', 'advance', '3'], 'Write it like 30d, 12h, 15m or 90s'],
    [['clock', 'advance', '0d'], 'Write it like 30d, 12h, 15m or 90s'],
    [['events', '--after', 'x'], 'is not the number of an event'],
  ])('ends with 2 and says what is wrong: %j', async (args, text) => {
    const { cli, server } = await cottage({});
    const ran = await cli(args);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toContain(text);
    const asJson = await cli([...args, '--json']);
    expect(asJson.code).toBe(2);
    expect(JSON.parse(asJson.out)).toMatchObject({ error: { code: 'cli/usage', exitCode: 2 } });
    expect(JSON.parse(asJson.out).error.message).toContain(text);
    expect(asJson.err).toBe('');
    expect(server.calls).toEqual([]);
  });

  test.each([[[]], [['team']], [['clock']]])(
    'that stops half-way shows the help on stderr: %j',
    async (args) => {
      const ran = await runCli(args);
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.err).toContain('Usage: cottage');
    },
  );
});

describe('a fault of Cottage itself', () => {
  test('ends with 1 and shows what helps to mend it', async () => {
    const { cli } = await cottage({ 'GET /v1/apps': { json: {} } });
    const ran = await cli(['list']);
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/^This is a fault in Cottage itself.*\nTypeError: .*\n.*at /);
  });

  test('is a JSON document too when asked for', async () => {
    const { cli } = await cottage({
      'GET /v1/events': { text: 'not JSON', contentType: 'application/x-ndjson' },
    });
    const ran = await cli(['events', '--json']);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject({ error: { code: 'cli/unexpected', exitCode: 1 } });
  });
});

describe('where Cottage is', () => {
  test('may be said before or behind the command', async () => {
    const server = await apiServer({ 'GET /v1/apps': { json: { apps: [] } } });
    const where = ['--api', server.address, '--token', 'mine'];
    expect(await runCli(['list', ...where])).toMatchObject({ code: 0 });
    expect(await runCli([...where, 'list'])).toMatchObject({ code: 0 });
    expect(server.calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer mine', 'Bearer mine']);
  });
});

describe('looking at apps', () => {
  test('lists them', async () => {
    const held = { ...APP, name: 'b', urls: { production: null }, expiresAt: null };
    const hold = { reason: 'x', by: 'admin', at: APP.stateSince };
    const pin = { seq: 3, by: 'admin', at: APP.stateSince };
    const { cli, call } = await cottage({
      'GET /v1/apps': { json: { apps: [APP, { ...held, hold, pin }] } },
    });
    const ran = await cli(['list']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['APP', 'STATE', 'ADDRESS', 'OWNER', 'UNTIL'],
      ['demo/lunch', 'live', 'https://lunch.demo.apps.localhost:4643', 'ana@example.com', '2026-05-31'],
      ['demo/b', 'live, on hold, pinned', 'ana@example.com'],
      [''],
    ]);
    expect(call()).toEqual(['GET /v1/apps']);
  });

  test('lists those of one team', async () => {
    const { cli, call } = await cottage({ 'GET /v1/apps': { json: { apps: [] } } });
    expect((await cli(['list', '--team', 'a&b'])).out).toBe(
      'No apps yet. Publish one with: cottage publish <folder>\n',
    );
    expect(call()).toEqual(['GET /v1/apps?team=a%26b']);
  });

  test('shows everything about one', async () => {
    const full: AppAnswer = {
      ...APP,
      hold: { reason: 'old prices', by: 'admin', at: APP.stateSince },
      pin: { seq: 3, by: 'cara', at: APP.stateSince },
      ready: { release: 'r_2', publishId: 'p_2' },
    };
    const { cli, call } = await cottage({ 'GET /v1/apps/demo/lunch': { json: full } });
    const { out } = await cli(['show', 'demo/lunch']);
    expect(call()).toEqual(['GET /v1/apps/demo/lunch']);
    expect(out.split('\n')).toEqual([
      'Lunch menu (demo/lunch)',
      'address        https://lunch.demo.apps.localhost:4643',
      'state          live, on hold, pinned since 2026-03-02 09:00',
      'hold           old prices (admin, 2026-03-02 09:00)',
      'owner          ana@example.com, ben@example.com',
      'business unit  Canteen',
      'data           internal',
      'seen by        company',
      'tier           shared',
      'controls       sign-in',
      'cost centre    CC1',
      'billing tag    cottage:demo',
      'monthly cost   $0.10 (estimate)',
      'version        r_1 (number 4)',
      'pinned         by cara, 2026-03-02 09:00',
      'ready          r_2',
      'until          2026-05-31 09:00',
      'next           expire, 2026-05-31 09:00',
      'last publish   p_1',
      '',
      'Lunch menu is live since 2 March.',
      '',
    ]);
  });

  test('shows one that has hardly begun', async () => {
    const draft: AppAnswer = {
      ...APP,
      urls: { production: null },
      dataClass: null,
      live: null,
      nextAction: null,
      expiresAt: null,
      lastPublishId: null,
      state: 'draft',
    };
    const { cli } = await cottage({ 'GET /v1/apps/demo/lunch': { json: draft } });
    const { out } = await cli(['show', 'demo/lunch']);
    expect(out).toContain('address        none yet\n');
    expect(out).toContain('data           not said yet\n');
    expect(out).toContain('version        none live\n');
    for (const label of ['hold', 'pinned', 'ready', 'until', 'next', 'last publish']) {
      expect(out).not.toMatch(new RegExp(`^${label} `, 'm'));
    }
  });

  test('says why in one sentence and nothing else', async () => {
    const { cli } = await cottage({ 'GET /v1/apps/demo/lunch': { json: APP } });
    expect(await cli(['why', 'demo/lunch'])).toMatchObject({ code: 0, out: `${APP.why}\n`, err: '' });
    const { out } = await cli(['why', 'demo/lunch', '--json']);
    expect(JSON.parse(out)).toEqual({ app: 'demo/lunch', why: APP.why });
  });

  test.each(['show', 'why', 'rollback', 'open'])(
    '%s of one that is not there ends with 6',
    async (command) => {
      const answer = { status: 404, json: { code: 'app/unknown', detail: 'There is no app demo/x.' } };
      const { cli } = await cottage({ 'GET /v1/apps/demo/x': answer });
      expect(await cli([command, 'demo/x'])).toMatchObject({ code: 6, out: '' });
    },
  );
});

describe('changing an app', () => {
  test.each([
    [['rollback', 'demo/lunch'], 'rollback {}'],
    [['rollback', 'demo/lunch', '--to', 'r_0'], 'rollback {"release":"r_0"}'],
    [['unpin', 'demo/lunch'], 'unpin {}'],
    [['promote', 'demo/lunch'], 'promote {}'],
    [['hold', 'demo/lunch', '--reason', 'old prices'], 'hold {"reason":"old prices"}'],
    [['release', 'demo/lunch'], 'release {}'],
    [['renew', 'demo/lunch'], 'renew {}'],
    [['renew', 'demo/lunch', '--days', '90'], 'renew {"days":90}'],
    [['archive', 'demo/lunch'], 'archive {}'],
    [['restore', 'demo/lunch'], 'restore {}'],
  ])('%j asks for it and says what the app is like now', async (args, call) => {
    const verb = args[0] ?? '';
    const routes = { [`POST /v1/apps/demo/lunch/${verb}`]: { json: APP } };
    const { cli, server } = await cottage(routes);
    expect(await cli(args)).toMatchObject({ code: 0, out: `${APP.why}\n` });
    expect(server.calls.map(({ path, body }) => `${path} ${body}`)).toEqual([`/v1/apps/demo/lunch/${call}`]);
    expect(JSON.parse((await cli([...args, '--json'])).out)).toEqual(APP);
  });

  test('that is not possible now ends with 5', async () => {
    const { cli } = await cottage({
      'POST /v1/apps/demo/lunch/unpin': {
        status: 409,
        json: { code: 'app/state', detail: 'It is not pinned.' },
      },
    });
    expect(await cli(['unpin', 'demo/lunch'])).toMatchObject({ code: 5, err: 'It is not pinned.\n' });
  });
});

describe('opening an app', () => {
  const link = { url: 'https://lunch.demo.apps.localhost:4643/_cottage/open?ticket=x', expiresAt: '' };
  const routes = { 'POST /v1/apps/demo/lunch/open': { status: 201, json: link } };
  const screen: RunOptions = { variables: { DISPLAY: ':0' }, programs: { 'xdg-open': () => '' } };

  test('prints the link and starts the browser', async () => {
    const { cli } = await cottage(routes);
    const ran = await cli(['open', 'demo/lunch'], screen);
    expect(ran).toMatchObject({ code: 0, out: `${link.url}\n`, executed: [`xdg-open ${link.url}`] });
  });

  test('only prints the link when told so, for JSON, and without a screen', async () => {
    const { cli } = await cottage(routes);
    expect(await cli(['open', 'demo/lunch', '--print'], screen)).toMatchObject({
      executed: [],
      out: `${link.url}\n`,
    });
    const asJson = await cli(['open', 'demo/lunch', '--json'], screen);
    expect(asJson.executed).toEqual([]);
    expect(JSON.parse(asJson.out)).toEqual(link);
    const noScreen = await cli(['open', 'demo/lunch'], { ...screen, variables: {} });
    expect(noScreen).toMatchObject({ code: 0, executed: [], out: `${link.url}\n` });
  });

  test('is no failure when the browser doesn’t start', async () => {
    const { cli } = await cottage(routes);
    const ran = await cli(['open', 'demo/lunch'], { ...screen, programs: {} });
    expect(ran).toMatchObject({ code: 0, out: `${link.url}\n` });
    expect(ran.err).toContain('Open the address above');
  });

  test.each(['file:///etc/passwd', 'javascript:alert(1)', 'calc.exe'])('opens no %s', async (url) => {
    const { cli } = await cottage({ 'POST /v1/apps/demo/lunch/open': { status: 201, json: { url } } });
    expect(await cli(['open', 'demo/lunch'], screen)).toMatchObject({ code: 1, executed: [], out: '' });
  });

  test('knows how on every system', () => {
    expect(browserCommand('linux', 'u')).toEqual(['xdg-open', 'u']);
    expect(browserCommand('darwin', 'u')).toEqual(['open', 'u']);
    expect(browserCommand('win32', 'u')).toEqual(['rundll32', 'url.dll,FileProtocolHandler', 'u']);
  });
});

describe('the state of a publish', () => {
  test('is shown with the stages that are done', async () => {
    const running = publishAnswer({
      status: 'running',
      stages: stages('pending', { unpack: 'passed', scan: 'failed' }),
    });
    const { cli } = await cottage({ 'GET /v1/publishes/p_1': { json: running } });
    const ran = await cli(['status', 'p_1']);
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out.split('\n').slice(0, 3)).toEqual([
      '  ✓ Opening the files (12 ms)',
      '  ✗ Looking for passwords and keys (12 ms)',
      '“Lunch menu” is on its way.',
    ]);
  });

  test('ends as publishing would have', async () => {
    const { cli } = await cottage({
      'GET /v1/publishes/p_1': { json: publishAnswer({ status: 'refused' }) },
    });
    expect(await cli(['status', 'p_1'])).toMatchObject({ code: 3 });
    expect(JSON.parse((await cli(['status', 'p_1', '--json'])).out)).toMatchObject({ status: 'refused' });
  });
});

describe('the history of a publish', () => {
  const at = Date.parse('2026-03-02T09:00:00.000Z');
  const history: HistoryAnswer = {
    executions: [
      {
        name: 'p_1-1',
        status: 'FAILED',
        summary: 'demo/lunch (ana@example.com) could not be published: why [Busy]. Next: wait.',
        startedAt: at,
        events: [
          { id: 1, at, type: 'ExecutionStarted', detail: { input: {} } },
          { id: 2, at: at + 1, type: 'StateEntered', state: 'Deploy release' },
          { id: 3, at: at + 2, type: 'TaskScheduled', state: 'Deploy release', detail: { attempt: 1 } },
          {
            id: 4,
            at: at + 3,
            type: 'TaskFailed',
            state: 'Deploy release',
            detail: { error: 'Busy', cause: 'x' },
          },
          {
            id: 5,
            at: at + 3,
            type: 'RetryScheduled',
            state: 'Deploy release',
            detail: { error: 'Busy', attempt: 2, dueAt: at + 1_003 },
          },
          { id: 6, at: at + 1_003, type: 'TaskScheduled', state: 'Deploy release', detail: { attempt: 2 } },
          { id: 7, at: at + 1_004, type: 'TaskSucceeded', state: 'Deploy release', detail: null },
          { id: 8, at: at + 1_004, type: 'StateExited', state: 'Deploy release' },
          { id: 9, at: at + 1_005, type: 'ExecutionFailed', detail: { error: { not: 'text' } } },
        ],
      },
      { name: 'p_1-2', status: 'RUNNING', startedAt: at, events: [] },
    ],
  };

  test('is a table of what happened, execution by execution', async () => {
    const { cli, call } = await cottage({ 'GET /v1/publishes/p_1/history': { json: history } });
    const { out, code } = await cli(['history', 'p_1']);
    expect(code).toBe(0);
    expect(call()).toEqual(['GET /v1/publishes/p_1/history']);
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['p_1-1: failed'],
      ['demo/lunch (ana@example.com) could not be published: why [Busy]. Next: wait.'],
      ['TIME', 'STATE', 'WHAT', 'TRY', 'ERROR'],
      ['2026-03-02 09:00:00.000', 'started'],
      ['2026-03-02 09:00:00.001', 'Deploy release', 'entered'],
      ['2026-03-02 09:00:00.003', 'Deploy release', 'failed', 'Busy'],
      [
        '2026-03-02 09:00:00.003',
        'Deploy release',
        'will be tried again at 2026-03-02 09:00:01.003',
        '2',
        'Busy',
      ],
      ['2026-03-02 09:00:01.003', 'Deploy release', 'called again', '2'],
      ['2026-03-02 09:00:01.004', 'Deploy release', 'done'],
      ['2026-03-02 09:00:01.005', 'ended with an error'],
      [''],
      ['p_1-2: running'],
      ['TIME', 'STATE', 'WHAT', 'TRY', 'ERROR'],
      [''],
    ]);
  });

  test.each([
    ['finance', 'GET /v1/teams/finance/history'],
    ['demo/lunch', 'GET /v1/apps/demo/lunch/history'],
  ])('is also that of a team, or of an app’s end: %s', async (what, route) => {
    const { cli, call } = await cottage({ [route]: { json: { executions: [] } } });
    expect(await cli(['history', what])).toMatchObject({ code: 0, out: 'Nothing has run for it.\n' });
    expect(call()).toEqual([route]);
  });

  test('is all that is recorded as JSON', async () => {
    const { cli } = await cottage({ 'GET /v1/publishes/p_1/history': { json: history } });
    expect(JSON.parse((await cli(['history', 'p_1', '--json'])).out)).toEqual(history);
  });
});

describe('decisions', () => {
  const decision: DecisionAnswer = {
    decisionId: 'd_1',
    kind: 'approve',
    subject: 'public',
    options: ['approve', 'decline'],
    state: 'open',
    app: { team: 'demo', name: 'lunch', title: 'Lunch menu' },
    askedOf: ['cara@example.com', 'dan@example.com'],
    requestedBy: 'ana@example.com',
    createdAt: '2026-03-02T09:00:00.000Z',
    dueAt: '2026-03-16T09:00:00.000Z',
  };

  test('that wait are listed', async () => {
    const { cli } = await cottage({ 'GET /v1/decisions': { json: { decisions: [decision] } } });
    const { out } = await cli(['decide']);
    expect(out.split('\n')[1]?.split(/ {2,}/)).toEqual([
      'd_1',
      'demo/lunch',
      'public',
      'ana@example.com',
      'cara@example.com, dan@example.com',
      '2026-03-16 09:00',
    ]);
  });

  test('that are none are said to be none', async () => {
    const { cli } = await cottage({ 'GET /v1/decisions': { json: { decisions: [] } } });
    expect((await cli(['decide'])).out).toBe('Nothing waits for an answer.\n');
  });

  test.each([
    [['approve'], '{"option":"approve"}', 'Approved'],
    [['decline', '--note', 'not yet'], '{"option":"decline","note":"not yet"}', 'Declined'],
  ])('are taken: %j', async (args, body, done) => {
    const { cli, call } = await cottage({
      'POST /v1/decisions/d_1': { json: { ...decision, state: 'decided' } },
    });
    expect(await cli(['decide', 'd_1', ...args])).toMatchObject({
      code: 0,
      out: `${done}: public for “Lunch menu” (demo/lunch).\n`,
    });
    expect(call()).toEqual([`POST /v1/decisions/d_1 ${body}`]);
  });
});

/** Answers, one after the other; the last for ever. */
const inTurn = (...answers: object[]) => {
  const left = [...answers];
  return () => ({ json: left.length > 1 ? left.shift() : left[0] });
};

describe('teams', () => {
  const finance = {
    name: 'finance',
    title: 'Finance',
    state: 'adding',
    attempt: 1,
    zone: 'finance.apps.localhost',
    members: ['*'],
    maxApps: 50,
  };
  const ready = { ...finance, state: 'ready' };

  test('are added with all that is said about them, and followed until they are ready', async () => {
    const { cli, server } = await cottage({
      'POST /v1/teams': { status: 202, json: finance },
      'GET /v1/teams/finance': inTurn(finance, finance, ready),
    });
    const said = ['--title', 'Finance', '--business-unit', 'HQ', '--cost-center', 'CC2', '--max-apps', '50'];
    const people = ['--member', 'a@x.de', '--member', '*@y.de', '--lead', 'l@x.de', '--approver', 'p@x.de'];
    const ran = await cli([
      'team',
      'add',
      'finance',
      ...said,
      ...people,
      '--grant',
      'public',
      '--platform',
      'demo',
    ]);
    expect(ran).toMatchObject({
      code: 0,
      out: 'Team finance is ready. Its apps live below finance.apps.localhost.\n',
    });
    expect(ran.pauses).toHaveLength(3);
    expect(JSON.parse(server.calls[0]?.body ?? '')).toEqual({
      name: 'finance',
      title: 'Finance',
      businessUnit: 'HQ',
      costCenter: 'CC2',
      maxApps: 50,
      members: ['a@x.de', '*@y.de'],
      leads: ['l@x.de'],
      approvers: ['p@x.de'],
      standingGrants: ['public'],
      platforms: ['demo'],
    });
  });

  test('need no more than a name, and nobody has to wait', async () => {
    const { cli, call } = await cottage({ 'POST /v1/teams': { status: 202, json: finance } });
    const ran = await cli(['team', 'add', 'finance', '--no-wait']);
    expect(ran).toMatchObject({ code: 0, pauses: [] });
    expect(ran.out).toContain('is being added');
    expect(call()).toEqual(['POST /v1/teams {"name":"finance"}']);
  });

  test('that stand still are told with the reason', async () => {
    const summary = 'Team finance could not be added: its certificate was refused.';
    const { cli } = await cottage({
      'POST /v1/teams': { status: 202, json: finance },
      'GET /v1/teams/finance': { json: { ...finance, summary } },
    });
    expect(await cli(['team', 'add', 'finance'])).toMatchObject({ code: 5, out: `${summary}\n` });
  });

  test('are removed by whoever types their name, and followed until they are gone', async () => {
    const removing = { ...finance, state: 'removing', attempt: 2 };
    const { cli, call } = await cottage({
      'DELETE /v1/teams/finance': { status: 202, json: removing },
      'GET /v1/teams/finance': inTurn(removing, { ...removing, state: 'removed' }),
    });
    const other = await cli(['team', 'remove', 'finance'], { answers: ['finanse'] });
    expect(other).toMatchObject({ code: 2, out: '' });
    expect(call()).toEqual([]);
    const ran = await cli(['team', 'remove', 'finance'], { answers: ['finance'] });
    expect(ran).toMatchObject({ code: 0, asked: [expect.stringContaining('Type finance to go on')] });
    expect(ran.out).toContain('is removed');
    expect(call()[0]).toBe('DELETE /v1/teams/finance');
  });

  test('that somebody else takes up meanwhile are not waited for any more', async () => {
    const removing = { ...finance, state: 'removing', attempt: 2 };
    const { cli } = await cottage({
      'DELETE /v1/teams/finance': { status: 202, json: removing },
      'GET /v1/teams/finance': { json: { ...ready, attempt: 3 } },
    });
    expect(await cli(['team', 'remove', 'finance', '--yes'])).toMatchObject({ code: 0, pauses: [100] });
  });

  test('are listed', async () => {
    const { cli } = await cottage({ 'GET /v1/teams': { json: { teams: [ready] } } });
    const { out } = await cli(['team', 'list']);
    expect(out.split('\n')[1]?.split(/ {2,}/)).toEqual([
      'finance',
      'Finance',
      'ready',
      'finance.apps.localhost',
      '*',
      '50',
    ]);
  });
});

describe('an app’s end', () => {
  const retirement = { by: 'ada@example.com', at: '2026-03-02T09:00:00.000Z', summary: null };
  const retiring: AppAnswer = { ...APP, retirement, why: 'It is being retired.' };
  const retired: AppAnswer = { ...retiring, state: 'retired', why: 'It is retired.' };
  const path = '/v1/apps/demo/lunch';

  test('is for whoever types the app’s name, and followed', async () => {
    const left = [retiring, retired];
    const { cli, call } = await cottage({
      [`POST ${path}/retire`]: { status: 202, json: retiring },
      [`GET ${path}`]: () => ({ json: left.shift() }),
    });
    expect((await cli(['retire', 'demo/lunch'], { answers: ['lunch'] })).code).toBe(2);
    expect(call()).toEqual([]);
    const ran = await cli(['retire', 'demo/lunch'], { answers: ['demo/lunch'] });
    expect(ran).toMatchObject({ code: 0, out: 'It is retired.\n', pauses: [100, 150] });
  });

  test('is begun and left alone with --no-wait', async () => {
    const { cli, call } = await cottage({ [`POST ${path}/retire`]: { status: 202, json: retiring } });
    const ran = await cli(['retire', 'demo/lunch', '--yes', '--no-wait']);
    expect(ran).toMatchObject({ code: 0, out: 'It is being retired.\n', pauses: [] });
    expect(call()).toEqual([`POST ${path}/retire {}`]);
  });

  test('that stands still ends with 5', async () => {
    const halted = { ...retiring, retirement: { ...retirement, summary: 'why' }, why: 'It stands still.' };
    const { cli } = await cottage({
      [`POST ${path}/retire`]: { status: 202, json: retiring },
      [`GET ${path}`]: { json: halted },
    });
    expect(await cli(['retire', 'demo/lunch', '--yes'])).toMatchObject({
      code: 5,
      out: 'It stands still.\n',
    });
    const listed = await cottage({ 'GET /v1/apps': { json: { apps: [halted, retired] } } });
    const { out } = await listed.cli(['list']);
    expect(out).toContain('live, being retired');
    expect(out).toMatch(/demo\/lunch {2}retired {2,}https/);
  });
});

describe('platforms', () => {
  test('are added, and their secret is shown', async () => {
    const added = { platformId: 'retool', secret: 'whsec_x', hookUrl: 'http://h/v1/hooks/retool/publish' };
    const { cli, call } = await cottage({ 'POST /v1/platforms': { status: 201, json: added } });
    const args = ['platform', 'add', 'retool', '--team', 'finance', '--team', 'hr'];
    expect((await cli([...args, '--title', 'Retool'])).out.split('\n')).toEqual([
      'platform      retool',
      'publishes to  http://h/v1/hooks/retool/publish',
      'secret        whsec_x',
      '',
      'The secret is not shown again.',
      '',
    ]);
    await cli(args);
    expect(call()).toEqual([
      'POST /v1/platforms {"platformId":"retool","teams":["finance","hr"],"title":"Retool"}',
      'POST /v1/platforms {"platformId":"retool","teams":["finance","hr"]}',
    ]);
  });

  test('are listed', async () => {
    const platforms = [{ platformId: 'retool', title: 'Retool', teams: ['finance', 'hr'] }];
    const { cli } = await cottage({ 'GET /v1/platforms': { json: { platforms } } });
    const { out } = await cli(['platform', 'list']);
    expect(out.split('\n')[1]?.split(/ {2,}/)).toEqual(['retool', 'Retool', 'finance, hr']);
  });

  test('get a new secret', async () => {
    const rotated = {
      platformId: 'retool',
      secret: 'whsec_y',
      previousGoodUntil: '2026-03-03T09:00:00.000Z',
    };
    const { cli, call } = await cottage({ 'POST /v1/platforms/retool/rotate': { json: rotated } });
    const { out } = await cli(['platform', 'rotate', 'retool']);
    expect(out).toContain('The new secret of retool: whsec_y\n');
    expect(out).toContain('The old one is good until 2026-03-03 09:00.\n');
    expect(call()).toEqual(['POST /v1/platforms/retool/rotate {}']);
  });
});

describe('running Cottage', () => {
  test('the mailbox is a page beside the API', async () => {
    const { cli, server } = await cottage({});
    expect((await cli(['mailbox'])).out).toBe(`${server.address}/mailbox\n`);
    expect(JSON.parse((await cli(['mailbox', '--json'])).out)).toEqual({
      mailbox: `${server.address}/mailbox`,
    });
  });

  test('the clock is moved, and what fell due is counted', async () => {
    const { cli, call } = await cottage({
      'POST /v1/clock/advance': { json: { now: '2026-04-01T09:00:00.000Z', ran: 1 } },
    });
    expect((await cli(['clock', 'advance', '30d'])).out).toBe(
      'It is now 2026-04-01 09:00. 1 thing fell due on the way.\n',
    );
    expect(call()).toEqual(['POST /v1/clock/advance {"by":"30d"}']);
  });

  test('the doctor is content', async () => {
    const healthy = { ok: true, checked: { apps: 2, auditEntries: 3 }, problems: [] };
    const { cli } = await cottage({ 'GET /v1/doctor': { json: healthy } });
    expect(await cli(['doctor'])).toMatchObject({
      code: 0,
      out: 'Checked 2 apps, 3 audit entries. All is well.\n',
    });
  });

  test('the doctor says of when its report is, where that is not just now', async () => {
    const report = { ok: true, checked: { apps: 2 }, problems: [] };
    const said = async (at: string) => {
      const { cli } = await cottage({ 'GET /v1/doctor': { json: { ...report, at } } });
      return (await cli(['doctor'])).out;
    };
    expect(await said('2026-03-02T02:30:09.000Z')).toContain(
      'At 2026-03-02 02:30 UTC: checked 2 apps. All is well.',
    );
    expect(await said(new Date().toISOString())).toContain('Checked 2 apps. All is well.');
  });

  test('the doctor finds something, and ends with 5', async () => {
    const problem = { code: 'dns/orphan', subject: 'x.demo', text: 'Nobody owns x.', fix: 'Remove it.' };
    const { cli } = await cottage({
      'GET /v1/doctor': { json: { ok: false, checked: { apps: 2 }, problems: [problem] } },
    });
    const ran = await cli(['doctor']);
    expect(ran.code).toBe(5);
    expect(ran.out.split('\n')).toEqual([
      'Checked 2 apps. 1 problem found.',
      '',
      '  ✗ Nobody owns x.',
      '    What to do: Remove it.',
      '    About: x.demo (dns/orphan)',
      '',
    ]);
  });

  test('the doctor tells what only is left over from what is wrong, and reads everything when asked to', async () => {
    const problem = {
      code: 'leftover/work',
      severity: 'warning',
      subject: 'x',
      text: 'Left.',
      fix: 'Leave it.',
    };
    const { cli, call } = await cottage({
      'GET /v1/doctor': { json: { ok: false, checked: { apps: 2 }, problems: [problem] } },
    });
    expect((await cli(['doctor', '--deep'])).out).toContain('\n  ! Left.\n');
    expect(call()).toEqual(['GET /v1/doctor?deep=true']);
  });

  test('the record of who did what is whole', async () => {
    const compared = [{ what: 'audit-heads/2026-03-02.json', at: '2026-03-02T00:10:00.000Z' }];
    const whole = { ok: true, streams: 1, entries: 12, faults: [], head: 'h1.abc', compared };
    const { cli, call } = await cottage({ 'GET /v1/audit/verify': { json: whole } });
    expect(await cli(['audit', 'verify'])).toMatchObject({
      code: 0,
      out:
        'All is well: 12 entries about 1 record.\n' +
        'Compared with audit-heads/2026-03-02.json, made 2026-03-02 00:10.\nHead: h1.abc\n',
    });
    expect(call()).toEqual(['GET /v1/audit/verify']);
  });

  test('a short head comes with the advice to keep the whole', async () => {
    const json = { ok: true, streams: 1, entries: 12, faults: [], head: 's1.abc', compared: [] };
    const { cli } = await cottage({ 'GET /v1/audit/verify': { json } });
    expect((await cli(['audit', 'verify'])).out).toContain(
      'Keep this as well: cottage audit head > kept.json',
    );
  });

  test('a kept head is a line, or a file that holds one, and goes there as it is', async () => {
    const json = { ok: true, streams: 1, entries: 12, faults: [], head: 'h1.abc', compared: [] };
    const { cli, server } = await cottage({ 'POST /v1/audit/verify': { json } });
    const file = join(siteFolder({ 'kept.json': '{"cottageAuditHead":1}' }), 'kept.json');
    for (const head of ['h1.abc', 's1.abc', '{"a":1}', `h1.${'a'.repeat(100_000)}`, file]) {
      expect((await cli(['audit', 'verify', '--head', head])).code).toBe(0);
    }
    const sent = server.calls.map(({ body }) => (JSON.parse(body) as { head: string }).head.slice(0, 22));
    expect(sent).toEqual(['h1.abc', 's1.abc', '{"a":1}', `h1.${'a'.repeat(19)}`, '{"cottageAuditHead":1}']);
  });

  test.each([
    ['', 'empty'],
    ['hello', 'neither a file nor a head'],
    ['a'.repeat(5_000), 'neither a file nor a head'],
  ])('%j is no kept head, and nobody is asked', async (head, said) => {
    const { cli, call } = await cottage({});
    const ran = await cli(['audit', 'verify', '--head', head]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(said);
    expect(call()).toEqual([]);
  });

  test('the head is printed as the document it is', async () => {
    const text = '{"cottageAuditHead":1,"marks":[\n["app#a",1,"00","app demo/a"]\n]}\n';
    const { cli } = await cottage({ 'GET /v1/audit/head': { text, contentType: 'application/json' } });
    expect(await cli(['audit', 'head'])).toMatchObject({ code: 0, out: text });
  });

  test('the record of who did what is not whole, and that ends with 5', async () => {
    const faults = [{ text: 'app demo/a, entry 3: altered: it is not what was sealed' }];
    const { cli } = await cottage({
      'GET /v1/audit/verify': {
        json: { ok: false, streams: 2, entries: 1, faults, head: 'abc', compared: [] },
      },
    });
    expect(await cli(['audit', 'verify'])).toMatchObject({
      code: 5,
      out:
        'Something is wrong in 1 entry about 2 records:\n' +
        '  ✗ app demo/a, entry 3: altered: it is not what was sealed\nHead: abc\n',
    });
  });

  test.each([
    [['audit', 'export'], 'GET /v1/audit', 'entries', 'GET /v1/audit'],
    [['events', '--after', '7'], 'GET /v1/events', 'events', 'GET /v1/events?after=7'],
    [['events'], 'GET /v1/events', 'events', 'GET /v1/events?after=0'],
  ])('%j prints line by line, or one document', async (args, route, name, call) => {
    const text = '{"seq":1}\n{"seq":2}\n';
    const cottageHere = await cottage({ [route]: { text, contentType: 'application/x-ndjson' } });
    expect(await cottageHere.cli(args)).toMatchObject({ code: 0, out: text, err: '' });
    expect(cottageHere.call()).toEqual([call]);
    const asJson = await cottageHere.cli([...args, '--json']);
    expect(JSON.parse(asJson.out)).toEqual({ [name]: [{ seq: 1 }, { seq: 2 }] });
  });
});

test('the answers read here are those the API gives', () => {
  expectTypeOf<AppView>().toExtend<AppAnswer>();
  expectTypeOf<PublishView>().toExtend<PublishAnswer>();
});
