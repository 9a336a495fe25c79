import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { UploadAnswer } from './api-types.ts';
import type { Target } from './config.ts';
import { EXIT } from './exit-codes.ts';
import { BUSY_STATUSES, CommandFailed, failureFrom, notCottage, notReachable } from './failures.ts';

/** Pauses before the second and the third try of a call that may be repeated. */
const PAUSES_MS = [200, 800] as const;
const CALL_TIMEOUT_MS = 60_000;
/** 100 MB over a slow line. */
const UPLOAD_TIMEOUT_MS = 30 * 60_000;

interface Call {
  url: string;
  method: 'GET' | 'POST' | 'DELETE';
  headers: Record<string, string>;
  body?: string | FormData;
  timeoutMs?: number;
}

/**
 * Calls the HTTP API. Every method throws `CommandFailed` with the exit code that fits: the server does not answer, says
 * no, or is no Cottage. What may be repeated is tried three times.
 */
export class Client {
  readonly target: Target;
  readonly #pause: (pauseMs: number) => Promise<void>;

  constructor(target: Target, pause: (pauseMs: number) => Promise<void>) {
    this.target = target;
    this.#pause = pause;
  }

  /** Reads as an admin. `timeoutMs`: longer than usual, for what is known to take its time. */
  async get<T>(path: string, timeoutMs: number = CALL_TIMEOUT_MS): Promise<T> {
    return this.#json<T>(await this.#repeat(async () => ({ ...this.#adminCall('GET', path), timeoutMs })));
  }

  /** Changes something as an admin; never repeated, for the first try may have worked. */
  async post<T>(path: string, body: unknown = {}, timeoutMs: number = CALL_TIMEOUT_MS): Promise<T> {
    return this.#json<T>(
      await this.#send({ ...this.#adminCall('POST', path, JSON.stringify(body)), timeoutMs }),
    );
  }

  /** Removes something as an admin. Asked twice is asked once, so a try whose answer got lost is repeated. */
  async delete<T>(path: string): Promise<T> {
    return this.#json<T>(await this.#repeat(async () => this.#adminCall('DELETE', path)));
  }

  /** Reads a document of JSON lines as an admin, one line at a time. */
  async *lines(path: string): AsyncGenerator<string> {
    const response = await this.#repeat(async () => this.#adminCall('GET', path));
    if (!response.ok) await this.#json(response);
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line !== '');
    }
    if (rest !== '') yield rest;
  }

  /**
   * Calls a platform's hook, signed as Standard Webhooks ask. Each try is signed anew, for a signature holds five
   * minutes; the message id stays, so that a try whose answer got lost is not published twice.
   */
  async hook<T>(name: 'publish' | 'uploads', body: unknown, messageId: string): Promise<T> {
    const { platform, api } = this.target;
    if (platform === undefined) {
      throw new CommandFailed(
        EXIT.notAllowed,
        'cli/no-platform',
        `To publish to ${api}, the credentials.json of that Cottage is needed. Point COTTAGE_DATA at its folder.`,
      );
    }
    const { Webhook } = await import('standardwebhooks');
    const text = JSON.stringify(body);
    return this.#json<T>(
      await this.#repeat(async () => {
        const now = new Date();
        return {
          url: `${api}/v1/hooks/${encodeURIComponent(platform.id)}/${name}`,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'webhook-id': messageId,
            'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
            'webhook-signature': new Webhook(platform.secret).sign(messageId, now, text),
          },
          body: text,
        };
      }),
    );
  }

  /** Posts a file to an upload link; the file goes last, as the link's form asks. */
  async upload(link: UploadAnswer, file: string): Promise<void> {
    const form = new FormData();
    for (const [name, value] of Object.entries(link.fields)) form.append(name, value);
    form.append('file', await openAsBlob(file, { type: 'application/zip' }), basename(file));
    const call: Call = {
      url: link.url,
      method: 'POST',
      headers: {},
      body: form,
      timeoutMs: UPLOAD_TIMEOUT_MS,
    };
    const response = await this.#send(call);
    if (!response.ok) await this.#json(response);
    await response.body?.cancel();
  }

  /** Reads by a link that is itself the permission; the admin's token stays at home. */
  async getLink<T>(url: string): Promise<T> {
    return this.#json<T>(await this.#repeat(async () => ({ url, method: 'GET', headers: {} })));
  }

  /** Answers by a link that is itself the permission. */
  async postLink<T>(url: string, body: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#json<T>(await this.#send({ url, method: 'POST', headers, body: JSON.stringify(body) }));
  }

  #adminCall(method: Call['method'], path: string, body?: string): Call {
    const { api, token } = this.target;
    if (token === undefined) {
      throw new CommandFailed(
        EXIT.notAllowed,
        'cli/no-token',
        `An admin's token is needed for ${api}. Give it with --token or COTTAGE_TOKEN.`,
      );
    }
    return {
      url: `${api}${path}`,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    };
  }

  async #repeat(prepare: () => Promise<Call>): Promise<Response> {
    for (const pauseMs of PAUSES_MS) {
      const response = await this.#send(await prepare()).catch(lostOnTheWay);
      if (response !== undefined && !BUSY_STATUSES.has(response.status)) return response;
      await response?.body?.cancel();
      await this.#pause(pauseMs);
    }
    return this.#send(await prepare());
  }

  async #send({ url, timeoutMs = CALL_TIMEOUT_MS, headers, ...init }: Call): Promise<Response> {
    try {
      return await fetch(url, {
        ...init,
        headers: { accept: 'application/json', ...headers },
        // Nothing of the API redirects; following would carry what is sent to an address nobody chose.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw notReachable(URL.parse(url)?.origin ?? url, reasonOf(error));
    }
  }

  async #json<T>(response: Response): Promise<T> {
    const answer = await parseObject(response);
    if (response.ok && answer !== undefined) return answer as T;
    if (response.status >= 400 && answer !== undefined) throw failureFrom(response.status, answer);
    if (BUSY_STATUSES.has(response.status)) throw failureFrom(response.status, {});
    throw notCottage(this.target.api);
  }
}

/** Only a try that got no answer may be repeated; everything else goes up. */
function lostOnTheWay(error: unknown): undefined {
  if (error instanceof CommandFailed && error.exitCode === EXIT.notReachable) return undefined;
  throw error;
}

async function parseObject(response: Response): Promise<object | undefined> {
  try {
    const value: unknown = await response.json();
    return value instanceof Object ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `fetch` hides what happened two levels down; `ECONNREFUSED` says more than "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  const cause = error.cause;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message;
}
