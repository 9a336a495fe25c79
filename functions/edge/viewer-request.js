import cf from 'cloudfront';
import crypto from 'crypto';

/*
 * The viewer-request function of the multi-tenant distribution (CloudFront JavaScript runtime 2.0: ES 5.1, const and let,
 * arrow functions, template literals, async; at most 10 KB). It answers itself what has no file, and rewrites the rest to
 * the file's place in the bucket, so that the release is part of the cache's key. It cannot look into the bucket.
 *
 * The tenant's parameters are those of shared/hosting/cloudfront-tenant.ts. The key-value store has, at
 * `viewer-cookie/<kid>`, the keys of viewers' cookies: at least 32 characters of chance. Without one, nobody is let in.
 */

const READING = ['GET', 'HEAD'];
const KNOWN_METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'];

const STYLE =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto 0;padding:0 1.5rem;color:#222;background:#fff}' +
  '@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}}';
const STYLE_HASH = 'JBffhofIIam4BVZjjybPeoQNJa2dNJ5sfGWmnT3oNEw=';

const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'x-frame-options': 'SAMEORIGIN',
  'cross-origin-opener-policy': 'same-origin-allow-popups',
  'cache-control': 'no-store',
};

/** Status, title, text, and headers. */
const PAGES = {
  holding: [
    503,
    'This app is being set up',
    'It has its address already, and the app itself will be here in a moment. Please look again soon.',
    { 'retry-after': '5' },
  ],
  parked: [
    503,
    'This app has been put away',
    'It had not been used for a while. Nothing is lost: if you still need it, tell its owner or your platform team, and it comes back.',
  ],
  held: [
    503,
    'This app is paused',
    'Your platform team has paused it for now. Nothing is lost. Its owner knows more.',
  ],
  signIn: [
    401,
    'Sign in to see this app',
    'It is only for people it was made for. Open it with the link you were given, or ask its owner for a new one.',
    { 'www-authenticate': 'Cottage' },
  ],
  noSuchPage: [
    404,
    'There is no such page',
    'The address may have a typing mistake in it. The start of the app is at the first slash.',
  ],
  noSuchApp: [
    421,
    'There is no app at this address',
    'The address may have a typing mistake in it, or the app has moved. Its owner can tell you where it is.',
  ],
  malformed: [
    400,
    'This address does not work',
    'There is something in it that no address has. Try again from the start of the app.',
  ],
  readOnly: [
    405,
    'This app can only be looked at',
    'It is made of pages and files, and takes nothing in. If it asked you to send something, tell its owner.',
    { allow: 'GET, HEAD' },
  ],
  unknownMethod: [
    501,
    'This can not be done here',
    'What was asked for is nothing that this app, or any other here, can do. Apps are made to be looked at.',
  ],
};

async function handler(event) {
  const request = event.request;
  const mode = parameter('mode').split(' ');
  const site = {
    app: parameter('app'),
    release: parameter('release'),
    page: mode[0],
    access: mode[1],
    spa: mode[2],
  };
  if (site.app === '' || site.release === '' || mode.length < 2) return page('noSuchApp');
  const result = await respond(request, site);
  return result.statusCode ? strictly(result, request.headers.host.value) : result;
}

/** The answer, or the request on its way to what has it; in the order of local/edge/respond.ts. */
async function respond(request, site) {
  if (request.method === 'CONNECT' || request.uri === '*') return page('readOnly');
  const isReading = READING.indexOf(request.method) >= 0;
  const segments = decodedSegments(request.uri);
  if (!segments) return page('malformed');

  const path = segments.join('/');
  if (path === '.well-known/cottage.json') return isReading ? whatIsHere(site) : notReading(request);
  const reserved = segments[0] === '_cottage' ? segments.slice(1).join('/') : undefined;
  if (reserved === 'telemetry.js') {
    if (!isReading) return notReading(request);
    return rewritten(request, `/apps/${site.app}/${site.release}/_cottage/telemetry.js`);
  }
  // These two have an origin of their own, which the path has led to already.
  if (reserved === 'open')
    return request.method === 'GET' ? forApi(request, site) : plain(405, { allow: 'GET' });
  if (reserved === 'beacon') {
    if (request.method !== 'POST') return plain(405, { allow: 'POST' });
    const origin = request.headers.origin;
    if (origin && origin.value !== `https://${request.headers.host.value}`) return plain(403, {});
  } else if (reserved !== undefined) {
    return page('noSuchPage');
  }

  // Before anything else about the app shows, even which files it has.
  const own = ownPage(site);
  if (own) return page(own);
  if (site.access !== 'open' && !(await isViewer(request, site.app))) return page('signIn');
  if (reserved === 'beacon') return forApi(request, site);
  if (!isReading) return notReading(request);
  // No file has an empty name.
  if (segments.slice(0, -1).indexOf('') >= 0) return page('noSuchPage');
  return rewritten(request, `/apps/${site.app}/${site.release}/${fileOf(segments, site.spa === 'spa')}`);
}

