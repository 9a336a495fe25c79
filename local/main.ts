import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { createApi } from '../functions/api/api.ts';
import { ENDPOINTS } from '../functions/api/endpoints.ts';
import { LocalKeptHeads } from '../shared/audit/local-kept-heads.ts';
import { LocalBlobStore } from '../shared/blobs/local-blob-store.ts';
import { LocalCertificates } from '../shared/certificates/local-certificates.ts';
import { OwnCertificates } from '../shared/certificates/local-own-certificates.ts';
import { LocalDns } from '../shared/dns/local-dns.ts';
import { HttpsDownloads, type HttpsDownloadsOptions } from '../shared/downloads/https-downloads.ts';
import { Effects } from '../shared/effects/effects.ts';
import { LocalEvents } from '../shared/events/local-events.ts';
import { LocalHosting } from '../shared/hosting/local-hosting.ts';
import { NodeEdgeProbe } from '../shared/hosting/node-edge-probe.ts';
import { filesAlone } from '../shared/hosting/release-objects.ts';
import { useTicket } from '../shared/hosting/tickets.ts';
import { LocalIdentity } from '../shared/identity/local-identity.ts';
import { LocalMail } from '../shared/mail/local-mail.ts';
import type { Mail } from '../shared/mail/mail.ts';
import { SmtpMail } from '../shared/mail/smtp-mail.ts';
import { loadPolicies } from '../shared/policies/opa-policies.ts';
import type { Policies } from '../shared/policies/policies.ts';
import type { Json } from '../shared/records/record-store.ts';
import { SqliteRecordStore } from '../shared/records/sqlite-record-store.ts';
import { collectReleases } from '../shared/releases/collect.ts';
import type { Deps, Settings } from '../shared/runtime/deps.ts';
import type { Log } from '../shared/runtime/log.ts';
import { repositories } from '../shared/runtime/repositories.ts';
import { SecretlintScanner } from '../shared/scan/secretlint-scanner.ts';
import { LocalSigner } from '../shared/signer/local-signer.ts';
import { loadWorkflow, localFunctionNames, WORKFLOW_NAMES, workflowText } from '../workflows/index.ts';
import { HeldBlobs } from './backup/held-blobs.ts';
import { removeSnapshots, takeSnapshot } from './backup/snapshot.ts';
import { CertificateKeeper } from './certificate-keeper.ts';
import type { LocalConfig } from './config.ts';
import { serveFrom } from './database.ts';
import { DnsServer } from './dns-server.ts';
import { LocalInspection } from './doctor/local-inspection.ts';
import { EdgeServer } from './edge/edge-server.ts';
import { ensureDemo, publishHello } from './first-start.ts';
import { LocalHealth } from './health.ts';
import { openData } from './open-data.ts';
import { backupRoute } from './routes/backup-route.ts';
import { localEndpoints } from './routes/local-endpoints.ts';
import { openApiRoute } from './routes/openapi-route.ts';
import { WorkflowRunner } from './runner/workflow-runner.ts';
import { Scheduler } from './scheduler.ts';
import { SteadyClock, type SteadyClockOptions } from './steady-clock.ts';
import { STEPS } from './steps.ts';
import { VirtualClock } from './virtual-clock.ts';
import { closeAll, withData } from './with-data.ts';

/** A Cottage that runs in this process. */
export interface RunningCottage {
  ready: { api: string; edge: string; dns: string; mailbox: string };
  /** The starter app, where it is live. */
  published?: { url: string };
  /** Everything it is made of, for tests that look inside. */
  deps: Deps;
  runner: WorkflowRunner;
  scheduler: Scheduler;
  /** Reads again what may be exchanged while it runs: the own certificate. */
  reload(): Promise<void>;
  /** Takes no more requests, lets what is under way come to rest, and closes. */
  stop(): Promise<void>;
  /** Closes everything where it stands, as the end of the process would: for tests of what a crash leaves. */
  drop(): void;
}

/** Parts a test may bring instead of the ordinary ones. */
export interface Replacements {
  /** Is handed the database before anybody else: to look at what is written, or to fail it. */
  database?: (database: DatabaseSync) => void;
  store?: (store: SqliteRecordStore) => Deps['store'];
  hosting?: (hosting: LocalHosting) => Deps['hosting'];
  dns?: (dns: LocalDns) => Deps['dns'];
  certificates?: (certificates: LocalCertificates) => Deps['certificates'];
  blobs?: (blobs: LocalBlobStore) => Deps['blobs'];
  probe?: (probe: NodeEdgeProbe) => Deps['probe'];
  mail?: (mail: Mail) => Mail;
  random?: () => number;
  /** Another internet to fetch from. */
  downloads?: Partial<HttpsDownloadsOptions>;
  /** What the system says of the time. */
  time?: Pick<SteadyClockOptions, 'system' | 'elapsed'>;
  /** How long to wait for another Cottage on the same data to end. */
  lockPatienceMs?: number;
  /** Leave the starter app out. */
  bare?: boolean;
}

