import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { expect, onTestFinished, vi } from 'vitest';
import { logOf, makeMetrics, type Runtime } from '../../functions/aws/runtime.ts';
import { portsOf } from '../../infra/functions.ts';
import { DynamoDbRecordStore } from '../../shared/records/dynamodb-record-store.ts';
import { type AwsPorts, openAws, PORT_MAKERS, type PortMakers } from '../../shared/runtime/aws.ts';
import { type AwsVariables, readAwsEnvironment } from '../../shared/runtime/environment.ts';
import { StepFunctionsEngine } from '../../shared/workflow/step-functions-engine.ts';
import { createRecordsTable } from '../contract/dynamodb-tables.ts';
import { createStateMachine, stateMachines } from '../contract/step-functions.ts';
import { clientConfig, serveAws } from '../fakes/aws-server.ts';
import { FakeDynamoDb } from '../fakes/dynamodb.ts';
import { FakeStepFunctions } from '../fakes/step-functions.ts';
import { machine, tokenTask } from '../workflows/runner-harness.ts';
import { TestClock } from './clock.ts';

export const VARIABLES: AwsVariables = {
  COTTAGE_BASE_DOMAIN: 'apps.example.com',
  COTTAGE_PUBLIC_URL: 'https://cottage.example.com',
  COTTAGE_ADMINS: 'admin@example.com',
  COTTAGE_TABLE: 'records',
  COTTAGE_STATE_MACHINES: 'arn:aws:states:eu-central-1:123456789012:stateMachine:cottage-',
  COTTAGE_EDGE_ENDPOINT: 'd111111abcdef8.cloudfront.net',
  COTTAGE_INCOMING_BUCKET: 'cottage-incoming',
  COTTAGE_RELEASE_BUCKET: 'cottage-releases',
  COTTAGE_AUDIT_BUCKET: 'cottage-audit',
  COTTAGE_EVENT_BUS: 'cottage',
  COTTAGE_SIGNING_KEYS: '{"k1":"arn:aws:kms:eu-central-1:123456789012:key/1"}',
  COTTAGE_SIGNING_KID: 'k1',
  COTTAGE_MAIL_FROM: 'cottage@example.com',
  COTTAGE_MAIL_CONFIGURATION_SET: 'cottage',
  COTTAGE_DISTRIBUTIONS: '{"shared":"E1","edge":"E2"}',
  COTTAGE_CONNECTION_GROUP: 'cg_1',
  COTTAGE_EDGE_KEYS: 'arn:aws:cloudfront::123456789012:key-value-store/1',
  COTTAGE_OIDC_ISSUER: 'https://login.example.com',
  COTTAGE_OIDC_AUDIENCE: 'cottage',
  COTTAGE_OIDC_GROUPS_CLAIM: 'groups',
  COTTAGE_OIDC_ROLES: '{"it":["admin"]}',
};

/** DynamoDB with the table of the records, and Step Functions with a workflow that waits, until the test ends. */
export async function serveBackend() {
  const dynamodb = new FakeDynamoDb();
  const sfn = new FakeStepFunctions({ functions: { work: async () => null } });
  const server = await serveAws({ dynamodb, sfn });
  const clients = {
    dynamodb: new DynamoDBClient(clientConfig(server)),
    sfn: new SFNClient(clientConfig(server)),
  };
  onTestFinished(async () => {
    clients.dynamodb.destroy();
    clients.sfn.destroy();
    await server.close();
    sfn.close();
    expect(server.defects).toEqual([]);
  });
  await createRecordsTable(clients.dynamodb, VARIABLES.COTTAGE_TABLE);
  const arn = await createStateMachine(clients.sfn, 'cottage-publish', machine({ Ask: tokenTask() }));
  return { server, dynamodb, sfn, clients, arn };
}

/** Every line a function writes, logs and metrics, as Lambda would keep it. */
export function writtenLines() {
  const lines: Record<string, unknown>[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(
      ...String(text)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
    return true;
  });
  const errors = vi.spyOn(process.stderr, 'write').mockImplementation((text) => process.stdout.write(text));
  onTestFinished(() => {
    spy.mockRestore();
    errors.mockRestore();
  });
  return lines;
}

/** How the ports of a function are made, by its name: what the entry of its bundle hands to `coldStart`, and no more. */
export const makersOf = (name: string): PortMakers =>
  Object.fromEntries(portsOf(name).map((port) => [port, PORT_MAKERS[port]]));

/** What a function has from its cold start on, with fakes of the services, and a clock that stands still. */
export async function openRuntime(replace: Partial<AwsPorts> = {}) {
  const backend = await serveBackend();
  const lines = writtenLines();
  const logger = new Logger({ serviceName: 'test-function', logLevel: 'INFO' });
  const clock = new TestClock();
  const { clients, arn } = backend;
  const deps = openAws({
    name: 'test-function',
    environment: readAwsEnvironment({ ...VARIABLES }),
    ports: PORT_MAKERS,
    log: logOf(logger),
    replace: {
      clock,
      store: new DynamoDbRecordStore({
        client: clients.dynamodb,
        table: VARIABLES.COTTAGE_TABLE,
        waiting: { random: () => 0, pause: async () => undefined },
      }),
      engine: new StepFunctionsEngine({ client: clients.sfn, stateMachines: stateMachines(arn) }),
      ...replace,
    },
  });
  const runtime: Runtime = { deps, logger, metrics: makeMetrics('test-function') };
  /** Values of metrics, by their names, in the order in which they were written. */
  const metrics = () =>
    lines.flatMap((line) => {
      const { _aws: marker, service: _, function_name: __, ...values } = line;
      return marker === undefined ? [] : [values];
    });
  const logs = () => lines.filter((line) => !('_aws' in line));
  return { ...backend, runtime, deps, clock, logs, metrics };
}
