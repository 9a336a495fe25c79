import { describe, expect, it } from 'vitest';
import { plannedFunctions } from '../../infra/functions.ts';
import { VARIABLES } from '../builders/aws-runtime.ts';
import type { LoggedCall } from '../fakes/aws-faults.ts';
import { allStatements, type Statement } from '../infra/iam.ts';
import { synthesise } from '../infra/synthesised.ts';
import { type Asked, askedBy, type ResourceNames } from './asked.ts';
import { isAllowed } from './policy.ts';
import { ADMIN, STORY } from './story.ts';
import { openWorld } from './world.ts';

const synthesised = synthesise({ senders: { from: VARIABLES.COTTAGE_MAIL_FROM } });
const ACCOUNT = '111122223333';

/** A reference in a template, by what it leads to. */
const REFERENCES: [pattern: RegExp, name: string][] = [
  [/cottage-data:ExportsOutputFnGetAttRecords\w*?Arn\w*/g, 'the-table'],
  [/cottage-data:ExportsOutputFnGetAttSigningKey\w*/g, 'the-key'],
  [/cottage-data:ExportsOutputRefApex\w*/g, 'the-apex'],
  [/cottage-data:ExportsOutputFnGetAttEvents\w*/g, 'the-bus'],
  [/cottage-data:ExportsOutputRefMailIdentity\w*/g, 'the-sender'],
  [/cottage-data:ExportsOutputRefMailConfiguration\w*/g, 'the-mails'],
  [/<AWS::Partition>/g, 'aws'],
  [/<AWS::AccountId>/g, ACCOUNT],
];
const concrete = (resource: string): string =>
  REFERENCES.reduce((text, [pattern, name]) => text.replace(pattern, name), resource);

const bucket = (name: string) => `arn:aws:s3:::cottage-${name}-${ACCOUNT}-eu-central-1`;

/** What a function's role says, by the name of its bundle. */
const roles = new Map<string, Statement[]>();
for (const [name, { bundle }] of Object.entries(plannedFunctions())) {
  const own = allStatements(synthesised)
    .filter(({ type, id }) => type === 'AWS::IAM::Policy' && id.startsWith(`Functions${name}Role`))
    .map((statement) => ({ ...statement, resources: statement.resources.map(concrete) }));
  roles.set(bundle, own);
}

/** Every call that a function makes in the story, and what its resources are called. */
async function tellStory(): Promise<{ calls: LoggedCall[]; names: ResourceNames }> {
  const world = await openWorld();
  for (const chapter of STORY) {
    await chapter.tell(world);
    await world.night();
    await world.as(ADMIN, { path: '/v1/doctor' });
    await world.as(ADMIN, { path: '/v1/audit/verify' });
  }
  const { server, zoneId } = world.account;
  const names = {
    table: 'the-table',
    key: 'the-key',
    bus: 'the-bus',
    apex: { id: await zoneId('apps.example.com'), resource: 'the-apex' },
    buckets: {
      'cottage-incoming': bucket('incoming'),
      'cottage-releases': bucket('releases'),
      'cottage-audit': bucket('audit'),
    },
    account: ACCOUNT,
  };
  return { calls: server.log.filter(({ caller }) => roles.has(caller)), names };
}

describe('the roles of the templates', () => {
  it('allow every call of the story to who makes it', async () => {
    const { calls, names } = await tellStory();
    expect(calls.length).toBeGreaterThan(400);
    const denied = calls.flatMap((call) =>
      askedBy(call, names)
        .filter((asked) => !isAllowed(roles.get(call.caller) ?? [], asked))
        .map(
          ({ action, resource, context }) =>
            `${call.caller}: ${action} ${resource} ${JSON.stringify(context)}`,
        ),
    );
    expect([...new Set(denied)]).toEqual([]);
  });

  const forbidden: [who: string, asked: Asked][] = [
    ['publish-unpack', { action: 's3:PutObject', resource: `${bucket('releases')}/apps/a/r/x`, context: {} }],
    ['publish-deploy', { action: 's3:PutObject', resource: `${bucket('audit')}/heads/x`, context: {} }],
    ['publish-ensure-dns', changeOf('the-apex', 'apps.example.com', 'TXT', 'CREATE')],
    ['publish-ensure-dns', changeOf('Z1', 'finance.apps.example.com', 'NS', 'CREATE')],
    ['publish-ensure-dns', changeOf('Z1', 'lunch.finance.example.com', 'CNAME', 'CREATE')],
    ['publish-ensure-dns', changeOf('Z1', 'lunch.finance.apps.example.com', 'CNAME', 'UPSERT')],
    ['publish-ensure-dns', { ...changeOf('Z1', 'a.b.apps.example.com', 'CNAME', 'CREATE'), context: {} }],
    ['onboarding-create-zone', changeOf('the-apex', 'finance.apps.example.com', 'CNAME', 'CREATE')],
    [
      'onboarding-create-zone',
      {
        action: 'route53:ChangeTagsForResource',
        resource: 'arn:aws:route53:::hostedzone/the-apex',
        context: {},
      },
    ],
    ['publish-go-live', { action: 'dynamodb:Scan', resource: 'the-table', context: {} }],
  ];
  it.each(forbidden)('deny %s what is not its business (%#)', (who, asked) => {
    expect(isAllowed(roles.get(who) ?? [], asked)).toBe(false);
  });
});

function changeOf(zone: string, name: string, type: string, action: string): Asked {
  return {
    action: 'route53:ChangeResourceRecordSets',
    resource: `arn:aws:route53:::hostedzone/${zone}`,
    context: {
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': [name],
      'route53:ChangeResourceRecordSetsRecordTypes': [type],
      'route53:ChangeResourceRecordSetsActions': [action],
    },
  };
}
