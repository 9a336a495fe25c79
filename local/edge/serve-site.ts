import { contentTypeOf } from '../../shared/hosting/content-types.ts';
import type { Binding } from '../../shared/hosting/hosting.ts';
import { type Candidate, cacheControlOf } from '../../shared/hosting/static-site.ts';
import { type ReleaseId, sha256 } from '../../shared/ids/ids.ts';
import type { Answer, EdgeRequest, FilePart } from './answer.ts';
import { conditionFailed, rangeOf } from './conditional.ts';
import type { FileCache, ReleaseFile } from './file-cache.ts';
import { page } from './pages.ts';
import { close, type Representation, represent } from './represent.ts';
import { appHeaders } from './security-headers.ts';

/** Answers with the first candidate that the binding's release has. */
export async function serveSite(
  cache: FileCache,
  binding: Binding,
  candidates: Candidate[],
  request: EdgeRequest,
): Promise<Answer> {
  const { app, site } = binding;
  for (const candidate of candidates) {
    const key = `apps/${app}/${site.release}/${candidate.file}`;
    if (candidate.status === 308) {
      const elsewhere = await cache.open(key);
      if (!elsewhere) continue;
      await close(elsewhere);
      return redirect(binding, candidate);
    }
    const found = await represent(cache, key, request);
    if (!found) continue;
    if (found === 'unacceptable') return page('notAcceptable');
    const answer = answerWith(binding, candidate, found, request);
    if (!answer.body || Buffer.isBuffer(answer.body)) await close(found.content);
    return answer;
  }
  return page('noSuchPage');
}

function redirect({ site }: Binding, { file, location }: Candidate & { status: 308 }): Answer {
  const headers = { ...appHeaders(site), 'cache-control': cacheControlOf(file, site.access), location };
  return { status: 308, headers, body: Buffer.alloc(0) };
}

function answerWith(
  { site }: Binding,
  { file, status }: Candidate,
  { content, encoding, negotiable }: Representation,
  request: EdgeRequest,
): Answer {
  const headers = {
    ...appHeaders(site),
    'cache-control': cacheControlOf(file, site.access),
    ...(negotiable && { vary: 'accept-encoding' }),
  };
  const typed = {
    ...headers,
    'content-type': contentTypeOf(file),
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
  };
  const sizeBytes = Buffer.isBuffer(content) ? content.length : content.sizeBytes;
  // RFC 9110, 13.2.1: conditions and ranges are for what would be a success.
  if (status === 404) return { status, headers: typed, body: partOf(content, 0, sizeBytes) };

  const etag = etagOf(site.release, file, encoding);
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  const failed = conditionFailed({ ifMatch, ifNoneMatch }, etag);
  if (failed === 304) return { status: 304, headers: { ...headers, etag } };
  if (failed === 412) return page('changed');

  const whole = { ...typed, etag, ...(encoding === 'identity' && { 'accept-ranges': 'bytes' }) };
  const range =
    encoding === 'identity' && request.method === 'GET' ? askedRange(request, etag, sizeBytes) : 'whole';
  if (range === 'whole') return { status: 200, headers: whole, body: partOf(content, 0, sizeBytes) };
  if (range === 'unsatisfiable') {
    const contentRange = `bytes */${sizeBytes}`;
    return { status: 416, headers: { ...headers, 'content-range': contentRange }, body: Buffer.alloc(0) };
  }
  const contentRange = `bytes ${range.start}-${range.end - 1}/${sizeBytes}`;
  const body = partOf(content, range.start, range.end);
  return { status: 206, headers: { ...whole, 'content-range': contentRange }, body };
}

/** A release is named for its content, so the same path in it is always the same bytes; but not in every encoding. */
function etagOf(release: ReleaseId, file: string, encoding: Representation['encoding']): string {
  const suffix = encoding === 'identity' ? '' : `.${encoding}`;
  return `"${release}.${sha256(file).slice(0, 16)}${suffix}"`;
}

function askedRange({ headers }: EdgeRequest, etag: string, sizeBytes: number): ReturnType<typeof rangeOf> {
  // Node gives a repeated header that it does not know as a list.
  return rangeOf({ range: headers.range, ifRange: headers['if-range']?.toString() }, etag, sizeBytes);
}

function partOf(content: Buffer | ReleaseFile, start: number, end: number): Buffer | FilePart {
  if (Buffer.isBuffer(content)) return content.subarray(start, end);
  return { file: content.file, start: content.start + start, end: content.start + end };
}
