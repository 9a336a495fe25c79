import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { type App, type Stack, Tags } from 'aws-cdk-lib/core';
import type { CottageConfig } from './config.ts';
import { EDGE_REGION, namesOf } from './names.ts';
import { DataStack } from './stacks/data-stack.ts';
import { type EdgeCode, EdgeStack } from './stacks/edge-stack.ts';
import { LifecycleStack } from './stacks/lifecycle-stack.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';
import { PublishingStack } from './stacks/publishing-stack.ts';

export interface CottageProps {
  config: CottageConfig;
  /** Where `npm run bundle` put the functions: a folder for each, with its `index.mjs`. */
  codeFolder: string;
  edgeCode: EdgeCode;
}

export interface CottageStacks {
  data: DataStack;
  edge: EdgeStack;
  publishing: PublishingStack;
  lifecycle: LifecycleStack;
  observability: ObservabilityStack;
}

/**
 * The AWS edition as stacks, by how long things live; each knows those before it and none after. Every role in them has
 * the boundary, and everything that takes tags has ours.
 */
export function addCottage(app: App, { config, codeFolder, edgeCode }: CottageProps): CottageStacks {
  const names = namesOf(config);
  const env = { region: config.region, ...(config.account !== undefined && { account: config.account }) };
  const data = new DataStack(app, 'data', {
    stackName: names.stack('data'),
    description: 'Cottage: records, files, audit trail, keys, apex zone',
    env,
    config,
    names,
  });
  const edge = new EdgeStack(app, 'edge', {
    stackName: names.stack('edge'),
    description: 'Cottage: the distributions that apps are tenants of',
    env: { ...env, region: EDGE_REGION },
    config,
    names,
    edgeCode,
  });
  const facilities = { config, names, data: data.facilities, edge: EdgeStack.facilities(names) };
  const publishing = new PublishingStack(app, 'publishing', {
    stackName: names.stack('publishing'),
    description: 'Cottage: API and publish workflow',
    env,
    facilities,
    codeFolder,
  });
  const lifecycle = new LifecycleStack(app, 'lifecycle', {
    stackName: names.stack('lifecycle'),
    description: 'Cottage: sweeps, teams, removal',
    env,
    facilities,
    codeFolder,
  });
  const observability = new ObservabilityStack(app, 'observability', {
    stackName: names.stack('observability'),
    description: 'Cottage: alarms and dashboard',
    env,
    config,
    data: data.facilities,
    publishing,
    lifecycle,
  });
  // The edge's outputs are read by name, which CDK cannot see; the boundary is made before the first role.
  edge.addStackDependency(data);
  publishing.addStackDependency(edge);
  lifecycle.addStackDependency(edge);
  const stacks = { data, edge, publishing, lifecycle, observability };
  for (const [part, stack] of Object.entries(stacks)) furnish(stack, part, config, names.boundaryArn);
  return stacks;
}

function furnish(stack: Stack, part: string, { name, tags }: CottageConfig, boundaryArn: string): void {
  PermissionsBoundary.of(stack).apply(ManagedPolicy.fromManagedPolicyArn(stack, 'RoleBoundary', boundaryArn));
  const all = { 'cottage:name': name, 'cottage:part': part, ...tags };
  for (const [key, value] of Object.entries(all)) Tags.of(stack).add(key, value);
}
