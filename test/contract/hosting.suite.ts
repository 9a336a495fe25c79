import { describe, expect, it } from 'vitest';
import { AlreadyExists, NotConverged, NotFound, PreconditionFailed } from '../../shared/errors/errors.ts';
import type { Hosting, Site } from '../../shared/hosting/hosting.ts';
import { AppId, derivedId, HOLDING, ReleaseId } from '../../shared/ids/ids.ts';

export interface HostingHarness {
  hosting: Hosting;
  /** Which app and release a visitor of this host meets, by an HTTPS request; undefined when nobody is there. */
  shown: (host: string) => Promise<{ app: string; release: string } | undefined>;
  /** Lets a lagging edge catch up. */
  settle: () => Promise<void>;
}

const LUNCH = AppId.parse(derivedId('a', 'lunch'));
const DINNER = AppId.parse(derivedId('a', 'dinner'));
const HOST = 'lunch.demo.apps.localhost';
const OTHER = 'dinner.demo.apps.localhost';

const site = (name: string): Site => ({
  release: ReleaseId.parse(derivedId('r', name)),
  page: 'app',
  access: 'open',
  spa: false,
  headers: {},
});

async function etagOf(hosting: Hosting, app: AppId): Promise<string> {
  const [binding] = await hosting.bindings(app);
  if (!binding) throw new Error(`${app} is not bound`);
  return binding.etag;
}

/** Unbinds, calling again for as long as the edge has not let go. */
async function unbind(hosting: Hosting, app: AppId, tries = 10): Promise<void> {
  for (let left = tries; left > 0; left -= 1) {
    try {
      return await hosting.unbind(app);
    } catch (error) {
      if (!(error instanceof NotConverged)) throw error;
    }
  }
}

