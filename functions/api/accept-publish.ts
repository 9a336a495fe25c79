import * as z from 'zod';
import { refuse } from '../../shared/errors/problems.ts';
import { acceptPublish } from '../../shared/publishes/accept.ts';
import { webhookHeaders } from '../../shared/webhooks/webhook.ts';
import { endpoint } from './endpoint.ts';
import { MAX_PUBLISH_BODY_BYTES, PublishAnswer, PublishBody } from './publish-body.ts';

/** The publish webhook. A redelivery is the same publish and gets the first answer again. */
export const acceptPublishEndpoint = endpoint({
  method: 'post',
  path: '/v1/hooks/{platform}/publish',
  operationId: 'publish',
  summary: 'Publish an app',
  auth: 'platform',
  params: z.object({ platform: z.string() }),
  body: PublishBody,
  maxBodyBytes: MAX_PUBLISH_BODY_BYTES,
  answers: {
    202: { description: 'Accepted; the workflow has started.', schema: PublishAnswer },
    200: { description: 'A redelivery: the first answer again.', schema: PublishAnswer },
  },
  run: async ({ body, platform, rawBody, request }, deps) => {
    if (!platform) throw refuse('webhook/signature-invalid', 'This platform is not known.');
    const { id } = webhookHeaders(request.headers);
    const accepted = await acceptPublish({ platform, webhookId: id, rawBody, body }, deps);
    return { status: accepted.replay ? 200 : 202, body: accepted.answer };
  },
});
