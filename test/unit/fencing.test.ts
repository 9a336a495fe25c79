import { describe, expect, it } from 'vitest';
import type { App } from '../../shared/apps/app.ts';
import { Apps } from '../../shared/apps/apps.ts';
import {
  confirm,
  flip,
  isOwnRelease,
  pointAt,
  promote,
  revert,
  rollback,
  unpin,
} from '../../shared/apps/fencing.ts';
import { HELD, HOLDING, PARKED } from '../../shared/ids/ids.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import {
  appId,
  draftApp,
  flipped,
  liveApp,
  publishId,
  releaseId,
  sequence,
  T0,
  target,
} from '../builders/app.ts';
import { tempDatabase } from '../builders/temp.ts';

const NOW = '2026-03-03T10:00:00.000Z';

const wanted = (name: string, seq: number) => ({
  seq: sequence(seq),
  release: releaseId(name),
  access: 'viewers' as const,
  spa: false,
});

const pin = { seq: sequence(1), by: 'ada@example.com', at: T0 };
const hold = { reason: 'phishing', by: 'ada@example.com', at: T0 };

describe('1. accepting draws the next sequence of the app', () => {
  it('in the order of acceptance, each number once, each app by itself', async () => {
    const apps = new Apps(new SqliteRecordStore(tempDatabase()));
    expect(await apps.nextSequence(appId('lunch'))).toBe(1);
    const drawn = await Promise.all(Array.from({ length: 5 }, () => apps.nextSequence(appId('lunch'))));
    expect(drawn).toEqual([2, 3, 4, 5, 6]);
    expect(await apps.nextSequence(appId('dinner'))).toBe(1);
  });
});

describe('2. going live sets the target when its sequence is newer and nothing pins the app', () => {
  it('gives a draft its first target: generation 1, what was wanted, and who set it', () => {
    const result = flip(
      draftApp(),
      { ...wanted('one', 1), access: 'open', spa: true },
      publishId('one'),
      NOW,
    );
    expect(result).toEqual({
      kind: 'flipped',
      gen: 1,
      app: draftApp({
        target: {
          gen: 1,
          seq: 1,
          release: releaseId('one'),
          access: 'open',
          spa: true,
          at: NOW,
          setBy: publishId('one'),
        },
      }),
    });
  });

  it('takes the next generation each time, whatever the sequences skip', () => {
    const app = flipped(liveApp(), 'two', 2);
    expect(app.target).toMatchObject({ gen: 2, seq: 2, release: releaseId('two'), setBy: publishId('two') });
    expect(flipped(app, 'seven', 7).target).toMatchObject({ gen: 3, seq: 7, release: releaseId('seven') });
  });

  it('leaves what was last verified as it is', () => {
    const app = flipped(liveApp(), 'two', 2);
    expect(app).toMatchObject({ live: liveApp().live, settledGen: 1, releases: liveApp().releases });
  });

  it('makes bringing the edge there the next action, due in two minutes', () => {
    const apps = new Apps(new SqliteRecordStore(tempDatabase()));
    const [operation] = apps.changing({ value: liveApp(), version: 4 }, flipped(liveApp(), 'two', 2), NOW);
    const at = '2026-03-03T10:02:00.000Z';
    expect(operation).toMatchObject({
      op: 'replace',
      version: 4,
      record: {
        data: { nextAction: { action: 'converge', at } },
        index: { due: { sk: `${at}#${appId()}` } },
      },
    });
  });

  it('is done once: run again, a publish goes on from its own flip', () => {
    const app = flipped(liveApp(), 'two', 2);
    expect(flip(app, wanted('two', 2), publishId('two'), NOW)).toEqual({ kind: 'mine', gen: 2 });
  });

  it.each<[string, string, number, string]>([
    ['another publish', 'two', 2, 'three'],
    ['another sequence', 'two', 1, 'two'],
    ['another release', 'other', 2, 'two'],
  ])('takes a flip for its own only when all fits: not with %s', (_, release, seq, by) => {
    const app = flipped(liveApp(), 'two', 2);
    expect(flip(app, wanted(release, seq), publishId(by), NOW)).toEqual({ kind: 'superseded' });
  });

  it('forgets what waited once a newer one goes live', () => {
    const ready = { seq: sequence(2), release: releaseId('two'), publishId: publishId('two') };
    expect(flipped(liveApp({ ready }), 'three', 3)).not.toHaveProperty('ready');
  });

  describe('the same site again, verified and settled', () => {
    it('only moves the catalog on: target, live and settled, with nothing left to do at the edge', () => {
      const result = flip(liveApp(), wanted('one', 2), publishId('two'), NOW);
      expect(result).toMatchObject({
        kind: 'unchanged',
        gen: 2,
        app: {
          target: { gen: 2, seq: 2, release: releaseId('one'), at: NOW, setBy: publishId('two') },
          live: { gen: 2, seq: 2, release: releaseId('one'), access: 'viewers', spa: false },
          settledGen: 2,
        },
      });
    });

    it.each<[string, App, object]>([
      ['another release', liveApp(), { release: releaseId('two') }],
      ['another audience', liveApp(), { access: 'open' }],
      ['other paths', liveApp(), { spa: true }],
      ['an edge that is not settled', liveApp({ settledGen: 0 }), {}],
      ['a target that was never verified', liveApp({ target: target({ gen: 2 }), settledGen: 2 }), {}],
      ['nothing live yet', liveApp({ live: undefined }), {}],
    ])('is not the same with %s', (_, app, other) => {
      expect(flip(app, { ...wanted('one', 2), ...other }, publishId('two'), NOW).kind).toBe('flipped');
    });
  });
});

