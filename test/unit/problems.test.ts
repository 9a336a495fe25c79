import { expect, test } from 'vitest';
import { RequestRefused } from '../../shared/errors/errors.ts';
import { PROBLEMS, refuse } from '../../shared/errors/problems.ts';

/** The statuses are a promise to clients: they decide by them whether to try again, sign again or give up. */
const STATUSES: Record<number, string[]> = {
  400: [
    'webhook/headers-missing',
    'body/not-json',
    'body/incomplete',
    'body/too-deep',
    'upload/form-invalid',
  ],
  401: ['webhook/signature-invalid', 'webhook/timestamp', 'auth/missing', 'auth/invalid'],
  403: [
    'platform/team-not-allowed',
    'decision/own-request',
    'auth/forbidden',
    'host/not-allowed',
    'origin/not-allowed',
  ],
  404: [
    'team/unknown',
    'publish/unknown',
    'upload/unknown',
    'app/unknown',
    'release/unknown',
    'decision/unknown',
    'doctor/no-report',
    'route/unknown',
    'link/invalid',
  ],
  405: ['route/method'],
  409: [
    'app/retiring',
    'team/exists',
    'team/not-empty',
    'team/not-ready',
    'team/full',
    'publish/id-reused',
    'publish/ended',
    'name/taken',
    'owner/too-many-drafts',
    'app/conflict',
    'decision/closed',
    'doctor/at-night',
    'clock/not-virtual',
  ],
  410: ['upload/expired', 'link/expired'],
  413: ['body/too-large', 'upload/too-large'],
  415: ['body/media-type'],
  422: [
    'artifact/url',
    'body/fields',
    'name/invalid',
    'name/reserved',
    'name/look-alike',
    'name/too-long',
    'name/not-allowed',
    'owner/unknown',
    'upload/digest-mismatch',
    'audit/head-invalid',
  ],
  500: ['internal'],
  503: ['store/busy', 'store/full', 'store/read-only'],
};

test('every problem has the status clients were promised', () => {
  const listed = Object.entries(STATUSES).flatMap(([status, codes]) =>
    codes.map((code) => [code, Number(status)]),
  );
  const actual = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]);
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(listed));
});

test('every title is a sentence', () => {
  for (const { title } of Object.values(PROBLEMS)) expect(title).toMatch(/^[A-Z].*\.$/);
});

test('a refusal carries status, code, detail and whatever else helps', () => {
  const fields = [{ path: 'app.name', message: 'is missing' }];
  const refusal = refuse('body/fields', 'One field is missing.', { fields });
  expect(refusal).toBeInstanceOf(RequestRefused);
  expect(refusal).toMatchObject({
    status: 422,
    code: 'body/fields',
    publicMessage: 'One field is missing.',
    extra: { fields },
  });
  expect(refuse('store/busy', 'Please try again.').extra).toEqual({});
});
