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
  return startTestCottage({ folder: cottage.folder, config: { virtualClock: true } });
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

test('a team that is removed leaves none of its certificates, also of those before the last', async () => {
  const first = await startTestCottage();
  await first.addTeam('finance');
  await first.publish(undefined, { team: 'finance', name: 'budget', visibility: 'company' });
  const cottage = await startLater(first);
  const ofDemo = `${await certificateOf(cottage)}.json`;
  expect(filesOf(cottage).filter((file) => file !== ofDemo)).toHaveLength(2);
  await cottage.admin('POST', '/v1/apps/finance/budget/retire', {});
  await cottage.advance('5m');
  await cottage.admin('DELETE', '/v1/teams/finance');
  await cottage.advance('5m');
  expect((await cottage.admin('GET', '/v1/teams/finance')).body).toMatchObject({ state: 'removed' });
  await cottage.addTeam('kitchen');
  await cottage.cottage.reload();
  const ofKitchen = `${(await cottage.deps.teams.find('kitchen'))?.value.certificateId}.json`;
  expect(filesOf(cottage)).toEqual([ofDemo, ofKitchen].toSorted());
});
