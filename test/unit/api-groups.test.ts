import { describe, expect, test } from 'vitest';
import { GROUPS, groupOf } from '../../functions/aws/api-groups.ts';
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

  test('none is empty', () => {
    const used = new Set(AWS_ENDPOINTS.map(({ path }) => groupOf(path)));
    expect([...used].toSorted()).toEqual(GROUPS.toSorted());
  });
});
