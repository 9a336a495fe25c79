import { describe, expect, it } from 'vitest';
import { silentLog } from '../../shared/runtime/log.ts';
import { explained } from '../../shared/summaries/explained.ts';
import { resourcesOf, synthesise } from './synthesised.ts';

const { templates } = synthesise();
const { lifecycle, observability } = templates;
const alarms = Object.entries(observability.Resources).filter(
  ([, { Type }]) => Type === 'AWS::CloudWatch::Alarm',
);
const alarm = (id: string) => alarms.find(([logicalId]) => logicalId.startsWith(id))?.[1].Properties;

const failed = (reason: string, most: number) => ({
  Namespace: 'Cottage',
  MetricName: 'FailedExecutions',
  Dimensions: [{ Name: 'reason', Value: reason }],
  Statistic: 'Sum',
  Period: 300,
  Threshold: most,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: 'notBreaching',
});

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
    ['FailedUnexpected', failed('unexpected', 0)],
    ['FailedQuota', failed('quota', 0)],
    ['FailedCertificate', failed('certificate', 0)],
    ['FailedForeign', failed('foreign', 0)],
    ['FailedBusy', failed('busy', 2)],
    ['FailedSlow', failed('slow', 2)],
    ['FailedEdge', failed('edge', 2)],
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

describe('failed executions', () => {
  const filters = resourcesOf(observability, 'AWS::Logs::MetricFilter').map(({ Properties }) => Properties);

  it('are counted by reason, from the lines of each step that explains', () => {
    expect(filters).toHaveLength(3);
    const groups = filters.map((filter) => JSON.stringify(filter['LogGroupName']));
    for (const step of ['PublishExplain', 'OnboardingExplainTeam', 'LifecycleExplainRemoval'])
      expect(groups.filter((group) => group.includes(step))).toHaveLength(1);
    for (const filter of filters) {
      expect(filter['FilterPattern']).toBe('{ $.message = "execution failed" }');
      expect(filter['MetricTransformations']).toEqual([
        {
          MetricNamespace: 'Cottage',
          MetricName: 'FailedExecutions',
          MetricValue: '1',
          Dimensions: [{ Key: 'reason', Value: '$.reason' }],
        },
      ]);
    }
  });

  it('leave such a line, with a reason and without a person, when they fail and only then', () => {
    const lines: [string, string, object | undefined][] = [];
    const log = {
      ...silentLog,
      info: (message: string, fields?: object) => void lines.push(['info', message, fields]),
      error: (message: string, fields?: object) => void lines.push(['error', message, fields]),
    };
    const told = { status: 'failed', summary: 'demo/lunch (ana@example.com) …' };
    expect(explained({ ...told, failed: true, error: 'Busy' }, { publishId: 'p_1' }, { log })).toEqual({
      ...told,
      outcome: 'failed',
      error: 'Busy',
    });
    expect(explained({ ...told, failed: true, error: undefined }, {}, { log })).toMatchObject({
      error: 'Unexpected',
    });
    expect(explained({ ...told, failed: false, error: undefined }, {}, { log })).toMatchObject({
      outcome: 'ended',
      error: 'None',
    });
    expect(lines).toEqual([
      ['error', 'execution failed', { publishId: 'p_1', reason: 'busy', error: 'Busy' }],
      ['error', 'execution failed', { reason: 'unexpected', error: 'Unexpected' }],
      ['info', 'execution ended', { status: 'failed' }],
    ]);
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
