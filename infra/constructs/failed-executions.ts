import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { FAILED } from '../../shared/summaries/explained.ts';
import { REASONS, type Reason } from '../../shared/summaries/reasons.ts';

/**
 * So many failed executions of one kind within five minutes, and one more, wake somebody. What is not here concerns one
 * owner, who is told, or was somebody's own doing.
 */
const MOST: Readonly<Partial<Record<Reason, number>>> = {
  unexpected: 0,
  quota: 0,
  certificate: 0,
  foreign: 0,
  busy: 2,
  slow: 2,
  edge: 2,
};

export interface FailedExecutionsProps {
  namespace: string;
  /** The logs of the functions that explain, by what they explain. */
  logs: Readonly<Record<string, ILogGroup>>;
}

export interface ReasonAlarm {
  reason: Reason;
  metric: IMetric;
  most: number;
  description: string;
}

/**
 * Counts failed executions by their reasons, of which there are few, so that each is a metric with a meaning. The line that
 * a function leaves is counted, since Step Functions knows a failure's name but has no metric for it.
 */
export class FailedExecutions extends Construct {
  readonly alarms: readonly ReasonAlarm[];

  constructor(scope: Construct, id: string, { namespace, logs }: FailedExecutionsProps) {
    super(scope, id);
    const metricName = 'FailedExecutions';
    for (const [what, logGroup] of Object.entries(logs)) {
      new MetricFilter(this, what, {
        logGroup,
        filterPattern: FilterPattern.stringValue('$.message', '=', FAILED),
        metricNamespace: namespace,
        metricName,
        metricValue: '1',
        dimensions: { reason: '$.reason' },
      });
    }
    this.alarms = (Object.entries(MOST) as [Reason, number][]).map(([reason, most]) => ({
      reason,
      most,
      metric: new Metric({
        namespace,
        metricName,
        dimensionsMap: { reason },
        period: Duration.minutes(5),
        statistic: 'Sum',
      }),
      description: `Executions failed: ${REASONS[reason].cause}. ${REASONS[reason].admin}`,
    }));
  }
}
