import { describe, expect, it } from 'vitest';
import { converge, siteOf } from '../../shared/apps/converge.ts';
import { rollback } from '../../shared/apps/fencing.ts';
import { NotFound, PreconditionFailed } from '../../shared/errors/errors.ts';
import type { Binding, Hosting, Site } from '../../shared/hosting/hosting.ts';
import { HELD, HOLDING, PARKED } from '../../shared/ids/ids.ts';
import { appId, draftApp, flipped, liveApp, releaseId, sequence, T0, target } from '../builders/app.ts';
import { around } from '../builders/around.ts';
import { interrupting, once, openCatalog } from '../builders/catalog.ts';
import { override } from '../builders/override.ts';
import { textOf, typescriptFiles } from '../repo/sources.ts';

// Rules 4 and 5 of the fencing protocol.

describe('4. converging brings the edge to the target', () => {
  it('points at what the target says, and tells which generation that is', async () => {
    const { deps, shown } = await openCatalog(
      liveApp({ target: target({ gen: 7, access: 'open', spa: true }) }),
    );
    expect(await converge(appId(), deps)).toBe(7);
    expect(shown()).toEqual({
      release: releaseId('one'),
      page: 'app',
      access: 'open',
      spa: true,
      headers: {},
    });
  });

  it.each([
    [HELD, 'held'],
    [PARKED, 'parked'],
    [HOLDING, 'app'],
  ] as const)('shows Cottage’s own release %s as the page %s', (release, page) => {
    expect(siteOf(target({ release }))).toMatchObject({ release, page });
  });

  it('does nothing where there is no target yet', async () => {
    const { deps, shown } = await openCatalog(draftApp());
    expect(await converge(appId(), deps)).toBe(0);
    expect(shown()?.release).toBe(HOLDING);
  });

  it('says so when the app is not bound', async () => {
    const { deps, hosting } = await openCatalog(liveApp());
    await hosting.unbind(appId());
    await expect(converge(appId(), deps)).rejects.toThrow(NotFound);
  });

  it('leaves the edge alone once it is settled and shows the target', async () => {
    const { deps, hosting } = await openCatalog(liveApp());
    await hosting.point(appId(), siteOf(target()), (await hosting.bindings())[0]?.etag ?? '');
    const before = await hosting.bindings();
    expect(await converge(appId(), deps)).toBe(1);
    expect(await hosting.bindings()).toEqual(before);
  });

  it('mends an edge that shows something else though it was settled', async () => {
    const { deps, shown } = await openCatalog(liveApp());
    await converge(appId(), deps);
    expect(shown()?.release).toBe(releaseId('one'));
  });

  it('reads again when the binding changed between its read and its write', async () => {
    const { deps, hosting, change, shown } = await openCatalog(flipped(liveApp(), 'two', 2));
    const overtaking = once(async () => {
      await change((app) => flipped(app, 'three', 3));
      await converge(appId(), deps);
    });
    expect(await converge(appId(), { ...deps, hosting: interrupting(hosting, 'point', overtaking) })).toBe(3);
    expect(shown()?.release).toBe(releaseId('three'));
  });

  it('reads the binding before the target: one that changes in between is no longer the one to write on', async () => {
    const { deps, hosting, change, shown } = await openCatalog(liveApp());
    const order: string[] = [];
    const noting = <T extends object>(port: T) =>
      around(port, ({ verb, go }) => {
        order.push(verb);
        return go();
      });
    await change((app) => flipped(app, 'two', 2));
    await converge(appId(), { apps: noting(deps.apps), hosting: noting<Hosting>(hosting) });
    expect(order).toEqual(['bindings', 'get', 'point']);
    expect(shown()?.release).toBe(releaseId('two'));
  });

  it('shuts out whoever is late with an older target, also when the edge shows the newer one already', async () => {
    const { deps, hosting, change, app, shown } = await openCatalog(liveApp());
    await converge(appId(), deps);
    await change((fresh) => flipped(fresh, 'two', 2));
    // Before it points at release two, an admin goes back to release one, which the edge still shows.
    const rollingBack = once(async () => {
      await change((fresh) => rollback(fresh, sequence(3), releaseId('one'), 'ada', T0));
      await converge(appId(), deps);
    });
    await converge(appId(), { ...deps, hosting: interrupting(hosting, 'point', rollingBack) });
    expect((await app()).target).toMatchObject({ gen: 3, release: releaseId('one') });
    expect(shown()?.release).toBe(releaseId('one'));
  });

  it('gives up, to be tried again, when others keep changing the binding', async () => {
    let points = 0;
    const site: Site = { release: HOLDING, page: 'app', access: 'open', spa: false, headers: {} };
    const binding: Binding = { app: appId(), host: 'h', site, etag: '1' };
    const { deps, hosting } = await openCatalog(liveApp());
    const busy = override<Hosting>(hosting, {
      bindings: () => Promise.resolve([binding]),
      point: () => {
        points += 1;
        return Promise.reject(new PreconditionFailed('changed'));
      },
    });
    await expect(converge(appId(), { ...deps, hosting: busy })).rejects.toThrow(PreconditionFailed);
    expect(points).toBe(5);
  });

  it('hands on every other failure of the edge at once', async () => {
    const { deps, hosting } = await openCatalog(liveApp());
    const broken = interrupting(hosting, 'point', () => Promise.reject(new NotFound('gone')));
    await expect(converge(appId(), { ...deps, hosting: broken })).rejects.toThrow(NotFound);
  });
});

describe('5. nobody but converge points the edge', () => {
  it('in the whole product', () => {
    const product = typescriptFiles().filter((path) => /^(shared|functions|local|cli)\//.test(path));
    expect(product.filter((path) => /hosting\.point\(/.test(textOf(path)))).toEqual([
      'shared/apps/converge.ts',
    ]);
  });
});
