import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { sha256 } from '../shared/ids/ids.ts';
import type { Benchmark, RunOptions } from './benchmark.ts';
import { bombs } from './bombs.ts';
import type { Figure } from './figures.ts';
import { type Server, withServer } from './server.ts';

const ASK_EVERY_MS = 10;
const TIMEOUT_MS = 60_000;
/** What the start leaves behind is collected in that time, or not at all. */
const QUIET_MS = 5_000;

/** Archives that would fill a memory or a disk, sent to a server as platforms send them. */
export const bomb: Benchmark = {
  name: 'bomb',
  summary: 'a gigabyte of zeros in a small archive, in four ways: memory while it is refused',
  run: (options) => withServer((server) => measure(server, options)),
};

async function measure(server: Server, { quick, progress }: RunOptions): Promise<Figure[]> {
  const idleMB = await server.settledMB(quick ? 500 : QUIET_MS);
  const figures: Figure[] = [];
  for (const { what, code, zip } of bombs()) {
    server.forgetPeak();
    const found = await refusalOf(zip, server);
    if (found !== code) throw new Error(`${what}: ${code} was expected, and ${found} came`);
    const peakMB = server.peakMB();
    progress(`${what}: ${code}`);
    figures.push({
      what: `${what}, above idle`,
      unit: 'MB',
      runs: 1,
      median: Math.max(0, peakMB - idleMB),
      aim: { median: 150 },
      note: `refused as ${code}; the archive has ${zip.length.toLocaleString('en-GB')} bytes, idle is ${Math.round(idleMB)} MB`,
    });
  }
  return figures;
}

/** Uploads and publishes an archive; the code it is refused with, or how the publish ended otherwise. */
async function refusalOf(zip: Buffer, { ready, folder }: Server): Promise<string> {
  const { secret } = JSON.parse(readFileSync(join(folder, 'credentials.json'), 'utf8')) as { secret: string };
  const hook = async <T>(name: string, body: object): Promise<T> => {
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
      await fetch(`${ready.api}/v1/hooks/demo/${name}`, { method: 'POST', headers, body: text }),
    );
  };
  const digest = sha256(zip);
  const upload = await hook<{ uploadId: string; url: string; fields: Record<string, string> }>('uploads', {
    sizeBytes: zip.length,
    sha256: digest,
  });
  const form = new FormData();
  for (const [field, value] of Object.entries(upload.fields)) form.append(field, value);
  form.append('file', new Blob([Uint8Array.from(zip)], { type: 'application/zip' }), 'site.zip');
  const uploaded = await fetch(upload.url, { method: 'POST', body: form });
  if (!uploaded.ok) throw new Error(`the upload: ${uploaded.status} ${await uploaded.text()}`);
  const app = { team: 'demo', name: 'bomb', title: 'Bomb', owner: 'bomb@example.com', dataClass: 'internal' };
  const { uploadId } = upload;
  const { statusUrl } = await hook<{ statusUrl: string }>('publish', { app, artifact: { uploadId } });
  return endOf(statusUrl);
}

interface Status {
  status: string;
  findings: { code: string; severity: string }[];
}

async function endOf(statusUrl: string): Promise<string> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(statusUrl, { headers: { accept: 'application/json' } });
    const { status, findings } = await answerOf<Status>(answer);
    if (status !== 'accepted' && status !== 'running') {
      return findings.find(({ severity }) => severity === 'block')?.code ?? status;
    }
    if (performance.now() > deadline) throw new Error('the publish takes too long');
    await pause(ASK_EVERY_MS);
  }
}

async function answerOf<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}
