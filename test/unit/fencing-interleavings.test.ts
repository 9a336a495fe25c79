import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type AdminAct, World } from './fencing-world.ts';

type Step = (world: World) => void | Promise<void>;

const NEWEST = -1;
const which = fc.nat({ max: 20 });
const access = fc.constantFrom('open' as const, 'viewers' as const);
const release = fc.nat({ max: 3 });
const act = fc.constantFrom<AdminAct[]>(
  'rollback',
  'unpin',
  'promote',
  'hold',
  'release',
  'archive',
  'restore',
);

/** One thing that somebody does. Steps that have nothing to work on do nothing. */
const single: fc.Arbitrary<Step>[] = [
  fc.tuple(release, access).map(([r, a]) => named(`accept ${r} ${a}`, (w) => w.accept(r, a))),
  which.map((n) => named(`flip ${n}`, (w) => w.flip(n))),
  fc.constant(named('startConverge', (w) => w.startConverge())),
  which.map((n) => named(`answer ${n}`, (w) => w.answer(n))),
  fc.tuple(which, fc.boolean()).map(([n, passed]) => named(`look ${n} ${passed}`, (w) => w.look(n, passed))),
  fc.constant(named('lookAfter', (w) => w.lookAfter())),
  which.map((n) => named(`conclude ${n}`, (w) => w.conclude(n))),
  fc.constant(named('drawForAdmin', (w) => w.drawForAdmin())),
  fc.tuple(act, which).map(([a, n]) => named(`act ${a} ${n}`, (w) => w.act(a, n))),
];

/** The same, hurried: begun and ended while all others stand still, so that runs get far. */
const hurried: fc.Arbitrary<Step>[] = [
  fc.constant(named('converge', (w) => bringThere(w))),
  fc.tuple(release, access, fc.boolean()).map(([r, a, passed]) =>
    named(`publish ${r} ${a} ${passed}`, async (w) => {
      w.accept(r, a);
      w.flip(NEWEST);
      await bringThere(w);
      w.look(NEWEST, passed);
      w.conclude(NEWEST);
    }),
  ),
  fc.tuple(release, access).map(([r, a]) =>
    named(`publish ${r} ${a}, stalled just before it points`, async (w) => {
      w.accept(r, a);
      w.flip(NEWEST);
      await bringThere(w, 2);
    }),
  ),
  fc.tuple(act, which).map(([a, n]) =>
    named(`admin ${a} ${n}`, async (w) => {
      w.drawForAdmin();
      w.act(a, NEWEST, n);
      await bringThere(w);
      w.lookAfter();
      w.conclude(NEWEST);
    }),
  ),
];

/** Its three calls: binding, target, point. */
async function bringThere(world: World, calls = 3): Promise<void> {
  world.startConverge();
  for (let call = 0; call < calls; call += 1) await world.answer(NEWEST);
}

const step = fc.oneof(...single, ...single, ...hurried);

/** So that a failing run reads as a list of what was done. */
function named(name: string, run: Step): Step {
  return Object.assign((world: World) => run(world), { [fc.toStringMethod]: () => name });
}

it('whoever acts in whatever order, the edge ends at the target, and only what was verified is live', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
      const world = new World();
      for (const run of steps) await run(world);
      const { shown, meant } = await world.quiesce();
      expect(shown).toEqual(meant);
    }),
    { numRuns: 500 },
  );
});
