import { expect, test } from 'vitest';
import type { LocalBlobStore } from '../../shared/blobs/local-blob-store.ts';
import type { LocalHosting } from '../../shared/hosting/local-hosting.ts';
import type { RecordStore, Transaction } from '../../shared/records/record-store.ts';
import { startTestCottage } from '../builders/cottage.ts';
import { override } from '../builders/override.ts';

/** A store that tells what each transaction wrote, by kind of record. */
function watched(): { replace: { store: (store: RecordStore) => RecordStore }; writes: string[][] } {
  const writes: string[][] = [];
  const watch = (store: RecordStore): RecordStore =>
    override(store, {
      write: (transaction) => {
        writes.push(kindsOf(transaction));
        return store.write(transaction);
      },
    });
  return { replace: { store: watch }, writes };
}

const kindsOf = ({ operations }: Transaction): string[] =>
  operations
    .map(({ key }) => (key.pk.startsWith('audit#') ? `audit ${key.pk.split('#')[1]}` : key.pk.split('#')[0]))
    .map((kind, i) => {
      const operation = operations[i];
      const isEffect = kind === 'effect' && operation?.op === 'create';
      return isEffect ? `effect ${(operation.record.data.request as { kind: string }).kind}` : String(kind);
    })
    .toSorted();

test('accepting writes publish, app, name, audit and the start of the workflow in one transaction', async () => {
  const { replace, writes } = watched();
  const cottage = await startTestCottage({ replace });
  writes.length = 0;
  await cottage.publish();
  expect(writes[0]).toEqual([
    'app',
    'audit app',
    'audit publish',
    'effect start-workflow',
    'name',
    'publish',
    // Only checked: whoever removes it goes first.
    'team',
  ]);
});

test('going live in the catalog writes app, name, publish, audit, mail and event in one transaction', async () => {
  const { replace, writes } = watched();
  const cottage = await startTestCottage({ replace });
  writes.length = 0;
  await cottage.publish();
  const registering = writes.filter(
    (kinds) => kinds.includes('audit publish') && !kinds.includes('effect start-workflow'),
  );
  expect(registering).toEqual([
    [
      'app',
      'audit app',
      'audit publish',
      'effect collect-releases',
      'effect event',
      'effect mail',
      'name',
      'publish',
    ],
  ]);
});

test('a refusal writes publish, audit, mail and event in one transaction', async () => {
  const { replace, writes } = watched();
  const cottage = await startTestCottage({ replace });
  writes.length = 0;
  await cottage.publish({ 'about.html': '<!doctype html><p>hi' });
  const ending = writes.filter((kinds) => kinds.includes('effect mail'));
  expect(ending).toEqual([['audit publish', 'effect event', 'effect mail', 'publish']]);
});

test('an approval writes decision, question, grant, publish, audit and the answer in one transaction', async () => {
  const { replace, writes } = watched();
  const cottage = await startTestCottage({ replace });
  const { decision } = await cottage.publish(undefined, { tier: 'isolated' });
  writes.length = 0;
  await cottage.admin('POST', `/v1/decisions/${decision?.decisionId}`, { option: 'approve' });
  // The open question and the grant stand with the app.
  expect(writes[0]).toEqual(['app', 'app', 'audit decision', 'decision', 'effect complete-task', 'publish']);
});

test.for([
  ['rollback', {}, ['app', 'audit app', 'effect event']],
  ['hold', { reason: 'wrong prices' }, ['app', 'audit app', 'effect event', 'effect mail']],
  ['archive', {}, ['app', 'audit app', 'effect event']],
  ['renew', {}, ['app', 'audit app']],
] as const)(
  '%s is one transaction with its audit entry and its effects',
  async ([action, body, expected]) => {
    const { replace, writes } = watched();
    const cottage = await startTestCottage({ replace });
    await cottage.publish();
    await cottage.publish({ 'index.html': '<!doctype html><title>2</title>' });
    writes.length = 0;
    const { status } = await cottage.admin('POST', `/v1/apps/demo/lunch/${action}`, body);
    expect(status).toBe(200);
    expect(writes[0]).toEqual(expected);
  },
);

test('the edge is pointed only when every file of the release is durable', async () => {
  const pending = new Set<string>();
  const done: string[] = [];
  const pointed: { pending: number; written: number }[] = [];
  const cottage = await startTestCottage({
    replace: {
      blobs: (blobs: LocalBlobStore) =>
        override(blobs, {
          put: async (...args: Parameters<LocalBlobStore['put']>) => {
            const [key] = args;
            pending.add(key);
            // Slower than whatever does not wait for it.
            for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
            const version = await blobs.put(...args);
            pending.delete(key);
            if (key.startsWith('apps/')) done.push(key);
            return version;
          },
        }),
      hosting: (hosting: LocalHosting) =>
        override(hosting, {
          point: async (...args: Parameters<LocalHosting['point']>) => {
            pointed.push({ pending: pending.size, written: done.length });
            return hosting.point(...args);
          },
        }),
    },
  });
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`f${i}.txt`, `file ${i}`]));
  await cottage.publish({ 'index.html': '<!doctype html><title>x</title>', ...files });
  expect(pointed).toEqual([{ pending: 0, written: 21 }]);
});
