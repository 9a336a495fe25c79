import * as z from 'zod';
import { DataClass, Tier, Visibility } from '../../shared/apps/settings.ts';
import { MAX_URL_LENGTH } from '../../shared/downloads/download-url.ts';
import { PublishId, UploadId } from '../../shared/ids/ids.ts';
import {
  CoOwners,
  CostCenter,
  Email,
  ExpiresInDays,
  Integrations,
  Spa,
  Title,
} from '../../shared/manifest/fields.ts';
import { PublishStatus } from '../../shared/publishes/publish.ts';

/** Decoded size of an inline archive. */
export const MAX_INLINE_BYTES = 1_000_000;
/** Base64 makes four characters of three bytes; the rest of the body is small. */
export const MAX_PUBLISH_BODY_BYTES = Math.ceil(MAX_INLINE_BYTES / 3) * 4 + 64 * 1024;

const Base64 = z
  .string()
  .max(Math.ceil(MAX_INLINE_BYTES / 3) * 4, 'at most 1 MB of archive fits here; upload a larger one')
  .meta({ description: 'A zip archive in base64, at most 1 MB decoded.', format: 'byte' });

/** What a platform sends to publish. */
export const PublishBody = z
  .object({
    app: z.object({
      team: z.string().meta({ description: 'The team that owns the app.', example: 'demo' }),
      name: z
        .string()
        .meta({ description: 'The first part of the address: a-z, 0-9 and -.', example: 'lunch' }),
      title: Title,
      owner: Email.meta({ description: 'Who answers for the app.', example: 'ana@example.com' }),
      coOwners: CoOwners.optional(),
      dataClass: DataClass.optional().meta({
        description: 'What the app shows. Missing: the publish ends `needs-answers`, and its page asks.',
      }),
      visibility: Visibility.optional().meta({ description: 'Who may see it; `company` unless told.' }),
      tier: Tier.optional().meta({ description: '`shared` unless told.' }),
      costCenter: CostCenter.optional(),
      expiresInDays: ExpiresInDays.optional(),
      integrations: Integrations.optional(),
      spa: Spa.optional().meta({ description: 'Unknown paths show index.html.' }),
    }),
    artifact: z.union([
      z.object({ uploadId: UploadId }).meta({ description: 'From POST /v1/hooks/{platform}/uploads.' }),
      z.object({ zip: Base64 }),
      z
        .object({
          url: z
            .string()
            .min(1)
            .max(MAX_URL_LENGTH, `at most ${MAX_URL_LENGTH} characters`)
            .meta({ example: 'https://files.example.com/lunch.zip?signature=…' }),
          sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits'),
        })
        .meta({ description: 'Fetched from the open internet, over https, once the publish is accepted.' }),
    ]),
    dryRun: z.boolean().optional().meta({ description: 'Check only; nothing goes live.' }),
  })
  .meta({ id: 'PublishBody' });
export type PublishBody = z.infer<typeof PublishBody>;

export const PublishAnswer = z
  .object({
    publishId: PublishId,
    status: PublishStatus,
    statusUrl: z.url().meta({ description: 'Where to follow it: JSON, or a page in a browser.' }),
  })
  .meta({ id: 'PublishAnswer' });
