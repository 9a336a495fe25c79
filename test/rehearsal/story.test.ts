import { expect, test } from 'vitest';
import { rehearse } from './faults.ts';
import { nothingLeft } from './nothing-left.ts';
import { ADMIN, DINNER_HOST, publishDinner, STORY } from './story.ts';
import { openWorld } from './world.ts';

test('a team, its app and their end, through the functions of AWS: nothing is wrong on the way, and nothing is left', async () => {
  const world = await openWorld();
  for (const chapter of STORY) {
    await chapter.tell(world);
    // Everything is compared with everything: the records with the edge, DNS, certificates and files.
    await world.night();
    expect((await world.as(ADMIN, { path: '/v1/doctor' })).body).toMatchObject({ problems: [] });
  }
  expect(await world.look()).toMatchObject(nothingLeft);
  expect(world.account.server.defects).toEqual([]);
});

test('an app that is for the company goes live past its gate, which stays shut for everybody else', async () => {
  const world = await openWorld();
  await STORY[0]?.tell(world);
  expect(await publishDinner(world)).toMatchObject({ status: 'live', url: `https://${DINNER_HOST}` });
  const stranger = await world.visitor.get(DINNER_HOST, '/');
  expect([stranger.status, String(stranger.body)]).toEqual([401, expect.stringContaining('Sign in')]);
});

/** A call in so many is rehearsed here, each time with another fault; `npm run test:aws` rehearses all. */
const EVERY = 13;

test.each(STORY.map(({ title }, chapter) => [title, chapter] as const))(
  'a fault here and there, while %s, changes nothing of how it ends',
  async (_, chapter) => {
    const rows = await rehearse(chapter, (call, fault) => call % EVERY === 0 && (call / EVERY) % 4 === fault);
    expect(rows.filter(({ outcome }) => outcome === 'wrong')).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  },
  120_000,
);
