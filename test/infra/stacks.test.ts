import { Bucket } from 'aws-cdk-lib/aws-s3';
import { App, Stack } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { STACK_PARTS } from '../../infra/names.ts';
import { type Part, synthesise, type Template } from './synthesised.ts';

const synthesised = synthesise();
const { app, stacks, templates } = synthesised;
const parts = Object.keys(templates) as Part[];

/** The types in a template, and how many of each. */
function census({ Resources }: Template): Record<string, number> {
  const types = Object.values(Resources).map(({ Type }) => Type);
  return Object.fromEntries(
    [...new Set(types)].toSorted().map((type) => [type, types.filter((t) => t === type).length]),
  );
}

const before = (part: Part) => stacks[part].dependencies.map(({ node }) => node.id);

describe('the stacks', () => {
  it.each(parts)('hold what they held: %s', async (part) => {
    const text = `${JSON.stringify(census(templates[part]), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`stacks/${part}.json`);
  });

  it('know those before them and none after', () => {
    expect(parts).toEqual([...STACK_PARTS]);
    for (const [at, part] of parts.entries()) {
      const text = JSON.stringify(templates[part]);
      const named = [...text.matchAll(/"Fn::ImportValue":"cottage-(\w+):|"StackName":"cottage-(\w+)"/g)];
      const known = new Set(named.map(([, imported, read]) => imported ?? read));
      for (const other of known) expect(parts.indexOf(other as Part)).toBeLessThan(at);
    }
    expect(JSON.stringify(templates.publishing)).toContain('"StackName":"cottage-edge"');
  });

  it('are deployed in that order', () => {
    expect(before('edge')).toContain('data');
    expect(before('publishing')).toEqual(expect.arrayContaining(['edge', 'data']));
    expect(before('lifecycle')).toEqual(expect.arrayContaining(['edge', 'data']));
    expect(before('observability')).toEqual(expect.arrayContaining(['publishing', 'lifecycle']));
  });

  it('put the edge where its web ACL must be, whatever the region', () => {
    expect(stacks.edge.region).toBe('us-east-1');
    expect(stacks.data.region).toBe('eu-central-1');
  });

  it('carry their tags on everything that takes them', () => {
    for (const template of Object.values(templates)) {
      for (const [id, { Properties }] of Object.entries(template.Resources)) {
        if (!('Tags' in Properties)) continue;
        const tags = JSON.stringify(Properties['Tags']);
        expect([id, tags]).toEqual([
          id,
          expect.stringMatching(/cottage:name.*cottage:part|cottage:part.*cottage:name/),
        ]);
        expect([id, tags]).toEqual([id, expect.stringContaining('platform-team')]);
      }
    }
  });

  it.each([
    'AWS::Lambda::Function',
    'AWS::DynamoDB::Table',
    'AWS::S3::Bucket',
    'AWS::CloudFront::Distribution',
    'AWS::StepFunctions::StateMachine',
    'AWS::IAM::Role',
    'AWS::KMS::Key',
    'AWS::Route53::HostedZone',
    'AWS::ApiGateway::RestApi',
    'AWS::WAFv2::WebACL',
    'AWS::CloudFront::ConnectionGroup',
  ])('tag every %s', (type) => {
    const resources = Object.values(templates).flatMap(({ Resources }) =>
      Object.values(Resources).filter(({ Type }) => Type === type),
    );
    expect(resources.length).toBeGreaterThan(0);
    for (const { Properties } of resources) {
      const tags = Properties['Tags'] ?? Properties['HostedZoneTags'];
      expect(JSON.stringify(tags)).toContain('cottage:part');
    }
  });

  it('need no account: one that is not said is that of whoever deploys', () => {
    const { account: _, ...config } = synthesised.config;
    const without = synthesise({ ...config, account: undefined as never });
    expect(JSON.stringify(without.templates.data)).not.toContain('111122223333');
    expect(census(without.templates.publishing)).toEqual(census(templates.publishing));
  });

  it('are the same in us-east-1, where the edge has company', () => {
    const there = synthesise({ region: 'us-east-1' });
    expect(parts.map((part) => census(there.templates[part]))).toEqual(
      parts.map((part) => census(templates[part])),
    );
  });
});

const findings = (scope: App) =>
  new AwsSolutionsChecks(scope)
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${String(constructPath)}`),
    );

describe('cdk-nag', () => {
  it('finds nothing that has no reason', () => {
    expect(findings(app)).toEqual([]);
  });

  it('finds what it should', () => {
    const careless = new App();
    new Bucket(new Stack(careless, 'careless'), 'Bucket');
    expect(findings(careless)).toContain('AwsSolutions-S1 careless/Bucket/Resource');
  });

  it('is answered with one finding and one reason at a time, and never for a whole stack', () => {
    const constructs = Object.values(stacks).flatMap((stack: Stack) => stack.node.findAll());
    const acknowledged = constructs.flatMap((construct) =>
      construct.node.metadata
        .filter(({ type }) => /acknowledged/i.test(type))
        .flatMap(({ data }) =>
          Object.entries(data as Record<string, unknown>).map(([id, reason]) => ({ construct, id, reason })),
        ),
    );
    expect(acknowledged.length).toBeGreaterThan(10);
    for (const { construct, id, reason } of acknowledged) {
      expect(Stack.isStack(construct)).toBe(false);
      expect(id).not.toMatch(/IAM5$/);
      expect(JSON.stringify(reason).length).toBeGreaterThan(20);
    }
  });
});
