import { expect, test } from 'vitest';
import { STORY } from './story.ts';
import { openWorld } from './world.ts';

test('the whole story', async () => {
  const world = await openWorld();
  try {
  for (const chapter of STORY) {
    const before = world.account.server.log.length;
    const t = performance.now();
    await chapter.tell(world);
    console.log(chapter.title, world.account.server.log.length - before, Math.round(performance.now() - t), 'ms');
  }
  } catch (e) { console.log(String(e).slice(0, 3000)); 
    console.log(world.account.server.log.slice(-40).map((c) => `${c.number} ${c.caller} ${c.service} ${c.operation} ${c.outcome}`).join('\n'));
    for (const e of Object.values(await world.account.fakes.sfn.executions())) console.log(JSON.stringify({...e, history: e.history.slice(-6)}));
    console.log(world.account.server.defects);
    throw e; }
  expect(world.account.server.defects).toEqual([]);
});
