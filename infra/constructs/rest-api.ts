import {
  AccessLogField,
  AccessLogFormat,
  CfnAccount,
  EndpointType,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { ArnFormat, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { API_FUNCTIONS } from '../functions.ts';
import { acknowledgeWildcards } from '../wildcards.ts';
import { acknowledge } from './acknowledge.ts';
import { apiRules, WebAcl } from './web-acl.ts';

export type ApiFunctions = Record<keyof typeof API_FUNCTIONS, IFunction>;

/** Where CloudFront hands on what pages of apps tell. */
const BEACON = '/_cottage/beacon';

/**
 * Which function answers which paths. The function routes within them; a path variable stands wherever a token may stand,
 * since the access log names the pattern and never the path.
 */
export const ROUTES: readonly { path: string; method: 'ANY' | 'POST'; fn: keyof ApiFunctions }[] = [
  { path: '/v1/hooks/{platform}/publish', method: 'POST', fn: 'ApiHooks' },
  { path: '/v1/hooks/{platform}/uploads', method: 'POST', fn: 'ApiHooks' },
  { path: '/v1/publishes/{publishId}', method: 'ANY', fn: 'ApiPublishes' },
  { path: '/v1/publishes/{publishId}/{proxy+}', method: 'ANY', fn: 'ApiPublishes' },
  { path: '/d/{token}', method: 'ANY', fn: 'ApiPublishes' },
  ...['teams', 'platforms', 'audit', 'doctor'].flatMap((noun) => [
    { path: `/v1/${noun}`, method: 'ANY' as const, fn: 'ApiAdmin' as const },
    { path: `/v1/${noun}/{proxy+}`, method: 'ANY' as const, fn: 'ApiAdmin' as const },
  ]),
  { path: BEACON, method: 'POST', fn: 'ApiBeacon' },
  { path: '/v1/{proxy+}', method: 'ANY', fn: 'ApiCatalog' },
  { path: '/', method: 'ANY', fn: 'ApiCatalog' },
  { path: '/{proxy+}', method: 'ANY', fn: 'ApiCatalog' },
];

/** Requests a second over all callers, and how many more at once; the web ACL has the limits for each. */
const RATE_PER_SECOND = 200;
const BURST = 400;

/** Of those for beacons, which anybody sends and nobody waits for. */
const BEACONS_PER_SECOND = 50;

export interface CottageApiProps {
  name: string;
  domainName: string;
  certificateArn: string;
  functions: ApiFunctions;
  logRetention: RetentionDays;
}

/** The REST API, behind its own name and a web ACL. Bodies are handed on as they came: a signature is over them. */
export class CottageApi extends Construct {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, props: CottageApiProps) {
    super(scope, id);
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.api = new RestApi(this, 'Api', {
      restApiName: props.name,
      description: 'Webhooks, catalog, decisions and pages of Cottage',
      endpointTypes: [EndpointType.REGIONAL],
      // One way in, under the name that the functions answer to.
      disableExecuteApiEndpoint: true,
      domainName: {
        domainName: props.domainName,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', props.certificateArn),
        endpointType: EndpointType.REGIONAL,
        securityPolicy: SecurityPolicy.TLS_1_2,
      },
      cloudWatchRole: false,
      deployOptions: {
        stageName: 'live',
        metricsEnabled: true,
        // The functions are traced, this stage is not: a trace would hold the path.
        tracingEnabled: false,
        throttlingRateLimit: RATE_PER_SECOND,
        throttlingBurstLimit: BURST,
        methodOptions: {
          [`${BEACON}/POST`]: {
            throttlingRateLimit: BEACONS_PER_SECOND,
            throttlingBurstLimit: BEACONS_PER_SECOND,
            metricsEnabled: true,
          },
        },
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    for (const { path, method, fn } of ROUTES) {
      this.#resource(path).addMethod(
        method,
        new LambdaIntegration(props.functions[fn], { proxy: true, allowTestInvoke: false }),
      );
    }
    this.#allowAccessLogs();
    const acl = new WebAcl(this, 'WebAcl', {
      name: `${props.name}-api`,
      scope: 'REGIONAL',
      rules: apiRules,
      logRetention: props.logRetention,
    });
    new CfnWebACLAssociation(this, 'WebAclAssociation', {
      resourceArn: this.api.deploymentStage.stageArn,
      webAclArn: acl.arn,
    });
    const domain = this.api.domainName;
    if (domain)
      new CfnOutput(this, 'Target', {
        value: domain.domainNameAliasDomainName,
        description: `Make ${props.domainName} a CNAME of this`,
      });
    acknowledge(this.api, {
      'AwsSolutions-APIG2':
        'The functions check every body by its schema; a signature is over the bytes as they came.',
      'AwsSolutions-APIG4':
        'Webhooks are signed, links are signed, people bring a bearer token: the functions verify each.',
      'AwsSolutions-APIG6':
        'An execution log holds whole paths, and paths hold signed links; the access log has patterns.',
      'AwsSolutions-COG4': 'People sign in at any OIDC issuer; the functions verify its tokens.',
    });
  }

  #resource(path: string): IResource {
    return path
      .split('/')
      .filter(Boolean)
      .reduce<IResource>(
        (parent, part) => parent.getResource(part) ?? parent.addResource(part),
        this.api.root,
      );
  }

  /** API Gateway writes logs by a role that is the account's, one for the region. */
  #allowAccessLogs(): void {
    const role = new Role(this, 'LogRole', { assumedBy: new ServicePrincipal('apigateway.amazonaws.com') });
    const stack = Stack.of(this);
    // What the managed policy for it holds (API Gateway, "Set up CloudWatch logging"), and this region alone.
    const statements = [
      new PolicyStatement({
        actions: [
          'logs:CreateLogGroup',
          'logs:CreateLogStream',
          'logs:DescribeLogStreams',
          'logs:FilterLogEvents',
          'logs:GetLogEvents',
          'logs:PutLogEvents',
        ],
        resources: [
          stack.formatArn({
            service: 'logs',
            resource: 'log-group:*',
            arnFormat: ArnFormat.NO_RESOURCE_NAME,
          }),
        ],
      }),
      new PolicyStatement({ actions: ['logs:DescribeLogGroups'], resources: ['*'] }),
    ];
    for (const statement of statements) role.addToPolicy(statement);
    acknowledgeWildcards(role, statements);
    const account = new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
    account.node.addDependency(role);
    this.api.deploymentStage.node.addDependency(account);
  }
}

/** Who, what, how long; no path, no query, no header that tells more. */
const ACCESS_LOG = {
  requestId: AccessLogField.contextRequestId(),
  at: AccessLogField.contextRequestTimeEpoch(),
  ip: AccessLogField.contextIdentitySourceIp(),
  method: AccessLogField.contextHttpMethod(),
  resourcePath: AccessLogField.contextResourcePath(),
  status: AccessLogField.contextStatus(),
  latencyMs: AccessLogField.contextResponseLatency(),
  responseBytes: AccessLogField.contextResponseLength(),
  error: AccessLogField.contextErrorResponseType(),
  integrationError: AccessLogField.contextIntegrationErrorMessage(),
  waf: AccessLogField.contextWafResponseCode(),
};
