import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Site } from '../../shared/hosting/hosting.ts';
import { askHttp2, openEdge, type TestEdge } from '../builders/edge.ts';

const DECODERS = { identity: (bytes: Buffer) => bytes, gzip: gunzipSync, br: brotliDecompressSync };
const ENCODINGS = ['identity', 'gzip', 'br'] as const;

const text = (word: string, sizeBytes: number) => Buffer.alloc(sizeBytes, `${word} and so on `);

const policy = (value: string) => ({ headers: { 'content-security-policy': value } });

const askFor = (edge: TestEdge, host: string, encoding: string, headers: Record<string, string> = {}) =>
  edge.ask(host, '/a.txt', { headers: { 'accept-encoding': encoding, ...headers } });

describe('a file in several encodings', () => {
  // Sent in one piece, in many, and too large to be kept as it is.
  it.each([5_000, 500_000, 3_000_000])('of %i bytes is the same file in each', async (size) => {
    const edge = await openEdge();
    const content = text('hello', size);
    const { host } = await edge.publish('lunch', { 'a.txt': content });
    const etags = new Set<unknown>();
    for (const encoding of ENCODINGS) {
      for (const round of ['made', 'kept']) {
        const { headers, body } = await askFor(edge, host, encoding);
        expect({ round, same: DECODERS[encoding](body).equals(content) }).toEqual({ round, same: true });
        expect(headers['content-length']).toBe(String(body.length));
        expect(headers['content-encoding']).toBe(encoding === 'identity' ? undefined : encoding);
        expect(headers['accept-ranges']).toBe(encoding === 'identity' ? 'bytes' : undefined);
        etags.add(headers.etag);
      }
    }
    expect(etags.size).toBe(3);
  });

  it('that do not shrink by much is still sent whole', async () => {
    const edge = await openEdge();
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31 + (i >> 3) * 17) % 251));
    const { host } = await edge.publish('lunch', { 'a.txt': noise });
    const { body, headers } = await askFor(edge, host, 'br');
    expect(headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(body).equals(noise)).toBe(true);
  });

  it('is too large for that above ten megabytes, and says nothing of encodings', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', { 'a.txt': text('hello', 10_000_001) });
    const { headers, body } = await askFor(edge, host, 'br');
    expect(body).toHaveLength(10_000_001);
    expect(headers).not.toHaveProperty('vary');
    expect(headers).not.toHaveProperty('content-encoding');
  });

  it('is sent as it is while too much else is being compressed', async () => {
    const edge = await openEdge({ overrides: { limits: { compressions: 0, waitingCompressions: 0 } } });
    const { host } = await edge.publish('lunch', { 'a.txt': text('hello', 5_000) });
    const { headers, body } = await askFor(edge, host, 'br');
    expect(body).toHaveLength(5_000);
    expect(headers).toMatchObject({ vary: 'accept-encoding', 'accept-ranges': 'bytes' });
    expect(headers).not.toHaveProperty('content-encoding');
  });

  it('is compressed over HTTP/2, too', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', { 'a.txt': text('hello', 5_000) });
    const asked = { ':path': '/a.txt', 'accept-encoding': 'gzip, br', ':method': 'HEAD' };
    for (let round = 0; round < 2; round += 1) {
      expect(await askHttp2(edge, host, asked)).toMatchObject({
        status: 200,
        text: '',
        headers: { 'content-encoding': 'br', vary: 'accept-encoding' },
      });
    }
  });

  it('is of the release that is shown, whatever was shown before', async () => {
    const edge = await openEdge();
    const show = async (word: string) => (await edge.publish('lunch', { 'a.txt': text(word, 5_000) })).host;
    for (const word of ['one', 'two', 'one', 'two']) {
      const host = await show(word);
      for (const encoding of ENCODINGS) {
        const { body } = await askFor(edge, host, encoding);
        expect(DECODERS[encoding](body).toString().slice(0, 3)).toBe(word);
      }
    }
  });

  it('is of its own app, also where another has the same release', async () => {
    const edge = await openEdge();
    const files = { 'a.txt': text('same', 5_000) };
    const open = await edge.publish('lunch', files);
    const closed = await edge.publish('dinner', files, { access: 'viewers' });
    expect(open.release).toBe(closed.release);
    for (const encoding of ENCODINGS) {
      expect((await askFor(edge, open.host, encoding)).status).toBe(200);
      expect((await askFor(edge, closed.host, encoding)).status).toBe(401);
    }
  });

  it('has the headers of its site, as they are now', async () => {
    const edge = await openEdge();
    const files = { 'a.txt': text('hello', 5_000) };
    const show = (site: Partial<Site>) => edge.publish('lunch', files, site);
    const policyOf = async (host: string) =>
      (await askFor(edge, host, 'br')).headers['content-security-policy'];
    const { host } = await show(policy("default-src 'self'"));
    expect(await policyOf(host)).toBe("default-src 'self'");
    expect(await policyOf(host)).toBe("default-src 'self'");
    await show(policy("default-src 'none'"));
    expect(await policyOf(host)).toBe("default-src 'none'");
  });

  it('that is the page for what is missing is one thing there and another at its own address', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', { '404.html': text('no', 5_000) });
    const headers = { 'accept-encoding': 'br' };
    for (const [target, status] of [
      ['/404.html', 200],
      ['/x', 404],
      ['/404.html', 200],
      ['/x', 404],
    ] as const) {
      const answer = await edge.ask(host, target, { headers });
      expect(answer).toMatchObject({
        status,
        headers: { 'content-encoding': 'br', vary: 'accept-encoding' },
      });
      expect('etag' in answer.headers).toBe(status === 200);
    }
  });
});
