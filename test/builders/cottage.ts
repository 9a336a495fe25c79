import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';
import type { LocalConfig } from '../../local/config.ts';
import { readConfig } from '../../local/config.ts';
import { type Replacements, type RunningCottage, startCottage } from '../../local/main.ts';
import { type Log, silentLog } from '../../shared/runtime/log.ts';
import { siteZip } from './site-zip.ts';
import { tempFolder } from './temp.ts';

export interface TestOptions {
  folder?: string;
  replace?: Replacements;
  config?: Partial<LocalConfig>;
  log?: Log;
}

/** What an app says of itself unless a test says otherwise. */
export const LUNCH = {
  team: 'demo',
  name: 'lunch',
  title: 'Lunch',
  owner: 'ana@example.com',
  dataClass: 'internal',
  visibility: 'public',
};

export const PAGE =
  '<!doctype html><html lang="en"><head><title>Lunch</title></head><body>Soup</body></html>';

let ids = 0;

export interface HookOptions {
  id?: string;
  secret?: string;
  signal?: AbortSignal;
  platform?: string;
}

/** A signed request to a hook of a platform, `demo` unless told, at this API. */
export function callHook(
  api: string,
  path: string,
  body: unknown,
  { id = `test-${(ids += 1)}`, secret = '', signal, platform = 'demo' }: HookOptions,
): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const now = new Date();
  return fetch(`${api}/v1/hooks/${platform}/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, text),
    },
    body: text,
    ...(signal ? { signal } : {}),
  });
}

/** A whole Cottage on real sockets, without the starter app, stopped when the test ends. */
export async function startTestCottage({
  folder = tempFolder(),
  replace = {},
  config = {},
  log = silentLog,
}: TestOptions = {}) {
  const settings = readConfig({}, { dataFolder: folder, apiPort: 0, edgePort: 0, dnsPort: 0, ...config });
  const cottage = await startCottage(settings, { log, replace: { bare: true, ...replace } });
  onTestFinished(() => cottage.stop());
  return new TestCottage(cottage, folder);
}

/** Talks to a Cottage as the world does: webhook, API, browser, resolver. */
export class TestCottage {
  readonly cottage: RunningCottage;
  readonly folder: string;
  /** Where the API answers on this machine, also when its public address is another. */
  readonly api: string;
  readonly secret: string;
  readonly adminToken: string;

  constructor(cottage: RunningCottage, folder: string) {
    this.cottage = cottage;
    this.folder = folder;
    const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as Record<
      string,
      string
    >;
    this.api = credentials.local ?? '';
    this.secret = credentials.secret ?? '';
    this.adminToken = credentials.adminToken ?? '';
  }

  get deps() {
    return this.cottage.deps;
  }

  /** A signed request to a hook, of platform `demo` unless told. */
  async hook(path: string, body: unknown, options: HookOptions = {}): Promise<Response> {
    return callHook(this.api, path, body, { secret: this.secret, ...options });
  }

  /** Publishes these files inline, waits until the workflow rests, and returns the publish. */
  async publish(
    files: Record<string, string> = { 'index.html': PAGE },
    app: object = {},
    id?: string,
  ): Promise<Published> {
    return this.publishZip(await siteZip(files), app, id === undefined ? {} : { id });
  }

  /** Publishes this archive inline, whatever it is; what is not accepted is answered as it came. */
  async publishZip(zip: Buffer, app: object = {}, options: HookOptions & { dryRun?: boolean } = {}) {
    const { dryRun = false, ...hook } = options;
    const body = { app: { ...LUNCH, ...app }, artifact: { zip: zip.toString('base64') }, dryRun };
    const answer = await this.hook('publish', body, hook);
    const accepted = (await answer.json()) as { publishId: string; statusUrl: string };
    if (answer.status >= 300) return { httpStatus: answer.status, ...accepted } as unknown as Published;
    await this.cottage.runner.idle();
    return {
      ...(await this.status(accepted.statusUrl)),
      statusUrl: accepted.statusUrl,
      httpStatus: answer.status,
    };
  }

  /** Uploads an archive as its platform does, and answers the upload's id. */
  async upload(zip: Buffer, signal?: AbortSignal): Promise<string> {
    const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', zip)).toString('hex');
    const bounds = signal ? { signal } : {};
    const asked = await this.hook('uploads', { sizeBytes: zip.length, sha256 }, bounds);
    const upload = (await asked.json()) as { uploadId: string; url: string; fields: Record<string, string> };
    const form = new FormData();
    for (const [name, value] of Object.entries(upload.fields)) form.set(name, value);
    form.set('file', new Blob([zip]), 'site.zip');
    const at = this.api + new URL(upload.url).pathname;
    const stored = await fetch(at, { method: 'POST', body: form, ...bounds });
    if (stored.status !== 201) throw new Error(`the upload was not stored: ${stored.status}`);
    return upload.uploadId;
  }

  /** Publishes what was uploaded, waits until the workflow rests, and returns the publish. */
  async publishUpload(uploadId: string, app: object = {}): Promise<Published> {
    const answer = await this.hook('publish', { app: { ...LUNCH, ...app }, artifact: { uploadId } });
    const { statusUrl } = (await answer.json()) as { statusUrl: string };
    await this.cottage.runner.idle();
    return this.status(statusUrl);
  }

  /** Publishes these files inline and returns the link to follow it by, while it runs. */
  async begin(files: Record<string, string>, app: object = {}): Promise<string> {
    const zip = (await siteZip(files)).toString('base64');
    const answer = await this.hook('publish', { app: { ...LUNCH, ...app }, artifact: { zip } });
    const { statusUrl } = (await answer.json()) as { statusUrl: string };
    return statusUrl;
  }

  /** Asks for the publish until it has ended, or waits for a person. */
  async follow(statusUrl: string): Promise<Published> {
    for (;;) {
      const publish = await this.status(statusUrl);
      if (publish.status !== 'accepted' && publish.status !== 'running') return publish;
    }
  }

  async status(statusUrl: string): Promise<Published> {
    const { pathname, search } = new URL(statusUrl);
    const answer = await fetch(this.api + pathname + search, { headers: { accept: 'application/json' } });
    return { httpStatus: answer.status, statusUrl, ...((await answer.json()) as object) } as Published;
  }

  /** A call of the API as its admin. */
  async admin(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal) {
    const answer = await fetch(`${this.api}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') && !text.includes('\n{');
    return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as never };
  }

  /** Adds a team that the platform `demo` may publish for, and waits until the workflow rests. */
  async addTeam(name: string, fields: object = {}): Promise<TeamEntry> {
    const { status } = await this.admin('POST', '/v1/teams', { name, platforms: ['demo'], ...fields });
    if (status !== 202) throw new Error(`the team was not added: ${status}`);
    await this.cottage.runner.idle();
    return (await this.admin('GET', `/v1/teams/${name}`)).body;
  }

  /** The catalog's entry of an app of team demo. */
  async app(name = LUNCH.name): Promise<CatalogEntry> {
    return (await this.admin('GET', `/v1/apps/demo/${name}`)).body;
  }

  /** An admin's action on the app `demo/lunch`. */
  async act(
    action: string,
    body: object = {},
    signal?: AbortSignal,
  ): Promise<{ status: number; body: CatalogEntry }> {
    return this.admin('POST', `/v1/apps/demo/lunch/${action}`, body, signal);
  }

  /** Moves the virtual clock on, and everything that is due with it. */
  async advance(by: string): Promise<void> {
    const { status } = await this.admin('POST', '/v1/clock/advance', { by });
    if (status !== 200) throw new Error(`the clock could not be moved: ${status}`);
  }

  /** What does not agree with something else. */
  async problems(): Promise<string[]> {
    const { body } = await this.admin('GET', '/v1/doctor');
    return (body as { problems: { code: string; subject: string }[] }).problems.map(
      ({ code, subject }) => `${code} ${subject}`,
    );
  }

  /** Every blob whose key begins like this. */
  async blobs(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.deps.blobs.list(prefix, cursor);
      keys.push(...page.blobs.map(({ key }) => key));
      cursor = page.next;
    } while (cursor !== undefined);
    return keys;
  }

  /** What a browser at this host sees, over TLS checked against our CA, or another. */
  async visit(
    host: string,
    path = '/',
    headers: Record<string, string> = {},
    method = 'GET',
    ca: string | Buffer = readFileSync(join(this.folder, 'ca.pem')),
  ): Promise<Visit> {
    const port = Number(new URL(this.cottage.ready.edge).port);
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port,
          servername: host,
          path,
          method,
          ca,
          agent: false,
          headers: { host: `${host}:${port}`, ...headers },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () =>
            resolve({
              status: answer.statusCode ?? 0,
              headers: answer.headers as Record<string, string>,
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      asked.on('error', reject);
      asked.end();
    });
  }

  /** The same over HTTP/2. */
  async visitHttp2(
    host: string,
    path = '/',
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<Visit> {
    const { port } = new URL(this.cottage.ready.edge);
    const ca = readFileSync(join(this.folder, 'ca.pem'));
    const session = connect(`https://127.0.0.1:${port}`, { servername: host, ca });
    try {
      const asked = { ':authority': `${host}:${port}`, ':path': path, ':method': method, ...headers };
      const stream = session.request(asked, { endStream: true });
      const [answered] = (await once(stream, 'response')) as [Record<string, string>];
      const body = (await buffer(stream)).toString();
      return { status: Number(answered[':status']), headers: answered, body };
    } finally {
      session.destroy();
    }
  }

  /** A resolver that asks our DNS server only. */
  resolver(): Resolver {
    const resolver = new Resolver({ timeout: 2_000, tries: 1 });
    resolver.setServers([this.cottage.ready.dns]);
    return resolver;
  }

  async mails(): Promise<{ id: string; to: string[]; subject: string }[]> {
    const { body } = await this.admin('GET', '/mailbox');
    return (body as { mails: { id: string; to: string[]; subject: string }[] }).mails;
  }
}

export interface Visit {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface TeamEntry {
  name: string;
  state: string;
  zone: string;
  attempt: number;
  certificateId?: string;
  summary?: string;
}

export interface CatalogEntry {
  appId: string;
  retirement: { by: string; at: string; summary: string | null } | null;
  state: string;
  visibility: string;
  urls: { production: string | null };
  live: { release: string; seq: number } | null;
  pin: { seq: number; by: string } | null;
  hold: { reason: string; by: string } | null;
  ready: { release: string; publishId: string } | null;
  nextAction: { action: string; at: string } | null;
  why: string;
}

export interface Published {
  httpStatus: number;
  statusUrl: string;
  publishId: string;
  status: string;
  release: string | null;
  url: string | null;
  summary: string | null;
  app: { appId: string; host: string };
  stages: { name: string; status: string }[];
  findings: {
    code: string;
    severity: string;
    title: string;
    why: string;
    where?: { file: string; line?: number };
  }[];
  /** What is wrong with a request that was not accepted. */
  code?: string;
  suggestions?: string[];
  questions: { field: string; options: string[] }[];
  decision: { decisionId: string; subject: string } | null;
  changes: { added: number; changed: number; removed: number } | null;
}
