import { once } from 'node:events';
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { PAGE } from '../builders/cottage.ts';
import { siteZip } from '../builders/site-zip.ts';
import { tempFolder } from '../builders/temp.ts';
import { DrillClient, ENDED } from '../drill/client.ts';
import { CottageProcess } from '../drill/cottage-process.ts';

/** Enough that it is still under way when the answer has come. */
const FILES = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}.txt`, 'x'.repeat(i)]));

test('a Cottage that is asked to stop while it publishes ends in order, and the publish with the next start', async () => {
  const folder = tempFolder();
  const first = await CottageProcess.start(folder);
  const zip = (await siteZip({ 'index.html': PAGE, ...FILES })).toString('base64');
  const app = {
    team: 'demo',
    name: 'lunch',
    title: 'Lunch',
    owner: 'ana@example.com',
    dataClass: 'internal',
  };
  const body = { app, artifact: { zip } };
  const { publishId } = await new DrillClient(first).hook<{ publishId: string }>('publish', 'one', body);
  expect(await first.stop()).toBe(0);

  const second = await CottageProcess.start(folder);
  const client = new DrillClient(second);
  let status = '';
  while (!ENDED.includes(status)) ({ status } = await client.publish(publishId));
  expect(status).toBe('live');
  expect(await client.get('/v1/doctor')).toMatchObject({ ok: true, problems: [] });
  expect(await second.stop()).toBe(0);
});

test('a request that never ends does not keep a Cottage from stopping', async () => {
  const cottage = await CottageProcess.start(tempFolder());
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const slow = request(`${cottage.ready.api}/v1/uploads`, { method: 'POST', headers });
  slow.on('error', () => undefined);
  slow.write('a first byte');
  await once(slow, 'socket');
  expect(await new DrillClient(cottage).get('/healthz')).toMatchObject({ status: 'ok' });
  expect(await cottage.stop()).toBe(0);
  slow.destroy();
});
