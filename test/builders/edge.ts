import { EventEmitter, once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  type IncomingHttpHeaders as Http2Headers,
  type Settings,
} from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { onTestFinished } from 'vitest';
import { openDatabase } from '../../local/database.ts';
import type { AccessLogLine } from '../../local/edge/access-log.ts';
import { EdgeServer, type EdgeServerOptions } from '../../local/edge/edge-server.ts';
import { LocalBlobStore } from '../../shared/blobs/local-blob-store.ts';
import { LocalCertificates } from '../../shared/certificates/local-certificates.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import { LocalHosting } from '../../shared/hosting/local-hosting.ts';
import type { Consume } from '../../shared/hosting/viewer.ts';
import { AppId, derivedId, ReleaseId } from '../../shared/ids/ids.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { TestClock } from './clock.ts';
import { tempFolder } from './temp.ts';

export interface TestEdgeOptions {
  lag?: boolean;
  /** The base domain; `apps.localhost` unless told. */
  domain?: string;
  overrides?: Partial<EdgeServerOptions>;
}

export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** The name in the TLS handshake, when it is another than the host asked for. */
  servername?: string;
}

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  text: string;
}

const uploadUrl = () => 'http://127.0.0.1:1';

/**
 * A whole edge in a folder: its blobs, bindings, certificates, and the server on a port of its own. What it logs and
 * receives is kept for the test to see.
 */
export async function startEdge(folder: string, options: TestEdgeOptions = {}) {
  const clock = new TestClock();
  const database = openDatabase(join(folder, 'cottage.db'));
  const signer = await LocalSigner.open(join(folder, 'signing-key.json'));
  const store = await LocalBlobStore.open({ root: join(folder, 'blobs'), uploadUrl, signer });
  const hosting = new LocalHosting(database, { lag: options.lag ?? false });
  const domain = options.domain ?? 'apps.localhost';
  const certificates = await LocalCertificates.open({ folder, domain });
  await certificates.request([`*.demo.${domain}`]);
  const lines: AccessLogLine[] = [];
  const logging = new EventEmitter();
  const beacons: unknown[] = [];
  const viewers = { signer, clock };
  const used = new Set<string>();
  const consume: Consume = async (nonce) => !used.has(nonce) && Boolean(used.add(nonce));
  const edge = new EdgeServer({
    files: store,
    hosting,
    certificates,
    viewers,
    consume,
    onBeacon: (beacon) => void beacons.push(beacon),
    log: (line) => {
      lines.push(line);
      logging.emit('line');
    },
    ...options.overrides,
  });
  const { port } = await edge.start({ host: '127.0.0.1', port: 0 });

  /** Writes the files as a release and points the app's host at it. */
  async function publish(name: string, files: Record<string, string | Buffer>, site: Partial<Site> = {}) {
    const { app, host } = placeOf(name, domain);
    const release = ReleaseId.parse(derivedId('r', JSON.stringify(Object.entries(files))));
    for (const [path, content] of Object.entries(files)) {
      await store.put(`apps/${app}/${release}/${path}`, Buffer.from(content));
    }
    await hosting.bind(app, host);
    const [bound] = await hosting.bindings(app);
    const shown: Site = { release, page: 'app', access: 'open', spa: false, headers: {}, ...site };
    await hosting.point(app, shown, bound?.etag ?? '');
    return { app, host, release };
  }

  /** Asks over HTTP/1.1, with exactly this target, on a connection of its own. */
  function ask(
    host: string,
    target: string,
    { method = 'GET', headers, body, servername = host }: Asked = {},
  ) {
    return new Promise<Answered>((resolve, reject) => {
      const asked = httpsRequest({
        host: '127.0.0.1',
        port,
        servername,
        method,
        path: target,
        headers: { host: `${host}:${port}`, ...headers },
        ca: certificates.authority,
        agent: false,
      });
      asked.on('error', reject);
      asked.on('response', (response) => {
        buffer(response).then(
          (bytes) =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: bytes,
              text: bytes.toString(),
            }),
          reject,
        );
      });
      asked.end(body);
    });
  }

  /** The first so many lines of the log, once they are there: a client has its answer a little before its line. */
  async function logged(count: number): Promise<AccessLogLine[]> {
    while (lines.length < count) await once(logging, 'line');
    return lines;
  }

  async function stop() {
    await edge.stop();
    database.close();
  }

  return { edge, port, store, hosting, certificates, viewers, clock, logged, beacons, publish, ask, stop };
}

export type TestEdge = Awaited<ReturnType<typeof startEdge>>;

/** The app and host that a test calls by this name. */
export function placeOf(name: string, domain = 'apps.localhost') {
  return { app: AppId.parse(derivedId('a', name)), host: `${name}.demo.${domain}` };
}

/** An edge of this test's own, stopped when the test ends. */
export async function openEdge(options: TestEdgeOptions = {}): Promise<TestEdge> {
  const edge = await startEdge(tempFolder(), options);
  onTestFinished(edge.stop);
  return edge;
}

/** A TLS connection to the edge, made for this host; what becomes of it is the test's to see. */
export function openTls(edge: TestEdge, servername: string) {
  const socket = connectTls({
    port: edge.port,
    host: '127.0.0.1',
    servername,
    ca: edge.certificates.authority,
  });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** An HTTP/2 connection to the edge, made for this host. */
export function openHttp2(edge: TestEdge, servername: string, settings: Settings = {}): ClientHttp2Session {
  const address = `https://127.0.0.1:${edge.port}`;
  const session = connectHttp2(address, { servername, ca: edge.certificates.authority, settings });
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  return session;
}

/** Asks over HTTP/2, on a connection made for `servername`. */
export async function askHttp2(
  edge: TestEdge,
  servername: string,
  headers: Record<string, string>,
  body = '',
) {
  const stream = openHttp2(edge, servername).request({
    ':authority': `${servername}:${edge.port}`,
    ...headers,
  });
  // A request without a body has ended already.
  if (!stream.writableEnded) stream.end(body);
  const answer = await new Promise<Http2Headers & { ':status'?: number }>((resolve, reject) => {
    stream.on('response', resolve);
    stream.on('error', reject);
  });
  return { status: answer[':status'], headers: answer, text: (await buffer(stream)).toString() };
}
