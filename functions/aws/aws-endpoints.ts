import type { Endpoint } from '../api/endpoint.ts';
import { apiBeacon } from '../api/endpoint-groups.ts';
import { ENDPOINTS } from '../api/endpoints.ts';

/** What API Gateway leads to. On one machine the edge takes beacons by itself. */
export const AWS_ENDPOINTS: Endpoint[] = [...ENDPOINTS, ...apiBeacon];
