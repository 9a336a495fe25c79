import * as z from 'zod';
import { DataClass } from '../../shared/apps/settings.ts';
import { refuse } from '../../shared/errors/problems.ts';
import { PublishId } from '../../shared/ids/ids.ts';
import { answerPublish } from '../../shared/publishes/answer.ts';
import { cancelPublish } from '../../shared/publishes/cancel.ts';
import { executionName, type Publish } from '../../shared/publishes/publish.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { type Answer, endpoint } from './endpoint.ts';
import { attempts, executionsOf, History } from './history.ts';
import { statusPage } from './pages/status-page.ts';
import { PublishView, viewPublish } from './status-view.ts';
import { wantsPage } from './wants-page.ts';

const Params = z.object({ id: PublishId });
const LinkQuery = z.object({ t: z.string().optional() });

export const getPublish = endpoint({
  method: 'get',
  path: '/v1/publishes/{id}',
  operationId: 'getPublish',
  summary: 'Follow a publish',
  auth: 'link',
  params: Params,
  query: LinkQuery,
  answers: { 200: { description: 'The publish as it is now; to a browser, a page.', schema: PublishView } },
  run: async ({ params, query, request }, deps) =>
    answer(await find(params.id, deps), request, query.t, deps),
});

export const cancelPublishEndpoint = endpoint({
  method: 'post',
  path: '/v1/publishes/{id}/cancel',
  operationId: 'cancelPublish',
  summary: 'Cancel a publish that is under way',
  auth: 'link',
  params: Params,
  query: LinkQuery,
  answers: { 200: { description: 'Cancelled.', schema: PublishView } },
  run: async ({ params, query, request, principal }, deps) => {
    const by = principal ? `person:${principal.email}` : 'link';
    const publish = await cancelPublish((await find(params.id, deps)).publishId, by, deps);
    return answer(publish, request, query.t, deps);
  },
});

export const answerPublishEndpoint = endpoint({
  method: 'post',
  path: '/v1/publishes/{id}/answers',
  operationId: 'answerPublish',
  summary: 'Answer what a publish asked; it goes on with the same files',
  auth: 'link',
  params: Params,
  query: LinkQuery,
  body: z.object({ dataClass: DataClass }),
  answers: { 202: { description: 'It goes on.', schema: PublishView } },
  run: async ({ params, query, request, body, principal }, deps) => {
    const by = principal ? `person:${principal.email}` : 'link';
    const publish = await answerPublish((await find(params.id, deps)).publishId, body.dataClass, by, deps);
    return answer(publish, request, query.t, deps, 202);
  },
});

export const publishHistory = endpoint({
  method: 'get',
  path: '/v1/publishes/{id}/history',
  operationId: 'publishHistory',
  summary: 'What the workflow did, state by state',
  auth: 'admin',
  params: Params,
  answers: { 200: { description: 'One execution for each attempt.', schema: History } },
  run: async ({ params }, deps) => {
    const publish = await find(params.id, deps);
    const names = attempts(publish.attempt).map(
      (attempt) => ['publish', executionName({ publishId: publish.publishId, attempt })] as const,
    );
    return { status: 200, body: await executionsOf(names, deps) };
  },
});

async function find(id: PublishId, { publishes }: Deps): Promise<Publish> {
  const read = await publishes.find(id);
  if (!read) throw refuse('publish/unknown', 'There is no such publish.');
  return read.value;
}

/** JSON to a machine; to a browser a page, and after a form the way back to it. */
async function answer(
  publish: Publish,
  request: Request,
  token: string | undefined,
  deps: Deps,
  status = 200,
): Promise<Answer | Response> {
  const view = await viewPublish(publish, deps);
  if (!wantsPage(request)) return { status, body: view };
  const self = `/v1/publishes/${publish.publishId}?t=${token ?? ''}`;
  if (request.method === 'POST') return new Response(null, { status: 303, headers: { location: self } });
  return statusPage(view, token);
}
