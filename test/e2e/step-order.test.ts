import { expect, test } from 'vitest';
import { bindName } from '../../functions/publish/bind-name.ts';
import { ensureDns } from '../../functions/publish/ensure-dns.ts';
import { goLive } from '../../functions/publish/go-live.ts';
import type { App } from '../../shared/apps/app.ts';
import { AppId, PublishId, ReleaseId } from '../../shared/ids/ids.ts';
import { changeApp } from '../../shared/runtime/step.ts';
import { startTestCottage, type TestCottage } from '../builders/cottage.ts';

// The workflow file holds the order; each step holds it once more, should somebody run one by hand or change the file.

/** A live app, and the input its publish's steps were called with. */
async function publishedApp(cottage: TestCottage) {
  const { publishId, app, release } = await cottage.publish();
  const appId = AppId.parse(app.appId);
  return {
    input: { publishId: PublishId.parse(publishId), appId, sequence: 1 },
    release: ReleaseId.parse(release),
    forget: (...fields: ('boundHost' | 'certificateId' | 'dnsHost')[]) =>
      changeApp(appId, cottage.deps, `forget ${fields.join()}`.replaceAll(' ', '/'), (stored) => {
        const kept = Object.entries(stored).filter(([name]) => !(fields as string[]).includes(name));
        return { app: Object.fromEntries(kept) as App };
      }),
  };
}

test('DNS is not written for a name that is not bound', async () => {
  const cottage = await startTestCottage();
  const { input, forget } = await publishedApp(cottage);
  await forget('boundHost', 'dnsHost');
  await expect(ensureDns.run(input, cottage.deps)).rejects.toThrow(/not bound yet/);
});

test('a name is not bound without a certificate', async () => {
  const cottage = await startTestCottage();
  const { input, forget } = await publishedApp(cottage);
  await forget('boundHost', 'certificateId');
  await expect(bindName.run(input, cottage.deps)).rejects.toThrow(/no certificate yet/);
});

test('a release whose files are not all durable does not go live', async () => {
  const cottage = await startTestCottage();
  const { input, release } = await publishedApp(cottage);
  const { releases, store } = cottage.deps;
  const read = await releases.find(input.appId, release);
  if (!read) throw new Error('the release is gone');
  const building = releases.changing(read, { ...read.value, state: 'building' });
  await store.write({ opId: 'build-again', operations: [building] });
  await expect(goLive.run(input, cottage.deps)).rejects.toThrow(/is not stored/);
});

test('an app is bound where its tier is served', async () => {
  const cottage = await startTestCottage();
  const { input, forget } = await publishedApp(cottage);
  await forget('boundHost');
  const { publishes, store, hosting } = cottage.deps;
  const read = await publishes.get(input.publishId);
  const { host, settings, acceptedAt } = read.value;
  const elsewhere = { ...read.value, settings: { ...settings, tier: 'edge' as const } };
  await store.write({ opId: 'move', operations: publishes.changing(read, elsewhere, acceptedAt) });
  const bound: unknown[] = [];
  const recording = Object.assign(Object.create(hosting) as typeof hosting, {
    bind: async (...asked: unknown[]) => void bound.push(asked),
  });
  await bindName.run(input, { ...cottage.deps, hosting: recording });
  expect(bound).toEqual([[input.appId, host, 'edge']]);
});
