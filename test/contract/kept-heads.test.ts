import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalKeptHeads } from '../../shared/audit/local-kept-heads.ts';
import { tempFolder } from '../builders/temp.ts';
import { keptHeadsContract } from './kept-heads.suite.ts';

async function open() {
  const folder = join(tempFolder(), 'audit-heads');
  return {
    folder,
    keptHeads: new LocalKeptHeads(folder),
    restarted: () => new LocalKeptHeads(folder),
    observe: async () => (await readdir(folder).catch((): string[] => [])).toSorted(),
  };
}

describe('heads kept in files', () => {
  keptHeadsContract(open);

  it('are their owner’s to read, and nobody’s to write', async () => {
    const { folder, keptHeads } = await open();
    await keptHeads.keep('2026-11-24', 'x');
    expect((await stat(join(folder, '2026-11-24.json'))).mode & 0o777).toBe(0o400);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('are what has a name of one: others’ files are none', async () => {
    const { folder, keptHeads } = await open();
    await keptHeads.keep('2026-11-24', 'x');
    for (const name of ['README.json', '2026-11-25.txt', '2026-11-26.json.draft']) {
      await writeFile(join(folder, name), 'x');
    }
    expect(await keptHeads.names()).toEqual(['2026-11-24']);
  });
});
