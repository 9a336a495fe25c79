import { describe, expect, it } from 'vitest';
import { revert as revertStep } from '../../functions/publish/revert.ts';
import { verify } from '../../functions/publish/verify.ts';
import type { App } from '../../shared/apps/app.ts';
import { converge } from '../../shared/apps/converge.ts';
import { pointAt, promote, revert, rollback } from '../../shared/apps/fencing.ts';
import { NotConverged, SmokeTestFailed, Superseded } from '../../shared/errors/errors.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { appId, flipped, liveApp, publishId, releaseId, sequence, T0, target } from '../builders/app.ts';
import { interrupting, once, openCatalog } from '../builders/catalog.ts';
import { acceptedPublish } from '../builders/publish.ts';

// Rule 6 of the fencing protocol, and rule 8 as its step follows it.

async function flippedCatalog(page?: string) {
  const catalog = await openCatalog(flipped(liveApp(), 'two', 2));
  await catalog.add(
    acceptedPublish('two', { seq: sequence(2), release: releaseId('two'), status: 'running' }),
  );
  await catalog.store('two', page);
  return catalog;
}

const input = { publishId: publishId('two'), appId: appId(), sequence: 2 };
const runVerify = (deps: Deps) => verify.run(input, deps);
const runRevert = (deps: Deps) => revertStep.run(input, deps);

const ready = { seq: sequence(2), release: releaseId('two'), publishId: publishId('two') };

/** Ways in which the target stops being that of publish two, whose sequence is 2. */
const OVERTAKEN: [string, (app: App) => App][] = [
  ['a newer publish', (app) => flipped(app, 'three', 3)],
  ['an admin', (app) => pointAt(app, sequence(3), 'held', T0)],
  ['an admin with an older sequence', (app) => rollback(app, sequence(1), releaseId('one'), 'ada', T0)],
  ['a promotion of its own', (app) => promote({ ...app, ready }, sequence(3), T0) ?? app],
];

describe('6. verifying waits until the edge shows the target, and touches nothing that is not its own', () => {
  it('is tried again while the edge shows something else', async () => {
    const { deps } = await flippedCatalog();
    await expect(runVerify(deps)).rejects.toThrow(NotConverged);
  });

  it('passes once the edge shows the release and its page', async () => {
    const { deps, app } = await flippedCatalog();
    await converge(appId(), deps);
    expect(await runVerify(deps)).toEqual({ outcome: 'verified' });
    expect((await app()).live).toEqual(liveApp().live);
  });

  it('fails when the page is another than the one that was published', async () => {
    const { deps } = await flippedCatalog('<h1>another page</h1>');
    await converge(appId(), deps);
    await expect(runVerify(deps)).rejects.toThrow(SmokeTestFailed);
    const { findings } = (await deps.publishes.get(publishId('two'))).value;
    expect(findings).toMatchObject([{ stage: 'verify', code: 'publish/smoke-test' }]);
  });

  it.each(OVERTAKEN)('ends superseded once %s has set another target', async (_, change) => {
    const catalog = await flippedCatalog();
    await converge(appId(), catalog.deps);
    await catalog.change(change);
    const [before, bindings] = [await catalog.app(), await catalog.hosting.bindings()];
    await expect(runVerify(catalog.deps)).rejects.toThrow(Superseded);
    expect(await catalog.app()).toEqual(before);
    expect(await catalog.hosting.bindings()).toEqual(bindings);
  });
});

describe('8. the step that reverts', () => {
  it('points back, brings the edge there and settles it; run again it changes nothing', async () => {
    const { deps, app, shown } = await openCatalog(flipped(liveApp(), 'two', 2));
    await converge(appId(), deps);
    expect(await runRevert(deps)).toEqual({ outcome: 'reverted' });
    const reverted = await app();
    expect(reverted).toMatchObject({
      target: { gen: 3, seq: 2 },
      live: { gen: 3, release: releaseId('one') },
    });
    expect(reverted.settledGen).toBe(3);
    expect(shown()?.release).toBe(releaseId('one'));
    expect(await runRevert(deps)).toEqual({ outcome: 'reverted' });
    expect(await app()).toEqual(reverted);
  });

  it('goes on where an earlier run died: the target points back, the edge does not', async () => {
    const failed = flipped(liveApp(), 'two', 2);
    const { deps, change, shown } = await openCatalog(failed);
    await converge(appId(), deps);
    await change((app) => revert(app, 2, publishId('two'), T0) ?? app);
    expect(shown()?.release).toBe(releaseId('two'));
    expect(await runRevert(deps)).toEqual({ outcome: 'reverted' });
    expect(shown()?.release).toBe(releaseId('one'));
  });

  it('takes back who may look, even when the files are the same', async () => {
    const opened = liveApp({ target: target({ gen: 2, seq: 2, access: 'open', setBy: publishId('two') }) });
    const { deps, app, shown } = await openCatalog(opened);
    await converge(appId(), deps);
    expect(shown()?.access).toBe('open');
    await runRevert(deps);
    expect(shown()?.access).toBe('viewers');
    expect((await app()).live?.access).toBe('viewers');
  });

  it.each(OVERTAKEN)('leaves the target of %s alone', async (_, change) => {
    const { deps, app } = await openCatalog(change(flipped(liveApp(), 'two', 2)));
    const before = await app();
    expect(await runRevert(deps)).toEqual({ outcome: 'not-mine' });
    expect(await app()).toEqual(before);
  });

  it('never takes for verified what another flipped in the meantime', async () => {
    const { deps, hosting, change, app } = await openCatalog(flipped(liveApp(), 'two', 2));
    const flipping = once(() => change((fresh) => flipped(fresh, 'three', 3)));
    await runRevert({ ...deps, hosting: interrupting(hosting, 'bindings', flipping) });
    expect(await app()).toMatchObject({
      target: { gen: 4, release: releaseId('three') },
      live: { release: releaseId('one') },
      settledGen: 1,
    });
  });
});
