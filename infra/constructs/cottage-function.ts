import {
  Effect,
  type PolicyStatement,
  Role,
  ServicePrincipal,
  PolicyStatement as Statement,
} from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { AwsVariables } from '../../shared/runtime/environment.ts';
import type { FunctionPlan } from '../functions.ts';
import { acknowledgeTracing, acknowledgeWildcards } from '../wildcards.ts';

export interface CottageFunctionProps {
  plan: Required<FunctionPlan>;
  code: Code;
  /** The type of the schema that the function parses when it starts. */
  environment: AwsVariables;
  grants: PolicyStatement[];
  logRetention: RetentionDays;
}

/** One Lambda function with a role, a log and a trace of its own: nothing that another function may do is in it. */
export class CottageFunction extends Construct {
  readonly fn: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: CottageFunctionProps) {
    super(scope, id);
    const { plan } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      description: `${Stack.of(this).stackName}: ${id}`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    this.role.addToPolicy(
      new Statement({
        effect: Effect.ALLOW,
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    for (const grant of props.grants) this.role.addToPolicy(grant);
    this.fn = new LambdaFunction(this, 'Function', {
      description: plan.does,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: props.code,
      role: this.role,
      memorySize: plan.memoryMb,
      timeout: Duration.seconds(plan.timeoutSeconds),
      tracing: Tracing.ACTIVE,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
    });
    acknowledgeWildcards(this.role, props.grants);
    acknowledgeTracing(this.role);
  }
}
