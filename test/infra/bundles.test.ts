import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allLambdas, type Lambda } from '../../functions/aws/lambdas.ts';
import { portsOf } from '../../infra/functions.ts';
import { STEPS } from '../../local/steps.ts';
import { bundleLambdas, sizesOf } from '../../scripts/bundle.ts';
import { randomId } from '../../shared/ids/ids.ts';
import { PORT_NAMES, type PortName } from '../../shared/runtime/aws.ts';
import { apiEvent } from '../builders/api-event.ts';
import { openAwsAccount } from '../builders/aws-account.ts';
import { openRuntime, serveBackend } from '../builders/aws-runtime.ts';
import { editionOf } from '../repo/layout-rules.ts';
import { invokeBundle } from './lambda-process.ts';

const LAMBDAS = allLambdas();
/** Nobody's function: it tries what bundling breaks first, the libraries that load by a name or bring a file along. */
const LIBRARIES: Lambda = {
  name: 'libraries',
  kind: 'step',
  policies: true,
  entry: `
    import { SecretlintScanner } from './shared/scan/secretlint-scanner.ts';
    import { loadPolicies } from './shared/policies/opa-policies.ts';
    import { composeMail } from './shared/mail/compose.ts';
    import { makeBlobs } from './shared/runtime/aws.ts';
    const link = { key: 'incoming/u_1.zip', sizeBytes: 1, sha256: '00'.repeat(32), expiresAt: Date.now() + 60_000 };
    const environment = { COTTAGE_INCOMING_BUCKET: 'cottage-incoming', COTTAGE_RELEASE_BUCKET: 'cottage-releases' };
    const message = { id: 'm1', to: ['ana@example.com'], subject: 'Soup', text: 'of the day', html: '<p>of the day</p>' };
    export const handler = async ({ text, page }) => {
      const files = [['a.js', text], ['index.html', page]].map(([path, content]) => ({
        path,
        sizeBytes: content.length,
        read: async () => Buffer.from(content),
      }));
      const { facts } = await new SecretlintScanner().scan(files);
      const policies = await loadPolicies(new URL('policies', import.meta.url).pathname);
      const { raw } = await composeMail(message, 'cottage@example.com', 0);
      const { fields } = await makeBlobs({ environment, sdk: {} }).uploadLink(link);
      return {
        secrets: facts.secrets,
        hosts: facts.externalHosts,
        policies: policies.version,
        mail: raw.toString(),
        upload: fields,
      };
    };`,
};
const MOST_BYTES = 700_000;
/** What compares everything with everything has the client of nearly every service. */
const LARGER: Record<string, number> = { 'api-admin': 740_000 };
const PATIENCE = 120_000;

