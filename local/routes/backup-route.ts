import * as z from 'zod';
import { type Endpoint, endpoint } from '../../functions/api/endpoint.ts';

/**
 * Where the command line asks for a picture of everything. It stays in the data folder, where only whoever runs Cottage
 * can read it: the keys in it never travel over HTTP, not even to an admin.
 */
export function backupRoute(takeSnapshot: () => Promise<string>): Endpoint {
  return endpoint({
    method: 'post',
    path: '/v1/snapshots',
    operationId: 'takeSnapshot',
    summary: 'Take a picture of everything, in the data folder, for “cottage backup” to copy and remove',
    auth: 'admin',
    answers: { 201: { description: 'Taken.', schema: z.object({ snapshot: z.string() }) } },
    run: async () => ({ status: 201, body: { snapshot: await takeSnapshot() } }),
  });
}
