import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Busy } from '../../shared/errors/errors.ts';
import { WELL_KNOWN } from '../../shared/hosting/edge-probe.ts';
import { NodeEdgeProbe } from '../../shared/hosting/node-edge-probe.ts';
import { answerOf, type CloudFrontParts } from '../builders/cloudfront-answer.ts';
import { objectsAt, objectsOf, startCloudFrontEdge } from '../builders/cloudfront-edge.ts';
import { deployed } from '../builders/deployed.ts';
import { type DeployedToAws, deployToAws } from '../builders/deployed-to-aws.ts';
import { clock, cookieFor, PLACE, parametersOf, STORE } from './functions-edge.ts';

const FILES = { 'index.html': '<title>Soup</title>', 'about/index.html': '<title>About</title>' };

let aws: DeployedToAws;
let release: Awaited<ReturnType<typeof deployed>>['release'];
beforeAll(async () => {
  aws = await deployToAws();
  ({ release } = await deployed(aws.deps, 'lunch', FILES));
});
afterAll(() => aws.close());

/** The stand-in for CloudFront that a rehearsal puts behind the probe; a release is there, and its app's host. */
async function openEdge(access: 'open' | 'viewers' = 'open', more: Partial<CloudFrontParts> = {}) {
  const edge = await startCloudFrontEdge({
    visit: (host) => (host === PLACE.host ? parametersOf({ release, access }) : undefined),
    object: objectsOf(() => aws.bucket()),
    keys: STORE,
    now: () => clock.now(),
    ...more,
  });
  onTestFinished(edge.close);
  const address = () => ({ host: '127.0.0.1', port: edge.port });
  return new NodeEdgeProbe({ address, ca: () => [edge.authority] });
}

describe('what Deploy put into the bucket, seen by the probe at the edge', () => {
  it('is the release, its page and its folders', async () => {
    const probe = await openEdge();
    const { body } = await probe.get(PLACE.host, WELL_KNOWN);
    expect(JSON.parse(body.toString())).toEqual({ app: PLACE.app, release });
    const first = await probe.get(PLACE.host, '/');
    expect(first).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(first.body.toString()).toBe(FILES['index.html']);
    expect(await probe.get(PLACE.host, '/about?x=1')).toMatchObject({
      status: 308,
      headers: { location: '/about/?x=1' },
    });
    expect((await probe.get(PLACE.host, '/about/')).body.toString()).toBe(FILES['about/index.html']);
    expect((await probe.get(PLACE.host, '/nothing')).status).toBe(404);
  });

  it('is for viewers with a cookie alone, where the site is', async () => {
    const probe = await openEdge('viewers');
    expect((await probe.get(PLACE.host, '/')).status).toBe(401);
    const cookie = `a=b; __Host-cottage=${await cookieFor()}`;
    const answer = await probe.get(PLACE.host, '/', { cookie });
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'private, no-cache' } });
  });

  it('is the same when the bucket is asked over the network', async () => {
    const parts = {
      visit: () => parametersOf({ release }),
      object: objectsAt(aws.client, 'cottage-releases'),
    };
    const near = { ...parts, object: objectsOf(() => aws.bucket()) };
    for (const target of ['/', '/about', '/about/', '/nothing']) {
      expect(await answerOf(parts, PLACE.host, target)).toEqual(await answerOf(near, PLACE.host, target));
    }
  });
});

describe('the stand-in for CloudFront', () => {
  it('has a certificate for each host, and an app only where a tenant is', async () => {
    const probe = await openEdge();
    expect((await probe.get('dinner.demo.apps.example.com', '/')).status).toBe(403);
    expect((await probe.get(PLACE.host, '/')).status).toBe(200);
  });

  it('is trusted by nobody who does not know its authority', async () => {
    const edge = await startCloudFrontEdge({ visit: () => undefined, object: async () => undefined });
    onTestFinished(edge.close);
    const address = () => ({ host: '127.0.0.1', port: edge.port });
    await expect(new NodeEdgeProbe({ address }).get(PLACE.host, '/')).rejects.toThrow(Busy);
  });

  it.each(['TRACE', 'PURGE'])('refuses %s before any function sees it', async (method) => {
    const parts = { visit: () => parametersOf(), object: async () => undefined };
    expect((await answerOf(parts, PLACE.host, '/', { method })).status).toBe(403);
    expect((await answerOf(parts, PLACE.host, '/', { method: 'POST' })).status).toBe(405);
  });
});
