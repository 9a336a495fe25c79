import { describe, expect, it } from 'vitest';
import { BOUNDARY_ACTIONS } from '../../infra/boundary.ts';
import { STEPS } from '../../infra/functions.ts';
import { grantsFor } from '../../infra/grants.ts';
import { UNSCOPED_ACTIONS } from '../../infra/unscoped.ts';
import { allStatements, grantsIn, type Statement } from './iam.ts';
import { type Part, resourcesOf, synthesise } from './synthesised.ts';

const synthesised = synthesise();
const statements = allStatements(synthesised);
const grants = grantsIn(statements);
const say = ({ part, id, actions, resources }: Statement) =>
  `${part} ${id}: ${actions.join(', ')} on ${resources.join(', ')}`;
const rolesOf = (name: string) => grants.filter(({ id }) => id.startsWith(`Functions${name}Role`));

describe('the policies', () => {
  it('are all of them read: every role has one', () => {
    const roles = Object.values(synthesised.templates).flatMap((template) =>
      resourcesOf(template, 'AWS::IAM::Role'),
    );
    expect(roles.length).toBeGreaterThan(15);
    expect(new Set(grants.map(({ part, id }) => `${part}/${id}`)).size).toBe(roles.length);
  });

  it('hold no wildcard in an action, save where everybody is denied', () => {
    const wild = statements.filter(({ actions }) => actions.some((action) => /[*?]|^not /.test(action)));
    expect(wild.filter(({ effect }) => effect !== 'Deny').map(say)).toEqual([]);
    expect(
      wild.every(({ conditions }) => JSON.stringify(conditions).match(/SecureTransport|TlsVersion/)),
    ).toBe(true);
  });

  it('name their resources, save for the actions that have none', () => {
    const unscoped = grants.filter(({ resources }) => resources.includes('*'));
    const actions = [...new Set(unscoped.flatMap(({ actions: each }) => each))].toSorted();
    expect(actions.filter((action) => !(action in UNSCOPED_ACTIONS))).toEqual([]);
    expect(unscoped.length).toBeGreaterThan(0);
  });

  it('give no role a hand on roles, keys or the settings of anything', () => {
    const settings =
      /^(iam|sts|kms:(Put|Create|Schedule|Disable)|s3:Put(Bucket|.*Policy|.*Configuration)|lambda:(Update|Create|Add)|dynamodb:(DeleteTable|UpdateTable|Create|Restore)|organizations)/;
    expect(grants.flatMap(({ actions }) => actions).filter((action) => settings.test(action))).toEqual([]);
  });

  it('are within the boundary, and the boundary allows no more', () => {
    const granted = new Set(grants.flatMap(({ actions }) => actions));
    expect([...granted].toSorted()).toEqual([...BOUNDARY_ACTIONS].toSorted());
  });

  it('let nobody into a bucket without an account and a source', () => {
    const open = statements.filter(
      ({ type, effect }) => type === 'AWS::S3::BucketPolicy' && effect === 'Allow',
    );
    expect(open.length).toBeGreaterThan(3);
    for (const { conditions, principal } of open) {
      expect(principal).toHaveProperty('Service');
      expect(conditions).toMatchObject({
        StringEquals: { 'aws:SourceAccount': '111122223333' },
        ArnLike: { 'aws:SourceArn': expect.anything() as unknown },
      });
    }
  });
});

describe('every role', () => {
  const parts = Object.keys(synthesised.templates) as Part[];

  it.each(parts)('of %s has the boundary', (part) => {
    for (const { Properties } of resourcesOf(synthesised.templates[part], 'AWS::IAM::Role')) {
      expect(JSON.stringify(Properties['PermissionsBoundary'])).toContain(':policy/cottage-boundary');
    }
  });

  it('is taken on by one service alone, and has no policy that somebody else keeps', () => {
    for (const template of Object.values(synthesised.templates)) {
      for (const { Properties } of resourcesOf(template, 'AWS::IAM::Role')) {
        expect(Properties).not.toHaveProperty('ManagedPolicyArns');
        const [statement, ...others] = (
          Properties['AssumeRolePolicyDocument'] as { Statement: Record<string, unknown>[] }
        ).Statement;
        expect(others).toEqual([]);
        expect(statement?.['Principal']).toEqual({
          Service: expect.stringMatching(/^(lambda|states|apigateway)\.amazonaws\.com$/) as unknown,
        });
      }
    }
  });
});

