import { expect, test } from 'vitest';
import { nothingLeft } from '../rehearsal/nothing-left.ts';
import { STORY } from '../rehearsal/story.ts';
import { openWorld } from '../rehearsal/world.ts';
import { motoUrl } from './moto.ts';

test('the whole story on moto, with our own fakes of what it lacks: nothing is left', async () => {
  const world = await openWorld({ moto: motoUrl() });
  for (const chapter of STORY) await chapter.tell(world);
  expect(await world.look()).toMatchObject(nothingLeft);
  expect(world.account.server.defects).toEqual([]);
});
