import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { sha256 } from '../shared/ids/ids.ts';
import type { Server } from './server.ts';

const ASK_EVERY_MS = 10;
const TIMEOUT_MS = 120_000;

/** How a publish ended, as its status says. */
export interface Ended {
  status: string;
  findings: { code: string; severity: string }[];
  stages: { name: string; startedAt?: string; endedAt?: string }[];
}

/** Uploads an archive and publishes it, as a platform does with one that is too large for the webhook itself. */
export async function publishUpload(zip: Buffer, name: string, { ready, folder }: Server): Promise<Ended> {
  const { secret } = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as { secret: string };
  const hook = async <T>(path: string, body: object): Promise<T> => {
    const text = JSON.stringify(body);
    const id = `bench-${randomUUID()}`;
    const now = new Date();
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, text),
    };
    return answerOf<T>(
      await fetch(`${ready.api}/v1/hooks/demo/${path}`, { method: 'POST', headers, body: text }),
    );
  };
  const { uploadId, url, fields } = await hook<{
    uploadId: string;
    url: string;
    fields: Record<string, string>;
  }>('uploads', { sizeBytes: zip.length, sha256: sha256(zip) });
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append('file', new Blob([Uint8Array.from(zip)], { type: 'application/zip' }), 'site.zip');
  const uploaded = await fetch(url, { method: 'POST', body: form });
  if (!uploaded.ok) throw new Error(`the upload: ${uploaded.status} ${await uploaded.text()}`);
  const app = { team: 'demo', name, title: name, owner: 'bench@example.com', dataClass: 'internal' };
  const { statusUrl } = await hook<{ statusUrl: string }>('publish', { app, artifact: { uploadId } });
  return endOf(statusUrl);
}

async function endOf(statusUrl: string): Promise<Ended> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(statusUrl, { headers: { accept: 'application/json' } });
    const ended = await answerOf<Ended>(answer);
    if (ended.status !== 'accepted' && ended.status !== 'running') return ended;
    if (performance.now() > deadline) throw new Error('the publish takes too long');
    await pause(ASK_EVERY_MS);
  }
}

async function answerOf<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}
