import { expect, it } from 'vitest';
import type { KeptHeads } from '../../shared/audit/kept-heads.ts';
import { NotFound } from '../../shared/errors/errors.ts';

export interface KeptHeadsSetup {
  keptHeads: KeptHeads;
  /** Another instance on the same data, as after a restart. */
  restarted: () => KeptHeads;
  /** What is kept, by file or key: seen by another way than the adapter's own. */
  observe: () => Promise<string[]>;
}

const NAME = '2026-11-24';
const LARGE = '{"marks":[\n'.padEnd(3_000_000, '["app#a_1",1]\n');

/** What every `KeptHeads` promises. */
export function keptHeadsContract(setup: () => Promise<KeptHeadsSetup>): void {
  it('a head that is kept is there, to the letter, after a restart too', async () => {
    const { keptHeads, restarted, observe } = await setup();
    for (const [name, text] of [
      [NAME, '{"name":"Mittag für Ünal ☕"}\n'],
      ['2026-11-25', LARGE],
    ] as const) {
      expect(await keptHeads.keep(name, text)).toBe(true);
      for (const each of [keptHeads, restarted()]) expect(await each.read(name)).toBe(text);
    }
    expect(await observe()).toEqual([`${NAME}.json`, '2026-11-25.json']);
  });

  it('a second head under the same name changes nothing, and is told so', async () => {
    const { keptHeads, restarted, observe } = await setup();
    await keptHeads.keep(NAME, 'first');
    expect(await keptHeads.keep(NAME, 'second')).toBe(false);
    expect(await restarted().keep(NAME, 'second')).toBe(false);
    expect(await keptHeads.read(NAME)).toBe('first');
    expect(await observe()).toEqual([`${NAME}.json`]);
  });

  it('the same head again is kept already: who lost the answer asks again', async () => {
    const { keptHeads, restarted, observe } = await setup();
    for (const each of [keptHeads, keptHeads, restarted()]) expect(await each.keep(NAME, 'one')).toBe(true);
    expect(await observe()).toEqual([`${NAME}.json`]);
  });

  it('of two at the same moment one is kept', async () => {
    const { keptHeads, restarted, observe } = await setup();
    const asked = ['one', 'other'].map((text, i) => (i === 0 ? keptHeads : restarted()).keep(NAME, text));
    const kept = await Promise.all(asked);
    expect(kept.filter(Boolean)).toHaveLength(1);
    expect(await keptHeads.read(NAME)).toBe(kept[0] ? 'one' : 'other');
    expect(await observe()).toEqual([`${NAME}.json`]);
  });

  it('names are told from the oldest on, those with an id behind their day', async () => {
    const { keptHeads } = await setup();
    expect(await keptHeads.names()).toEqual([]);
    for (const name of ['2026-12-01', '2025-12-31', `${NAME}-b2`, NAME, `${NAME}-a7`]) {
      await keptHeads.keep(name, name);
    }
    expect(await keptHeads.names()).toEqual(['2025-12-31', NAME, `${NAME}-a7`, `${NAME}-b2`, '2026-12-01']);
  });

  it('a head that was never kept is not found, be another name ever so near', async () => {
    const { keptHeads } = await setup();
    await expect(keptHeads.read(NAME)).rejects.toThrow(NotFound);
    await keptHeads.keep(`${NAME}-a7`, 'another');
    await expect(keptHeads.read(NAME)).rejects.toThrow(NotFound);
    expect(await keptHeads.keep(NAME, 'this one')).toBe(true);
    expect(await keptHeads.read(NAME)).toBe('this one');
  });

  it.each(['', '2026-11', '../keys', '2026-11-24/x', '2026-11-24.json', '2026-11-24-A', `${NAME}-\n`])(
    '%j names no head',
    async (name) => {
      const { keptHeads, observe } = await setup();
      await expect(keptHeads.keep(name, 'x')).rejects.toThrow(TypeError);
      await expect(keptHeads.read(name)).rejects.toThrow(TypeError);
      expect(await observe()).toEqual([]);
    },
  );
}
