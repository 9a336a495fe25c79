import { expect, test } from 'vitest';
import { sha256 } from '../../shared/ids/ids.ts';
import { LUNCH, PAGE, type TestCottage } from '../builders/cottage.ts';
import { dieEverywhere } from '../builders/crashes.ts';
import type { Death } from '../builders/dying.ts';
import { FILES, giving, Internet } from '../builders/internet.ts';
import { siteZip } from '../builders/site-zip.ts';

const HOST = 'lunch.demo.apps.localhost';
const LONG_MS = 120_000;

interface Told {
  publishId: string;
}

/** An internet with a file, and what publishes it, dies with it and looks at it. */
async function fileOnTheWeb(bytes: Buffer, digest = sha256(bytes)) {
  const internet = await Internet.open();
  internet.names.set(FILES, [['1.2.3.4']]);
  const requests = await internet.serve('1.2.3.4', giving(bytes));
  const artifact = { url: `https://${FILES}/lunch.zip?signature=secret`, sha256: digest };
  const send = async (cottage: TestCottage, signal?: AbortSignal): Promise<Told> => {
    const options = { id: 'the-publish', ...(signal ? { signal } : {}) };
    const answer = await cottage.hook('publish', { app: LUNCH, artifact }, options);
    return (await answer.json()) as Told;
  };
  return {
    requests,
    parts: { downloads: internet.options() },
    act: send,
    /** Who was told nothing delivers again. What is left over, once everything had its time. */
    observe: async (cottage: TestCottage, told: Told | undefined) => {
      const { publishId } = told ?? (await send(cottage));
      await cottage.cottage.runner.idle();
      const { body } = await cottage.admin('GET', `/v1/publishes/${publishId}`);
      const { status } = body as { status: string };
      await cottage.advance('30m');
      const leftovers = [...(await cottage.blobs('work/')), ...(await cottage.blobs('incoming/'))];
      const mails = (await cottage.mails()).map(({ subject }) => subject);
      return { status, problems: await cottage.problems(), leftovers, mails };
    },
  };
}

/** Before and after every write until the file is here and its listing written; the rest is as for any other publish. */
function untilUnpacked(writes: string[]): Death[] {
  const [fetched, listed = 0] = writes.flatMap((write, i) => (write === 'blobs.put' ? [i + 1] : []));
  expect(fetched).toBeLessThan(listed);
  return writes.slice(0, listed + 2).flatMap((_, i): Death[] => [
    { write: i + 1, when: 'before' },
    { write: i + 1, when: 'after' },
  ]);
}

const NO_FAULTS = { problems: [], leftovers: [] };

test(
  'a publish by URL goes live, whichever write the process dies at, and fetches again only what it has lost',
  async () => {
    const web = await fileOnTheWeb(await siteZip({ 'index.html': PAGE }));
    const { outcomes } = await dieEverywhere({
      prepare: async () => undefined,
      ...web,
      sample: untilUnpacked,
      observe: async (cottage, told) => {
        const seen = await web.observe(cottage, told);
        return { ...seen, shown: /Soup/.exec((await cottage.visit(HOST)).body)?.[0] };
      },
    });
    expect(outcomes.length).toBeGreaterThanOrEqual(20);
    for (const { death, seen } of outcomes)
      expect({ death, ...seen }).toEqual({
        death,
        status: 'live',
        ...NO_FAULTS,
        mails: ['“Lunch” is live'],
        shown: 'Soup',
      });
    // Once to count the writes, once in every run, and once more where it died before the file was safe: at its put.
    expect(web.requests).toHaveLength(1 + outcomes.length + 1);
  },
  LONG_MS,
);

test(
  'a publish of another file than was named is refused once, whichever write the process dies at',
  async () => {
    const web = await fileOnTheWeb(Buffer.from('another file'), sha256('the file'));
    const { writes, outcomes } = await dieEverywhere({ prepare: async () => undefined, ...web });
    expect(outcomes).toHaveLength(2 * writes.length);
    for (const { death, seen } of outcomes)
      expect({ death, ...seen }).toMatchObject({ death, status: 'refused', ...NO_FAULTS });
    expect(outcomes.map(({ seen }) => seen.mails.length)).toEqual(outcomes.map(() => 1));
  },
  LONG_MS,
);
