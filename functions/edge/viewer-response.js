import cf from 'cloudfront';

/*
 * The viewer-response function of the multi-tenant distribution (CloudFront JavaScript runtime 2.0). It runs on what has a
 * status below 400: the headers of everything else stand in the distribution's headers policy.
 *
 * What was known of a file when it was deployed is its object's metadata (shared/hosting/cloudfront-objects.ts): a place
 * to go instead, a content policy. What the app's site wants is in the tenant's parameters.
 */

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'x-frame-options': 'SAMEORIGIN',
  'cross-origin-opener-policy': 'same-origin-allow-popups',
};

const DEFAULT_POLICY = "frame-ancestors 'self'; base-uri 'self'; object-src 'self'";

function handler(event) {
  return strictly(complete(event), event.request.headers.host.value);
}

function complete(event) {
  const response = event.response;
  const headers = response.headers;
  // Cottage's own answers come complete.
  if (/^(\/apps\/[^/]+\/[^/]+)?\/_cottage\//.test(event.request.uri)) return withAlways(response);

  const policy = headers['x-amz-meta-content-policy'];
  const redirect = headers['x-amz-meta-redirect'];
  const wanted = Object.assign(
    { 'content-security-policy': policy ? policy.value : DEFAULT_POLICY },
    JSON.parse(`${parameter('headersA') || '{}'}${parameter('headersB')}`),
  );
  Object.keys(wanted).forEach((name) => {
    headers[name] = { value: wanted[name] };
  });
  if (redirect) {
    response.statusCode = 308;
    headers.location = { value: redirect.value + queryOf(event.request.querystring) };
  }
  if (parameter('mode').split(' ')[1] !== 'open') {
    const caching = headers['cache-control'] ? headers['cache-control'].value : 'no-cache';
    headers['cache-control'] = { value: `private, ${caching.replace(/^public, /, '')}` };
  }
  return withAlways(response);
}

/** Browsers shall come over HTTPS only, for half a year; not below `localhost`: see local/edge/security-headers.ts. */
function strictly(response, host) {
  if (!/(^|\.)localhost$/.test(host)) {
    response.headers['strict-transport-security'] = { value: 'max-age=15552000' };
  }
  return response;
}

function withAlways(response) {
  const headers = response.headers;
  Object.keys(headers).forEach((name) => {
    // The bucket's own affairs.
    if (name.indexOf('x-amz-') === 0) delete headers[name];
  });
  Object.keys(ALWAYS).forEach((name) => {
    headers[name] = { value: ALWAYS[name] };
  });
  return response;
}

/** A parameter that a tenant does not have is an error of the runtime's. */
function parameter(name) {
  try {
    return cf.distributionTenant.parameters.get(name) || '';
  } catch (error) {
    return '';
  }
}

/** The query as it came: the runtime has its names and values still encoded. */
function queryOf(querystring) {
  const pairs = [];
  Object.keys(querystring).forEach((name) => {
    const given = querystring[name];
    (given.multiValue || [given]).forEach((each) => {
      pairs.push(each.value === '' ? name : `${name}=${each.value}`);
    });
  });
  const query = pairs.join('&');
  return query === '' || !/^[\x21-\x7e]*$/.test(query) ? '' : `?${query}`;
}
