import { describe, expect, test } from 'vitest';
import {
  apiAdmin,
  apiBeacon,
  apiCatalog,
  apiHooks,
  apiPublishes,
} from '../../functions/api/endpoint-groups.ts';
import { groupOf } from '../../functions/aws/api-groups.ts';
import { AWS_ENDPOINTS } from '../../functions/aws/aws-endpoints.ts';

describe('the groups of endpoints', () => {
  test.each([
    ['/v1/hooks/{platform}/publish', 'api-hooks'],
    ['/v1/hooks/{platform}/uploads', 'api-hooks'],
    ['/v1/publishes/{id}', 'api-publishes'],
    ['/v1/apps/{team}/{name}', 'api-catalog'],
    ['/v1/teams', 'api-admin'],
    ['/v1/platforms', 'api-admin'],
    ['/v1/doctor', 'api-admin'],
    ['/_cottage/beacon', 'api-beacon'],
    ['/healthz', 'api-catalog'],
  ])('%s is of %s', (path, group) => {
    expect(groupOf(path)).toBe(group);
  });

  test.each([
    ['api-hooks', apiHooks],
    ['api-publishes', apiPublishes],
    ['api-catalog', apiCatalog],
    ['api-admin', apiAdmin],
    ['api-beacon', apiBeacon],
  ])('that of %s has those endpoints whose paths are its own, and all of them', (group, endpoints) => {
    expect(endpoints.length).toBeGreaterThan(0);
    expect(endpoints).toEqual(AWS_ENDPOINTS.filter(({ path }) => groupOf(path) === group));
  });
});