describe('3. a publish that may not flip is ready under a pin, and superseded otherwise', () => {
  it('is superseded by the decision to retire the app, also where it has flipped already', () => {
    const retirement = { by: 'ada@example.com', at: NOW, attempt: 1 };
    const mine = { ...flipped(liveApp(), 'two', 2), retirement };
    expect(flip(mine, wanted('two', 2), publishId('two'), NOW)).toEqual({ kind: 'superseded' });
    const gone = liveApp({ state: 'retired' });
    expect(flip(gone, wanted('two', 9), publishId('two'), NOW)).toEqual({ kind: 'superseded' });
  });

  it('is superseded by a newer sequence, and by its own', () => {
    const app = flipped(liveApp(), 'five', 5);
    expect(flip(app, wanted('four', 4), publishId('four'), NOW)).toEqual({ kind: 'superseded' });
    expect(flip(app, wanted('twin', 5), publishId('twin'), NOW)).toEqual({ kind: 'superseded' });
  });

  it.each<['pinned' | 'held' | 'archived', Partial<App>]>([
    ['pinned', { pin }],
    ['held', { hold }],
    ['archived', { state: 'archived' }],
    ['pinned', { pin, hold, state: 'archived' }],
    ['held', { hold, state: 'archived' }],
  ])('is ready and waits while the app is %s, and the target stays', (why, fields) => {
    const app = liveApp(fields);
    const ready = { seq: 2, release: releaseId('two'), publishId: publishId('two') };
    expect(flip(app, wanted('two', 2), publishId('two'), NOW)).toEqual({
      kind: 'ready',
      why,
      app: { ...app, ready },
    });
  });

  it('is ready under a pin that is newer than itself, too', () => {
    const app = rollback(liveApp(), sequence(3), releaseId('zero'), 'ada', NOW);
    expect(flip(app, wanted('two', 2), publishId('two'), NOW).kind).toBe('ready');
  });

  it('takes the place of an older one that waits, never of a newer one', () => {
    const ready = { seq: sequence(5), release: releaseId('five'), publishId: publishId('five') };
    const app = liveApp({ pin, ready });
    expect(flip(app, wanted('four', 4), publishId('four'), NOW)).toEqual({ kind: 'superseded' });
    const again = flip(app, wanted('five', 5), publishId('five'), NOW);
    expect(again).toEqual({ kind: 'ready', why: 'pinned', app });
    expect(flip(app, wanted('six', 6), publishId('six'), NOW)).toMatchObject({ app: { ready: { seq: 6 } } });
  });

  it('goes live on an app that is expiring', () => {
    expect(flip(liveApp({ state: 'expiring' }), wanted('two', 2), publishId('two'), NOW).kind).toBe(
      'flipped',
    );
  });
});

