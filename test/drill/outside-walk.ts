import { Resolver } from 'node:dns/promises';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DrillClient, PublishStatus } from './client.ts';
import type { CottageProcess } from './cottage-process.ts';
import type { Delivery } from './publishers.ts';

interface App {
  appId: string;
  name: string;
  subdomain: string;
  state: string;
  live: { release: string } | null;
  ready: { release: string } | null;
  hold: object | null;
  lastPublishId: string | null;
}

type Row = Record<string, string>;

/** What stands in the data folder; everything else there is an orphan. */
const KNOWN = [
  /^(cottage\.db(-wal|-shm)?|ca\.pem|ca-key\.pem|keys\.json|credentials\.json|cottage\.lock)$/,
  /^certificates\/c_[a-z2-7]+\.json$/,
  /^mailbox\/e_[a-z2-7]+\.(eml|json)$/,
  /^audit-heads\/[^/]+\.(head|txt|json)$/,
  /^blobs\/apps\/a_[a-z2-7]+\/r_[a-z2-7]+\.pack$/,
  /^blobs\/manifests\/a_[a-z2-7]+\/r_[a-z2-7]+\.json\/\d{12}-[a-z2-7]+$/,
  /^blobs\/incoming\/[pu]_[a-z2-7]+\.zip\/\d{12}-[a-z2-7]+$/,
];

/**
 * Walks through everything a Cottage at rest has put into the world, from outside: the files of its folder, the rows of
 * its database as SQLite shows them, names over DNS, pages over HTTPS. Compares that with what its catalog says, by rules
 * of its own: none of Cottage's code is used. Answers a sentence for each thing that does not agree.
 */
export async function walk(
  cottage: CottageProcess,
  client: DrillClient,
  deliveries: readonly Delivery[],
): Promise<string[]> {
  const { apps } = await client.get<{ apps: App[] }>('/v1/apps');
  const database = new DatabaseSync(join(cottage.folder, 'cottage.db'), { readOnly: true });
  try {
    const rows = (sql: string) => database.prepare(sql).all() as Row[];
    const statuses = await Promise.all(deliveries.map(({ publishId = '' }) => client.publish(publishId)));
    const damage = rows('PRAGMA integrity_check').filter((row) => row['integrity_check'] !== 'ok');
    return [
      ...damage.map((row) => `SQLite says: ${row['integrity_check']}`),
      ...(await fileFaults(cottage.folder, apps, rows, client)),
      ...zoneFaults(apps, rows),
      ...bindingFaults(apps, rows),
      ...nameFaults(apps, rows),
      ...mailFaults(cottage.folder, statuses, deliveries),
      ...rows("SELECT pk FROM records WHERE pk LIKE 'effect#%'").map(({ pk }) => `${pk} has not happened`),
      ...(await visitFaults(cottage, apps, statuses, deliveries)),
    ];
  } finally {
    database.close();
  }
}

