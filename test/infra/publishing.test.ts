import { describe, expect, it } from 'vitest';
import { groupOf } from '../../functions/aws/api-groups.ts';
import { AWS_ENDPOINTS } from '../../functions/aws/aws-endpoints.ts';
import { allLambdas } from '../../functions/aws/lambdas.ts';
import { ROUTES } from '../../infra/constructs/rest-api.ts';
import { plannedFunctions, STEPS } from '../../infra/functions.ts';
import { DEFAULT_LIMITS } from '../../shared/artifacts/limits.ts';
import { AwsEnvironment, readAwsEnvironment } from '../../shared/runtime/environment.ts';
import { placeholders, WORKFLOW_NAMES, workflowText } from '../../workflows/index.ts';
import { type Resource, resourcesOf, synthesise } from './synthesised.ts';

const { templates } = synthesise();
const { publishing, lifecycle } = templates;
const only = (type: string): Resource => {
  const [resource, ...others] = resourcesOf(publishing, type);
  expect(others).toEqual([]);
  return resource as Resource;
};

describe('the state machines', () => {
  const machines = [
    ...resourcesOf(publishing, 'AWS::StepFunctions::StateMachine'),
    ...resourcesOf(lifecycle, 'AWS::StepFunctions::StateMachine'),
  ];

  it('are the workflow files as they stand, one for each', () => {
    const definitions = machines.map(({ Properties }) => Properties['DefinitionString']);
    expect(new Set(definitions)).toEqual(new Set(WORKFLOW_NAMES.map(workflowText)));
    expect(machines.map(({ Properties }) => Properties['StateMachineName'])).toEqual(
      expect.arrayContaining(WORKFLOW_NAMES.map((name) => `cottage-${name}`)),
    );
  });

  it('are Standard, traced, logged with every transition and without the data', () => {
    expect(machines).not.toEqual([]);
    for (const { Properties } of machines) {
      expect(Properties).toMatchObject({
        StateMachineType: 'STANDARD',
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      });
    }
  });

  it('have a function for every step, and no other', () => {
    for (const { Properties } of machines) {
      const text = String(Properties['DefinitionString']);
      const substitutions = Properties['DefinitionSubstitutions'] as Record<string, unknown>;
      expect(Object.keys(substitutions).toSorted()).toEqual(placeholders(text).toSorted());
      for (const [step, arn] of Object.entries(substitutions))
        expect(JSON.stringify(arn)).toContain(`Functions${step}Function`);
    }
  });
});

describe('the plan of functions', () => {
  it('names a bundle for each, and there is no other bundle', () => {
    const bundles = Object.values(plannedFunctions()).map(({ bundle }) => bundle);
    expect(plannedFunctions()['PublishEnsureDns']?.bundle).toBe('publish-ensure-dns');
    expect(bundles.toSorted()).toEqual(
      allLambdas()
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  it('has no step that no workflow calls', () => {
    const called = WORKFLOW_NAMES.flatMap((name) => placeholders(workflowText(name)));
    expect(Object.keys(STEPS).toSorted()).toEqual([...new Set(called)].toSorted());
  });

  it('lets every function have records, without which none opens', () => {
    const without = Object.entries(plannedFunctions()).filter(([, { uses }]) => !uses.includes('records'));
    // It opens them and never asks: whoever sends a beacon may be anybody.
    expect(without.map(([name]) => name)).toEqual(['ApiBeacon']);
  });

  it('gives no step longer than the state that calls it waits', () => {
    const plans = plannedFunctions();
    const states = WORKFLOW_NAMES.flatMap((name) =>
      Object.values((JSON.parse(workflowText(name)) as { States: Record<string, State> }).States),
    ).flatMap((state) => (state.Parameters?.FunctionName === undefined ? [] : [state]));
    expect(states.length).toBeGreaterThan(10);
    for (const { Parameters, TimeoutSeconds } of states) {
      const step = placeholders(Parameters?.FunctionName ?? '')[0] ?? '';
      expect([step, plans[step]?.timeoutSeconds]).toEqual([step, expect.any(Number)]);
      expect(plans[step]?.timeoutSeconds).toBeLessThan(TimeoutSeconds);
    }
  });
});

interface State {
  Parameters?: { FunctionName?: string };
  TimeoutSeconds: number;
}

describe('every function', () => {
  const functions = [
    ...resourcesOf(publishing, 'AWS::Lambda::Function'),
    ...resourcesOf(lifecycle, 'AWS::Lambda::Function'),
  ];

  it('is planned, and there', () => {
    expect(functions).toHaveLength(Object.keys(plannedFunctions()).length);
  });

  it('runs on the Node of this repository, traced, with a log of its own in JSON', () => {
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
      });
    }
  });

  it('is told what its schema asks for, and nothing else', () => {
    for (const { Properties } of functions) {
      const { Variables } = Properties['Environment'] as { Variables: Record<string, unknown> };
      // References become some text when the stack is deployed.
      const deployed = Object.fromEntries(
        Object.entries(Variables).map(([name, value]) => [name, resolved(value)]),
      );
      expect(Object.keys(Variables).toSorted()).toEqual(
        [...Object.keys(AwsEnvironment.shape), 'NODE_OPTIONS'].toSorted(),
      );
      const parsed = readAwsEnvironment(deployed);
      expect(parsed.COTTAGE_STATE_MACHINES).toMatch(/:stateMachine:cottage-$/);
      expect(parsed.COTTAGE_SIGNING_KEYS).toHaveProperty(parsed.COTTAGE_SIGNING_KID);
      expect(parsed.COTTAGE_LIMITS).toEqual(DEFAULT_LIMITS);
      expect(parsed.COTTAGE_OIDC_ROLES['cottage-admins']).toEqual(['admin']);
    }
  });

  it('keeps its log for as long as the configuration says', () => {
    for (const template of Object.values(templates)) {
      for (const { Properties } of resourcesOf(template, 'AWS::Logs::LogGroup')) {
        expect(Properties).toMatchObject({ RetentionInDays: 90 });
      }
    }
  });
});

