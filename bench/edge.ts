import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BareContent } from './bare-http2.ts';
import type { Benchmark, RunOptions } from './benchmark.ts';
import { Browsers, type Place, type Shown } from './browsers.ts';
import { Client } from './client.ts';
import { type Figure, median, spread } from './figures.ts';
import { type Server, ServerProcess, withServer } from './server.ts';
import { SMALL_SITE_PATHS, smallSiteZip } from './small-site.ts';

const BARE = fileURLToPath(new URL('bare-http2.ts', import.meta.url));
const AT_A_TIME = 4;
/** For everybody, and for viewers, whose cookie is looked at each time. */
const VISIBILITIES = ['public', 'company'] as const;
type Visibility = (typeof VISIBILITIES)[number];

/** What the edge adds to sending bytes: hosts, viewers, releases, headers, encodings, a log. */
export const edge: Benchmark = {
  name: 'edge',
  summary: 'processor time of a request at the edge, 1,000 files on 50 hosts, beside a bare HTTP/2 server',
  run: (options) => withServer((server) => measure(server, options), { logged: true }),
};

async function measure(server: Server, options: RunOptions): Promise<Figure[]> {
  const ca = readFileSync(join(server.folder, 'ca.pem'), 'utf8');
  const browsers = new Browsers(Number(new URL(server.ready.edge).port), ca);
  const bareOf: { process?: ServerProcess } = {};
  try {
    const places = await publishAll(server, browsers, options);
    const shown = new Map<Place, Shown>();
    // Once each: to know the bytes, and so that what is compressed once is.
    await browsers.getAll(
      Object.values(places).flat(),
      (place, one) => Boolean(shown.set(place, one)) && one.status === 200,
    );
    bareOf.process = await startBare(server, shown);
    const bareBrowsers = new Browsers(Number(bareOf.process.line), ca);
    const figures: Figure[] = [];
    for (const visibility of VISIBILITIES) {
      const both = {
        edge: { process: server, browsers },
        bare: { process: bareOf.process, browsers: bareBrowsers },
      };
      figures.push(...(await compare(visibility, places[visibility], shown, both, options)));
    }
    bareBrowsers.close();
    return figures;
  } finally {
    browsers.close();
    await bareOf.process?.stop();
  }
}

/** Publishes the sites, and enters those that are for viewers. */
async function publishAll(server: Server, browsers: Browsers, { quick, progress }: RunOptions) {
  const client = new Client(server);
  const places: Record<Visibility, Place[]> = { public: [], company: [] };
  const sites = VISIBILITIES.flatMap((visibility) =>
    Array.from({ length: quick ? 2 : 50 }, (_, i) => ({ visibility, name: `${visibility}-${i}` })),
  );
  const waiting = sites.entries();
  const worker = async () => {
    for (const [number, { visibility, name }] of waiting) {
      const zip = await smallSiteZip(number);
      const { app } = await client.untilLive(
        await client.send(client.prepare(name, zip, { visibility })),
        25,
      );
      const cookie = visibility === 'company' ? await enter(client, browsers, name, app.host) : undefined;
      for (const path of SMALL_SITE_PATHS)
        places[visibility].push({ host: app.host, path, ...(cookie !== undefined && { cookie }) });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  client.close();
  progress(`${sites.length} sites are live`);
  return places;
}

async function enter(client: Client, browsers: Browsers, name: string, host: string): Promise<string> {
  const { pathname, search } = new URL(await client.link(name));
  const { headers } = await browsers.get({ host, path: `${pathname}${search}` });
  const [cookie] = [headers['set-cookie']].flat();
  if (cookie === undefined) throw new Error(`no cookie for ${name}`);
  return cookie.replace(/;.*$/s, '');
}

/** The bare server with the same certificate, and the same bytes at the same places. */
async function startBare({ folder }: Server, shown: Map<Place, Shown>): Promise<ServerProcess> {
  const files: BareContent['files'] = {};
  for (const [{ host, path }, { headers, body }] of shown) {
    const same = ['content-type', 'content-length', 'content-encoding'].filter((name) => headers[name]);
    files[`${host}${path}`] = {
      headers: Object.fromEntries(same.map((name) => [name, String(headers[name])])),
      body: body.toString('base64'),
    };
  }
  const certificates = join(folder, 'certificates');
  const [team] = readdirSync(certificates)
    .map((name) => JSON.parse(readFileSync(join(certificates, name), 'utf8')) as Certificate)
    .filter(({ names }) => names.some((name) => name.startsWith('*.demo.')));
  if (!team) throw new Error('the team has no certificate');
  const file = join(folder, 'bare.json');
  writeFileSync(file, JSON.stringify({ ...team, files } satisfies BareContent));
  return ServerProcess.run([BARE, file]);
}

interface Certificate {
  names: string[];
  certificate: string;
  privateKey: string;
}

type Side = { process: ServerProcess; browsers: Browsers };

/** Both in turn, so that whoever else is at work on the machine is in the way of both. */
async function compare(
  visibility: Visibility,
  places: Place[],
  shown: Map<Place, Shown>,
  sides: Record<'edge' | 'bare', Side>,
  { quick, progress }: RunOptions,
): Promise<Figure[]> {
  const requests = Array.from(
    { length: quick ? 200 : 8_000 },
    (_, i) => places[(i * 617) % places.length],
  ).filter((place) => place !== undefined);
  const isRight = (place: Place, { status, body }: Shown) =>
    status === 200 && body.length === shown.get(place)?.body.length;
  // Until Node has compiled what it runs often, which is counted as processor time too.
  const warmUps = quick ? 1 : 2;
  const times: Record<'edge' | 'bare', number[]> = { edge: [], bare: [] };
  for (let run = 0; run < warmUps + (quick ? 1 : 6); run += 1) {
    for (const name of ['edge', 'bare'] as const) {
      const { process, browsers } = sides[name];
      const before = process.processorMs();
      await browsers.getAll(requests, isRight);
      if (run >= warmUps) times[name].push((process.processorMs() - before) / requests.length);
    }
    progress(`${visibility}, round ${run}`);
  }
  const ratios = times.edge.map((edgeMs, i) => edgeMs / (times.bare[i] ?? Number.NaN));
  const what = visibility === 'public' ? 'open to all' : 'for viewers';
  return [
    {
      what: `a request, ${what}: processor time`,
      unit: 'ms',
      ...spread(times.edge),
      beside: { what: 'a bare HTTP/2 server', median: median(times.bare) },
    },
    { what: `a request, ${what}: over the bare one's`, unit: 'times', ...spread(ratios), aim: { median: 2 } },
  ];
}
