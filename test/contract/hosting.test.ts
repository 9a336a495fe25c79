import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../local/database.ts';
import { Busy, CorruptRecord } from '../../shared/errors/errors.ts';
import { WELL_KNOWN } from '../../shared/hosting/edge-probe.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import { LocalHosting } from '../../shared/hosting/local-hosting.ts';
import { NodeEdgeProbe } from '../../shared/hosting/node-edge-probe.ts';
import { HOLDING, PARKED } from '../../shared/ids/ids.ts';
import { placeOf, startEdge } from '../builders/edge.ts';
import { tempDatabase, tempFolder } from '../builders/temp.ts';
import { type HostingHarness, hostingContract } from './hosting.suite.ts';

async function openHarness(lag: boolean): Promise<HostingHarness> {
  const edge = await startEdge(tempFolder(), { lag });
  onTestFinished(edge.stop);
  const probe = new NodeEdgeProbe({
    address: () => ({ host: '127.0.0.1', port: edge.port }),
    ca: () => [edge.certificates.authority],
  });
  return {
    hosting: edge.hosting,
    shown: async (host) => {
      const { status, body } = await probe.get(host, WELL_KNOWN);
      return status === 200 ? JSON.parse(body.toString()) : undefined;
    },
    settle: async () => edge.hosting.settle(),
  };
}

hostingContract(
  () => openHarness(false),
  () => openHarness(true),
);

const { app, host } = placeOf('lunch');
const SITE: Site = { release: PARKED, page: 'app', access: 'viewers', spa: true, headers: { 'x-a': 'b' } };

describe('LocalHosting', () => {
  it('shows the same after a restart, and goes on counting its versions', async () => {
    const folder = tempFolder();
    const database = tempDatabase(folder);
    const hosting = new LocalHosting(database);
    await hosting.bind(app, host);
    await hosting.point(app, SITE, (await hosting.bindings(app))[0]?.etag ?? '');
    const before = await hosting.bindings();
    database.close();
    const restarted = new LocalHosting(tempDatabase(folder));
    expect(await restarted.bindings()).toEqual(before);
    expect(restarted.lookup(host)).toEqual(before[0]);
    await restarted.unbind(app);
    await restarted.bind(app, host);
    expect((await restarted.bindings())[0]?.etag).toBe('3');
  });

  it('tells those who listen which host changed, once the edge shows it, until they stop', async () => {
    const hosting = new LocalHosting(tempDatabase(), { lag: true });
    const heard: unknown[] = [];
    const stop = hosting.onChange((changed) => heard.push([changed, hosting.lookup(changed)?.site.release]));
    await hosting.bind(app, host);
    await hosting.bind(app, host);
    expect(heard).toEqual([]);
    hosting.settle();
    hosting.settle();
    expect(heard).toEqual([[host, HOLDING]]);
    await hosting.unbind(app);
    await hosting.unbind(app);
    hosting.settle();
    expect(heard).toEqual([
      [host, HOLDING],
      [host, undefined],
    ]);
    stop();
    await hosting.bind(app, host);
    hosting.settle();
    expect(heard).toHaveLength(2);
  });

  it.each([
    '',
    'localhost',
    'UPPER.demo.apps.localhost',
    'a..b',
    'a b.c',
    '-a.b',
    'a.b:443',
    'a/b.c',
    '*.a.b',
  ])('binds no host like %j', async (wrong) => {
    const hosting = new LocalHosting(tempDatabase());
    await expect(hosting.bind(app, wrong)).rejects.toThrow('invalid');
    expect(await hosting.bindings()).toEqual([]);
  });

  it.each([
    ['content-length', '1'],
    ['content-type', 'text/html'],
    ['content-encoding', 'gzip'],
    ['cache-control', 'public'],
    ['set-cookie', '__Host-cottage=x'],
    ['transfer-encoding', 'chunked'],
    ['connection', 'close'],
    ['etag', '"x"'],
    ['location', '/'],
    ['X-Upper', 'x'],
    ['x y', 'x'],
    ['', 'x'],
    ['x-split', 'a\r\nset-cookie: b'],
    ['x-wide', 'ü'],
  ])('shows no site with a header %j: %j', async (name, value) => {
    const hosting = new LocalHosting(tempDatabase());
    await hosting.bind(app, host);
    const [before] = await hosting.bindings();
    const wrong = { ...SITE, headers: { [name]: value } };
    await expect(hosting.point(app, wrong, before?.etag ?? '')).rejects.toThrow('headers');
    expect(await hosting.bindings()).toEqual([before]);
  });

  it('is Busy while another process holds the database', async () => {
    const folder = tempFolder();
    const database = tempDatabase(folder);
    const hosting = new LocalHosting(database);
    database.exec('PRAGMA busy_timeout = 0');
    const other = openDatabase(join(folder, 'cottage.db'));
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    await expect(hosting.bind(app, host)).rejects.toThrow(Busy);
    other.exec('ROLLBACK');
    await hosting.bind(app, host);
  });

  it('a damaged row is an error, never an absent binding', async () => {
    const database = tempDatabase();
    const hosting = new LocalHosting(database);
    await hosting.bind(app, host);
    database.exec(`UPDATE edge_bindings SET site = '{}'`);
    await expect(hosting.bindings(app)).rejects.toThrow(CorruptRecord);
    expect(() => new LocalHosting(database)).toThrow(CorruptRecord);
  });
});