const NAMES_OF_TEAMS = {
  'ForAllValues:StringLike': {
    'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['*.*.apps.example.com'],
  },
  'ForAllValues:StringEquals': {
    'route53:ChangeResourceRecordSetsRecordTypes': ['CNAME', 'TXT'],
    'route53:ChangeResourceRecordSetsActions': ['CREATE', 'DELETE'],
  },
  Null: {
    'route53:ChangeResourceRecordSetsNormalizedRecordNames': 'false',
    'route53:ChangeResourceRecordSetsRecordTypes': 'false',
    'route53:ChangeResourceRecordSetsActions': 'false',
  },
};

describe('records of DNS', () => {
  // Those of names. What zones themselves and the apex are allowed is looked at below.
  const changing = grants.filter(
    ({ actions, conditions }) =>
      actions.includes('route53:ChangeResourceRecordSets') && JSON.stringify(conditions).includes('CNAME'),
  );

  it("are changed by whoever writes those of names alone, below a team's zone, by name, type and kind", () => {
    expect(changing.map(({ id }) => id.replace(/Role.*/, '')).toSorted()).toEqual(
      Object.entries(STEPS)
        .filter(([, { uses }]) => uses.includes('appRecords'))
        .map(([name]) => `Functions${name}`)
        .toSorted(),
    );
    for (const { conditions } of changing) expect(conditions).toEqual(NAMES_OF_TEAMS);
  });

  it('of the apex are denied to whoever may change those of teams', () => {
    const denied = statements.filter(
      ({ type, effect, actions }) =>
        type === 'AWS::IAM::Policy' &&
        effect === 'Deny' &&
        actions.includes('route53:ChangeResourceRecordSets'),
    );
    expect(denied.map(({ id }) => id)).toEqual(changing.map(({ id }) => id));
    for (const deny of denied) {
      expect(deny.actions).toEqual(['route53:ChangeResourceRecordSets']);
      expect(deny.resources.join()).toContain('Apex');
      expect(deny.conditions).toEqual({});
    }
  });
});

/** What a use grants, as text. */
const uses = (use: Parameters<typeof grantsFor>[0][number]) =>
  grantsFor([use], synthesised.facilities).map(
    (statement) => statement.toStatementJson() as Record<string, unknown>,
  );

