import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { CottageConfig } from '../config.ts';
import { AlarmTopic } from '../constructs/alarm-topic.ts';
import { FailedExecutions } from '../constructs/failed-executions.ts';
import type { Workflow } from '../constructs/workflow.ts';
import type { DataFacilities } from '../facilities.ts';
import type { LifecycleStack } from './lifecycle-stack.ts';
import type { PublishingStack } from './publishing-stack.ts';

export interface ObservabilityStackProps extends StackProps {
  config: CottageConfig;
  data: DataFacilities;
  publishing: PublishingStack;
  lifecycle: LifecycleStack;
}

/** The namespace of the metrics that the functions write themselves; their one dimension is the function, as `service`. */
const NAMESPACE = 'Cottage';

/** Everything due is done within two minutes; this late, something holds it up. */
const OVERDUE_SECONDS = 900;

/** What wakes somebody, and one page to look at then. An alarm says what to do first. */
export class ObservabilityStack extends Stack {
  readonly #topic: AlarmTopic;
  readonly #name: string;

  constructor(
    scope: Construct,
    id: string,
    { config, data, publishing, lifecycle, ...props }: ObservabilityStackProps,
  ) {
    super(scope, id, props);
    this.#name = config.name;
    this.#topic = new AlarmTopic(this, 'Alarms', { name: `${config.name}-alarms`, mail: config.alarmMail });
    const workflows = [publishing.workflow, ...lifecycle.workflows];
    const metrics = metricsOf(data, publishing, lifecycle);
    this.#tellFailedExecutions(config, workflows);
    const failed = new FailedExecutions(this, 'Failed', {
      namespace: NAMESPACE,
      logs: {
        Publishes: publishing.functions.logOf('PublishExplain'),
        Teams: lifecycle.functions.logOf('OnboardingExplainTeam'),
        Removals: lifecycle.functions.logOf('LifecycleExplainRemoval'),
      },
    });
    for (const { reason, metric, most, description } of failed.alarms)
      this.#alarm(`Failed${pascal(reason)}`, metric, { description, threshold: most });
    for (const workflow of workflows) {
      const machine = workflow.stateMachine;
      this.#alarm(
        `${pascal(workflow.node.id)}TimedOut`,
        machine.metricTimedOut({ period: Duration.minutes(5) }),
        {
          description:
            'An execution ran out of time: open it in Step Functions and see which state it waited in.',
        },
      );
      this.#alarm(
        `${pascal(workflow.node.id)}Throttled`,
        machine.metricThrottled({ period: Duration.minutes(5) }),
        {
          description: 'Step Functions held back: ask for a higher quota of state transitions.',
        },
      );
    }
    this.#alarm('EffectsOverdue', metrics.oldestDueSeconds, {
      description: `Something has been due for more than ${OVERDUE_SECONDS / 60} minutes: mails, starts or events are stuck. Read the log of LifecycleSweep.`,
      threshold: OVERDUE_SECONDS,
    });
    this.#alarm('SweepNotRun', metrics.sweeps, {
      description:
        'The sweep has not run for five minutes: nothing that waits goes on. Look at its rule and its errors.',
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
    });
    this.#alarm('SweepFailed', metrics.sweepErrors, {
      description: 'Three sweeps failed. Read the log of LifecycleSweep.',
      threshold: 3,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    });
    this.#alarm('NightlyFailed', metrics.nightlyErrors, {
      description:
        'The nightly run failed: heads of the audit trail may be missing. Read its log; it may be run again.',
    });
    this.#alarm('NightlyNotRun', metrics.nightlies, {
      description:
        'The nightly run has not started for more than a day. Look at its rule; it may be run by hand at any time.',
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      missing: TreatMissingData.BREACHING,
      // In thirty hours, whenever the day of the alarm begins, there is a night.
      periods: 5,
    });
    this.#alarm('ProblemsFound', metrics.problems, {
      description:
        'Something does not agree with something else. `cottage doctor` says what, and what to do about each.',
      // Until the next night has looked again.
      missing: TreatMissingData.IGNORE,
    });
    this.#alarm('ApiErrors', metrics.apiErrors, {
      description:
        'The API answered 5xx more than five times in five minutes. The id in the answer is in the log.',
      threshold: 5,
    });
    this.#alarm('FunctionsThrottled', metrics.functionsThrottled, {
      description:
        'Functions were held back: ask for more concurrent executions, or look for who sends so much.',
    });
    this.#alarm('RecordsThrottled', metrics.recordsThrottled, {
      description: 'DynamoDB held back for minutes: one partition is hot. Look which index in its metrics.',
      threshold: 10,
    });
    this.#alarm('MailBounces', metrics.mailBounces, {
      description:
        'More than 3 % of mails bounce; SES pauses an account at 10 %. Look for owners who have left.',
      threshold: 0.03,
    });
    this.#dashboard(config, metrics);
    for (const team of config.teams) this.#budget(team);
  }

  /** Each execution that fails, with the error's name and the publish, as soon as it has. */
  #tellFailedExecutions({ name }: CottageConfig, workflows: readonly Workflow[]): void {
    new Rule(this, 'FailedExecutions', {
      ruleName: `${name}-failed-executions`,
      description: 'Tells which execution failed, and by which error',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: workflows.map(({ stateMachine }) => stateMachine.stateMachineArn),
        },
      },
      targets: [
        new SnsTopic(this.#topic.topic, {
          message: RuleTargetInput.fromText(
            `${EventField.fromPath('$.detail.name')} ended ${EventField.fromPath('$.detail.status')}: ${EventField.fromPath('$.detail.error')}\n${EventField.fromPath('$.detail.executionArn')}`,
          ),
        }),
      ],
    });
  }

  #alarm(
    id: string,
    metric: IMetric,
    options: {
      description: string;
      /** Above it, unless `comparison` says otherwise. */
      threshold?: number;
      comparison?: ComparisonOperator;
      missing?: TreatMissingData;
      /** How many periods in a row it takes; one unless told. */
      periods?: number;
    },
  ): void {
    const alarm = new Alarm(this, id, {
      alarmName: `${this.#name}-${id}`,
      metric,
      alarmDescription: options.description,
      threshold: options.threshold ?? 0,
      comparisonOperator: options.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: options.periods ?? 1,
      treatMissingData: options.missing ?? TreatMissingData.NOT_BREACHING,
    });
    this.#topic.tell(alarm);
  }

  #dashboard({ name }: CottageConfig, metrics: ReturnType<typeof metricsOf>): void {
    new Dashboard(this, 'Dashboard', {
      dashboardName: name,
      widgets: [
        [
          widget('Publishes', metrics.publishesStarted, metrics.publishesSucceeded, metrics.publishesFailed),
          widget('How long a publish takes', metrics.publishTime),
        ],
        [
          widget('API: requests and errors', metrics.apiRequests, metrics.apiErrors),
          widget('What is due and late, seconds', metrics.oldestDueSeconds),
        ],
        [
          widget('Held back', metrics.functionsThrottled, metrics.recordsThrottled),
          widget('Failures by function', metrics.failures),
        ],
      ],
    });
  }

  /** Tells when a team spends more than it meant to. It counts what carries the team's tag. */
  #budget({ name, costCentre, monthlyBudgetUsd }: CottageConfig['teams'][number]): void {
    new CfnBudget(this, `Budget-${name}`, {
      budget: {
        budgetName: `${Stack.of(this).stackName}-${name}-${costCentre}`,
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: monthlyBudgetUsd, unit: 'USD' },
        costFilters: { TagKeyValue: [`user:cottage:team$${name}`] },
      },
      notificationsWithSubscribers: [80, 100].map((threshold) => ({
        notification: {
          notificationType: 'ACTUAL',
          comparisonOperator: 'GREATER_THAN',
          threshold,
          thresholdType: 'PERCENTAGE',
        },
        subscribers: [{ subscriptionType: 'SNS', address: this.#topic.topic.topicArn }],
      })),
    });
  }
}

