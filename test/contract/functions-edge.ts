import { createHmac } from 'node:crypto';
import type { Answer } from '../../local/edge/answer.ts';
import { type PageName, page } from '../../local/edge/pages.ts';
import { strictly } from '../../local/edge/security-headers.ts';
import { cloudFrontObjects } from '../../shared/hosting/cloudfront-objects.ts';
import { toParameters } from '../../shared/hosting/cloudfront-tenant.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import { mintCookie } from '../../shared/hosting/viewer.ts';
import { type AppId, derivedId, ReleaseId } from '../../shared/ids/ids.ts';
import type { Signer } from '../../shared/signer/signer.ts';
import { TestClock } from '../builders/clock.ts';
import {
  type Answered,
  fromFunction,
  type OriginObject,
  throughFunctions,
  type Visit,
} from '../builders/cloudfront-answer.ts';
import { placeOf } from '../builders/edge.ts';
import type { FunctionResponse } from '../builders/edge-functions.ts';
import { SITE } from './static-site.cases.ts';

export const PLACE = placeOf('lunch', 'apps.example.com');
/** Where browsers are not told to come over HTTPS only. */
export const LOCAL = placeOf('lunch');
export const RELEASE = ReleaseId.parse(derivedId('r', 'one'));
export const OPEN: Site = { release: RELEASE, page: 'app', access: 'open', spa: false, headers: {} };
export const KEY = 'k'.repeat(43);
export const STORE = new Map([['viewer-cookie/k1', KEY]]);

/** As whoever signs people in makes a cookie: with a key of the store, as it is written there. */
export const signerWith = (key: string): Signer => ({
  sign: async (_, message) => ({
    kid: 'k1',
    mac: createHmac('sha256', key).update(message).digest('base64url'),
  }),
  verify: async () => false,
});
export const signer = signerWith(KEY);
export const clock = new TestClock();
export const cookieFor = (place = PLACE, by = signer) =>
  mintCookie({ signer: by, clock }, place, 'anna@example.com');

/** A site's parameters, as the edge functions read them. */
export const parametersOf = (site: Partial<Site> = {}, app: AppId = PLACE.app): Map<string, string> =>
  new Map(toParameters(app, { ...OPEN, ...site }).map(({ Name = '', Value = '' }) => [Name, Value]));

/** The functions with a release of these files behind them: what a visitor gets. */
export function edgeFor(site: Partial<Site>, { app, host } = PLACE) {
  const root = `apps/${app}/${RELEASE}`;
  const objects = new Map(
    cloudFrontObjects(SITE).map(
      ({ path, metadata: { named, ...metadata }, content = path }): [string, OriginObject] => [
        `${root}/${path}`,
        { body: Buffer.from(content), metadata: named, ...metadata },
      ],
    ),
  );
  const parts = {
    parameters: parametersOf(site, app),
    keys: STORE,
    now: () => clock.now(),
    object: async (key: string) => objects.get(key),
  };
  return async (target: string, visit: Visit = {}) =>
    shownBy(await throughFunctions(parts, host, target, visit));
}

/** The same with the body as text. */
export const shownBy = ({ status, headers, body }: Answered) => ({ status, headers, body: String(body) });

/** The answer of a function alone. */
export const toldBy = (answer: FunctionResponse) => shownBy(fromFunction(answer));

/** What the edge of one machine says in the same place. The length of a body is CloudFront's to say. */
export function said(name: PageName, host = PLACE.host) {
  return shownOn(strictly(page(name), host));
}

export function shownOn({ status, headers, body }: Answer) {
  const { 'content-length': _, ...rest } = headers;
  return { status, headers: rest, body: String(body) };
}