describe('onboarding', () => {
  it('changes how long a zone of a team may be remembered, and nothing else of it', () => {
    const [, statement] = uses('createZones');
    expect(statement?.['Condition']).toMatchObject({
      'ForAllValues:StringEquals': {
        'route53:ChangeResourceRecordSetsRecordTypes': ['SOA', 'NS'],
        'route53:ChangeResourceRecordSetsActions': ['UPSERT'],
      },
    });
  });

  it('touches the apex for delegations alone', () => {
    const [statement, ...others] = uses('delegate');
    expect(others).toEqual([]);
    expect(statement).toMatchObject({
      Condition: {
        'ForAllValues:StringLike': {
          'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['*.apps.example.com'],
        },
        'ForAllValues:StringEquals': { 'route53:ChangeResourceRecordSetsRecordTypes': ['NS'] },
        Null: { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': 'false' },
      },
    });
    const touching = Object.entries(STEPS).filter(([, plan]) => plan.uses.includes('delegate'));
    expect(touching.map(([name]) => name).every((name) => name.startsWith('Onboarding'))).toBe(true);
  });

  it('asks for certificates below the base domain alone, checked by DNS, where CloudFront wants them', () => {
    expect(uses('requestCertificates')[0]).toMatchObject({
      Action: 'acm:RequestCertificate',
      Condition: {
        'ForAllValues:StringLike': { 'acm:DomainNames': ['*.apps.example.com'] },
        StringEquals: { 'acm:ValidationMethod': 'DNS', 'aws:RequestedRegion': 'us-east-1' },
        Null: { 'acm:DomainNames': 'false' },
      },
    });
  });

  it('deletes only certificates that carry our mark, and never the apex', () => {
    expect(uses('deleteCertificates')[0]).toMatchObject({
      Condition: { StringEquals: { 'aws:ResourceTag/heritage': 'cottage' } },
    });
    expect(uses('deleteZones').filter((statement) => statement['Effect'] === 'Deny')).toMatchObject([
      { Action: 'route53:DeleteHostedZone' },
    ]);
  });
});

const conditionsOf = (action: string) =>
  grants.filter(({ actions }) => actions.includes(action)).map((g) => g.conditions);

describe('each function', () => {
  it.each([
    ['PublishUnpack', 'route53:', 'cloudfront:', 'ses:', 'kms:'],
    ['PublishScan', 'route53:', 'cloudfront:', 'ses:', 'kms:', 'states:'],
    ['PublishGoLive', 'route53:', 'ses:', 's3:PutObject', 's3:Delete'],
    ['ApiHooks', 'route53:', 'cloudfront:', 'acm:', 'ses:', 'events:'],
    ['ApiPublishes', 'route53:', 'cloudfront:', 'acm:', 's3:PutObject', 's3:Delete'],
    ['ApiAdmin', 'route53:Change', 'route53:Create', 'route53:Delete', 'cloudfront:', 'acm:', 's3:Delete'],
    ['LifecycleNightly', 'route53:Change', 'route53:Create', 'route53:Delete', 'acm:Request', 's3:Delete'],
    ['LifecycleNightly', 'cloudfront:Create', 'cloudfront:Update', 'ses:Send', 'states:Start', 'events:'],
    ['LifecycleSweep', 'route53:', 'cloudfront:DeleteDistributionTenant', 'acm:Delete'],
  ])('%s may do nothing of %s %s %s', (name, ...never) => {
    const actions = rolesOf(name).flatMap((statement) => statement.actions);
    expect(actions).toContain('dynamodb:Query');
    expect(actions.filter((action) => never.some((prefix) => action.startsWith(prefix)))).toEqual([]);
  });

  it('that visitors of apps reach by themselves may write its log, and nothing else', () => {
    const actions = rolesOf('ApiBeacon').flatMap((statement) => statement.actions);
    expect(actions.filter((action) => !/^(logs|xray):/.test(action))).toEqual([]);
  });

  it('writes releases only where it deploys them, and archives only where they come in', () => {
    const writers = grants.filter(({ actions }) => actions.includes('s3:PutObject'));
    const by = (pattern: RegExp) =>
      writers
        .filter(({ resources }) => resources.some((r) => pattern.test(r)))
        .map(({ id }) => id.replace(/^Functions|Role.*/g, ''));
    expect(by(/-releases-.*\/apps\/\*$/)).toEqual(['PublishDeploy']);
    expect(by(/-incoming-/)).toEqual(['PublishUnpack', 'ApiHooks']);
    expect(by(/-audit-/)).toEqual(['ApiAdmin', 'LifecycleNightly']);
  });

  it('that ends a publish clears up after it, and what only does that removes no release', () => {
    const deleters = grants.filter(({ actions }) => actions.includes('s3:DeleteObject'));
    const by = (pattern: RegExp) =>
      deleters
        .filter(({ resources }) => resources.some((r) => pattern.test(r)))
        .map(({ id }) => id.replace(/^Functions|Role.*/g, ''))
        .toSorted();
    const ofReleases = ['LifecycleRemoveFiles', 'LifecycleSweep', 'PublishRegister'];
    const clearing = ['ApiHooks', 'LifecycleStopPublishes', 'PublishExplain', 'PublishUnpack'];
    expect(by(/-releases-.*\/apps\/\*$/)).toEqual(ofReleases);
    for (const prefix of [/\/incoming\/\*$/, /\/work\/\*$/]) {
      expect(by(prefix)).toEqual([...ofReleases, ...clearing].toSorted());
    }
  });

  it('scans the table at night alone, and looks at the account there alone', () => {
    const by = (action: string) =>
      grants
        .filter(({ actions }) => actions.includes(action))
        .map(({ id }) => id.replace(/^Functions|Role.*/g, ''));
    for (const action of [
      'dynamodb:Scan',
      'route53:ListHostedZones',
      'states:ListExecutions',
      'kms:DescribeKey',
      'ses:GetAccount',
    ]) {
      expect([action, by(action)]).toEqual([action, ['LifecycleNightly']]);
    }
    const writers = grants.filter(({ actions }) => actions.includes('s3:PutObject'));
    const reporting = writers.filter(({ resources }) =>
      resources.some((r) => /-releases-.*\/doctor\/\*$/.test(r)),
    );
    expect(reporting).toHaveLength(1);
  });

  it('sends mail from our own address alone, events as ourselves alone, and macs of one kind', () => {
    for (const [action, condition] of [
      ['ses:SendEmail', { 'ses:FromAddress': 'cottage@example.net' }],
      ['events:PutEvents', { 'events:source': 'cottage' }],
      ['kms:GenerateMac', { 'kms:MacAlgorithm': 'HMAC_SHA_256' }],
    ] as const) {
      expect(conditionsOf(action).length).toBeGreaterThan(0);
      for (const conditions of conditionsOf(action)) expect(conditions).toEqual({ StringEquals: condition });
    }
  });
});