/** A parameter that a tenant does not have is an error of the runtime's. */
function parameter(name) {
  try {
    return cf.distributionTenant.parameters.get(name) || '';
  } catch (error) {
    return '';
  }
}

/** Decoded once and after splitting, as in shared/hosting/static-site.ts. */
function decodedSegments(uri) {
  if (uri.charAt(0) !== '/' || uri.indexOf('#') >= 0) return undefined;
  try {
    const segments = uri
      .slice(1)
      .split('/')
      .map((segment) => decodeURIComponent(segment));
    // oxlint-disable-next-line no-control-regex -- these are what no name may have
    return segments.some((segment) => /^\.\.?$|[\u0000-\u001f\u007f-\u009f\\/]/.test(segment))
      ? undefined
      : segments;
  } catch (error) {
    return undefined;
  }
}

/** Without a look at what is there: a single-page app shows its shell wherever the last segment has no dot. */
function fileOf(segments, spa) {
  const last = segments[segments.length - 1];
  if (spa && last.indexOf('.') < 0) return 'index.html';
  const file = segments.map((segment) => encodeURIComponent(segment)).join('/');
  return last === '' ? `${file}index.html` : file;
}

function rewritten(request, uri) {
  request.uri = uri;
  return request;
}

/** The API hears of no host but its own, so it is told which app this is, whatever the visitor says. */
function forApi(request, site) {
  request.headers['x-cottage-app'] = { value: site.app };
  request.headers['x-cottage-release'] = { value: site.release };
  return request;
}

function notReading(request) {
  return page(KNOWN_METHODS.indexOf(request.method) >= 0 ? 'readOnly' : 'unknownMethod');
}

function ownPage(site) {
  if (site.page === 'held' || site.release === 'r_held') return 'held';
  if (site.page === 'parked' || site.release === 'r_parked') return 'parked';
  return site.release === 'r_holding' ? 'holding' : undefined;
}

/** Is there a cookie that was made for this app and host, is still good, and is signed with a key of ours? */
async function isViewer(request, app) {
  const cookie = request.cookies['__Host-cottage'];
  const parts = /^([\w-]+)\.([\w-]{1,64})\.([\w-]{43})$/.exec(cookie ? cookie.value : '');
  if (!parts) return false;
  try {
    const payload = JSON.parse(Buffer.from(parts[1], 'base64url').toString());
    if (payload.v !== 1 || payload.app !== app || payload.host !== request.headers.host.value) return false;
    if (!(Date.now() < payload.expiresAt)) return false;
    const key = await cf.kvs().get(`viewer-cookie/${parts[2]}`);
    // What is shorter could be guessed, and with an empty one anybody could sign.
    if (key.length < 32) return false;
    return isSame(crypto.createHmac('sha256', key).update(parts[1]).digest('base64url'), parts[3]);
  } catch (error) {
    return false;
  }
}

/** Of two texts of one length; in the same time wherever they differ. */
function isSame(expected, given) {
  let difference = 0;
  for (let i = 0; i < expected.length; i += 1) difference |= expected.charCodeAt(i) ^ given.charCodeAt(i);
  return difference === 0;
}

/** As in viewer-response.js. */
function strictly(response, host) {
  if (!/(^|\.)localhost$/.test(host)) {
    response.headers['strict-transport-security'] = { value: 'max-age=15552000' };
  }
  return response;
}

function whatIsHere(site) {
  const body = JSON.stringify({ app: site.app, release: site.release });
  return answer(200, '', { 'content-type': 'application/json' }, body);
}

function plain(status, headers) {
  return answer(status, '', headers, '');
}

function page(name) {
  const parts = PAGES[name];
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${parts[1]}</title><style>${STYLE}</style></head>
<body><main><h1>${parts[1]}</h1><p>${parts[2]}</p></main></body>
</html>
`;
  const headers = Object.assign({ 'content-type': 'text/html; charset=utf-8' }, parts[3]);
  return answer(parts[0], `; style-src 'sha256-${STYLE_HASH}'`, headers, html);
}

function answer(status, style, headers, body) {
  const policy = `default-src 'none'${style}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`;
  const all = Object.assign({ 'content-security-policy': policy }, ALWAYS, headers);
  const written = {};
  Object.keys(all).forEach((name) => {
    written[name] = { value: all[name] };
  });
  return { statusCode: status, headers: written, body: { encoding: 'text', data: body } };
}