/** A value of a template as text, as CloudFormation would make it. */
function resolved(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = (value as Record<string, unknown>)['Fn::Join'] as [string, unknown[]] | undefined;
  if (join) return join[1].map(resolved).join(join[0]);
  return JSON.stringify(value).includes('AWS::AccountId') ? '111122223333' : 'resolved';
}

describe('the API', () => {
  it('is reached under its own name alone, by TLS 1.2, behind the web ACL', () => {
    expect(only('AWS::ApiGateway::RestApi').Properties).toMatchObject({ DisableExecuteApiEndpoint: true });
    expect(only('AWS::ApiGateway::DomainName').Properties).toMatchObject({
      DomainName: 'cottage.example.net',
      SecurityPolicy: 'TLS_1_2',
    });
    expect(only('AWS::WAFv2::WebACLAssociation').Properties).toBeDefined();
  });

  it('hands bodies on as they came: no media type is binary', () => {
    expect(only('AWS::ApiGateway::RestApi').Properties).not.toHaveProperty('BinaryMediaTypes');
    expect(only('AWS::ApiGateway::RestApi').Properties).not.toHaveProperty('MinimumCompressionSize');
  });

  it('logs patterns and no path, throttles, and is not traced', () => {
    const { AccessLogSetting, ...stage } = only('AWS::ApiGateway::Stage').Properties as {
      AccessLogSetting: { Format: string };
    };
    expect(AccessLogSetting.Format).toContain('$context.resourcePath');
    expect(AccessLogSetting.Format).not.toMatch(
      /context\.path|querystring|extendedRequest|authorizer|customDomain/,
    );
    expect(stage).toMatchObject({
      TracingEnabled: false,
      MethodSettings: [
        { DataTraceEnabled: false, ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
        {
          DataTraceEnabled: false,
          HttpMethod: 'POST',
          ResourcePath: '/~1_cottage~1beacon',
          ThrottlingRateLimit: 50,
          ThrottlingBurstLimit: 50,
        },
      ],
    });
    expect(JSON.stringify(stage)).not.toContain('LoggingLevel');
  });

  it('has a route for every endpoint, the webhooks by themselves', () => {
    for (const { method, path } of AWS_ENDPOINTS) {
      const route = routeOf(path.replaceAll(/\{\w+\}/g, 'x'));
      expect(['ANY', method.toUpperCase()]).toContain(route?.method);
      expect([path, route?.fn === 'ApiHooks']).toEqual([path, path.startsWith('/v1/hooks/')]);
    }
  });

  it('sends what an endpoint serves to the function that is bundled with it', () => {
    for (const { path } of AWS_ENDPOINTS)
      expect([path, bundleOf(routeOf(path.replaceAll(/\{\w+\}/g, 'x'))?.fn)]).toEqual([path, groupOf(path)]);
    for (const { path, fn } of ROUTES) expect([path, bundleOf(fn)]).toEqual([path, groupOf(path)]);
  });

  it.each([
    ['/v1/publishes/p1', 'ApiPublishes'],
    ['/v1/publishes/p1/cancel', 'ApiPublishes'],
    ['/d/token', 'ApiPublishes'],
    ['/v1/teams', 'ApiAdmin'],
    ['/v1/platforms/demo/rotate', 'ApiAdmin'],
    ['/v1/apps/finance/lunch', 'ApiCatalog'],
    ['/_cottage/beacon', 'ApiBeacon'],
    ['/_cottage/open', 'ApiCatalog'],
    ['/healthz', 'ApiCatalog'],
    ['/', 'ApiCatalog'],
  ])('sends %s to %s', (path, fn) => {
    expect(routeOf(path)?.fn).toBe(fn);
  });

  it('keeps signed links out of its patterns: what may be a token is a variable', () => {
    const paths = ROUTES.map(({ path }) => path);
    expect(paths).toContain('/v1/publishes/{publishId}');
    expect(paths.filter((path) => path.startsWith('/d/')).every((path) => path.includes('{'))).toBe(true);
  });
});

const bundleOf = (fn: string | undefined) => fn && plannedFunctions()[fn]?.bundle;

const routeOf = (path: string) => ROUTES.find(({ path: route }) => asPattern(route).test(path));

/** API Gateway prefers the longer match; the routes stand in that order. */
const asPattern = (route: string): RegExp =>
  new RegExp(`^${route.replaceAll(/\{\w+\+\}/g, '.+').replaceAll(/\{\w+\}/g, '[^/]+')}$`);

const redacted = (logging: Resource | undefined): string[] =>
  ((logging?.Properties['RedactedFields'] ?? []) as object[]).map((field) => JSON.stringify(field));

describe("the API's web ACL", () => {
  const { Rules } = only('AWS::WAFv2::WebACL').Properties as {
    Rules: { Name: string; Statement: unknown; Action?: unknown }[];
  };
  const rule = (name: string) => JSON.stringify(Rules.find(({ Name }) => Name === name));

  it('counts each address, but not those of CloudFront, which brings what apps’ pages tell', () => {
    expect(Rules.find(({ Name }) => Name === 'per-address')?.Statement).toMatchObject({
      RateBasedStatement: {
        AggregateKeyType: 'IP',
        ScopeDownStatement: {
          NotStatement: {
            Statement: {
              ByteMatchStatement: { PositionalConstraint: 'STARTS_WITH', SearchString: '/_cottage/' },
            },
          },
        },
      },
    });
  });

  it('lets large bodies through on webhooks alone', () => {
    expect(rule('AWSManagedRulesCommonRuleSet')).toContain('"Name":"SizeRestrictions_BODY"');
    expect(Rules.find(({ Name }) => Name === 'large-bodies')).toMatchObject({
      Action: { Block: {} },
      Statement: {
        AndStatement: {
          Statements: [
            { LabelMatchStatement: { Key: 'awswaf:managed:aws:core-rule-set:SizeRestrictions_Body' } },
            { NotStatement: { Statement: { ByteMatchStatement: { SearchString: '/v1/hooks/' } } } },
          ],
        },
      },
    });
    expect(Rules.findIndex(({ Name }) => Name === 'large-bodies')).toBeGreaterThan(
      Rules.findIndex(({ Name }) => Name === 'AWSManagedRulesCommonRuleSet'),
    );
  });

  it('gives each platform a rate of its own, by the path', () => {
    expect(rule('per-platform')).toContain('"CustomKeys":[{"UriPath"');
    expect(rule('per-platform')).toContain('"SearchString":"/v1/hooks/"');
  });

  it('writes no path, query or token to its log, and shows none as a sample', () => {
    for (const template of [publishing, templates.edge]) {
      const [logging] = resourcesOf(template, 'AWS::WAFv2::LoggingConfiguration');
      expect(redacted(logging)).toEqual([
        '{"UriPath":{}}',
        '{"QueryString":{}}',
        '{"SingleHeader":{"Name":"authorization"}}',
        '{"SingleHeader":{"Name":"cookie"}}',
      ]);
      const [acl] = resourcesOf(template, 'AWS::WAFv2::WebACL');
      expect(JSON.stringify(acl)).not.toContain('"SampledRequestsEnabled":true');
    }
  });
});
