import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { expect, onTestFinished } from 'vitest';
import type { WorkflowName } from '../../shared/workflow/engine.ts';
import { StepFunctionsEngine } from '../../shared/workflow/step-functions-engine.ts';
import { clientConfig, serveAws } from '../fakes/aws-server.ts';
import { FakeStepFunctions, type StepFunctionsOptions } from '../fakes/step-functions.ts';

/** Creates the state machine of a workflow; returns its ARN. */
export async function createStateMachine(
  client: SFNClient,
  name: string,
  definition: string,
): Promise<string> {
  const roleArn = 'arn:aws:iam::123456789012:role/workflows';
  const made = await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
  return made.stateMachineArn ?? '';
}

/** Every workflow is this one state machine. */
export const stateMachines = (arn: string) => ({ publish: arn }) as Record<WorkflowName, string>;

/** A new engine over a fake Step Functions whose workflow `publish` is this definition, until the test ends. */
export async function openStepFunctions(definition: string, options: StepFunctionsOptions = {}) {
  const fake = new FakeStepFunctions(options);
  const server = await serveAws({ sfn: fake });
  const client = new SFNClient(clientConfig(server));
  onTestFinished(async () => {
    client.destroy();
    await server.close();
    fake.close();
    expect(server.defects).toEqual([]);
  });
  const arn = await createStateMachine(client, 'cottage-publish', definition);
  const engine = new StepFunctionsEngine({ client, stateMachines: stateMachines(arn) });
  /** The calls of the engine itself, without the making of its state machine. */
  const calls = () => server.log.slice(1).map(({ operation, outcome }) => `${operation}: ${outcome}`);
  return { engine, fake, server, client, calls, arn };
}
