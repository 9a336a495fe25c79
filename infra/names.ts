import { Aws } from 'aws-cdk-lib/core';
import type { WorkflowName } from '../shared/workflow/engine.ts';

/** CloudFront and its web ACLs, and the certificates it serves, are of this region whatever else is where. */
export const EDGE_REGION = 'us-east-1';

/** `heritage=cottage`: the mark of a zone that Cottage may write to. The adapter of Route 53 looks for these words. */
export const ZONE_COMMENT = 'heritage=cottage';

/**
 * Names that several stacks must agree on. Where one stack can hand another an object, it does; these are for what would
 * otherwise be a cycle (a bucket and the distribution its policy names), stand in another region, or be needed before it
 * is there (a workflow that starts another).
 */
export interface Names {
  stack(part: StackPart): string;
  stateMachine(workflow: WorkflowName): string;
  /** What the ARN of every state machine begins with; the name of its workflow follows. */
  stateMachines: string;
  stateMachineArn(workflow: WorkflowName): string;
  boundary: string;
  boundaryArn: string;
  bucket(bucket: BucketName): string;
  bucketArn(bucket: BucketName): string;
  eventSource: string;
}

export const STACK_PARTS = ['data', 'edge', 'publishing', 'lifecycle', 'observability'] as const;
export type StackPart = (typeof STACK_PARTS)[number];

/** A bucket's name is one in the whole world: it ends in account and region. */
export type BucketName = 'incoming' | 'releases' | 'audit' | 'logs';

/** @param name what this Cottage is called in its account; @param region where its data is. */
export function namesOf({ name, region }: { name: string; region: string }): Names {
  const bucket = (which: BucketName) => `${name}-${which}-${Aws.ACCOUNT_ID}-${region}`;
  const stateMachines = `arn:${Aws.PARTITION}:states:${region}:${Aws.ACCOUNT_ID}:stateMachine:${name}-`;
  return {
    stack: (part) => `${name}-${part}`,
    stateMachine: (workflow) => `${name}-${workflow}`,
    stateMachines,
    stateMachineArn: (workflow) => `${stateMachines}${workflow}`,
    boundary: `${name}-boundary`,
    boundaryArn: `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:policy/${name}-boundary`,
    bucket,
    bucketArn: (which) => `arn:${Aws.PARTITION}:s3:::${bucket(which)}`,
    eventSource: 'cottage',
  };
}
