import { RequestRefused } from './errors.ts';

/**
 * The closed list of problems the API answers with, as RFC 9457 `application/problem+json`. `title` is the same every
 * time; the detail says what was wrong with this request. Both are for the developer of a low-code platform.
 */
export const PROBLEMS = {
  // An unknown platform gets `webhook/signature-invalid` too, word for word: which platforms exist is nobody's business.
  'webhook/signature-invalid': { status: 401, title: 'The signature does not match. Sign the raw body.' },
  'webhook/timestamp': {
    status: 401,
    title: 'The timestamp is outside the window. Set your clock and sign again.',
  },
  'webhook/headers-missing': {
    status: 400,
    title: 'Send webhook-id, webhook-timestamp and webhook-signature.',
  },
  'platform/team-not-allowed': {
    status: 403,
    title: 'This platform may not publish for the team. Ask an admin.',
  },
  'team/unknown': { status: 404, title: 'There is no such team. Check its name, or ask an admin to add it.' },
  'team/exists': { status: 409, title: 'There is a team of this name. Choose another name.' },
  'team/not-ready': {
    status: 409,
    title: 'The team is just being added or removed. Ask an admin how far that is.',
  },
  'team/not-empty': { status: 409, title: 'The team still has apps. Retire them first.' },
  'team/full': {
    status: 409,
    title: 'The team has as many apps as it may have. Retire one, or ask an admin.',
  },
  'body/not-json': { status: 400, title: 'The body is not JSON. Send one JSON object in UTF-8.' },
  'body/incomplete': { status: 400, title: 'The connection ended before the body did. Send it again.' },
  'body/too-large': {
    status: 413,
    title: 'The body is too large. Upload the artifact and name it by its id.',
  },
  'body/media-type': { status: 415, title: 'Send the body as application/json in UTF-8.' },
  'body/fields': { status: 422, title: 'Some fields are not as they should be. See “fields”.' },
  'body/too-deep': {
    status: 400,
    title: 'The body is nested too deeply. Send what /openapi.json describes.',
  },
  'publish/id-reused': { status: 409, title: 'This webhook-id came with another body before. Use a new id.' },
  'publish/unknown': { status: 404, title: 'There is no such publish. Use the statusUrl you were given.' },
  'publish/ended': { status: 409, title: 'The publish has ended, so this can’t be done any more.' },
  'name/invalid': { status: 422, title: 'The name can’t be a host name. Use a to z, 0 to 9 and hyphens.' },
  'name/reserved': { status: 422, title: 'The name is reserved. Choose another name.' },
  'name/look-alike': {
    status: 422,
    title: 'The name looks like another one. Choose a clearly different one.',
  },
  'name/too-long': { status: 422, title: 'The name is too long. Choose a shorter one.' },
  'name/not-allowed': {
    status: 422,
    title: 'The team’s list of names does not allow this one. Choose one it does.',
  },
  'name/taken': { status: 409, title: 'The name is taken. Choose one of the suggestions.' },
  'owner/unknown': { status: 422, title: 'The team does not know the owner. Name one of its members.' },
  'owner/too-many-drafts': {
    status: 409,
    title: 'The owner has too many apps that never went live. Finish or retire one first.',
  },
  'upload/expired': { status: 410, title: 'The upload link has expired. Ask for a new one.' },
  'upload/unknown': { status: 404, title: 'There is no such upload. Ask for one first.' },
  'upload/too-large': { status: 413, title: 'The artifact is too large. Make it smaller.' },
  'upload/digest-mismatch': {
    status: 422,
    title: 'The file is not the one announced. Upload that one, or start again.',
  },
  'upload/form-invalid': {
    status: 400,
    title: 'Post multipart/form-data: all the fields given, then “file” last.',
  },
  'artifact/url': {
    status: 422,
    title: 'The artifact can’t be fetched from this URL. See “findings”, or upload it.',
  },
  'app/unknown': { status: 404, title: 'There is no such app. Check team and name.' },
  'app/conflict': {
    status: 409,
    title: 'The app is not in a state that allows this, or just changed. Read it again.',
  },
  'app/retiring': {
    status: 409,
    title: 'The app is being retired, and takes nothing new. Publish under another name.',
  },
  'release/unknown': { status: 404, title: 'There is no such release of this app. List its releases.' },
  'decision/unknown': { status: 404, title: 'There is no such question.' },
  'decision/closed': { status: 409, title: 'The question has been answered or withdrawn already.' },
  'decision/own-request': { status: 403, title: 'Nobody answers their own request. Ask somebody else.' },
  'audit/head-invalid': {
    status: 422,
    title: 'This is not a head of an audit trail. Give the whole line, or the file it was kept in.',
  },
  'doctor/no-report': {
    status: 404,
    title: 'Nothing has been examined yet. The first report is there after tonight.',
  },
  'doctor/at-night': {
    status: 409,
    title: 'This Cottage examines everything at night. Ask without “deep” for what it found.',
  },
  'auth/missing': { status: 401, title: 'Sign in: send “Authorization: Bearer …”.' },
  'auth/invalid': { status: 401, title: 'The bearer token is unknown or has expired. Get a new one.' },
  'auth/forbidden': { status: 403, title: 'Your roles do not allow this. Ask an admin.' },
  'host/not-allowed': {
    status: 403,
    title: 'This host name is not served here. Use the address you were given.',
  },
  'origin/not-allowed': { status: 403, title: 'Requests from this page’s origin are not taken.' },
  'route/unknown': { status: 404, title: 'There is nothing at this path. See /openapi.json.' },
  'route/method': { status: 405, title: 'This path does not take this method. See /openapi.json.' },
  'link/invalid': {
    status: 404,
    title: 'This link is not complete or not ours. Use the whole link from the mail.',
  },
  'link/expired': { status: 410, title: 'This link has expired. Ask for a new one.' },
  'clock/not-virtual': {
    status: 409,
    title: 'The clock can’t be moved. Start with --virtual-clock to try things out.',
  },
  'store/busy': { status: 503, title: 'Too much is going on at once. Try again in a few seconds.' },
  'store/full': {
    status: 503,
    title: 'There is no room left. Try again later; whoever runs Cottage has to make room.',
  },
  'store/read-only': {
    status: 503,
    title: 'Nothing can be written now. Try again later; whoever runs Cottage has to look at its disk.',
  },
  internal: { status: 500, title: 'Something went wrong on our side. The id finds it in the log.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** What a request can be refused with: all but `internal`, which is a defect's and never somebody's decision. */
export type RefusalCode = Exclude<ProblemCode, 'internal'>;

/**
 * The error to throw for a request that can't be served. `detail` is for the caller: what is wrong with this request and
 * what to do. `extra` becomes further members of the problem, such as `fields: [{path, message}]`.
 */
export function refuse(
  code: RefusalCode,
  detail: string,
  extra: Record<string, unknown> = {},
): RequestRefused {
  return new RequestRefused(PROBLEMS[code].status, code, detail, extra);
}
