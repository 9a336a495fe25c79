import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { CottageProcess } from './cottage-process.ts';

/** A publish as its link shows it. */
export interface PublishStatus {
  publishId: string;
  status: string;
  release: string | null;
  app: { appId: string; name: string; host: string };
  decision: { decisionId: string } | null;
}

export interface Execution {
  name: string;
  status: string;
  events: { at: number; type: string; state?: string }[];
}

export const ENDED = ['live', 'ready', 'needs-answers', 'refused', 'failed', 'superseded', 'cancelled'];

/** Talks to a Cottage as a platform and as an admin do, with nothing of Cottage's own code. */
export class DrillClient {
  readonly #cottage: CottageProcess;
  readonly #secret: string;
  readonly #token: string;
  readonly #onAnswer: () => void;

  /** @param onAnswer is called at each answer, whatever it is */
  constructor(cottage: CottageProcess, onAnswer: () => void = () => undefined) {
    this.#cottage = cottage;
    this.#onAnswer = onAnswer;
    const { secret, adminToken } = cottage.credentials;
    this.#secret = secret;
    this.#token = adminToken;
  }

  /** @throws Answered for anything but success; TypeError when nobody is there */
  async hook<T>(path: string, id: string, body: object): Promise<T> {
    const text = JSON.stringify(body);
    const now = new Date();
    const answer = await fetch(`${this.#cottage.ready.api}/v1/hooks/demo/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(this.#secret).sign(id, now, text),
      },
      body: text,
    });
    return this.#take<T>(answer);
  }

  async upload(zip: Buffer): Promise<string> {
    const sha256 = createHash('sha256').update(zip).digest('hex');
    const wanted = { sizeBytes: zip.length, sha256 };
    const { uploadId, url, fields } = await this.hook<{
      uploadId: string;
      url: string;
      fields: Record<string, string>;
    }>('uploads', `upload-${sha256}`, wanted);
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    form.set('file', new Blob([new Uint8Array(zip)]), 'site.zip');
    await this.#take(await fetch(url, { method: 'POST', body: form }));
    return uploadId;
  }

  get<T>(path: string): Promise<T> {
    return this.#admin<T>('GET', path);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.#admin<T>('POST', path, body);
  }

  publish(publishId: string): Promise<PublishStatus> {
    return this.get(`/v1/publishes/${publishId}`);
  }

  async #admin<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.#cottage.ready.api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return this.#take<T>(answer);
  }

  async #take<T>(answer: Response): Promise<T> {
    const text = await answer.text();
    this.#onAnswer();
    if (answer.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
    throw new Answered(answer.status, codeIn(text), text);
  }
}

/** It answered, and not with success. */
export class Answered extends Error {
  override readonly name = 'Answered';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, text: string) {
    super(`${status} ${text.slice(0, 500)}`);
    this.status = status;
    this.code = code;
  }
}

function codeIn(text: string): string {
  try {
    return String((JSON.parse(text) as { code?: unknown }).code);
  } catch {
    return '';
  }
}
