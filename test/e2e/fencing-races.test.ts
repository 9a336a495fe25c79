import { describe, expect, test } from 'vitest';
import { Busy } from '../../shared/errors/errors.ts';
import { around, Gate } from '../builders/around.ts';
import { PAGE, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { LaggingHosting } from '../builders/lagging-hosting.ts';

const HOST = 'lunch.demo.apps.localhost';
/** A page, and a file beside it whose name a test can hold on to. */
const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text), [`${text}.txt`]: text });
const shown = async (cottage: TestCottage) => (await cottage.visit(HOST)).body;

interface Delays {
  /** Writing this file of a release waits. */
  writing?: { file: string; gate: Gate };
  /** The n-th look at the app's first page waits, and then shows what `spoil` makes of it. */
  looking?: { nth: number; gate: Gate; spoil?: (body: Buffer) => Buffer };
}

function startDelayed({ writing, looking }: Delays): Promise<TestCottage> {
  let looks = 0;
  return startTestCottage({
    replace: {
      blobs: (blobs) =>
        around(blobs, async ({ verb, args, go }) => {
          if (writing && verb === 'put' && String(args[0]).endsWith(`/${writing.file}`))
            await writing.gate.pass();
          return go();
        }),
      probe: (probe) => ({
        get: async (host, path, options) => {
          const waits = path === '/' && (looks += 1) === looking?.nth;
          const answer = await probe.get(host, path, options);
          if (!waits) return answer;
          await looking.gate.pass();
          return { ...answer, body: looking.spoil?.(answer.body) ?? answer.body };
        },
      }),
    },
  });
}

const spoil = () => Buffer.from('something else');

/** A Cottage whose edge shows something else at the first page of every release with this text. */
const spoiling = (text: string) =>
  startTestCottage({
    replace: {
      probe: (probe) => ({
        get: async (host, path, options) => {
          const answer = await probe.get(host, path, options);
          const spoilt = path === '/' && answer.body.includes(text);
          return spoilt ? { ...answer, body: Buffer.from('a page of an error') } : answer;
        },
      }),
    },
  });

/** A Cottage whose edge refuses as many changes as `trouble` says. */
const refusing = (trouble: { times: number; error: () => Error }) =>
  startTestCottage({
    config: { virtualClock: true },
    replace: {
      random: () => 0,
      hosting: (hosting) =>
        around(hosting, ({ verb, go }) => {
          if (verb !== 'point' || trouble.times === 0) return go();
          trouble.times -= 1;
          return Promise.reject(trouble.error());
        }),
    },
  });

/** A Cottage whose edge shows a change when it is told to. */
async function lagging() {
  let edge: LaggingHosting | undefined;
  const replace = {
    hosting: (hosting: ConstructorParameters<typeof LaggingHosting>[0]) =>
      (edge = new LaggingHosting(hosting)),
  };
  const cottage = await startTestCottage({ config: { virtualClock: true }, replace });
  return { cottage, settle: () => edge?.settle() };
}

describe('two publishes of one app at once', () => {
  test('the older is slow to deploy: the newer goes live, the older is superseded', async () => {
    const gate = new Gate();
    const cottage = await startDelayed({ writing: { file: 'Soup.txt', gate } });
    const older = await cottage.begin(site('Soup'));
    await gate.reached;
    const newer = await cottage.follow(await cottage.begin(site('Stew')));
    expect(newer.status).toBe('live');
    gate.open();
    expect(await cottage.follow(older)).toMatchObject({ status: 'superseded', url: null });
    expect(await shown(cottage)).toContain('Stew');
    expect(await cottage.app()).toMatchObject({ live: { release: newer.release } });
    expect(await cottage.problems()).toEqual([]);
  });

  test('the newer is slow to deploy: both go live, one after the other', async () => {
    const gate = new Gate();
    const cottage = await startDelayed({ writing: { file: 'Stew.txt', gate } });
    await cottage.publish(site('Salad'));
    const older = await cottage.begin(site('Soup'));
    const newer = await cottage.begin(site('Stew'));
    await gate.reached;
    expect(await cottage.follow(older)).toMatchObject({ status: 'live' });
    expect(await shown(cottage)).toContain('Soup');
    gate.open();
    expect(await cottage.follow(newer)).toMatchObject({ status: 'live' });
    expect(await shown(cottage)).toContain('Stew');
  });

  test('the older is overtaken while it is being verified: it is superseded and touches nothing', async () => {
    const gate = new Gate();
    const cottage = await startDelayed({ looking: { nth: 1, gate } });
    const older = await cottage.begin(site('Soup'));
    await gate.reached;
    const newer = await cottage.follow(await cottage.begin(site('Stew')));
    expect(newer.status).toBe('live');
    gate.open();
    expect(await cottage.follow(older)).toMatchObject({ status: 'superseded' });
    expect(await shown(cottage)).toContain('Stew');
    expect(await cottage.app()).toMatchObject({ live: { release: newer.release } });
    await cottage.cottage.runner.idle();
    expect((await cottage.mails()).map(({ subject }) => subject)).toEqual(['“Lunch” is live']);
  });

  test('the older turns out not to work after the newer went live: it fails and touches nothing', async () => {
    const gate = new Gate();
    const cottage = await startDelayed({ looking: { nth: 1, gate, spoil } });
    const older = await cottage.begin(site('Soup'));
    await gate.reached;
    const newer = await cottage.follow(await cottage.begin(site('Stew')));
    gate.open();
    expect(await cottage.follow(older)).toMatchObject({ status: 'failed' });
    expect(await shown(cottage)).toContain('Stew');
    expect(await cottage.app()).toMatchObject({ live: { release: newer.release } });
    expect(await cottage.problems()).toEqual([]);
  });

  test('the older fails while the newer is on its way: the newer still goes live', async () => {
    const [verifying, deploying] = [new Gate(), new Gate()];
    const cottage = await startDelayed({
      writing: { file: 'Stew.txt', gate: deploying },
      looking: { nth: 2, gate: verifying, spoil },
    });
    await cottage.publish(site('Salad'));
    const older = await cottage.begin(site('Soup'));
    await verifying.reached;
    const newer = await cottage.begin(site('Stew'));
    await deploying.reached;
    verifying.open();
    expect(await cottage.follow(older)).toMatchObject({ status: 'failed' });
    expect(await shown(cottage)).toContain('Salad');
    // Going back did not count as newer than a publish that had been accepted by then.
    deploying.open();
    expect(await cottage.follow(newer)).toMatchObject({ status: 'live' });
    expect(await shown(cottage)).toContain('Stew');
  });
});

