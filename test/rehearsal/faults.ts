import { expect } from 'vitest';
import { FAULT_KINDS, type FaultKind } from '../fakes/aws-faults.ts';
import type { Seen } from './observer.ts';
import { STORY } from './story.ts';
import { openWorld } from './world.ts';

/** What became of one fault. */
export interface Row {
  call: number;
  kind: FaultKind;
  /** Who called what. */
  what: string;
  /**
   * - `same`: the chapter ended as it does when nothing fails.
   * - `again`: it did not, but was taken back; told once more it ended so, and but for its own history nothing was left.
   */
  outcome: 'same' | 'again' | 'wrong';
  /** What is wrong. */
  why: string;
}

/**
 * Tells one chapter of the story again and again, from the same beginning, every call of AWS failing once in every way.
 * Each time the end has to be that of the telling in which nothing failed. Calls are told by their number from 1, faults
 * by their place in `FAULT_KINDS`; those for which `isChosen` says no are left out.
 */
export async function rehearse(
  chapter: number,
  isChosen: (call: number, fault: number) => boolean = () => true,
): Promise<Row[]> {
  const told = STORY[chapter];
  if (told === undefined) throw new RangeError(`there is no chapter ${chapter}`);
  const world = await openWorld();
  const { server } = world.account;
  for (const earlier of STORY.slice(0, chapter)) await earlier.tell(world);
  const restore = world.account.snapshot();
  const begin = () => {
    restore();
    world.telling = 1;
    return server.log.length;
  };

  const before = begin();
  await told.tell(world);
  const clean = server.log.slice(before);
  const expected = await world.look();

  const tryOut = async (call: number, kind: FaultKind): Promise<Pick<Row, 'outcome' | 'why'>> => {
    server.faults.at(begin() + call, kind);
    const failed = await told.tell(world).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const unreached = server.faults.unreached();
    for (const { number } of unreached) server.faults.take(number);
    if (unreached.length > 0) return { outcome: 'wrong', why: 'not reached' };
    if (failed === undefined) return judged('same', difference(expected, await world.look()));
    // Longer than Cottage waits before it looks after what came to a halt.
    await world.pass(20);
    world.telling = 2;
    const why = await told.tell(world).then(
      async () => difference(expected, await world.look(), HISTORY),
      (error: Error) => `not to be mended: ${error.message}`,
    );
    return judged('again', why);
  };

  const rows: Row[] = [];
  for (const [i, { caller, service, operation }] of clean.entries()) {
    const call = i + 1;
    for (const [fault, kind] of FAULT_KINDS.entries()) {
      if (!isChosen(call, fault)) continue;
      rows.push({ call, kind, what: `${caller} ${service} ${operation}`, ...(await tryOut(call, kind)) });
    }
  }
  expect(server.defects).toEqual([]);
  return rows;
}

const judged = (outcome: Row['outcome'], why: string): Pick<Row, 'outcome' | 'why'> =>
  why === '' ? { outcome, why } : { outcome: 'wrong', why };

/** What may tell of a telling that came to nothing: its publish, what was said of it, an upload that is kept for a while. */
const HISTORY =
  /^(publish#|audit#|mail#|decision#|upload#|cottage-\S+ (\S+) (FAILED|SUCCEEDED)|\S+ incoming\/u_\.zip|\S+@\S+ |(Publish|Team|App)\w+$)/;

/** What is missing, and what is there that should not be; of the latter, what `allowed` fits is fine. */
function difference(expected: Seen, seen: Seen, allowed = /^$/): string {
  return (Object.keys(expected) as (keyof Seen)[])
    .flatMap((name) => [
      ...without(expected[name], seen[name]).map((line) => `missing: ${line}`),
      ...without(seen[name], expected[name])
        .filter((line) => !allowed.test(line))
        .map((line) => `left: ${line}`),
    ])
    .join('\n');
}

/** Lines of the first that are not in the second, as often as they are more. */
function without(lines: string[], others: string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
