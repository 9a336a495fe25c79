import { describe, expect, test } from 'vitest';
import { apiAdmin, apiCatalog, apiHooks, apiPublishes } from '../../functions/api/endpoint-groups.ts';
import { ENDPOINTS } from '../../functions/api/endpoints.ts';
import { groupOf } from '../../functions/aws/api-groups.ts';

describe('the groups of endpoints', () => {
  test.each([
    ['/v1/hooks/{platform}/publish', 'api-hooks'],
    ['/v1/hooks/{platform}/uploads', 'api-hooks'],
    ['/v1/publishes/{id}', 'api-publishes'],
    ['/v1/apps/{team}/{name}', 'api-catalog'],
    ['/v1/teams', 'api-admin'],
    ['/v1/platforms', 'api-admin'],
    ['/v1/doctor', 'api-admin'],
    ['/healthz', 'api-catalog'],
  ])('%s is of %s', (path, group) => {
    expect(groupOf(path)).toBe(group);
  });

  test.each([
    ['api-hooks', apiHooks],
    ['api-publishes', apiPublishes],
    ['api-catalog', apiCatalog],
    ['api-admin', apiAdmin],
  ])('that of %s has those endpoints whose paths are its own, and all of them', (group, endpoints) => {
    expect(endpoints.length).toBeGreaterThan(0);
    expect(endpoints).toEqual(ENDPOINTS.filter(({ path }) => groupOf(path) === group));
  });
});
