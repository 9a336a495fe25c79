import type { FileHandle } from 'node:fs/promises';
import { contentTypeOf } from '../../shared/hosting/content-types.ts';
import type { Binding } from '../../shared/hosting/hosting.ts';
import { type Candidate, cacheControlOf } from '../../shared/hosting/static-site.ts';
import { sha256 } from '../../shared/ids/ids.ts';
import type { Answer, EdgeRequest } from './answer.ts';
import { isNotModified, rangeOf } from './conditional.ts';
import { page } from './pages.ts';
import { appHeaders } from './security-headers.ts';

/** A file of a release: `sizeBytes` from `start` on of an open file, which holds others too. */
export interface ReleaseFile {
  file: FileHandle;
  start: number;
  sizeBytes: number;
}

/** Where the files of releases are; undefined when there is no such file. Whoever opens one closes it. */
export interface ReleaseFiles {
  openReleaseFile(key: string): Promise<ReleaseFile | undefined>;
}

/** Answers with the first candidate that the binding's release has. */
export async function serveSite(
  files: ReleaseFiles,
  binding: Binding,
  candidates: Candidate[],
  request: EdgeRequest,
): Promise<Answer> {
  const { app, site } = binding;
  for (const candidate of candidates) {
    const opened = await files.openReleaseFile(`apps/${app}/${site.release}/${candidate.file}`);
    if (!opened) continue;
    const answer = answerWith(binding, candidate, opened, request);
    if (!answer.body || Buffer.isBuffer(answer.body)) await opened.file.close();
    return answer;
  }
  return page('noSuchPage');
}

function answerWith(
  { site }: Binding,
  candidate: Candidate,
  { file, start, sizeBytes }: ReleaseFile,
  request: EdgeRequest,
): Answer {
  const caching = { 'cache-control': cacheControlOf(candidate.file, site.access) };
  const headers = { ...appHeaders(site), ...caching };
  if (candidate.status === 308) {
    return { status: 308, headers: { ...headers, location: candidate.location }, body: Buffer.alloc(0) };
  }
  const typed = { ...headers, 'content-type': contentTypeOf(candidate.file) };
  const whole = { file, start, end: start + sizeBytes };
  if (candidate.status === 404) return { status: 404, headers: typed, body: whole };

  // A release is named for its content, so the same path in it is always the same bytes.
  const etag = `"${site.release}.${sha256(candidate.file).slice(0, 16)}"`;
  const { 'if-none-match': ifNoneMatch, 'if-range': ifRange, range: asked } = request.headers;
  if (isNotModified(ifNoneMatch, etag)) return { status: 304, headers: { ...headers, etag } };
  const full = { ...typed, etag, 'accept-ranges': 'bytes' };
  // RFC 9110 knows ranges for GET alone.
  const range =
    request.method === 'GET' ? rangeOf({ range: asked, ifRange: one(ifRange) }, etag, sizeBytes) : 'whole';
  if (range === 'whole') return { status: 200, headers: full, body: whole };
  if (range === 'unsatisfiable') {
    return {
      status: 416,
      headers: { ...headers, 'content-range': `bytes */${sizeBytes}` },
      body: Buffer.alloc(0),
    };
  }
  const contentRange = `bytes ${range.start}-${range.end - 1}/${sizeBytes}`;
  return {
    status: 206,
    headers: { ...full, 'content-range': contentRange },
    body: { file, start: start + range.start, end: start + range.end },
  };
}

/** Node gives a repeated header that it does not know as a list. */
function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}
