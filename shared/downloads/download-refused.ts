import { CottageError } from '../errors/errors.ts';
import { finding } from '../findings/catalogue.ts';
import type { Finding } from '../findings/finding.ts';

/**
 * A file is not fetched from where it is said to be, for a reason a person can do something about. Neither the finding
 * nor the message says more of the address than its host: path and query may be all that is needed to read the file.
 */
export class DownloadRefused extends CottageError {
  override readonly name = 'DownloadRefused';
  readonly finding: Finding;
  constructor(found: Finding) {
    super(`${found.code}: ${found.title}. ${found.why}`);
    this.finding = found;
  }
}

/** `problem` is a few plain words without a full stop: `it does not begin with https://`. */
export const urlInvalid = (problem: string) =>
  new DownloadRefused(finding('artifact/url-invalid', { problem }));

export const urlPrivate = (host: string) => new DownloadRefused(finding('artifact/url-private', { host }));

export const hostNotFound = (host: string) =>
  new DownloadRefused(finding('artifact/url-not-found', { host }));

export const hostNotProven = (host: string) =>
  new DownloadRefused(finding('artifact/url-insecure', { host }));

export const tooSlow = (host: string) => new DownloadRefused(finding('artifact/url-slow', { host }));

/** `answer` is what came in place of the file: `404 Not Found`. */
export const noFile = (host: string, answer: string) =>
  new DownloadRefused(finding('artifact/url-answer', { host, answer }));

export const tooManyRedirects = (limit: number) =>
  new DownloadRefused(finding('artifact/url-redirects', { limit: String(limit) }));

/** Enough of a digest to tell two apart by eye. */
const SHOWN_DIGITS = 12;

export const otherFile = (expected: string, arrived: string) =>
  new DownloadRefused(
    finding('artifact/url-digest', {
      expected: expected.slice(0, SHOWN_DIGITS),
      arrived: arrived.slice(0, SHOWN_DIGITS),
    }),
  );
