import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Server } from './server.ts';

const TIMEOUT_MS = 30_000;

/** What somebody publishes who is in a hurry: open to everybody, so that a visitor needs no sign-in. */
const APP = { team: 'demo', title: 'Lunch', dataClass: 'internal', visibility: 'public' };

interface Accepted {
  publishId: string;
  statusUrl: string;
}

export interface Stage {
  name: string;
  status: string;
  startedAt?: string;
  endedAt?: string;
}

export interface Published {
  publishId: string;
  status: string;
  release: string | null;
  app: { host: string };
  stages: Stage[];
  timing: { durationMs: number | null };
}

/** A webhook, signed and ready to be sent. */
export interface Prepared {
  headers: Record<string, string>;
  body: string;
}

/** Talks to a server as platforms and admins do, over connections that stay open. */
export class Client {
  readonly #api: string;
  readonly #secret: string;
  readonly #token: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor({ ready, folder }: Server) {
    const credentials = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as Record<
      'secret' | 'adminToken',
      string
    >;
    this.#api = ready.api;
    this.#secret = credentials.secret;
    this.#token = credentials.adminToken;
  }

  /** Signs a publish of `name`, so that signing is not part of what is measured. */
  prepare(name: string, zip: Buffer, { team = APP.team, visibility = APP.visibility } = {}): Prepared {
    const app = { ...APP, team, visibility, name, owner: `${name}@example.com` };
    const body = JSON.stringify({ app, artifact: { zip: zip.toString('base64') } });
    const id = `bench-${randomUUID()}`;
    const now = new Date();
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(this.#secret).sign(id, now, body),
      },
    };
  }

  /** @throws Error when it is not accepted. */
  async send({ headers, body }: Prepared): Promise<Accepted> {
    return this.#json<Accepted>('POST', `${this.#api}/v1/hooks/demo/publish`, headers, body);
  }

  /**
   * Asks every `everyMs` until the publish has ended.
   * @throws Error when it did not end live.
   */
  async untilLive({ statusUrl }: Accepted, everyMs: number): Promise<Published> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const publish = await this.#json<Published>('GET', statusUrl, { accept: 'application/json' });
      if (publish.status === 'live') return publish;
      const isUnderWay = publish.status === 'accepted' || publish.status === 'running';
      if (!isUnderWay || performance.now() > deadline) throw new Error(`the publish is ${publish.status}`);
      await pause(everyMs);
    }
  }

  /** Publishes and waits until the catalog says live. */
  async publish(name: string, zip: Buffer, everyMs = 10, team = APP.team): Promise<Published> {
    return this.untilLive(await this.send(this.prepare(name, zip, { team })), everyMs);
  }

  /** A team in which everybody may have so many apps, open to everybody. Waits until it is ready for them. */
  async addTeam(name: string, maxApps: number): Promise<void> {
    await this.#admin('POST', '/v1/teams', {
      name,
      maxApps,
      platforms: ['demo'],
      standingGrants: ['public'],
    });
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const { state } = await this.#admin<{ state: string }>('GET', `/v1/teams/${name}`);
      if (state === 'ready') return;
      if (performance.now() > deadline) throw new Error(`the team is ${state}`);
      await pause(10);
    }
  }

  /** Asks whether it is up. */
  async health(): Promise<void> {
    await this.#json('GET', `${this.#api}/healthz`, {});
  }

  /** A one-time link to the app. */
  async link(name: string): Promise<string> {
    return (await this.#admin<{ url: string }>('POST', `/v1/apps/demo/${name}/open`)).url;
  }

  async rollback(name: string, release: string): Promise<void> {
    await this.#admin('POST', `/v1/apps/demo/${name}/rollback`, { release });
  }

  /** What each state of a publish said it did: `unchanged`, or something else. */
  async outcomes(publishId: string): Promise<Map<string, string>> {
    const { executions } = await this.#admin<{ executions: { events: HistoryEvent[] }[] }>(
      'GET',
      `/v1/publishes/${publishId}/history`,
    );
    const returned = executions
      .flatMap(({ events }) => events)
      .filter(({ type }) => type === 'TaskSucceeded');
    return new Map(
      returned.map(({ state, detail }) => [state ?? '', detail?.output?.Payload?.outcome ?? '']),
    );
  }

  close(): void {
    this.#agent.destroy();
  }

  #admin<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    return this.#json<T>(method, `${this.#api}${path}`, headers, body && JSON.stringify(body));
  }

  async #json<T>(method: string, url: string, headers: Record<string, string>, body?: string): Promise<T> {
    const agent = this.#agent;
    const sized =
      body === undefined ? headers : { ...headers, 'content-length': String(Buffer.byteLength(body)) };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = requestHttp(url, { method, headers: sized, agent, timeout: TIMEOUT_MS }, resolve);
      asked.on('timeout', () => asked.destroy(new Error(`${method} ${url} takes too long`)));
      asked.on('error', reject);
      asked.end(body);
    });
    const text = (await readBody(answer)).toString();
    if ((answer.statusCode ?? 500) >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as T;
  }
}

interface HistoryEvent {
  type: string;
  state?: string;
  detail?: { output?: { Payload?: { outcome?: string } } };
}

/** Somebody who has the app open: one TLS connection, kept, checked against Cottage's own CA. */
export class Visitor {
  readonly #host: string;
  readonly #port: number;
  readonly #agent: SecureAgent;

  constructor({ ready, folder }: Server, host: string) {
    this.#host = host;
    this.#port = Number(new URL(ready.edge).port);
    const ca = readFileSync(join(folder, 'ca.pem'));
    this.#agent = new SecureAgent({ keepAlive: true, maxSockets: 1, servername: host, ca });
  }

  /** The answer at this path, and when (`performance.now()`) its first byte came. */
  async get(path: string): Promise<{ status: number; body: string; firstByteAt: number }> {
    const options = {
      host: '127.0.0.1',
      port: this.#port,
      path,
      agent: this.#agent,
      headers: { host: `${this.#host}:${this.#port}` },
      timeout: TIMEOUT_MS,
    };
    const { answer, firstByteAt } = await new Promise<{ answer: IncomingMessage; firstByteAt: number }>(
      (resolve, reject) => {
        const asked = requestHttps(options, (got) =>
          resolve({ answer: got, firstByteAt: performance.now() }),
        );
        asked.on('timeout', () => asked.destroy(new Error(`GET ${path} takes too long`)));
        asked.on('error', reject);
        asked.end();
      },
    );
    return { status: answer.statusCode ?? 0, body: (await readBody(answer)).toString(), firstByteAt };
  }

  /** The release that answers at the name now. */
  async release(): Promise<string> {
    const { body } = await this.get('/.well-known/cottage.json');
    return (JSON.parse(body) as { release: string }).release;
  }

  /**
   * Asks every `everyMs` which release answers; once it is another than `before`, opens the first page.
   * @returns when (`performance.now()`) the first byte of a 200 whose text holds `mark` came
   * @throws Error when that does not happen within half a minute.
   */
  async untilShown(mark: string, before: string, everyMs: number): Promise<number> {
    const deadline = performance.now() + TIMEOUT_MS;
    while (performance.now() < deadline) {
      if ((await this.release()) !== before) {
        const page = await this.get('/');
        if (page.status === 200 && page.body.includes(mark)) return page.firstByteAt;
      }
      await pause(everyMs);
    }
    throw new Error(`${this.#host} never showed ${mark}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function readBody(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
