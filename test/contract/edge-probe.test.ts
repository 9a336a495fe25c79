import { describe, expect, it } from 'vitest';
import { Busy, TooLarge } from '../../shared/errors/errors.ts';
import { NodeEdgeProbe } from '../../shared/hosting/node-edge-probe.ts';
import { mintCookie } from '../../shared/hosting/viewer.ts';
import { openEdge, placeOf } from '../builders/edge.ts';

const { host } = placeOf('lunch');

async function open(files: Record<string, string>, access: 'open' | 'viewers' = 'open') {
  const edge = await openEdge();
  await edge.publish('lunch', files, { access });
  const address = () => ({ host: '127.0.0.1', port: edge.port });
  return { ...edge, address, probe: new NodeEdgeProbe({ address, ca: () => [edge.certificates.authority] }) };
}

describe('the edge probe', () => {
  it('asks as a visitor of that host would, and says who it is', async () => {
    const { probe, logged } = await open({ 'index.html': 'hello' });
    const { status, headers, body } = await probe.get(host, '/index.html?x');
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: 'hello' });
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-frame-options': 'SAMEORIGIN',
    });
    expect(await logged(1)).toMatchObject([{ host, probe: true }]);
  });

  it('sees a page for viewers with a cookie alone', async () => {
    const { probe, viewers } = await open({ 'index.html': 'hello' }, 'viewers');
    expect((await probe.get(host, '/')).status).toBe(401);
    const cookie = `__Host-cottage=${await mintCookie(viewers, placeOf('lunch'), 'probe@cottage')}`;
    expect((await probe.get(host, '/', { cookie })).status).toBe(200);
  });

  it('does not follow redirects', async () => {
    const { probe } = await open({ 'about/index.html': 'hello' });
    expect(await probe.get(host, '/about')).toMatchObject({ status: 308, headers: { location: '/about/' } });
  });

  it('takes a body up to its limit', async () => {
    const { probe } = await open({ 'index.html': '12345' });
    expect((await probe.get(host, '/', { maxBytes: 5 })).body.toString()).toBe('12345');
    await expect(probe.get(host, '/', { maxBytes: 4 })).rejects.toThrow(TooLarge);
  });

  it('trusts no certificate but of the CA it is given', async () => {
    const { address } = await open({ 'index.html': 'hello' });
    await expect(new NodeEdgeProbe({ address }).get(host, '/')).rejects.toThrow(Busy);
    const other = await openEdge();
    const stranger = new NodeEdgeProbe({ address, ca: () => [other.certificates.authority] });
    await expect(stranger.get(host, '/')).rejects.toThrow(Busy);
  });

  it('is Busy when nobody answers', async () => {
    const { probe, edge } = await open({});
    await edge.stop();
    await expect(probe.get(host, '/')).rejects.toThrow(Busy);
  });

  it('asks for paths only', async () => {
    const { probe } = await open({});
    await expect(probe.get(host, 'https://elsewhere/')).rejects.toThrow(TypeError);
  });
});
