import { contentTypeOf } from '../../shared/hosting/content-types.ts';
import type { Binding } from '../../shared/hosting/hosting.ts';
import { type Candidate, cacheControlOf } from '../../shared/hosting/static-site.ts';
import { type ReleaseId, sha256 } from '../../shared/ids/ids.ts';
import type { Answer, EdgeRequest, FilePart } from './answer.ts';
import { conditionFailed, rangeOf } from './conditional.ts';
import type { KeptFile, ReleaseFile } from './file-cache.ts';
import { page } from './pages.ts';
import { close, type Representation, type Representations, sizeOfFile } from './represent.ts';
import { appHeaders } from './security-headers.ts';

/** Answers with the first candidate that the binding's release has; at once, when that is the first and is in memory. */
export function serveSite(
  files: Representations,
  binding: Binding,
  candidates: Candidate[],
  request: EdgeRequest,
): Answer | Promise<Answer> {
  const [first] = candidates;
  const kept = first?.status === 200 ? files.kept(keyOf(binding, first), request) : undefined;
  if (!first || !kept) return serveFirst(files, binding, candidates, request);
  return answerTo(request, wholeOf(binding, first.file, kept), kept);
}

async function serveFirst(
  files: Representations,
  binding: Binding,
  candidates: Candidate[],
  request: EdgeRequest,
): Promise<Answer> {
  for (const candidate of candidates) {
    const key = keyOf(binding, candidate);
    if (candidate.status === 308) {
      if (await files.has(key)) return redirect(binding, candidate);
      continue;
    }
    const found = await files.find(key, request);
    if (!found) continue;
    if (found === 'unacceptable') return page('notAcceptable');
    const answer =
      candidate.status === 200
        ? answerTo(request, wholeOf(binding, candidate.file, found), found)
        : notFound(binding, candidate.file, found);
    if (!answer.body || Buffer.isBuffer(answer.body)) await close(found.content);
    return answer;
  }
  return page('noSuchPage');
}

function keyOf({ app, site }: Binding, { file }: Candidate): string {
  return `apps/${app}/${site.release}/${file}`;
}

function redirect({ host, site }: Binding, { file, location }: Candidate & { status: 308 }): Answer {
  const headers = { ...appHeaders(site, host), 'cache-control': cacheControlOf(file, site.access), location };
  return { status: 308, headers, body: Buffer.alloc(0) };
}

/** The owner's page for what is missing. */
function notFound(binding: Binding, file: string, found: Representation): Answer {
  const headers = fileHeaders(binding, file, found);
  return { status: 404, headers, body: partOf(found.content, 0, sizeOfFile(found.content)) };
}

/** The whole file, as who has nothing of it yet gets it. Made once for each file that is kept in memory. */
function wholeOf(binding: Binding, file: string, found: Representation): Answer {
  const { site } = binding;
  const { content, encoding } = found;
  const known = 'bytes' in content ? content.answered : undefined;
  if (known?.site === site) return known.answer;
  const sizeBytes = sizeOfFile(content);
  const headers = {
    ...fileHeaders(binding, file, found),
    'content-length': String(sizeBytes),
    etag: etagOf(site.release, file, encoding),
    ...(encoding === 'identity' && { 'accept-ranges': 'bytes' }),
  };
  const answer: Answer = { status: 200, headers, body: partOf(content, 0, sizeBytes) };
  if ('bytes' in content) content.answered = { site, answer };
  return answer;
}

function fileHeaders(
  { host, site }: Binding,
  file: string,
  { encoding, negotiable }: Representation,
): Record<string, string> {
  return {
    ...appHeaders(site, host),
    'cache-control': cacheControlOf(file, site.access),
    'content-type': contentTypeOf(file),
    ...(negotiable && { vary: 'accept-encoding' }),
    ...(encoding !== 'identity' && { 'content-encoding': encoding }),
  };
}

/** A release is named for its content, so the same path in it is always the same bytes; but not in every encoding. */
function etagOf(release: ReleaseId, file: string, encoding: Representation['encoding']): string {
  const suffix = encoding === 'identity' ? '' : `.${encoding}`;
  return `"${release}.${sha256(file).slice(0, 16)}${suffix}"`;
}

/** The whole, or what of it this request asks for. RFC 9110, 13.2.1: only of what is there; not of a page for what is not. */
function answerTo({ method, headers: asked }: EdgeRequest, whole: Answer, found: Representation): Answer {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, range: wanted, 'if-range': ifRange } = asked;
  const etag = whole.headers['etag'] ?? '';
  const failed = conditionFailed({ ifMatch, ifNoneMatch }, etag);
  if (failed === 412) return page('changed');
  if (failed === 304) return { status: 304, headers: without(whole.headers, OF_A_BODY) };
  // RFC 9110 knows ranges for GET alone. Node gives a repeated header that it does not know as a list.
  if (wanted === undefined || method !== 'GET' || found.encoding !== 'identity') return whole;
  const sizeBytes = sizeOfFile(found.content);
  const range = rangeOf({ range: wanted, ifRange: ifRange?.toString() }, etag, sizeBytes);
  if (range === 'whole') return whole;
  if (range === 'unsatisfiable') {
    const headers = { ...without(whole.headers, OF_A_BODY), 'content-range': `bytes */${sizeBytes}` };
    return { status: 416, headers, body: Buffer.alloc(0) };
  }
  const headers = {
    ...without(whole.headers, ['content-length']),
    'content-range': `bytes ${range.start}-${range.end - 1}/${sizeBytes}`,
  };
  return { status: 206, headers, body: partOf(found.content, range.start, range.end) };
}

/** What says something about bytes that are not sent. */
const OF_A_BODY = ['content-length', 'content-type', 'content-encoding', 'accept-ranges'];

function without(headers: Record<string, string>, names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

function partOf(content: KeptFile | ReleaseFile, start: number, end: number): Buffer | FilePart {
  if ('bytes' in content) return content.bytes.subarray(start, end);
  return { file: content.file, start: content.start + start, end: content.start + end };
}
