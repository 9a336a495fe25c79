import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { WorkflowName } from '../../shared/workflow/engine.ts';
import { placeholders, workflowText } from '../../workflows/index.ts';
import type { Names } from '../names.ts';
import { acknowledgeTracing } from '../wildcards.ts';

export interface WorkflowProps {
  workflow: WorkflowName;
  names: Names;
  /** The function of each step, by the name the workflow file calls it by. */
  functions: ReadonlyMap<string, IFunction>;
  logRetention: RetentionDays;
}

/**
 * A Standard state machine that is a workflow file as it stands: only the functions' ARNs are put in, by CloudFormation.
 *
 * Every transition is logged, without the data: Step Functions itself keeps inputs and outputs with the execution for 90
 * days, and the input of "Await approval" holds a task token, which would let whoever reads the log approve.
 */
export class Workflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, { workflow, names, functions, logRetention }: WorkflowProps) {
    super(scope, id);
    const text = workflowText(workflow);
    const called = placeholders(text).map((step) => {
      const fn = functions.get(step);
      if (!fn)
        throw new RangeError(`the workflow ${workflow} calls ${step}, which is no function of this stack`);
      return [step, fn] as const;
    });
    const role = new Role(this, 'Role', {
      description: `Runs the workflow ${workflow}`,
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: called.map(([, fn]) => fn.functionArn),
      }),
    );
    const logGroup = new LogGroup(this, 'Log', {
      // Below this prefix the account's log policy, which has a limit of size, names all groups at once.
      logGroupName: `/aws/vendedlogs/states/${names.stateMachine(workflow)}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: names.stateMachine(workflow),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(text),
      definitionSubstitutions: Object.fromEntries(called.map(([step, fn]) => [step, fn.functionArn])),
      role,
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
      // An execution that waits for an approval is somebody's publish.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledgeTracing(role);
  }
}
