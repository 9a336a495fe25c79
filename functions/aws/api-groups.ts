/** Groups of endpoints that share a function, and so its permissions; by how their paths begin. The first that fits. */
export const API_GROUPS = {
  'api-hooks': ['/v1/hooks/'],
  'api-publishes': ['/v1/publishes/', '/d/'],
  'api-admin': ['/v1/teams', '/v1/platforms', '/v1/audit', '/v1/doctor'],
  // What visitors of apps send; it may do nothing but write to its log.
  'api-beacon': ['/_cottage/'],
  'api-catalog': ['/'],
} as const;
export type ApiGroup = keyof typeof API_GROUPS;

export const GROUPS = Object.keys(API_GROUPS) as ApiGroup[];

/** The function that serves an endpoint. */
export const groupOf = (path: string): ApiGroup =>
  GROUPS.find((group) => API_GROUPS[group].some((start) => path.startsWith(start))) ?? 'api-catalog';
