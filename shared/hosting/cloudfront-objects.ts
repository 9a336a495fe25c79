import { TELEMETRY_HEADERS, TELEMETRY_SCRIPT } from '../telemetry/script.ts';
import { contentTypeOf } from './content-types.ts';
import type { ObjectsOf, ReleaseObject } from './release-objects.ts';
import { cacheControlOf } from './static-site.ts';

/**
 * `ObjectsOf` for CloudFront, which answers with what an object says of itself: its type, its caching, and its metadata,
 * which the viewer-response function knows (`redirect`: where to go instead). That only viewers may keep a file is the
 * site's affair, and added at the edge.
 */
export const cloudFrontObjects: ObjectsOf = (files) => [
  ...files.map((path) => ({ path, metadata: headersOf(path) })),
  ...folderMarkers(files),
  // Each release has its own, as it has its own hook: nobody has to keep one that all share. Sites have nothing there.
  { path: '_cottage/telemetry.js', metadata: TELEMETRY_HEADERS, content: TELEMETRY_SCRIPT },
];

const headersOf = (file: string) => ({
  contentType: contentTypeOf(file),
  cacheControl: cacheControlOf(file, 'open'),
});

/**
 * The edge cannot see which folders there are, so one with an index page gets a marker at its name without the slash: an
 * object of no bytes, which says where to go.
 */
function folderMarkers(files: readonly string[]): ReleaseObject[] {
  const taken = new Set(files);
  return files.flatMap((index) => {
    const [, folder] = /^(.+)\/index\.html$/.exec(index) ?? [];
    if (folder === undefined || taken.has(folder)) return [];
    const redirect = `/${folder.split('/').map(encodeURIComponent).join('/')}/`;
    return [{ path: folder, metadata: { ...headersOf(index), named: { redirect } }, content: '' }];
  });
}
