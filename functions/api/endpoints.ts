import type { Endpoint } from './endpoint.ts';
import { apiAdmin, apiCatalog, apiHooks, apiPublishes } from './endpoint-groups.ts';

/** Every endpoint of both editions. */
export const ENDPOINTS: Endpoint[] = [...apiHooks, ...apiPublishes, ...apiCatalog, ...apiAdmin];
