import { contentTypeOf } from './content-types.ts';
import { cacheControlOf } from './static-site.ts';

/** What an object of a release is stored with, for CloudFront to answer with; the edge functions know the metadata. */
export interface ObjectHeaders {
  contentType: string;
  cacheControl: string;
  /** `redirect`: where to go instead. */
  metadata: Record<string, string>;
}

/** A file's own headers. That only viewers may keep it is the site's affair, and added at the edge. */
export function objectHeaders(file: string): ObjectHeaders {
  return { contentType: contentTypeOf(file), cacheControl: cacheControlOf(file, 'open'), metadata: {} };
}

/**
 * The objects of no bytes that a release has beside its files. The edge cannot see which folders there are, so one with an
 * index page gets an object at its name without the slash, which says where to go.
 */
export function folderMarkers(files: readonly string[]): { file: string; headers: ObjectHeaders }[] {
  const taken = new Set(files);
  return files.flatMap((index) => {
    const [, folder] = /^(.+)\/index\.html$/.exec(index) ?? [];
    if (folder === undefined || taken.has(folder)) return [];
    const redirect = `/${folder.split('/').map(encodeURIComponent).join('/')}/`;
    const headers = { ...objectHeaders(`${folder}/index.html`), metadata: { redirect } };
    return [{ file: folder, headers }];
  });
}
