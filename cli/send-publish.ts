import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AcceptedAnswer, UploadAnswer } from './api-types.ts';
import type { AppFields } from './app-fields.ts';
import type { Client } from './client.ts';
import type { RemoteZip } from './remote-zip.ts';
import type { Archive } from './site.ts';

/** As much as the publish call itself carries; what is larger is uploaded first. */
export const INLINE_LIMIT_BYTES = 1_000_000;

/** Sends a site to be published, or with `dryRun` only to be checked. */
export async function sendPublish(
  client: Client,
  publish: { app: AppFields; archive: Archive | RemoteZip; dryRun: boolean },
): Promise<AcceptedAnswer> {
  const { app, archive, dryRun } = publish;
  const artifact = await namedFor(client, archive);
  return client.hook<AcceptedAnswer>('publish', { app, artifact, dryRun }, messageId());
}

async function namedFor(client: Client, archive: Archive | RemoteZip): Promise<object> {
  if ('url' in archive) return { url: archive.url, sha256: archive.sha256 };
  if (archive.sizeBytes > INLINE_LIMIT_BYTES) return { uploadId: await upload(client, archive) };
  return { zip: (await readFile(archive.file)).toString('base64') };
}

async function upload(client: Client, { file, sizeBytes, sha256 }: Archive): Promise<string> {
  const link = await client.hook<UploadAnswer>('uploads', { sizeBytes, sha256 }, messageId());
  await client.upload(link, file);
  return link.uploadId;
}

const messageId = (): string => `msg_${randomUUID()}`;