const FIVE_MINUTES = Duration.minutes(5);

function metricsOf(data: DataFacilities, publishing: PublishingStack, lifecycle: LifecycleStack) {
  const { stateMachine } = publishing.workflow;
  const { api } = publishing.api;
  const sum = { period: FIVE_MINUTES, statistic: 'Sum' };
  return {
    publishesStarted: stateMachine.metricStarted(sum),
    publishesSucceeded: stateMachine.metricSucceeded(sum),
    publishesFailed: stateMachine.metricFailed(sum),
    publishTime: stateMachine.metricTime({ period: FIVE_MINUTES, statistic: 'p90' }),
    apiRequests: api.metricCount(sum),
    apiErrors: api.metricServerError(sum),
    sweeps: lifecycle.functions.get('LifecycleSweep').metricInvocations(sum),
    sweepErrors: lifecycle.functions.get('LifecycleSweep').metricErrors(sum),
    nightlies: lifecycle.functions
      .get('LifecycleNightly')
      .metricInvocations({ period: Duration.hours(6), statistic: 'Sum' }),
    nightlyErrors: lifecycle.functions.get('LifecycleNightly').metricErrors(sum),
    /** Over all functions of the account. */
    functionsThrottled: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', ...sum }),
    recordsThrottled: new MathExpression({
      expression: 'FILL(reads, 0) + FILL(writes, 0)',
      label: 'Records: throttled',
      period: FIVE_MINUTES,
      usingMetrics: {
        reads: data.records.metric('ReadThrottleEvents', sum),
        writes: data.records.metric('WriteThrottleEvents', sum),
      },
    }),
    mailBounces: new Metric({
      namespace: 'AWS/SES',
      metricName: 'Reputation.BounceRate',
      period: Duration.hours(1),
      statistic: 'Average',
    }),
    oldestDueSeconds: new Metric({
      namespace: NAMESPACE,
      metricName: 'OldestDueSeconds',
      dimensionsMap: { service: 'lifecycle-sweep' },
      period: FIVE_MINUTES,
      statistic: 'Minimum',
    }),
    problems: new Metric({
      namespace: NAMESPACE,
      metricName: 'Problems',
      dimensionsMap: { service: 'lifecycle-nightly' },
      period: FIVE_MINUTES,
      statistic: 'Maximum',
    }),
    failures: new MathExpression({
      expression: `SEARCH('{${NAMESPACE},service} MetricName="Failures"', 'Sum')`,
      label: '',
      period: FIVE_MINUTES,
      usingMetrics: {},
    }),
  };
}

/** `remove-app` is `RemoveApp`, as alarms are called. */
const pascal = (name: string): string =>
  name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());

const widget = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 12 });
