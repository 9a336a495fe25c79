import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plannedFunctions } from '../../infra/functions.ts';
import { REASONS } from '../../shared/summaries/reasons.ts';
import { commandsIn, rowsBelow } from '../repo/markdown.ts';
import { type Resource, synthesise } from './synthesised.ts';

const { templates, config } = synthesise();
const resources = Object.values(templates).flatMap(({ Resources }) => Object.values(Resources));
const ofType = (type: string) => resources.filter(({ Type }) => Type === type);

const dayTwo = readFileSync('docs/aws-day-two.md', 'utf8');
const aws = readFileSync('docs/aws.md', 'utf8');
const sorted = (names: Iterable<string>) => [...new Set(names)].toSorted();

describe('the document for day two', () => {
  const alarms = ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => String(Properties['AlarmName']));

  it('has a row for every alarm, with what it means and what to do, and for nothing else', () => {
    const rows = rowsBelow(dayTwo, '## When an alarm comes');
    const named = rows.flatMap(([names = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    );
    expect(named.toSorted()).toEqual(alarms.toSorted());
    for (const row of rows) {
      expect(row).toHaveLength(3);
      for (const cell of row.slice(1)) expect(cell.length).toBeGreaterThan(20);
    }
  });

  it('names alarms after this Cottage, so that two of them can share an account', () => {
    for (const name of alarms) expect(name.startsWith(`${config.name}-`)).toBe(true);
  });

  it.each([
    ['aws-day-two.md', dayTwo],
    ['aws.md', aws],
  ])('%s names in its commands only what the templates have', (_, text) => {
    const parts = Object.keys(templates).map((part) => `cottage-${part}`);
    const known = sorted([...(JSON.stringify(templates).match(/\bcottage-[\w-]*\w/g) ?? []), ...parts]);
    const used = sorted(commandsIn(text).flatMap((command) => command.match(/\bcottage-[\w-]*\w/g) ?? []));
    expect(used.length).toBeGreaterThan(3);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('names only functions that there are', () => {
    const used = sorted(dayTwo.match(/\b(?:Api|Publish|Onboarding|Lifecycle)[A-Z]\w+\b/g) ?? []);
    // What begins so and is an alarm is written with the name of this Cottage.
    const functions = used.filter((name) => !alarms.includes(`cottage-${name}`));
    expect(functions).toEqual(expect.arrayContaining(['ApiHooks', 'LifecycleSweep']));
    expect(functions.filter((name) => !Object.hasOwn(plannedFunctions(), name))).toEqual([]);
  });

  it('asks for the Explain state by a name that every state machine has', () => {
    const machines = ofType('AWS::StepFunctions::StateMachine');
    expect(machines).toHaveLength(4);
    expect(dayTwo).toContain("stateExitedEventDetails.name=='Explain'");
    for (const { Properties } of machines) {
      expect(String(Properties['DefinitionString'])).toContain('"CausePath": "$.explain.summary"');
      expect(String(Properties['DefinitionString'])).toContain('"Explain": {');
      expect(dayTwo).toContain(`\`${String(Properties['StateMachineName'])}\``);
    }
  });
});

const rules = ({ Properties }: Resource) => (Properties['Rules'] as unknown[]).length;
/** An alarm is billed by the metrics it looks at; a query over many counts as one here. */
const metrics = ({ Properties }: Resource) =>
  Math.max(
    1,
    ((Properties['Metrics'] ?? []) as { MetricStat?: unknown }[]).filter(({ MetricStat }) => MetricStat)
      .length,
  );
const sum = (list: Resource[], count: (resource: Resource) => number) =>
  list.reduce((total, resource) => total + count(resource), 0);

describe('what it costs', () => {
  const COUNTS: [what: string, many: number, each: number][] = [
    ['Web ACLs', ofType('AWS::WAFv2::WebACL').length, 5],
    ['Rules of web ACLs', sum(ofType('AWS::WAFv2::WebACL'), rules), 1],
    ['Signing keys (KMS)', ofType('AWS::KMS::Key').length, 1],
    ['Metrics that alarms look at', sum(ofType('AWS::CloudWatch::Alarm'), metrics), 0.1],
    ['Dashboards', ofType('AWS::CloudWatch::Dashboard').length, 3],
    ['Hosted zone of the base domain', ofType('AWS::Route53::HostedZone').length, 0.5],
  ];

  it('is counted in the templates', () => {
    const rows = rowsBelow(aws, '### Fixed, with no app at all');
    const total = COUNTS.reduce((all, [, many, each]) => all + many * each, 0);
    expect(rows).toEqual([
      ...COUNTS.map(([what, many, each]) => [what, String(many), each.toFixed(2), (many * each).toFixed(2)]),
      ['**Together**', '', '', `**${total.toFixed(2)}**`],
    ]);
    expect(aws).toContain(`one for each of ${Object.keys(REASONS).length} reasons of failed executions`);
  });

  it('has nothing that is dear while nobody asks it for anything', () => {
    const types = sorted(resources.map(({ Type }) => Type));
    for (const dear of [
      'AWS::EC2::NatGateway',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      'AWS::Synthetics::Canary',
    ])
      expect(types).not.toContain(dear);
  });
});
