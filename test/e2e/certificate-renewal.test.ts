import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { examine } from '../../shared/doctor/doctor.ts';
import { startTestCottage, type TestCottage } from '../builders/cottage.ts';

const filesOf = ({ folder }: TestCottage) => readdirSync(join(folder, 'certificates')).toSorted();

/** The same Cottage started again when its certificates are good for 28 more days. */
async function startLater(cottage: TestCottage): Promise<TestCottage> {
  await cottage.cottage.stop();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 170 * DAY_MS });
  onTestFinished(() => void vi.useRealTimers());
  return startTestCottage({ folder: cottage.folder });
}

const certificateOf = async ({ deps }: TestCottage) => (await deps.teams.find('demo'))?.value.certificateId;

test('a team’s certificate is renewed a month before it ends, and the one before goes', async () => {
  const first = await startTestCottage();
  const [before, files] = [await certificateOf(first), filesOf(first)];
  expect(files).toEqual([`${before}.json`]);
  const cottage = await startLater(first);
  const after = await certificateOf(cottage);
  expect(after).not.toBe(before);
  expect(filesOf(cottage)).toEqual([`${after}.json`]);
});

test('one that an app still names stays until the app is published again, and is nothing left over', async () => {
  const first = await startTestCottage();
  await first.publish();
  const before = await certificateOf(first);
  const cottage = await startLater(first);
  expect(filesOf(cottage)).toEqual([`${before}.json`, `${await certificateOf(cottage)}.json`].toSorted());
  const { problems } = await examine(cottage.deps, { pauses: [] });
  expect(problems.filter(({ code }) => code.startsWith('certificate/'))).toEqual([]);
});