async function fileFaults(
  folder: string,
  apps: App[],
  rows: (sql: string) => Row[],
  client: DrillClient,
): Promise<string[]> {
  const faults: string[] = [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  for (const file of files) {
    if (!KNOWN.some((pattern) => pattern.test(file))) faults.push(`nobody knows the file ${file}`);
  }
  const releasesOf = async ({ appId, name, live, ready }: App): Promise<string[]> => {
    const { releases } = await client.get<{ releases: { release: string }[] }>(
      `/v1/apps/demo/${name}/releases`,
    );
    const all = [...releases, live, ready].flatMap((one) => (one ? [one.release] : []));
    return [...new Set(all)].map((release) => `${appId}/${release}`);
  };
  const expected = new Set((await Promise.all(apps.map(releasesOf))).flat());
  const kinds = [/^blobs\/apps\/(.+)\.pack$/, /^blobs\/manifests\/([^/]+\/[^/]+)\.json\//];
  for (const kind of kinds) {
    const there = files.flatMap((file) => kind.exec(file)?.[1] ?? []);
    for (const one of there) {
      // What was built and never shown stays until the app is next published.
      const isKnown = rows(
        `SELECT sk FROM records WHERE pk || '/' || sk = 'app#${one.replace('/', '/release#')}'`,
      );
      if (!expected.has(one) && isKnown.length === 0)
        faults.push(`${one} is on disk (${kind.source}) and in no list`);
    }
    for (const one of expected)
      if (!there.includes(one)) faults.push(`${one} is not on disk (${kind.source})`);
  }
  const uploads = new Set(
    rows("SELECT pk FROM records WHERE pk LIKE 'upload#%'").map(({ pk = '' }) => pk.slice(7)),
  );
  for (const file of files) {
    const id = /^blobs\/incoming\/([^/]+)\.zip/.exec(file)?.[1];
    if (id !== undefined && !uploads.has(id)) faults.push(`the archive ${id} was left`);
  }
  return faults;
}

function zoneFaults(apps: App[], rows: (sql: string) => Row[]): string[] {
  const faults: string[] = [];
  const zone = rows("SELECT name, type, data FROM dns_records WHERE name LIKE '%.demo.apps.localhost'");
  const marks = new Map(zone.filter(({ type }) => type === 'TXT').map(({ name, data }) => [name, data]));
  const hosts = zone.filter(({ type }) => type !== 'TXT').map(({ name = '' }) => name);
  for (const host of hosts) {
    const app = apps.find(({ subdomain }) => subdomain === host);
    if (!app) faults.push(`${host} has a record, and is no app`);
    else if (!marks.get(`_cottage.${host}`)?.includes(app.appId))
      faults.push(`${host} has no mark of its app`);
    marks.delete(`_cottage.${host}`);
  }
  faults.push(...[...marks.keys()].map((name) => `${name} marks nothing`));
  const lost = apps.filter(({ live, subdomain }) => live && !hosts.includes(subdomain));
  return [...faults, ...lost.map(({ subdomain }) => `${subdomain} is live and has no record`)];
}

function bindingFaults(apps: App[], rows: (sql: string) => Row[]): string[] {
  const faults: string[] = [];
  const bindings = new Map(rows('SELECT app, host, site FROM edge_bindings').map((row) => [row['app'], row]));
  for (const app of apps) {
    const bound = bindings.get(app.appId);
    bindings.delete(app.appId);
    if (!bound && app.live) faults.push(`${app.subdomain} is live and bound to nothing`);
    if (!bound) continue;
    if (bound['host'] !== app.subdomain) faults.push(`${app.subdomain} is bound as ${bound['host']}`);
    const { release } = JSON.parse(bound['site'] ?? '{}') as { release?: string };
    const expected = app.hold ? 'r_held' : app.state === 'archived' ? 'r_parked' : app.live?.release;
    const shows = expected ?? 'r_holding';
    if (release !== shows) faults.push(`${app.subdomain} shows ${release}, and ${shows} is its release`);
  }
  return [...faults, ...[...bindings.values()].map(({ host }) => `${host} is bound to no app`)];
}

function nameFaults(apps: App[], rows: (sql: string) => Row[]): string[] {
  const claims = new Map(
    rows("SELECT pk, json_extract(data, '$.appId') AS app FROM records WHERE pk LIKE 'name#%'").map((row) => [
      row['pk'],
      row['app'],
    ]),
  );
  const faults: string[] = [];
  for (const { name, appId } of apps) {
    if (claims.get(`name#demo/${name}`) !== appId) faults.push(`the name ${name} is not claimed for its app`);
    claims.delete(`name#demo/${name}`);
  }
  return [...faults, ...[...claims.keys()].map((name) => `${name} is claimed for no app`)];
}

/** Of these endings the owner is told. */
const TOLD = ['live', 'ready', 'refused', 'failed', 'needs-answers'];

function mailFaults(folder: string, statuses: PublishStatus[], deliveries: readonly Delivery[]): string[] {
  const mailbox = join(folder, 'mailbox');
  const sent = readdirSync(mailbox).filter((name) => name.endsWith('.eml'));
  const texts = sent
    .map((name) => readFileSync(join(mailbox, name.replace(/eml$/, 'json')), 'utf8'))
    .join('\n');
  const empty = sent.filter((name) => statSync(join(mailbox, name)).size === 0);
  const untold = statuses.filter(({ publishId, status }, i) => {
    const isDry = deliveries[i]?.isDry ?? false;
    return TOLD.includes(status) && !isDry && !texts.includes(publishId);
  });
  return [
    ...empty.map((name) => `the mail ${name} is empty`),
    ...untold.map(({ publishId, status }) => `nobody was told that ${publishId} is ${status}`),
  ];
}

async function visitFaults(
  cottage: CottageProcess,
  apps: App[],
  statuses: PublishStatus[],
  deliveries: readonly Delivery[],
): Promise<string[]> {
  const resolver = new Resolver({ timeout: 5_000, tries: 2 });
  resolver.setServers([cottage.ready.dns]);
  const faults: string[] = [];
  for (const { appId, subdomain, live, hold, state, name } of apps) {
    if (!live || name === 'hello') continue;
    const addresses = await resolver.resolve4(subdomain).catch((error: Error) => [error.message]);
    if (addresses.join() !== '127.0.0.1') faults.push(`${subdomain} resolves to ${addresses.join()}`);
    const page = await visit(cottage, subdomain);
    if (hold || state === 'archived') {
      if (page.status !== 503) faults.push(`${subdomain} answers ${page.status} and is ${state}`);
      continue;
    }
    const texts = deliveries
      .filter((_, i) => statuses[i]?.release === live.release && statuses[i]?.app.appId === appId)
      .map(({ text }) => text);
    if (page.status !== 200 || !texts.some((text) => page.body.includes(`<body>${text}<`)))
      faults.push(`${subdomain} answers ${page.status} and shows none of: ${texts.join(', ')}`);
  }
  return faults;
}

function visit(cottage: CottageProcess, host: string): Promise<{ status: number; body: string }> {
  const { port } = new URL(cottage.ready.edge);
  const ca = readFileSync(join(cottage.folder, 'ca.pem'));
  const options = {
    host: '127.0.0.1',
    port,
    servername: host,
    ca,
    agent: false,
    headers: { host: `${host}:${port}` },
  };
  return new Promise((resolve, reject) => {
    const asked = request(options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}
