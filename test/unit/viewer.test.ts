import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  type Consume,
  cookieIn,
  mintCookie,
  mintTicket,
  readCookie,
  readTicket,
  setCookie,
} from '../../shared/hosting/viewer.ts';
import { AppId, derivedId } from '../../shared/ids/ids.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { TestClock } from '../builders/clock.ts';
import { tempFolder } from '../builders/temp.ts';

const PLACE = { app: AppId.parse(derivedId('a', 'lunch')), host: 'lunch.demo.apps.localhost' };
const ANNA = 'anna@example.com';
const always: Consume = async () => true;

async function open() {
  const signer = await LocalSigner.open(join(tempFolder(), 'key.json'));
  return { signer, clock: new TestClock() };
}
type Keys = Awaited<ReturnType<typeof open>>;
type Place = typeof PLACE;

const KINDS = [
  {
    kind: 'ticket',
    ttlMs: 5 * 60_000,
    mint: (keys: Keys) => mintTicket(keys, PLACE, ANNA),
    read: (keys: Keys, token: string, place: Place = PLACE) => readTicket(keys, place, token, always),
  },
  {
    kind: 'cookie',
    ttlMs: 8 * 3_600_000,
    mint: (keys: Keys) => mintCookie(keys, PLACE, ANNA),
    read: async (keys: Keys, token: string, place: Place = PLACE) =>
      (await readCookie(keys, place, token))?.viewer,
  },
];

describe.each(KINDS)('a $kind', ({ ttlMs, mint, read }) => {
  it('lets its viewer in until the instant it expires, by business time', async () => {
    const keys = await open();
    const token = await mint(keys);
    expect(token).toMatch(/^[\w.-]+$/);
    expect(await read(keys, token)).toBe(ANNA);
    keys.clock.advance(ttlMs - 1);
    expect(await read(keys, token)).toBe(ANNA);
    keys.clock.advance(1);
    expect(await read(keys, token)).toBeUndefined();
  });

  it('is good at its own app and host alone', async () => {
    const keys = await open();
    const token = await mint(keys);
    const otherApp = AppId.parse(derivedId('a', 'dinner'));
    expect(await read(keys, token, { ...PLACE, app: otherApp })).toBeUndefined();
    expect(await read(keys, token, { ...PLACE, host: 'dinner.demo.apps.localhost' })).toBeUndefined();
  });

  it('is worthless once a single character is changed', async () => {
    const keys = await open();
    const token = await mint(keys);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(await read(keys, token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined();
    }
  });

  it('of another key is worthless', async () => {
    expect(await read(await open(), await mint(await open()))).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['one part', 'a'],
    ['four parts', `a.b.${'c'.repeat(43)}.d`],
    ['no JSON', `AAAA.k1.${'A'.repeat(43)}`],
    ['other JSON', `${Buffer.from('{"v":1}').toString('base64url')}.k1.${'A'.repeat(43)}`],
    ['null', `${Buffer.from('null').toString('base64url')}.k1.${'A'.repeat(43)}`],
    ['a megabyte', 'A'.repeat(1_000_000)],
  ])('that is %s is none', async (_, token) => {
    expect(await read(await open(), token)).toBeUndefined();
  });

  it('is looked at as far as possible before a key is asked', async () => {
    const keys = await open();
    const token = await mint(keys);
    const verify = vi.spyOn(keys.signer, 'verify');
    await read(keys, token, { ...PLACE, host: 'dinner.demo.apps.localhost' });
    await read(keys, `${token}x`);
    await read(keys, 'A'.repeat(3000));
    keys.clock.advance(ttlMs);
    await read(keys, token);
    expect(verify).not.toHaveBeenCalled();
  });

  it('with a claim that is signed but of another shape is none', async () => {
    const keys = await open();
    const [payload = ''] = (await mint(keys)).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const purpose = `viewer-${ttlMs > 3_600_000 ? 'cookie' : 'ticket'}` as const;
    for (const change of [
      {},
      { v: 2 },
      { admin: true },
      { expiresAt: '9' },
      { viewer: '' },
      { nonce: 'x' },
    ]) {
      const text = Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url');
      const { kid, mac } = await keys.signer.sign(purpose, text);
      const expected = Object.keys(change).length === 0 ? ANNA : undefined;
      expect(await read(keys, `${text}.${kid}.${mac}`)).toBe(expected);
    }
  });
});

describe('a ticket and a cookie', () => {
  it('are never taken for one another', async () => {
    const keys = await open();
    expect(await readCookie(keys, PLACE, await mintTicket(keys, PLACE, ANNA))).toBeUndefined();
    expect(await readTicket(keys, PLACE, await mintCookie(keys, PLACE, ANNA), always)).toBeUndefined();
  });

  it('a ticket is used up by its nonce and expiry, when all else is right and not before', async () => {
    const keys = await open();
    const consumed: unknown[] = [];
    const once: Consume = async (...use) => consumed.push(use) === 1;
    const ticket = await mintTicket(keys, PLACE, ANNA);
    const other = { ...PLACE, host: 'dinner.demo.apps.localhost' };
    expect(await readTicket(keys, other, ticket, once)).toBeUndefined();
    expect(await readTicket(keys, PLACE, `${ticket.slice(0, -2)}AA`, once)).toBeUndefined();
    expect(consumed).toEqual([]);
    expect(await readTicket(keys, PLACE, ticket, once)).toBe(ANNA);
    expect(consumed).toEqual([[expect.stringMatching(/^[\w-]{22}$/), keys.clock.now() + 5 * 60_000]]);
    expect(await readTicket(keys, PLACE, ticket, once)).toBeUndefined();
  });

  it('no two have the same nonce', async () => {
    const keys = await open();
    expect(await mintTicket(keys, PLACE, ANNA)).not.toBe(await mintTicket(keys, PLACE, ANNA));
  });
});

describe('the cookie header', () => {
  it.each([
    ['__Host-cottage=abc', 'abc'],
    ['a=b; __Host-cottage=abc; c=d', 'abc'],
    ['a=b;__Host-cottage=abc', 'abc'],
    ['__Host-cottage=', ''],
    ['a=b', undefined],
    ['', undefined],
    ['x__Host-cottage=abc', undefined],
    ['__host-cottage=abc', undefined],
    ['__Host-cottage2=abc', undefined],
    ['a="; __Host-cottage"=abc', undefined],
  ])('%j holds %j', (header, value) => {
    expect(cookieIn(header)).toBe(value);
  });

  it('is set for this host alone, over TLS alone, and out of scripts', () => {
    expect(setCookie('abc')).toBe('__Host-cottage=abc; Path=/; Secure; HttpOnly; SameSite=Lax');
  });
});
