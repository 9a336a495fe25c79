import { join } from 'node:path';
import type { PolicyInput } from '../../shared/policies/policies.ts';

export const policiesFolder = join(import.meta.dirname, '../../policies');
export const bundleFolder = join(policiesFolder, 'bundle');

/** An app no policy has anything against; it has no data class. */
export const fineInput: PolicyInput = {
  app: {
    team: 'demo',
    name: 'lunch',
    host: 'lunch.demo.apps.example.com',
    title: 'Lunch',
    owner: 'ana@example.com',
    coOwners: [],
    visibility: 'company',
    tier: 'shared',
    costCenter: 'CC-1',
    expiresInDays: 90,
    integrations: [],
    spa: false,
  },
  team: { members: ['ana@example.com'], leads: ['lea@example.com'], approvers: [] },
  platform: { id: 'builder', teams: ['demo'] },
  grants: [],
  facts: {
    scannerVersion: 'test',
    fileCount: 1,
    sizeBytes: 100,
    secrets: {},
    externalHosts: [],
    extensions: { '.html': 1 },
    hasServiceWorker: false,
    sourceMaps: 0,
  },
};
