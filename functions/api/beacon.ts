import { AppId, ReleaseId } from '../../shared/ids/ids.ts';
import { MAX_BEACON_BYTES, parseBeacon } from '../../shared/telemetry/beacon.ts';
import { endpoint } from './endpoint.ts';

/**
 * Writes down what a page of an app tells of itself. The edge leads here, and says by headers which app the page is of. It
 * comes from anybody all the same, and proves nothing.
 */
export const takeBeacon = endpoint({
  method: 'post',
  path: '/_cottage/beacon',
  operationId: 'takeBeacon',
  summary: 'Take what a page tells of errors and load times',
  auth: 'anyone',
  maxBodyBytes: MAX_BEACON_BYTES,
  answers: {
    204: { description: 'Written down.' },
    400: { description: 'No beacon, or of no app.' },
  },
  run: async ({ rawBody, request: { headers } }, { log }) => {
    const app = AppId.safeParse(headers.get('x-cottage-app'));
    const release = ReleaseId.safeParse(headers.get('x-cottage-release'));
    const beacon = parseBeacon(rawBody);
    if (!app.success || !release.success || !beacon) return new Response(null, { status: 400 });
    log.info('beacon', { appId: app.data, release: release.data, beacon });
    return new Response(null, { status: 204 });
  },
});