describe('a release that does not open properly', () => {
  test('is taken back: visitors see the older one again', async () => {
    const cottage = await spoiling('Stew');
    const soup = await cottage.publish(site('Soup'));
    const stew = await cottage.publish(site('Stew'));
    expect(stew).toMatchObject({ status: 'failed', url: null });
    expect(stew.findings.filter(({ severity }) => severity === 'block').map(({ code }) => code)).toEqual([
      'publish/smoke-test',
    ]);
    expect(stew.stages.find(({ name }) => name === 'verify')?.status).toBe('failed');
    expect(await shown(cottage)).toContain('Soup');
    expect(await cottage.app()).toMatchObject({
      state: 'live',
      live: { release: soup.release },
      pin: null,
      nextAction: { action: 'expire' },
    });
    expect(await cottage.problems()).toEqual([]);
    expect(await cottage.publish(site('Salad'))).toMatchObject({ status: 'live' });
    expect(await shown(cottage)).toContain('Salad');
  });

  test('and is the first: its name says that the app is being set up', async () => {
    const cottage = await spoiling('Stew');
    expect(await cottage.publish(site('Stew'))).toMatchObject({ status: 'failed', url: null });
    const page = await cottage.visit(HOST);
    expect(page.status).toBe(503);
    expect(page.body).toContain('This app is being set up');
    expect(await cottage.app()).toMatchObject({ state: 'draft', live: null, urls: { production: null } });
    expect(await cottage.problems()).toEqual([]);
    expect(await cottage.publish(site('Soup'))).toMatchObject({ status: 'live' });
    expect(await shown(cottage)).toContain('Soup');
  });
});

describe('an edge in trouble', () => {
  test('just after the catalog says where to point: the publish tries again and goes live', async () => {
    const cottage = await refusing({ times: 2, error: () => new Busy('throttled') });
    expect(await cottage.publish(site('Soup'))).toMatchObject({ status: 'live' });
    expect(await shown(cottage)).toContain('Soup');
  });

  test('for good: the publish fails, and the catalog agrees with what visitors see', async () => {
    const trouble = { times: 0, error: () => new Error('broken') };
    const cottage = await refusing(trouble);
    const soup = await cottage.publish(site('Soup'));
    trouble.times = 1;
    expect(await cottage.publish(site('Stew'))).toMatchObject({ status: 'failed' });
    expect(await shown(cottage)).toContain('Soup');
    expect(await cottage.app()).toMatchObject({ live: { release: soup.release } });
    expect(await cottage.problems()).toEqual([]);
  });

  test('in the middle of a rollback: the app is brought there within minutes', async () => {
    const trouble = { times: 0, error: () => new Busy('throttled') };
    const cottage = await refusing(trouble);
    await cottage.publish(site('Soup'));
    await cottage.publish(site('Stew'));
    trouble.times = 1;
    await cottage.act('rollback');
    expect(await shown(cottage)).toContain('Stew');
    expect(await cottage.app()).toMatchObject({ nextAction: { action: 'converge' } });
    await cottage.advance('3m');
    expect(await shown(cottage)).toContain('Soup');
    expect(await cottage.app()).toMatchObject({ nextAction: { action: 'expire' } });
  });
});

describe('an edge that takes its time', () => {
  test('is waited for: there is no address before visitors see the release', async () => {
    const { cottage, settle } = await lagging();
    const waiting = await cottage.publish(site('Soup'));
    expect(waiting).toMatchObject({ status: 'running', url: null });
    expect(waiting.stages.find(({ status }) => status === 'running')?.name).toBe('verify');
    expect(await shown(cottage)).toContain('This app is being set up');
    await cottage.advance('20s');
    expect(await cottage.status(waiting.statusUrl)).toMatchObject({ status: 'running', url: null });
    await settle();
    await cottage.advance('1m');
    expect(await cottage.status(waiting.statusUrl)).toMatchObject({ status: 'live' });
    expect(await shown(cottage)).toContain('Soup');
  });

  test('and never shows the release: after a while the publish fails and goes back', async () => {
    const { cottage, settle } = await lagging();
    const waiting = await cottage.publish(site('Soup'));
    await cottage.advance('1h');
    const failed = await cottage.status(waiting.statusUrl);
    expect(failed).toMatchObject({ status: 'failed', url: null });
    expect(failed.findings.map(({ code }) => code)).toContain('publish/smoke-test');
    await settle();
    expect(await shown(cottage)).toContain('This app is being set up');
  });
});
