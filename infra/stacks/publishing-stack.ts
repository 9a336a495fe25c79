import { Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { placeholders, workflowText } from '../../workflows/index.ts';
import { Functions } from '../constructs/functions.ts';
import { type ApiFunctions, CottageApi } from '../constructs/rest-api.ts';
import { Workflow } from '../constructs/workflow.ts';
import type { Facilities } from '../facilities.ts';
import { API_FUNCTIONS } from '../functions.ts';
import { logRetention } from '../log-retention.ts';

export interface FunctionStackProps extends StackProps {
  facilities: Facilities;
  codeFolder: string;
}

/** From the webhook to the live app: the API and the publish workflow. Nothing here keeps anything. */
export class PublishingStack extends Stack {
  readonly api: CottageApi;
  readonly workflow: Workflow;
  readonly functions: Functions;

  constructor(scope: Construct, id: string, { facilities, codeFolder, ...props }: FunctionStackProps) {
    super(scope, id, props);
    const { config, names } = facilities;
    const apiNames = Object.keys(API_FUNCTIONS) as (keyof ApiFunctions)[];
    this.functions = new Functions(this, 'Functions', {
      facilities,
      codeFolder,
      names: [...placeholders(workflowText('publish')), ...apiNames],
    });
    this.workflow = new Workflow(this, 'Publish', {
      workflow: 'publish',
      names,
      functions: this.functions.byName,
      logRetention: logRetention(config),
    });
    this.api = new CottageApi(this, 'Api', {
      name: config.name,
      domainName: config.api.domainName,
      certificateArn: config.api.certificateArn,
      functions: Object.fromEntries(apiNames.map((name) => [name, this.functions.get(name)])) as ApiFunctions,
      logRetention: logRetention(config),
    });
  }
}
