import { freshStages, type Publish, PublishSchema } from '../../shared/publishes/publish.ts';
import { appId, publishId, T0 } from './app.ts';

/** A publish by this name that has just been accepted, as first of its app. */
export function acceptedPublish(name: string, fields: Partial<Publish> = {}): Publish {
  const settings = {
    title: 'Lunch',
    owner: 'ana@example.com',
    coOwners: [],
    dataClass: 'internal',
    visibility: 'company',
    tier: 'shared',
    costCenter: 'cc-1',
    expiresInDays: 90,
    integrations: [],
    spa: false,
  };
  return PublishSchema.parse({
    publishId: publishId(name),
    appId: appId(),
    seq: 1,
    attempt: 1,
    platform: 'demo',
    team: 'demo',
    name: 'lunch',
    host: 'lunch.demo.apps.localhost',
    dryRun: false,
    requested: {},
    settings,
    artifact: { key: `incoming/${name}.zip`, versionId: '1', sha256: 'a'.repeat(64), sizeBytes: 1 },
    bodySha256: 'b'.repeat(64),
    firstAnswer: { publishId: publishId(name), status: 'accepted', statusUrl: 'http://127.0.0.1/status' },
    status: 'accepted',
    stages: freshStages(),
    findings: [],
    approvals: [],
    acceptedAt: T0,
    auditSeq: 0,
    auditHash: '',
    ...fields,
  });
}