describe('7. what passed is live, if the target is still its generation', () => {
  it('becomes live, settled and the newest of the releases', () => {
    const app = flipped(liveApp(), 'two', 2);
    const two = { release: releaseId('two'), seq: 2, publishId: publishId('two'), at: NOW };
    expect(confirm(app, 2, publishId('two'), NOW)).toEqual({
      ...app,
      live: { gen: 2, seq: 2, release: releaseId('two'), access: 'viewers', spa: false },
      settledGen: 2,
      releases: [two, ...liveApp().releases],
    });
  });

  it.each([0, 1, 3])('is not confirmed as generation %i when the target is generation 2', (gen) => {
    expect(confirm(flipped(liveApp(), 'two', 2), gen, publishId('two'), NOW)).toBeUndefined();
  });

  it('is not confirmed where there is no target', () => {
    expect(confirm(draftApp(), 0, publishId('one'), NOW)).toBeUndefined();
  });

  it('keeps ten releases, each once, the newest first', () => {
    let app = draftApp();
    for (let seq = 1; seq <= 12; seq += 1) {
      app = flipped(app, `r${seq}`, seq);
      app = confirm(app, app.target?.gen ?? 0, publishId(`r${seq}`), NOW) ?? app;
    }
    expect(app.releases.map((r) => r.seq)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    app = rollback(app, sequence(13), releaseId('r9'), 'ada', NOW);
    app = confirm(app, 13, undefined, NOW) ?? app;
    expect(app.releases.map((r) => r.seq)).toEqual([13, 12, 11, 10, 8, 7, 6, 5, 4, 3]);
    expect(app.releases[0]).toEqual({
      release: releaseId('r9'),
      seq: 13,
      publishId: publishId('r9'),
      at: NOW,
    });
  });

  it.each([HOLDING, PARKED, HELD])(
    'is settled and never live when it is Cottage’s own release %s',
    (release) => {
      expect(isOwnRelease(release)).toBe(true);
      const app = liveApp({ target: target({ gen: 2, release, setBy: 'admin' }) });
      expect(confirm(app, 2, undefined, NOW)).toEqual({ ...app, settledGen: 2 });
    },
  );

  it('lists nothing when nobody knows which publish a release came from', () => {
    const app = rollback(liveApp(), sequence(2), releaseId('old'), 'ada', NOW);
    expect(confirm(app, 2, undefined, NOW)).toMatchObject({
      live: { release: releaseId('old') },
      releases: liveApp().releases,
    });
  });
});

describe('8. what failed points back to what was live, if the target is still its generation', () => {
  it('takes a new generation and keeps the sequence', () => {
    const app = flipped(liveApp({ live: { ...target(), access: 'open', spa: true } }), 'two', 2);
    const later = '2026-03-03T10:00:05.000Z';
    expect(revert(app, 2, publishId('two'), later)?.target).toEqual({
      gen: 3,
      seq: 2,
      release: releaseId('one'),
      access: 'open',
      spa: true,
      at: later,
      setBy: publishId('two'),
    });
  });

  it('points at the holding page when nothing was ever live, and then nothing is live', () => {
    const app = flipped(draftApp(), 'one', 1);
    const back = revert(app, 1, publishId('one'), NOW);
    expect(back?.target).toMatchObject({ gen: 2, seq: 1, release: HOLDING, access: 'viewers', spa: false });
    expect(back?.live).toBeUndefined();
  });

  it('lets a newer accepted publish through, and no older one', () => {
    const back = revert(flipped(liveApp(), 'three', 3), 2, publishId('three'), NOW) ?? liveApp();
    expect(flip(back, wanted('two', 2), publishId('two'), NOW).kind).toBe('superseded');
    expect(flip(back, wanted('four', 4), publishId('four'), NOW).kind).toBe('flipped');
  });

  it.each([0, 1, 3])('leaves the target alone as generation %i when it is generation 2', (gen) => {
    expect(revert(flipped(liveApp(), 'two', 2), gen, publishId('two'), NOW)).toBeUndefined();
  });

  it('leaves an app without a target alone', () => {
    expect(revert(draftApp(), 0, publishId('one'), NOW)).toBeUndefined();
  });

  it('changes nothing when it points back already', () => {
    const back = revert(flipped(liveApp(), 'two', 2), 2, publishId('two'), NOW) ?? liveApp();
    expect(revert(back, 3, publishId('two'), NOW)).toBe(back);
    const first = revert(flipped(draftApp(), 'one', 1), 1, publishId('one'), NOW) ?? draftApp();
    expect(revert(first, 2, publishId('one'), NOW)).toBe(first);
  });

  it('points back when the same files were to be shown to others', () => {
    const result = flip(liveApp(), { ...wanted('one', 2), access: 'open' }, publishId('two'), NOW);
    const app = 'app' in result ? result.app : liveApp();
    expect(revert(app, 2, publishId('two'), NOW)?.target).toMatchObject({ gen: 3, access: 'viewers' });
  });
});

describe('9. a rollback takes a sequence of its own and pins', () => {
  it('points at the chosen release as the app is shown now, and says who pinned it', () => {
    const app = liveApp({ live: { ...target(), access: 'open', spa: true } });
    const next = rollback(app, sequence(4), releaseId('old'), 'ada@example.com', NOW);
    expect(next.target).toEqual({
      gen: 2,
      seq: 4,
      release: releaseId('old'),
      access: 'open',
      spa: true,
      at: NOW,
      setBy: 'admin',
    });
    expect(next.pin).toEqual({ seq: 4, by: 'ada@example.com', at: NOW });
    expect(next.live).toEqual(app.live);
  });

  it('asks for sign-in where nothing is known of how the app was shown', () => {
    const next = rollback(draftApp({ spa: true }), sequence(1), releaseId('old'), 'ada', NOW);
    expect(next.target).toMatchObject({ gen: 1, access: 'viewers', spa: true });
  });

  it('keeps the sequence of a newer publish that went first, so that no older one comes after it', () => {
    const app = unpin(rollback(flipped(liveApp(), 'eight', 8), sequence(6), releaseId('old'), 'ada', NOW));
    expect(app.target).toMatchObject({ gen: 3, seq: 8, release: releaseId('old') });
    expect(flip(app, wanted('seven', 7), publishId('seven'), NOW).kind).toBe('superseded');
    expect(flip(app, wanted('nine', 9), publishId('nine'), NOW).kind).toBe('flipped');
  });
});

describe('10. unpinning, promoting, holding and archiving move the target the same way', () => {
  const ready = { seq: sequence(2), release: releaseId('two'), publishId: publishId('two') };

  it('unpins, and what waits stays waiting', () => {
    const app = liveApp({ pin, ready });
    expect(unpin(app)).toEqual(liveApp({ ready }));
  });

  it('promotes what waits with a new sequence, and nothing waits any more', () => {
    const next = promote(liveApp({ ready, spa: true, visibility: 'public' }), sequence(5), NOW);
    expect(next?.target).toEqual({
      gen: 2,
      seq: 5,
      release: releaseId('two'),
      access: 'open',
      spa: true,
      at: NOW,
      setBy: publishId('two'),
    });
    expect(next).not.toHaveProperty('ready');
    expect(promote(liveApp({ ready }), sequence(5), NOW)?.target).toMatchObject({
      access: 'viewers',
      spa: false,
    });
  });

  it('lists a promoted release, once verified, as the publish’s that built it', () => {
    const promoted = promote(liveApp({ ready }), sequence(5), NOW) ?? liveApp();
    expect(confirm(promoted, 2, undefined, NOW)?.releases[0]).toEqual({
      release: releaseId('two'),
      seq: 5,
      publishId: publishId('two'),
      at: NOW,
    });
    expect(flip(promoted, wanted('two', 2), publishId('two'), NOW)).toEqual({ kind: 'superseded' });
  });

  it.each<[string, Partial<App>]>([
    ['nothing waits', { ready: undefined }],
    ['the app is pinned', { pin }],
    ['the app is on hold', { hold }],
    ['the app is archived', { state: 'archived' }],
  ])('promotes nothing when %s', (_, fields) => {
    expect(promote(liveApp({ ready, ...fields }), sequence(5), NOW)).toBeUndefined();
  });

  it.each([
    ['held', HELD],
    ['parked', PARKED],
    ['live', releaseId('one')],
  ] as const)('shows the page %s in the next generation, and leaves what was live known', (what, release) => {
    const app = liveApp({ live: { ...target(), access: 'open', spa: true } });
    const next = pointAt(app, sequence(3), what, NOW);
    expect(next.target).toEqual({
      gen: 2,
      seq: 3,
      release,
      access: 'open',
      spa: true,
      at: NOW,
      setBy: 'admin',
    });
    expect(next.live).toEqual(app.live);
  });

  it('comes back to the holding page when nothing was ever live', () => {
    const next = pointAt(draftApp(), sequence(3), 'live', NOW);
    expect(next.target).toMatchObject({ gen: 1, release: HOLDING, access: 'viewers', spa: false });
  });

  it('supersedes every publish accepted before', () => {
    const app = pointAt(liveApp(), sequence(3), 'live', NOW);
    expect(flip(app, wanted('two', 2), publishId('two'), NOW)).toEqual({ kind: 'superseded' });
  });
});