/** The composition root of the single-node edition: the one place that names its adapters. */
export function startCottage(config: LocalConfig, options: StartOptions): Promise<RunningCottage> {
  return withData(config.dataFolder, options.replace?.lockPatienceMs, (opened) =>
    startParts(config, options, opened),
  );
}

interface StartOptions {
  log: Log;
  replace?: Replacements;
}

/** @param opened how to close what is open, in the order in which it was opened; what is opened here is added */
async function startParts(
  config: LocalConfig,
  { log, replace = {} }: StartOptions,
  opened: (() => Promise<void>)[],
): Promise<RunningCottage> {
  const inData = (name: string) => join(config.dataFolder, name);
  const database = openData(config);
  opened.push(async () => database.close());
  replace.database?.(database);
  await removeSnapshots(config.dataFolder);
  const steadyClock = new SteadyClock({
    ...replace.time,
    onSetBack: (byMs) =>
      log.error('the clock of this machine was set back', { alarm: 'clock-set-back', byMs }),
  });
  const virtualClock = config.virtualClock ? new VirtualClock(database, steadyClock) : undefined;
  const clock = virtualClock ?? steadyClock;
  const signer = await LocalSigner.open(inData('keys.json'));
  const localStore = new SqliteRecordStore(database);
  const store = replace.store?.(localStore) ?? localStore;
  const localHosting = new LocalHosting(database);
  const localDns = new LocalDns(database, { nameServer: `ns.${config.baseDomain}` });
  const localCertificates = await LocalCertificates.open({
    folder: config.dataFolder,
    domain: config.baseDomain,
  });
  const certificates = await OwnCertificates.open({
    issuer: replace.certificates?.(localCertificates) ?? localCertificates,
    issued: localCertificates,
    domain: config.baseDomain,
    files: config.tls,
  });
  const health = new LocalHealth({ database, dataFolder: config.dataFolder });
  const ports = { api: 0, edge: 0 };
  const publicUrl = () => config.publicUrl ?? `http://${urlHost(config.host)}:${ports.api}`;
  const localBlobs = await LocalBlobStore.open({
    root: inData('blobs'),
    uploadUrl: () => `${publicUrl()}/v1/uploads`,
    signer,
  });
  const blobs = new HeldBlobs(replace.blobs?.(localBlobs) ?? localBlobs);
  const mailbox = new LocalMail({ folder: inData('mailbox'), from: config.mailFrom, clock });
  const localMail = config.smtpUrl
    ? new SmtpMail({ url: config.smtpUrl, from: config.mailFrom, clock, sent: mailbox })
    : mailbox;
  const identity = new LocalIdentity(signer);
  const events = new LocalEvents(database);
  const localProbe = new NodeEdgeProbe({
    address: () => ({ host: config.host, port: ports.edge }),
    // What is served is checked like a visitor would: issued by us, or the very certificate that was given.
    ca: () => [localCertificates.authority, ...(certificates.certificate ? [certificates.certificate] : [])],
  });

  const settings: Settings = {
    get publicUrl() {
      return publicUrl();
    },
    baseDomain: config.baseDomain,
    appUrl: (host) => {
      const port = config.publicEdgePort ?? ports.edge;
      return port === 443 ? `https://${host}` : `https://${host}:${port}`;
    },
    hostingEndpoint: { kind: 'address', ipv4: config.publicIpv4 },
    objectsOf: filesAlone,
    admins: [config.adminEmail],
    limits: config.limits,
    examines: 'when-asked',
    downloads: { baseDomain: config.baseDomain, origins: config.artifactOrigins },
  };
  const downloads = new HttpsDownloads({
    rules: settings.downloads,
    limits: { totalMs: config.downloadMs },
    ...replace.downloads,
  });
  let policies: Promise<Policies> | undefined;
  const engineOf: { runner?: WorkflowRunner } = {};
  const engine: Deps['engine'] = {
    start: async (...args) => running(engineOf.runner).start(...args),
    describe: async (...args) => running(engineOf.runner).describe(...args),
    complete: async (...args) => running(engineOf.runner).complete(...args),
  };
  const deps: Deps = {
    settings,
    clock,
    log,
    store,
    signer,
    keptHeads: new LocalKeptHeads(inData('audit-heads')),
    inspection: new LocalInspection({ database, dataFolder: config.dataFolder }),
    checkHealth: () => health.check(),
    identity,
    engine,
    blobs,
    downloads,
    hosting: replace.hosting?.(localHosting) ?? localHosting,
    dns: replace.dns?.(localDns) ?? localDns,
    certificates,
    probe: replace.probe?.(localProbe) ?? localProbe,
    policies: () =>
      (policies ??= loadPolicies(fileURLToPath(new URL('../policies/bundle', import.meta.url)))),
    scanner: new SecretlintScanner(),
    effects: new Effects({
      store,
      clock,
      mail: replace.mail?.(localMail) ?? localMail,
      events,
      engine,
      log,
      collectReleases: (app) => collectReleases(app, deps),
    }),
    ...repositories(store),
  };

  const runner = new WorkflowRunner({
    database,
    clock,
    definitions: Object.fromEntries(
      WORKFLOW_NAMES.map((name) => [name, loadWorkflow(name, localFunctionNames(workflowText(name)))]),
    ),
    handlers: Object.fromEntries(
      Object.entries(STEPS).map(([name, step]) => [name, async (payload: Json) => step.run(payload, deps)]),
    ),
    random: replace.random ?? Math.random,
    onDue: (dueAt) => scheduler.wakeBy(dueAt),
    log: (message, detail) => log.warn(message, detail),
  });
  engineOf.runner = runner;
  const scheduler = new Scheduler(deps, runner);
  const keeper = new CertificateKeeper(certificates, localCertificates, deps);

  const loopback = config.publicIpv4 === '127.0.0.1' && config.publicUrl === undefined;
  const parts = { blobs: localBlobs, events, mailbox, scheduler: () => scheduler, clock: virtualClock };
  const snapshot = () => takeSnapshot({ dataFolder: config.dataFolder, hold: (work) => blobs.while(work) });
  const local = [...localEndpoints({ ...parts, openMailbox: loopback }), backupRoute(snapshot)];
  const endpoints = [...ENDPOINTS, ...local];
  const hosts = () => allowedHosts(config, ports.api);
  const api = createApi([...endpoints, openApiRoute(endpoints)], deps, hosts);

  const dnsServer = new DnsServer({
    zones: localDns,
    host: config.host,
    port: config.dnsPort,
    rateLimit: { perSecond: config.dnsAnswersPerSecond },
    secretOf: (email) => identity.transferSecret(email),
    onError: (error) => log.error('dns', { error: String(error) }),
  });
  const edge = new EdgeServer({
    files: localBlobs,
    viewers: { signer, clock },
    consume: (nonce, expiresAt) => useTicket(store, nonce, expiresAt),
    onBeacon: ({ app, release, beacon }) => log.info('beacon', { appId: app, release, beacon }),
    hosting: localHosting,
    certificates,
    log: (line) => log.info('request', line),
    limits: {
      connections: config.edgeConnections.total,
      connectionsPerClient: config.edgeConnections.perClient,
    },
  });
  const stop = () => closeAll(opened);
  const drop = () => {
    // The database first. What the others wait for may never come, so nobody waits for them.
    for (const close of opened.splice(0)) close().catch(() => undefined);
  };
  try {
    const dns = await dnsServer.start();
    opened.push(() => dnsServer.stop());
    ports.edge = (await edge.start({ host: config.host, port: config.edgePort })).port;
    opened.push(() => edge.stop());
    const server = await listen(api.fetch, config.host, config.apiPort);
    ports.api = server.port;
    opened.push(server.close);
    opened.push(() => scheduler.stop());
    opened.push(async () => downloads.close());
    const localUrl = `http://${urlHost(hereOf(config.host))}:${ports.api}`;
    await ensureDemo(config, localUrl, identity, deps, () => runner.idle());
    await keeper.start();
    opened.push(() => keeper.stop());
    await scheduler.start();
    serveFrom(database);
    const url = replace.bare ? undefined : await publishHello(config.adminEmail, deps, () => runner.idle());
    return {
      ready: {
        api: publicUrl(),
        edge: `https://${urlHost(config.host)}:${ports.edge}`,
        dns: `${config.host}:${dns.port}`,
        mailbox: `${publicUrl()}/mailbox`,
      },
      ...(url === undefined ? {} : { published: { url } }),
      deps,
      runner,
      scheduler,
      reload: () => keeper.look(),
      stop,
      drop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function running(runner: WorkflowRunner | undefined): WorkflowRunner {
  if (!runner) throw new Error('the runner is not there yet');
  return runner;
}

/** The names under which the API answers: its own address, and the public one. */
function allowedHosts(config: LocalConfig, port: number): string[] {
  const own = [config.host, hereOf(config.host)].map((host) => `${urlHost(host)}:${port}`);
  const hosts = [...own, `127.0.0.1:${port}`, `localhost:${port}`];
  if (config.publicUrl !== undefined) hosts.push(new URL(config.publicUrl).host);
  return hosts;
}

/** An address of this machine itself at which a server bound to `host` answers. */
const hereOf = (host: string): string => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host;

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Bounded like the edge: slow clients and huge headers are turned away. */
const API_LIMITS = { headersTimeout: 10_000, requestTimeout: 120_000, maxHeaderSize: 16_384 };

/** How long a stop waits for requests under way; who is slower than that is cut off. */
const LAST_ANSWERS_MS = 3_000;

async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  hostname: string,
  port: number,
) {
  const server = serve({ fetch, hostname, port, serverOptions: API_LIMITS });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        if (!('closeIdleConnections' in server)) return;
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
      }),
  };
}
