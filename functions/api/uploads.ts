import * as z from 'zod';
import { limitText, sizeText } from '../../shared/artifacts/artifact-finding.ts';
import { DAY_MS, MINUTE_MS } from '../../shared/clock/clock.ts';
import { refuse } from '../../shared/errors/problems.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import { Instant, instant, randomId, UploadId } from '../../shared/ids/ids.ts';
import { KEPT_DAYS, LINK_MINUTES, uploadKey } from '../../shared/uploads/upload.ts';
import { endpoint } from './endpoint.ts';

export const createUpload = endpoint({
  method: 'post',
  path: '/v1/hooks/{platform}/uploads',
  operationId: 'createUpload',
  summary: 'Ask for a place to upload an archive to',
  auth: 'platform',
  params: z.object({ platform: z.string() }),
  body: z.object({
    sizeBytes: z.int().min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits'),
  }),
  answers: {
    201: {
      description: 'POST multipart/form-data to `url`: every field as given, then `file` last.',
      schema: z
        .object({
          uploadId: UploadId,
          url: z.url(),
          fields: z.record(z.string(), z.string()),
          expiresAt: Instant,
        })
        .meta({ id: 'Upload' }),
    },
  },
  run: async ({ body, platform }, { blobs, uploads, effects, clock, settings }) => {
    if (!platform) throw refuse('webhook/signature-invalid', 'This platform is not known.');
    if (body.sizeBytes > settings.limits.archiveBytes) {
      const limit = limitText(settings.limits.archiveBytes);
      throw refuse('upload/too-large', `An archive may have at most ${limit}.`, {
        findings: [finding('artifact/too-large', { limit, size: sizeText(body.sizeBytes) })],
      });
    }
    const uploadId = UploadId.parse(randomId('u'));
    const key = uploadKey(uploadId);
    const expiresAt = Date.now() + LINK_MINUTES * MINUTE_MS;
    const { url, fields } = await blobs.uploadLink({ key, ...body, expiresAt });
    const now = clock.now();
    const nextAction = { action: 'collect', at: instant(now + KEPT_DAYS * DAY_MS) };
    const upload = {
      uploadId,
      platform: platform.platformId,
      key,
      ...body,
      createdAt: instant(now),
      nextAction,
    };
    await effects.commit({ opId: `upload/${uploadId}`, operations: [uploads.creating(upload)] });
    return { status: 201, body: { uploadId, url, fields, expiresAt: instant(expiresAt) } };
  },
});
