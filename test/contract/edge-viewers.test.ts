import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { mintCookie, mintTicket } from '../../shared/hosting/viewer.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { openEdge, placeOf } from '../builders/edge.ts';
import { tempFolder } from '../builders/temp.ts';

const ANNA = 'anna@example.com';
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'];
/** Stands in every file of an app: no answer that is not the app's may hold it. */
const SECRET = 'the secret of the app';

const files = { 'index.html': SECRET, 'a.js': SECRET, '404.html': SECRET, 'dir/index.html': SECRET };

async function closed() {
  const edge = await openEdge();
  const published = await edge.publish('lunch', files, {
    access: 'viewers',
    spa: true,
    headers: { 'x-app': SECRET },
  });
  const withCookie = (cookie: string) =>
    edge.ask(published.host, '/', { headers: { cookie: `a=b; __Host-cottage=${cookie}` } });
  return { ...edge, ...published, withCookie };
}

async function ticketed() {
  const edge = await closed();
  const ticket = await mintTicket(edge.viewers, placeOf('lunch'), ANNA);
  const openWith = (token: string, asked = {}) =>
    edge.ask(edge.host, `/_cottage/open?ticket=${token}`, asked);
  return { ...edge, ticket, openWith };
}

describe('an app for viewers', () => {
  it('gives no byte of it to a stranger, under any path or method', async () => {
    const { ask, host, release, app } = await closed();
    const closedTargets = [
      '/',
      '/index.html',
      '/a.js',
      '/dir',
      '/dir/',
      '/nothing',
      '/404.html',
      '/?x',
      '//',
      '/%69ndex.html',
      '/.well-known/x',
      `/apps/${app}/${release}/index.html`,
    ];
    const otherTargets = [
      '/%00',
      '/..%2f',
      '/_cottage',
      '/_cottage/index.html',
      '/_cottage/../index.html',
      '/_cottage/telemetry.js',
      '/_cottage/open',
      '/_cottage/beacon',
      '/.well-known/cottage.json',
    ];
    for (const method of METHODS) {
      for (const target of [...closedTargets, ...otherTargets]) {
        const headers = { range: 'bytes=0-3', 'if-none-match': '*' };
        const answer = await ask(host, target, { method, headers });
        expect(JSON.stringify([answer.text, answer.headers])).not.toContain(SECRET);
        expect(answer.headers).not.toHaveProperty('etag');
        expect(answer.status === 401 || otherTargets.includes(target)).toBe(true);
      }
    }
  });

  it('asks a stranger to sign in, in plain words, which nobody keeps', async () => {
    const { ask, host } = await closed();
    const answer = await ask(host, '/');
    expect(answer).toMatchObject({ status: 401, headers: { 'cache-control': 'no-store' } });
    expect(answer.text).toContain('Sign in to see this app');
  });

  it('is shown to who has a cookie, until eight hours later', async () => {
    const { viewers, withCookie, clock } = await closed();
    const cookie = await mintCookie(viewers, placeOf('lunch'), ANNA);
    expect(await withCookie(cookie)).toMatchObject({
      status: 200,
      text: SECRET,
      headers: { 'cache-control': 'private, no-cache' },
    });
    clock.advance(8 * 3_600_000 - 1);
    expect((await withCookie(cookie)).status).toBe(200);
    clock.advance(1);
    const expired = await withCookie(cookie);
    expect(expired.status).toBe(401);
    expect(expired.text).not.toContain(SECRET);
  });

  it("is not shown for another app's cookie, a changed one, a ticket, or one of another key", async () => {
    const { viewers, withCookie, clock } = await closed();
    const good = await mintCookie(viewers, placeOf('lunch'), ANNA);
    const signer = await LocalSigner.open(join(tempFolder(), 'key.json'));
    const wrong = [
      '',
      'x',
      `${good}x`,
      `x${good}`,
      good.slice(0, -1),
      await mintCookie(viewers, placeOf('dinner'), ANNA),
      await mintCookie(viewers, { ...placeOf('lunch'), app: placeOf('dinner').app }, ANNA),
      await mintCookie(viewers, { ...placeOf('lunch'), host: placeOf('dinner').host }, ANNA),
      await mintTicket(viewers, placeOf('lunch'), ANNA),
      await mintCookie({ signer, clock }, placeOf('lunch'), ANNA),
    ];
    for (const cookie of wrong) {
      const answer = await withCookie(cookie);
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain(SECRET);
    }
    expect((await withCookie(good)).status).toBe(200);
  });

  it('looks at the signature of a cookie once, and at its end and its place each time', async () => {
    const verify = vi.spyOn(LocalSigner.prototype, 'verify');
    onTestFinished(() => verify.mockRestore());
    const { viewers, withCookie, publish, ask, clock } = await closed();
    const other = await publish('dinner', files, { access: 'viewers' });
    const cookie = await mintCookie(viewers, placeOf('lunch'), ANNA);
    for (let i = 0; i < 5; i += 1) expect((await withCookie(cookie)).status).toBe(200);
    expect(verify).toHaveBeenCalledTimes(1);
    const elsewhere = await ask(other.host, '/', { headers: { cookie: `__Host-cottage=${cookie}` } });
    expect(elsewhere.status).toBe(401);
    clock.advance(8 * 3_600_000);
    expect((await withCookie(cookie)).status).toBe(401);
  });

  it('is kept from strangers after a viewer has seen it, in every encoding', async () => {
    const edge = await openEdge();
    const large = { 'index.html': `${SECRET} `.repeat(100) };
    const { host } = await edge.publish('lunch', large, { access: 'viewers' });
    const cookie = `__Host-cottage=${await mintCookie(edge.viewers, placeOf('lunch'), ANNA)}`;
    for (const encoding of ['identity', 'gzip', 'br']) {
      const accepted = { 'accept-encoding': encoding };
      const seen = await edge.ask(host, '/', { headers: { cookie, ...accepted } });
      expect(seen.status).toBe(200);
      const etag = String(seen.headers.etag);
      for (const headers of [
        accepted,
        { ...accepted, 'if-none-match': etag },
        { ...accepted, cookie: 'a=b' },
      ]) {
        const stranger = await edge.ask(host, '/', { headers });
        expect(stranger.status).toBe(401);
        expect(JSON.stringify([stranger.text, stranger.headers])).not.toMatch(/secret|etag|encoding/);
      }
    }
  });

  describe('opened with a ticket', () => {
    it('gives a cookie that lets the viewer in, and leads to the app', async () => {
      const { ticket, openWith, withCookie, logged } = await ticketed();
      const { status, headers, text } = await openWith(ticket);
      expect({ status, text }).toEqual({ status: 303, text: '' });
      expect(headers).toMatchObject({
        location: '/',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      });
      const [, cookie = ''] =
        /^__Host-cottage=([\w.-]+); Path=\/; Secure; HttpOnly; SameSite=Lax$/.exec(
          headers['set-cookie']?.[0] ?? '',
        ) ?? [];
      expect(await withCookie(cookie)).toMatchObject({ status: 200, text: SECRET });
      expect(JSON.stringify(await logged(2))).not.toContain(ticket.slice(0, 20));
    });

    it('works once', async () => {
      const { ticket, openWith } = await ticketed();
      await openWith(ticket);
      const again = await openWith(ticket);
      expect(again.status).toBe(410);
      expect(again.headers).not.toHaveProperty('set-cookie');
      expect(again.text).toContain('does not work any more');
    });

    it('works for five minutes', async () => {
      const { ticket, openWith, clock } = await ticketed();
      clock.advance(5 * 60_000);
      const late = await openWith(ticket);
      expect(late.status).toBe(410);
      expect(late.headers).not.toHaveProperty('set-cookie');
    });

    it('is not used up by somebody who only looks at the link, or sends to it', async () => {
      const { ticket, openWith } = await ticketed();
      for (const method of ['HEAD', 'POST', 'OPTIONS']) {
        expect(await openWith(ticket, { method })).toMatchObject({ status: 405, headers: { allow: 'GET' } });
      }
      expect((await openWith(ticket)).status).toBe(303);
    });

    it('of another app, changed, missing, or a cookie in its place, opens nothing', async () => {
      const { viewers, ticket, openWith, ask, host } = await ticketed();
      const wrong = [
        '',
        `${ticket}x`,
        await mintTicket(viewers, placeOf('dinner'), ANNA),
        await mintCookie(viewers, placeOf('lunch'), ANNA),
      ];
      for (const token of wrong) {
        const answer = await openWith(token);
        expect(answer.status).toBe(410);
        expect(answer.headers).not.toHaveProperty('set-cookie');
      }
      expect((await ask(host, '/_cottage/open')).status).toBe(410);
    });
  });
});
