import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { type Clock, HOUR_MS, MINUTE_MS } from '../clock/clock.ts';
import { AppId } from '../ids/ids.ts';
import type { Purpose, Signer } from '../signer/signer.ts';

/**
 * Who came to see an app, and how the edge knows them again. A ticket is a link's token: good once, for five minutes.
 * It buys a cookie: good for eight hours, at that app and host alone. Both are `<payload>.<kid>.<mac>`, signed for
 * different purposes, and timed by business time.
 */
export const VIEWER_COOKIE = '__Host-cottage';
export const TICKET_TTL_MS = 5 * MINUTE_MS;
export const COOKIE_TTL_MS = 8 * HOUR_MS;

export interface ViewerKeys {
  signer: Signer;
  clock: Clock;
}

/** Where somebody wants to look. */
export interface ViewerPlace {
  app: AppId;
  host: string;
}

/** Marks a nonce as used until it expires (epoch milliseconds); false when it was used before. */
export type Consume = (nonce: string, expiresAt: number) => Promise<boolean>;

const Payload = z.strictObject({
  v: z.literal(1),
  app: AppId,
  host: z.string().min(1).max(253),
  /** The viewer's mail address. */
  viewer: z.string().min(1).max(254),
  nonce: z.string().regex(/^[\w-]{22}$/),
  expiresAt: z.int().min(0),
});
type Payload = z.infer<typeof Payload>;

/** A ticket for one visit: the token of a link to `/_cottage/open?ticket=...`. */
export function mintTicket(keys: ViewerKeys, place: ViewerPlace, viewer: string): Promise<string> {
  return mint(keys, 'viewer-ticket', place, viewer, TICKET_TTL_MS);
}

/**
 * The viewer a ticket was made for, once: undefined when it is malformed, expired, used, forged, or for another place.
 * A ticket is used up only when all else is right.
 */
export async function readTicket(
  keys: ViewerKeys,
  place: ViewerPlace,
  token: string,
  consume: Consume,
): Promise<string | undefined> {
  const payload = await read(keys, 'viewer-ticket', place, token);
  if (!payload || !(await consume(payload.nonce, payload.expiresAt))) return undefined;
  return payload.viewer;
}

/** The value of the cookie that lets this viewer in. */
export function mintCookie(keys: ViewerKeys, place: ViewerPlace, viewer: string): Promise<string> {
  return mint(keys, 'viewer-cookie', place, viewer, COOKIE_TTL_MS);
}

/**
 * The viewer a cookie was made for, and until when (epoch milliseconds) it is good; undefined when it is malformed,
 * expired, forged, or for another place.
 */
export async function readCookie(
  keys: ViewerKeys,
  place: ViewerPlace,
  value: string,
): Promise<{ viewer: string; expiresAt: number } | undefined> {
  return read(keys, 'viewer-cookie', place, value);
}

/** The cookie's value in a `Cookie` header. */
export function cookieIn(header: string): string | undefined {
  const start = `${VIEWER_COOKIE}=`;
  const pair = header.split(';').find((candidate) => candidate.trim().startsWith(start));
  return pair?.trim().slice(start.length);
}

/** The `Set-Cookie` header that hands it out. */
export function setCookie(value: string): string {
  return `${VIEWER_COOKIE}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax`;
}

async function mint(
  { signer, clock }: ViewerKeys,
  purpose: Purpose,
  { app, host }: ViewerPlace,
  viewer: string,
  ttlMs: number,
): Promise<string> {
  const nonce = randomBytes(16).toString('base64url');
  const payload = Payload.parse({ v: 1, app, host, viewer, nonce, expiresAt: clock.now() + ttlMs });
  const text = Buffer.from(JSON.stringify(payload)).toString('base64url');
  const { kid, mac } = await signer.sign(purpose, text);
  return `${text}.${kid}.${mac}`;
}

async function read(
  { signer, clock }: ViewerKeys,
  purpose: Purpose,
  { app, host }: ViewerPlace,
  token: string,
): Promise<Payload | undefined> {
  // Everything that can be seen without the key is looked at first: asking for a signature may cost a call.
  const [, text, kid, mac] = /^([\w-]+)\.([\w-]{1,64})\.([\w-]{43})$/.exec(token) ?? [];
  if (text === undefined || kid === undefined || mac === undefined) return undefined;
  const payload = Payload.safeParse(parseJson(Buffer.from(text, 'base64url').toString())).data;
  if (!payload || payload.app !== app || payload.host !== host) return undefined;
  if (clock.now() >= payload.expiresAt) return undefined;
  return (await signer.verify(purpose, text, { kid, mac })) ? payload : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
