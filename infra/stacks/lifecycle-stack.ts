import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Duration, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { placeholders, WORKFLOW_NAMES, workflowText } from '../../workflows/index.ts';
import { Functions } from '../constructs/functions.ts';
import { Workflow } from '../constructs/workflow.ts';
import { SCHEDULED_FUNCTIONS } from '../functions.ts';
import { logRetention } from '../log-retention.ts';
import type { FunctionStackProps } from './publishing-stack.ts';

/** What happens without a publish: the sweeps, and the workflows of teams and of removal. */
export class LifecycleStack extends Stack {
  readonly workflows: readonly Workflow[];
  readonly functions: Functions;

  constructor(scope: Construct, id: string, { facilities, codeFolder, ...props }: FunctionStackProps) {
    super(scope, id, props);
    const { config, names } = facilities;
    const workflows = WORKFLOW_NAMES.filter((name) => name !== 'publish');
    const steps = new Set(workflows.flatMap((name) => placeholders(workflowText(name))));
    this.functions = new Functions(this, 'Functions', {
      facilities,
      codeFolder,
      names: [...steps, ...Object.keys(SCHEDULED_FUNCTIONS)],
    });
    this.workflows = workflows.map(
      (workflow) =>
        new Workflow(this, workflow, {
          workflow,
          names,
          functions: this.functions.byName,
          logRetention: logRetention(config),
        }),
    );
    this.#schedule(config.name, 'LifecycleSweep', 'sweep', Schedule.rate(Duration.minutes(1)));
    // Usage of a day is complete a day after it; the audit's heads are of the day before. UTC.
    this.#schedule(config.name, 'LifecycleNightly', 'nightly', Schedule.cron({ hour: '2', minute: '30' }));
  }

  /** A run that was missed is not made up for: the next one finds the same things due. */
  #schedule(name: string, fn: keyof typeof SCHEDULED_FUNCTIONS, run: string, schedule: Schedule): void {
    new Rule(this, `${fn}Schedule`, {
      // By which it is switched off in an incident.
      ruleName: `${name}-${run}`,
      description: SCHEDULED_FUNCTIONS[fn].does,
      schedule,
      targets: [
        new LambdaFunction(this.functions.get(fn), {
          event: RuleTargetInput.fromObject({ run }),
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }
}
