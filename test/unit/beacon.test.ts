import { describe, expect, it } from 'vitest';
import { apiHandler } from '../../functions/aws/api-handler.ts';
import { AWS_ENDPOINTS } from '../../functions/aws/aws-endpoints.ts';
import { apiEvent } from '../builders/api-event.ts';
import { openRuntime } from '../builders/aws-runtime.ts';
import { answerOf } from '../builders/cloudfront-answer.ts';
import { PLACE, parametersOf, RELEASE } from '../contract/functions-edge.ts';
import { lambdaContext } from '../fakes/lambda.ts';

/** CloudFront in front of the real API, whose answers and log lines are seen. */
async function openEdge(access: 'open' | 'viewers' = 'open') {
  const { runtime, logs } = await openRuntime();
  const handler = apiHandler(AWS_ENDPOINTS, runtime);
  const send = async (body: string, headers: Record<string, string> = {}) => {
    const visit = { method: 'POST', body: Buffer.from(body), headers };
    const parts = {
      visit: () => parametersOf({ access }),
      object: async () => undefined,
      api: async (asked: {
        method: string;
        target: string;
        headers: Record<string, string>;
        body: Buffer;
      }) => {
        const event = apiEvent({
          method: asked.method,
          path: asked.target,
          headers: asked.headers,
          body: asked.body.toString(),
        });
        const { statusCode, headers: answered = {}, body: text } = await handler(event, lambdaContext('api'));
        return { status: statusCode, headers: answered as Record<string, string>, body: Buffer.from(text) };
      },
    };
    return answerOf(parts, PLACE.host, '/_cottage/beacon', visit);
  };
  const beacons = () => logs().filter(({ message }) => message === 'beacon');
  return { send, beacons, handler };
}

const LOAD = JSON.stringify({ kind: 'load', durationMs: 12 });

describe('a beacon through CloudFront', () => {
  it('is in the log, with the app that its page is of, whatever the page says', async () => {
    const { send, beacons } = await openEdge();
    expect(
      (await send(LOAD, { 'x-cottage-app': 'a_another', 'x-cottage-release': 'r_another' })).status,
    ).toBe(204);
    expect(beacons()).toMatchObject([
      { appId: PLACE.app, release: RELEASE, beacon: { kind: 'load', durationMs: 12 } },
    ]);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['what is no JSON', '{', {}, 400],
    ['what is no beacon', '{"kind":"visit"}', {}, 400],
    ['nothing', '', {}, 400],
    ['more than 4 kB', LOAD.padEnd(4097), {}, 413],
    ['that of another site', LOAD, { origin: 'https://elsewhere.example.com' }, 403],
  ])('is refused for %s', async (_, body, headers, status) => {
    const { send, beacons } = await openEdge();
    expect((await send(body, headers)).status).toBe(status);
    expect(beacons()).toEqual([]);
  });

  it('takes 4 kB', async () => {
    const { send } = await openEdge();
    expect((await send(LOAD.padEnd(4096))).status).toBe(204);
  });

  it('is taken of nobody who may not see the app', async () => {
    const { send, beacons } = await openEdge('viewers');
    expect((await send(LOAD)).status).toBe(401);
    expect(beacons()).toEqual([]);
  });

  it.each<Record<string, string>>([
    {},
    { 'x-cottage-app': PLACE.app },
    { 'x-cottage-app': 'x', 'x-cottage-release': RELEASE },
  ])('sent past CloudFront without an app is refused (%j)', async (headers) => {
    const { handler, beacons } = await openEdge();
    const event = apiEvent({ method: 'POST', path: '/_cottage/beacon', headers, body: LOAD });
    expect((await handler(event, lambdaContext('api'))).statusCode).toBe(400);
    expect(beacons()).toEqual([]);
  });
});