/** What every `Hosting` does. `lagging` gives one whose edge shows what it showed until it is settled. */
export function hostingContract(open: () => Promise<HostingHarness>, lagging: () => Promise<HostingHarness>) {
  describe('binding', () => {
    it('shows the holding release at once, and nothing anywhere else', async () => {
      const { hosting, shown } = await open();
      await hosting.bind(LUNCH, HOST);
      expect(await shown(HOST)).toEqual({ app: LUNCH, release: HOLDING });
      expect(await shown(OTHER)).toBeUndefined();
      const [binding] = await hosting.bindings(LUNCH);
      expect(binding?.site).toEqual({ ...site(''), release: HOLDING });
    });

    it('the same again does nothing', async () => {
      const { hosting, shown } = await open();
      await hosting.bind(LUNCH, HOST);
      await hosting.point(LUNCH, site('one'), await etagOf(hosting, LUNCH));
      const before = await hosting.bindings();
      await hosting.bind(LUNCH, HOST);
      expect(await hosting.bindings()).toEqual(before);
      expect(await shown(HOST)).toEqual({ app: LUNCH, release: site('one').release });
    });

    it("another app's host is refused, and the app that has it stays", async () => {
      const { hosting, shown } = await open();
      await hosting.bind(LUNCH, HOST);
      await expect(hosting.bind(DINNER, HOST)).rejects.toThrow(AlreadyExists);
      expect(await shown(HOST)).toEqual({ app: LUNCH, release: HOLDING });
      expect(await hosting.bindings(DINNER)).toEqual([]);
    });

    it('a second host for an app is refused', async () => {
      const { hosting, shown } = await open();
      await hosting.bind(LUNCH, HOST);
      await expect(hosting.bind(LUNCH, OTHER)).rejects.toThrow(AlreadyExists);
      expect(await shown(OTHER)).toBeUndefined();
    });

    it('bindings are those of one app, or all', async () => {
      const { hosting } = await open();
      await hosting.bind(LUNCH, HOST);
      await hosting.bind(DINNER, OTHER);
      expect((await hosting.bindings(LUNCH)).map(({ app, host }) => [app, host])).toEqual([[LUNCH, HOST]]);
      expect(new Set((await hosting.bindings()).map(({ host }) => host))).toEqual(new Set([HOST, OTHER]));
    });
  });

  describe('pointing', () => {
    it('shows the site, and gives the binding another ETag', async () => {
      const { hosting, shown } = await open();
      await hosting.bind(LUNCH, HOST);
      const before = await etagOf(hosting, LUNCH);
      const whole: Site = {
        release: site('one').release,
        page: 'parked',
        access: 'viewers',
        spa: true,
        headers: { 'content-security-policy': "default-src 'self'" },
      };
      await hosting.point(LUNCH, whole, before);
      const [binding] = await hosting.bindings(LUNCH);
      expect(binding).toMatchObject({ app: LUNCH, host: HOST, site: whole });
      expect(binding?.etag).not.toBe(before);
      expect(await shown(HOST)).toEqual({ app: LUNCH, release: whole.release });
    });

    it('with an ETag of before is refused, and changes nothing', async () => {
      const { hosting, shown } = await open();
      await hosting.bind(LUNCH, HOST);
      const before = await etagOf(hosting, LUNCH);
      await hosting.point(LUNCH, site('one'), before);
      for (const etag of [before, '', 'nothing']) {
        await expect(hosting.point(LUNCH, site('two'), etag)).rejects.toThrow(PreconditionFailed);
      }
      expect(await shown(HOST)).toEqual({ app: LUNCH, release: site('one').release });
    });

    it('of two at once with one ETag, one wins', async () => {
      const { hosting, shown } = await open();
      await hosting.bind(LUNCH, HOST);
      const etag = await etagOf(hosting, LUNCH);
      const results = await Promise.allSettled([
        hosting.point(LUNCH, site('one'), etag),
        hosting.point(LUNCH, site('two'), etag),
      ]);
      const won = results.findIndex((result) => result.status === 'fulfilled');
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      expect(await shown(HOST)).toEqual({ app: LUNCH, release: site(won === 0 ? 'one' : 'two').release });
    });

    it('an app that is not bound is not found', async () => {
      const { hosting } = await open();
      await hosting.bind(LUNCH, HOST);
      const etag = await etagOf(hosting, LUNCH);
      await expect(hosting.point(DINNER, site('one'), etag)).rejects.toThrow(NotFound);
    });

    it('leaves every other app alone', async () => {
      const { hosting, shown } = await open();
      await hosting.bind(LUNCH, HOST);
      await hosting.bind(DINNER, OTHER);
      const other = await etagOf(hosting, DINNER);
      await hosting.point(LUNCH, site('one'), await etagOf(hosting, LUNCH));
      expect(await shown(OTHER)).toEqual({ app: DINNER, release: HOLDING });
      expect(await etagOf(hosting, DINNER)).toBe(other);
    });
  });

  describe('unbinding', () => {
    it('frees the host; again, it does nothing', async () => {
      const { hosting, shown } = await open();
      await hosting.bind(LUNCH, HOST);
      await unbind(hosting, LUNCH);
      await unbind(hosting, LUNCH);
      expect(await shown(HOST)).toBeUndefined();
      expect(await hosting.bindings()).toEqual([]);
      await hosting.bind(DINNER, HOST);
      expect(await shown(HOST)).toEqual({ app: DINNER, release: HOLDING });
    });

    it('an ETag from before is worth nothing after', async () => {
      const { hosting } = await open();
      await hosting.bind(LUNCH, HOST);
      const etags = [await etagOf(hosting, LUNCH)];
      await hosting.point(LUNCH, site('one'), etags[0] ?? '');
      etags.push(await etagOf(hosting, LUNCH));
      await unbind(hosting, LUNCH);
      await hosting.bind(LUNCH, HOST);
      for (const etag of etags) {
        await expect(hosting.point(LUNCH, site('two'), etag)).rejects.toThrow(PreconditionFailed);
      }
    });
  });

  it('a lagging edge shows what it showed, while the bindings say what is wanted', async () => {
    const { hosting, shown, settle } = await lagging();
    await hosting.bind(LUNCH, HOST);
    expect(await shown(HOST)).toBeUndefined();
    await settle();
    expect(await shown(HOST)).toEqual({ app: LUNCH, release: HOLDING });
    await hosting.point(LUNCH, site('one'), await etagOf(hosting, LUNCH));
    await hosting.point(LUNCH, site('two'), await etagOf(hosting, LUNCH));
    expect(await shown(HOST)).toEqual({ app: LUNCH, release: HOLDING });
    expect((await hosting.bindings(LUNCH))[0]?.site.release).toBe(site('two').release);
    await settle();
    expect(await shown(HOST)).toEqual({ app: LUNCH, release: site('two').release });
    // The first call is all it takes, whether it says that it is done or that it is not.
    await unbind(hosting, LUNCH, 1);
    expect(await shown(HOST)).toEqual({ app: LUNCH, release: site('two').release });
    await settle();
    expect(await shown(HOST)).toBeUndefined();
  });
}
