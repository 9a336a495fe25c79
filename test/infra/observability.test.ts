import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesise } from './synthesised.ts';

const { templates } = synthesise();
const { lifecycle, observability } = templates;
const alarms = Object.entries(observability.Resources).filter(
  ([, { Type }]) => Type === 'AWS::CloudWatch::Alarm',
);
const alarm = (id: string) => alarms.find(([logicalId]) => logicalId.startsWith(id))?.[1].Properties;

describe('the schedule', () => {
  it('sweeps every minute and counts the day at night, and makes up for nothing', () => {
    const rules = resourcesOf(lifecycle, 'AWS::Events::Rule').map(({ Properties }) => Properties);
    expect(rules.map((rule) => rule['ScheduleExpression'])).toEqual(['rate(1 minute)', 'cron(30 2 * * ? *)']);
    for (const [at, run] of ['sweep', 'nightly'].entries()) {
      expect(rules[at]?.['Targets']).toMatchObject([
        {
          Input: JSON.stringify({ run }),
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        },
      ]);
    }
  });
});

describe('alarms', () => {
  it.each([
    [
      'SweepNotRun',
      {
        MetricName: 'Invocations',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        TreatMissingData: 'breaching',
        Period: 300,
      },
    ],
    ['SweepFailed', { MetricName: 'Errors', Threshold: 3 }],
    ['EffectsOverdue', { Namespace: 'Cottage', MetricName: 'OldestDueSeconds', Threshold: 900 }],
    ['PublishTimedOut', { MetricName: 'ExecutionsTimedOut', Threshold: 0 }],
    ['PublishThrottled', { MetricName: 'ExecutionThrottled', Threshold: 0 }],
    ['ApiErrors', { MetricName: '5XXError', Threshold: 5 }],
    ['FunctionsThrottled', { MetricName: 'Throttles', Threshold: 0 }],
    ['MailBounces', { MetricName: 'Reputation.BounceRate', Threshold: 0.03 }],
    ['NightlyFailed', { MetricName: 'Errors', Threshold: 0 }],
    [
      'NightlyNotRun',
      {
        MetricName: 'Invocations',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 1,
        TreatMissingData: 'breaching',
        Period: 21_600,
        EvaluationPeriods: 5,
      },
    ],
    [
      'ProblemsFound',
      {
        Namespace: 'Cottage',
        MetricName: 'Problems',
        Dimensions: [{ Name: 'service', Value: 'lifecycle-nightly' }],
        Threshold: 0,
        TreatMissingData: 'ignore',
      },
    ],
  ])('%s looks at what it says', (id, expected) => {
    expect(alarm(id)).toMatchObject(expected);
  });

  it('tell somebody, when they begin and when they end, and say what to do', () => {
    expect(alarms.length).toBeGreaterThan(8);
    for (const [, { Properties }] of alarms) {
      expect(Properties['AlarmActions']).toHaveLength(1);
      expect(Properties['OKActions']).toEqual(Properties['AlarmActions']);
      expect(String(Properties['AlarmDescription']).length).toBeGreaterThan(40);
    }
  });

  it('of failed executions name the publish and the error', () => {
    const [rule] = resourcesOf(observability, 'AWS::Events::Rule');
    expect(rule?.Properties['EventPattern']).toMatchObject({
      source: ['aws.states'],
      detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    });
    expect(JSON.stringify(rule?.Properties['Targets'])).toMatch(/detail-name.*detail-error/);
  });
});

describe('who is told', () => {
  it.each(['observability', 'edge'] as const)('in %s is a mail box, by a topic that speaks TLS', (part) => {
    expect(
      resourcesOf(templates[part], 'AWS::SNS::Subscription').map(({ Properties }) => Properties),
    ).toMatchObject([{ Protocol: 'email', Endpoint: 'platform-alarms@example.net' }]);
    expect(JSON.stringify(resourcesOf(templates[part], 'AWS::SNS::TopicPolicy'))).toContain(
      '"aws:SecureTransport":"false"',
    );
  });

  it('is told of each team that spends more than it meant to', () => {
    const [budget] = resourcesOf(observability, 'AWS::Budgets::Budget');
    expect(budget?.Properties).toMatchObject({
      Budget: {
        BudgetLimit: { Amount: 100, Unit: 'USD' },
        CostFilters: { TagKeyValue: ['user:cottage:team$finance'] },
      },
    });
  });
});
