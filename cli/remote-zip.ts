import { basename } from 'node:path';
import { usage } from './failures.ts';
import type { Site } from './site.ts';

/** A zip file that lies on the web. Cottage fetches it; nobody here has looked into it. */
export interface RemoteZip {
  url: string;
  /** Hex, of the file as it is. */
  sha256: string;
  host: string;
  /** What the file is called there: `lunch.zip`. */
  fileName: string;
}

/** The zip file meant by what stands in the place of a folder; undefined when that is no web address. */
export function remoteZip(path: string, sha256: string | undefined): RemoteZip | undefined {
  if (!/^https?:\/\//i.test(path)) {
    if (sha256 !== undefined)
      throw usage('--sha256 belongs to a web address. What is here, is sent as it is.');
    return undefined;
  }
  const url = URL.parse(path);
  if (!url)
    throw usage('This web address is not complete. Write it like https://files.example.com/lunch.zip');
  if (sha256 === undefined || !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw usage('Say which file is meant, with --sha256 and its 64 digits. To get them: sha256sum lunch.zip');
  }
  return { url: path, sha256: sha256.toLowerCase(), host: url.host, fileName: basename(url.pathname) };
}

/** What is known of its files: nothing, so that nothing is guessed from them. */
export const UNSEEN: Site = {
  files: [],
  leftOut: [],
  links: [],
  pack: () => Promise.reject(new TypeError('a zip file on the web is not packed here')),
  close: async () => undefined,
};
