import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack } from 'aws-cdk-lib/core';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { IConstruct } from 'constructs';
import { acknowledge } from './constructs/acknowledge.ts';
import { UNSCOPED_ACTIONS } from './unscoped.ts';

/**
 * Resources that a role names by a pattern, because they come and go while Cottage runs, each with what holds it
 * together instead. A pattern that is not here is a finding of cdk-nag.
 */
const PATTERNS: readonly { resource: RegExp; reason: string }[] = [
  {
    resource: /:hostedzone\/\*$/,
    reason: 'Zones are made with teams; names, types and actions are conditions.',
  },
  {
    resource: /:certificate\/\*$/,
    reason: 'Certificates are made with teams; changing one asks for its tag.',
  },
  {
    resource: /:distribution-tenant\/\*$/,
    reason: 'Tenants are made with apps, on our two distributions alone.',
  },
  { resource: /:execution:[\w-]+:\*$/, reason: 'Executions of our own workflow, one for each publish.' },
  {
    resource: /:log-group:\*$/,
    reason: "API Gateway has one role for all its logs in a region, the account's.",
  },
  {
    resource: /:s3:::[\w-]+<AWS::AccountId>[\w-]+\/(incoming|apps|manifests|work|heads|doctor)\/\*$/,
    reason: 'Files below one prefix of our own bucket.',
  },
  {
    resource: /:s3:::[\w-]+-releases-<AWS::AccountId>[\w-]+\/\*$/,
    reason: 'Every file of a bucket that holds nothing but releases; reading only.',
  },
];

/** Acknowledges the patterns in these statements for which there is a reason, one by one. */
export function acknowledgeWildcards(role: IConstruct, statements: readonly PolicyStatement[]): void {
  for (const statement of statements) {
    const resources = Stack.of(role).resolve(statement.resources) as unknown[];
    for (const resource of resources.map((each) => flattenCfnReference(each as string))) {
      const reason =
        resource === '*'
          ? reasonOf(statement)
          : PATTERNS.find((each) => each.resource.test(resource))?.reason;
      if (reason !== undefined) acknowledge(role, { [`AwsSolutions-IAM5[Resource::${resource}]`]: reason });
    }
  }
}

/** All of the reasons, or none. */
function reasonOf({ actions }: PolicyStatement): string | undefined {
  const reasons = actions.map((action) => UNSCOPED_ACTIONS[action]);
  return reasons.includes(undefined) ? undefined : [...new Set(reasons)].join(' ');
}

/** X-Ray's statement, which CDK writes by itself wherever something is traced. */
export function acknowledgeTracing(role: IConstruct): void {
  acknowledge(role, { 'AwsSolutions-IAM5[Resource::*]': UNSCOPED_ACTIONS['xray:PutTraceSegments'] ?? '' });
}
