import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestCottage } from '../builders/cottage.ts';

test('what holds a secret can be read by its owner only', async () => {
  const { folder } = await startTestCottage();
  const readable = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]);
  expect(Object.fromEntries(readable)).toEqual({
    'ca.pem': '644',
    'ca-key.pem': '600',
    'cottage.db': '600',
    'cottage.lock': '600',
    'cottage.db-shm': '600',
    'cottage.db-wal': '600',
    'credentials.json': '600',
    'keys.json': '600',
  });
});
