import type { DistributionTenant, Parameter } from '@aws-sdk/client-cloudfront';
import * as z from 'zod';
import { CorruptRecord, TooLarge } from '../errors/errors.ts';
import { AppId, ReleaseId } from '../ids/ids.ts';
import type { Site } from './hosting.ts';
import { TENANT_PARAMETERS } from './tenant-parameters.ts';

/** Characters of one parameter. */
const MAX_VALUE = 256;

/** @throws TooLarge when the site's headers are more than two parameters hold. */
export function toParameters(app: AppId, site: Site): Parameter[] {
  const headers = Object.keys(site.headers).length === 0 ? '' : JSON.stringify(site.headers);
  if (headers.length > 2 * MAX_VALUE) {
    throw new TooLarge(`the headers of a site have ${2 * MAX_VALUE} characters, not ${headers.length}`);
  }
  const values = {
    app,
    release: site.release,
    mode: [site.page, site.access, ...(site.spa ? ['spa'] : [])].join(' '),
    headersA: headers.slice(0, MAX_VALUE),
    headersB: headers.slice(MAX_VALUE),
  };
  return TENANT_PARAMETERS.map((Name) => ({ Name, Value: values[Name] })).filter(({ Value }) => Value !== '');
}

const Mode = z.tuple([
  z.enum(['app', 'parked', 'held']),
  z.enum(['open', 'viewers']),
  z.literal('spa').optional(),
]);

const Headers = z.record(z.string(), z.string());

/** The site that a tenant's parameters stand for. @throws CorruptRecord when they stand for none. */
export function siteIn(tenant: DistributionTenant): Site {
  const given = new Map(tenant.Parameters?.map(({ Name, Value }) => [Name, Value]));
  try {
    if (AppId.parse(given.get('app')) !== tenant.Name) throw new TypeError('another app');
    const [page, access, spa] = Mode.parse(given.get('mode')?.split(' '));
    const headers = `${given.get('headersA') ?? '{}'}${given.get('headersB') ?? ''}`;
    return {
      release: ReleaseId.parse(given.get('release')),
      page,
      access,
      spa: spa !== undefined,
      headers: Headers.parse(JSON.parse(headers)),
    };
  } catch (error) {
    throw new CorruptRecord(`the distribution tenant ${tenant.Name} has parameters that are no site`, {
      cause: error,
    });
  }
}
