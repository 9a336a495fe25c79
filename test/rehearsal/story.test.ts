import { expect, test } from 'vitest';
import { STORY } from './story.ts';
import { openWorld } from './world.ts';

test('the whole story', async () => {
  const world = await openWorld();
  for (const chapter of STORY) {
    const before = world.account.server.log.length;
    const t = performance.now();
    await chapter.tell(world);
    console.log(chapter.title, world.account.server.log.length - before, Math.round(performance.now() - t), 'ms');
  }
  expect(world.account.server.defects).toEqual([]);
});