const folder = mkdtempSync(join(tmpdir(), 'cottage-lambdas-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fileOf = (name: string) => join(folder, name, 'index.mjs');
let metafile: Awaited<ReturnType<typeof bundleLambdas>>;

beforeAll(async () => {
  metafile = await bundleLambdas(folder, [...LAMBDAS, LIBRARIES]);
}, PATIENCE);

const inputsOf = (name: string) =>
  Object.entries(metafile.outputs).find(([path]) => path.endsWith(`/${name}/index.mjs`))?.[1] ?? {
    inputs: {},
    imports: [],
  };

test('there is a function for every step, and no step without one', () => {
  const steps = LAMBDAS.filter(({ kind }) => kind === 'step').map(({ name }) => name);
  expect(steps.toSorted()).toEqual(Object.keys(STEPS).toSorted());
});

describe.each(LAMBDAS.map(({ name }) => name))('the bundle of %s', (name) => {
  test('holds nothing of the edition for one machine', () => {
    const inputs = Object.keys(inputsOf(name).inputs);
    expect(inputs.length).toBeGreaterThan(50);
    const local = inputs.filter(
      (path) => /^(local|cli|test)\//.test(path) || editionOf(path) === 'single-node',
    );
    expect(local).toEqual([]);
  });

  test('asks for nothing but what Node brings, and no database', () => {
    const asked = inputsOf(name)
      .imports.filter(({ external }) => external)
      .map(({ path }) => path.replace(/^node:/, ''));
    expect(asked.filter((path) => !builtinModules.includes(path))).toEqual([]);
    expect(asked).not.toContain('sqlite');
    expect(readFileSync(fileOf(name), 'utf8').includes('DatabaseSync')).toBe(false);
  });

  test('is small, and has its map beside it', () => {
    expect(sizesOf(metafile)[name]).toBeLessThanOrEqual(LARGER[name] ?? MOST_BYTES);
    expect(statSync(`${fileOf(name)}.map`).size).toBeGreaterThan(1_000);
  });

  test('has the policies beside it only where they are evaluated', () => {
    expect(existsSync(join(folder, name, 'policies/policy.wasm'))).toBe(name === 'publish-check-policy');
  });
});

/** The functions whose bundles hold something of this path. */
const holding = (part: string) =>
  LAMBDAS.map(({ name }) => name).filter((name) =>
    Object.keys(inputsOf(name).inputs).some((path) => path.includes(part)),
  );

test('what is large is only where it is used', () => {
  expect(holding('secretlint-rule-preset')).toEqual(['publish-scan']);
  expect(holding('opa-wasm')).toEqual(['publish-check-policy']);
  expect(holding('credential-provider-sso')).toEqual([]);
  expect(holding('functions/api/doctor.ts')).toEqual(['api-admin']);
});

test.each([
  ["of a second version of S3's client", 's3-presigned-post/node_modules/@aws-sdk/client-s3/dist-es/', 0],
  ['for streams of events', '@smithy/core/dist-es/submodules/event-streams/', 300],
  ['for the types of attachments', 'nodemailer/dist/esm/mime-funcs/mime-types.js', 300],
  ['for parts of a mail that lie elsewhere', 'nodemailer/dist/esm/fetch/', 150],
  ["of a client's package.json but its version", '@aws-sdk/client-dynamodb/package.json', 50],
])('a bundle holds nothing %s', (_, part, mostBytes) => {
  for (const { name } of LAMBDAS) {
    const inputs = Object.entries(inputsOf(name).inputs).filter(([path]) => path.includes(part));
    const bytes = inputs.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
    expect([name, bytes <= mostBytes ? 'little' : bytes]).toEqual([name, 'little']);
  }
});

/** The file of each port's adapter. */
const ADAPTERS: Record<PortName, string> = {
  blobs: 's3-blob-store.ts',
  certificates: 'acm-certificates.ts',
  dns: 'route53-dns.ts',
  downloads: 'https-downloads.ts',
  engine: 'step-functions-engine.ts',
  events: 'event-bridge-events.ts',
  hosting: 'cloudfront-hosting.ts',
  identity: 'oidc-identity.ts',
  inspection: '',
  keptHeads: '',
  mail: 'ses-mail.ts',
  probe: 'node-edge-probe.ts',
  signer: 'kms-signer.ts',
};

describe.each(PORT_NAMES.filter((port) => ADAPTERS[port] !== ''))('the adapter of %s', (port) => {
  test('is in the bundles of those functions that use it, and in no other', () => {
    const using = LAMBDAS.map(({ name }) => name).filter((name) => portsOf(name).includes(port));
    expect(using.length).toBeGreaterThan(0);
    expect(holding(`/${ADAPTERS[port]}`)).toEqual(using);
  });
});

const publishId = randomId('p');
/** What every step asks for, be it of a publish, a team or a removal. */
const payload = {
  publishId,
  appId: randomId('a'),
  team: 'finance',
  attempt: 1,
  sequence: 1,
  taskToken: 'token',
  execution: { error: { Error: 'Refused' } },
};

/** It says what it finds, and if that is nothing. */
const EXPLAINS_TEAMS = 'onboarding-explain-team';

/** A team that is not there is not at work. */
const errorOf = (step: string) => (step.startsWith('onboarding-') ? 'Cancelled' : 'NotFound');

test(
  `${EXPLAINS_TEAMS} runs: of a team that is not there it knows nothing`,
  async () => {
    const { server } = await serveBackend();
    const { answer } = await invokeBundle(fileOf(EXPLAINS_TEAMS), payload, { endpoint: server.url });
    expect(answer).toEqual({ outcome: 'ended', status: 'unknown', error: 'Refused', summary: '' });
  },
  PATIENCE,
);

test.each(
  LAMBDAS.filter(({ kind, name }) => kind === 'step' && name !== EXPLAINS_TEAMS).map(({ name }) => name),
)(
  '%s runs: it finds nothing to work on, says so by a name, and says for which publish',
  async (name) => {
    const { server } = await serveBackend();
    const { errorType, lines } = await invokeBundle(fileOf(name), payload, { endpoint: server.url });
    expect(errorType).toBe(errorOf(name));
    expect(server.log.map(({ operation }) => operation)).toContain('GetItem');
    const logged = lines.filter((line) => !('_aws' in line));
    expect(logged.length).toBeGreaterThan(0);
    for (const line of logged) expect(line).toMatchObject({ publishId, service: name });
    const metrics = lines.filter((line) => '_aws' in line);
    const failures = errorType === 'NotFound' ? { Failures: 1 } : {};
    expect(metrics).toMatchObject([{ ...failures, service: name }]);
  },
  PATIENCE,
);

const requests: [name: string, event: object, status: number, code: string | undefined][] = [
  ['api-catalog', apiEvent({ path: '/healthz' }), 200, undefined],
  ['api-catalog', apiEvent({ path: '/v1/apps' }), 401, 'auth/missing'],
  ['api-admin', apiEvent({ path: '/v1/teams' }), 401, 'auth/missing'],
  ['api-beacon', apiEvent({ method: 'POST', path: '/_cottage/beacon', body: '{}' }), 400, undefined],
  ['api-admin', apiEvent({ path: '/healthz' }), 404, 'route/unknown'],
  ['api-publishes', apiEvent({ path: `/v1/publishes/${publishId}` }), 401, 'auth/missing'],
  [
    'api-hooks',
    apiEvent({
      method: 'POST',
      path: '/v1/hooks/nobody/publish',
      headers: {
        'content-type': 'application/json',
        'webhook-id': 'msg_1',
        'webhook-timestamp': '1',
        'webhook-signature': 'v1,AAAA',
      },
      body: '{}',
    }),
    401,
    'webhook/',
  ],
];
test.each(requests)(
  '%s answers',
  async (name, event, status, code) => {
    const { server } = await serveBackend();
    const { answer } = await invokeBundle(fileOf(name), event as never, { endpoint: server.url });
    const { statusCode, body } = answer as { statusCode: number; body: string };
    expect(statusCode).toBe(status);
    expect((JSON.parse(body || '{}') as { code?: string }).code ?? '').toContain(code ?? '');
  },
  PATIENCE,
);

test(
  'the sweep runs, and shows that it did',
  async () => {
    const { server } = await serveBackend();
    const { answer, lines } = await invokeBundle(fileOf('lifecycle-sweep'), {}, { endpoint: server.url });
    expect(answer).toEqual({ done: 0 });
    expect(lines).toMatchObject([{ Swept: 0, OldestDueSeconds: 0, service: 'lifecycle-sweep' }]);
  },
  PATIENCE,
);

test(
  'the sweep starts what could not be started before, by the name of the workflow',
  async () => {
    const { deps, server, sfn, dynamodb } = await openRuntime();
    server.faults.at(server.log.length + 2, 'server-error');
    const request = { kind: 'start-workflow', workflow: 'publish', name: 'p-1', input: { a: 1 } } as const;
    await deps.effects.commit({ opId: 'op', operations: [], effects: [request] });
    // Its partition is read, after those before it, then the effect; then comes the start. Step Functions has too much
    // to do at that moment, and the SDK asks again by itself.
    const partition = Number(dynamodb.items('records')[0]?.['due_pk']?.S?.slice('due#'.length));
    const start = server.log.length + partition + 3;
    server.faults.at(start, 'throttle');
    const { answer } = await invokeBundle(fileOf('lifecycle-sweep'), {}, { endpoint: server.url });
    expect(answer).toEqual({ done: 1 });
    expect(server.log[start - 1]).toMatchObject({
      operation: 'StartExecution',
      outcome: 'ThrottlingException',
    });
    expect(Object.keys(await sfn.executions())).toEqual([
      'arn:aws:states:eu-central-1:123456789012:execution:cottage-publish:p-1',
    ]);
  },
  PATIENCE,
);

test(
  'the nightly run keeps its head and examines everything, with what its bundle holds',
  async () => {
    const { server, environment, deps } = await openAwsAccount();
    // It has more patience than others: the SDK gives up at the third failure, unless it is told to go on.
    for (let n = 1; n <= 4; n += 1) server.faults.at(server.log.length + n, 'server-error');
    const event = { run: 'nightly' };
    const { answer } = await invokeBundle(fileOf('lifecycle-nightly'), event, {
      endpoint: server.url,
      environment,
    });
    // By the clock of the system, which is far ahead of the one that the account was laid out by.
    expect(answer).toMatchObject({ headKept: true, errors: 0 });
    expect(await deps.keptHeads.names()).toEqual([new Date().toISOString().slice(0, 10)]);
  },
  PATIENCE,
);

test(
  'the scanner finds what it finds unbundled, the policies load, a mail is composed, an upload signed',
  async () => {
    const event = {
      text: 'const a = "AKIAIOSFODNN7EXAMPLA"; const b = "ghp_012345678901234567890123456789abcdef";',
      page: '<script src="https://cdn.example.net/x.js"></script>',
    };
    const { answer } = await invokeBundle(fileOf('libraries'), event, { endpoint: 'http://127.0.0.1:9' });
    expect(answer).toEqual({
      secrets: { aws: 1, github: 1 },
      hosts: ['cdn.example.net'],
      policies: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      mail: expect.stringMatching(
        /To: ana@example\.com[\s\S]*Content-Type: multipart\/alternative[\s\S]*of the day[\s\S]*text\/html/,
      ) as string,
      upload: expect.objectContaining({
        bucket: 'cottage-incoming',
        key: 'incoming/u_1.zip',
        'x-amz-checksum-algorithm': 'SHA256',
        'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      }) as object,
    });
  },
  PATIENCE,
);

test(
  'a function logs what it is told to',
  async () => {
    const { server } = await serveBackend();
    const linesAt = async (level: string) => {
      const environment = { COTTAGE_LOG: level };
      const event = apiEvent({ path: '/healthz' }) as never;
      return (await invokeBundle(fileOf('api-catalog'), event, { endpoint: server.url, environment })).lines;
    };
    expect(await linesAt('info')).toMatchObject([{ message: 'request', resource: '/healthz' }]);
    expect(await linesAt('error')).toEqual([]);
  },
  PATIENCE,
);

test(
  'a function with a wrong environment does not start, and names what is wrong',
  async () => {
    const environment = { COTTAGE_TABLE: '', COTTAGE_PUBLIC_URL: 'http://plain.example.com' };
    const failed = invokeBundle(
      fileOf('publish-explain'),
      {},
      { endpoint: 'http://127.0.0.1:9', environment },
    );
    await expect(failed).rejects.toThrow(/EnvironmentRefused[\s\S]*COTTAGE_PUBLIC_URL[\s\S]*COTTAGE_TABLE/);
  },
  PATIENCE,
);
