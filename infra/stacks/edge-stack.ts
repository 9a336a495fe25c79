import {
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  CfnConnectionGroup,
  Function as EdgeFunction,
  FunctionCode,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  KeyValueStore,
  OriginRequestCookieBehavior,
  OriginRequestHeaderBehavior,
  OriginRequestPolicy,
  OriginRequestQueryStringBehavior,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
} from 'aws-cdk-lib/aws-cloudfront';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { CfnDelivery, CfnDeliveryDestination, CfnDeliverySource } from 'aws-cdk-lib/aws-logs';
import { CfnOutput, Duration, Fn, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { CottageConfig } from '../config.ts';
import { AlarmTopic } from '../constructs/alarm-topic.ts';
import { TenantDistribution } from '../constructs/tenant-distribution.ts';
import { edgeRules, WebAcl } from '../constructs/web-acl.ts';
import type { EdgeFacilities } from '../facilities.ts';
import { logRetention } from '../log-retention.ts';
import { EDGE_REGION, type Names } from '../names.ts';

/** The text of the two CloudFront functions. */
export interface EdgeCode {
  viewerRequest: string;
  viewerResponse: string;
}

export interface EdgeStackProps extends StackProps {
  config: CottageConfig;
  names: Names;
  edgeCode: EdgeCode;
}

/** A certificate lives 198 days, soon 47, and ACM renews it well before: so few left means that renewing has failed. */
const CERTIFICATE_DAYS = 14;

const OUTPUTS = {
  shared: 'SharedDistributionId',
  edge: 'EdgeDistributionId',
  connectionGroup: 'ConnectionGroupId',
  endpoint: 'HostingEndpoint',
  store: 'KeyValueStoreArn',
} as const;

/**
 * Everything CloudFront: two multi-tenant distributions, what they have in common, and their web ACL, which must be in
 * us-east-1. Nothing that apps have is here; apps are tenants, made while Cottage runs.
 */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, { config, names, edgeCode, ...props }: EdgeStackProps) {
    super(scope, id, props);
    const store = new KeyValueStore(this, 'Keys', {
      keyValueStoreName: config.name,
      comment: 'What the edge functions look up: keys of the viewer gate',
    });
    const edgeFunction = (part: string, code: string) =>
      new EdgeFunction(this, part, {
        functionName: `${config.name}-${part.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}`,
        code: FunctionCode.fromInline(code),
        runtime: FunctionRuntime.JS_2_0,
        keyValueStore: store,
      });
    const shared = {
      // Its stack names it; no reference, since it may stand in another region.
      originDomain: `${names.bucket('releases')}.s3.${config.region}.${this.urlSuffix}`,
      originAccess: new S3OriginAccessControl(this, 'OriginAccess', {
        originAccessControlName: config.name,
        description: 'Signs what CloudFront reads of the releases',
      }),
      apiDomain: config.api.domainName,
      apiRequestPolicy: this.#apiRequestPolicy(config.name),
      cachePolicy: this.#cachePolicy(config.name),
      headersPolicy: this.#headersPolicy(config.name),
      viewerRequest: edgeFunction('ViewerRequest', edgeCode.viewerRequest),
      viewerResponse: edgeFunction('ViewerResponse', edgeCode.viewerResponse),
      webAclArn: new WebAcl(this, 'WebAcl', {
        name: `${config.name}-apps`,
        scope: 'CLOUDFRONT',
        rules: edgeRules,
        logRetention: logRetention(config),
      }).arn,
    };
    const distributions = {
      shared: new TenantDistribution(this, 'SharedTier', {
        ...shared,
        comment: `${config.name}: shared tier`,
      }),
      edge: new TenantDistribution(this, 'EdgeTier', { ...shared, comment: `${config.name}: edge tier` }),
    };
    const group = new CfnConnectionGroup(this, 'ConnectionGroup', {
      name: config.name,
      enabled: true,
      ipv6Enabled: true,
    });
    this.#accessLogs(config, names, distributions);
    this.#alarms(config, Object.values(distributions));
    new CfnOutput(this, OUTPUTS.shared, { value: distributions.shared.id });
    new CfnOutput(this, OUTPUTS.edge, { value: distributions.edge.id });
    new CfnOutput(this, OUTPUTS.connectionGroup, { value: group.attrId });
    new CfnOutput(this, OUTPUTS.endpoint, { value: group.attrRoutingEndpoint });
    new CfnOutput(this, OUTPUTS.store, { value: store.keyValueStoreArn });
  }

  /**
   * What is in its outputs, for stacks of other regions. `Fn::GetStackOutput` reads them when the reader is deployed
   * (CloudFormation, "Fn::GetStackOutput": across regions, without an export); after a change here, deploy those too.
   */
  static facilities(names: Names): EdgeFacilities {
    const output = (name: string) => Fn.getStackOutput(names.stack('edge'), name, EDGE_REGION);
    return {
      distributionIds: { shared: output(OUTPUTS.shared), edge: output(OUTPUTS.edge) },
      connectionGroupId: output(OUTPUTS.connectionGroup),
      hostingEndpoint: output(OUTPUTS.endpoint),
      keyValueStoreArn: output(OUTPUTS.store),
    };
  }

  /** The release is part of the path, so of the key: what `Cache-Control` says of a file is all there is to say. */
  #cachePolicy(name: string): CachePolicy {
    return new CachePolicy(this, 'CachePolicy', {
      cachePolicyName: name,
      comment: 'As the file says; without a word of the file it is asked for each time',
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: Duration.days(365),
      cookieBehavior: CacheCookieBehavior.none(),
      headerBehavior: CacheHeaderBehavior.none(),
      queryStringBehavior: CacheQueryStringBehavior.none(),
      enableAcceptEncodingBrotli: true,
      enableAcceptEncodingGzip: true,
    });
  }

  /**
   * The app as the viewer-request function names it, and the query, where a ticket is. No cookie, and not the app's host: the
   * API answers under its own name alone.
   */
  #apiRequestPolicy(name: string): OriginRequestPolicy {
    return new OriginRequestPolicy(this, 'ApiRequestPolicy', {
      originRequestPolicyName: `${name}-api`,
      comment: 'What the API is told of a request to an app',
      headerBehavior: OriginRequestHeaderBehavior.allowList('x-cottage-app', 'x-cottage-release'),
      cookieBehavior: OriginRequestCookieBehavior.none(),
      queryStringBehavior: OriginRequestQueryStringBehavior.all(),
    });
  }

  /** On every answer. The content policy is for errors, which no function sees: a file's own takes its place. */
  #headersPolicy(name: string): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'HeadersPolicy', {
      responseHeadersPolicyName: name,
      comment: 'None of them breaks an ordinary site',
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy:
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
          override: false,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.SAMEORIGIN, override: true },
        referrerPolicy: {
          referrerPolicy: HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
          override: true,
        },
        strictTransportSecurity: {
          // As long as the functions say it, and for that name alone: decision 0009.
          accessControlMaxAge: Duration.days(180),
          includeSubdomains: false,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'cross-origin-opener-policy', value: 'same-origin-allow-popups', override: true },
        ],
      },
      removeHeaders: ['server'],
    });
  }

  /** Usage is counted from these: who was asked for, by which tenant; no query and no cookie, which may hold secrets. */
  #accessLogs(
    { name }: CottageConfig,
    names: Names,
    distributions: Record<string, TenantDistribution>,
  ): void {
    const destination = new CfnDeliveryDestination(this, 'AccessLogDestination', {
      name: `${name}-edge`,
      destinationResourceArn: `${names.bucketArn('logs')}/edge`,
      outputFormat: 'json',
    });
    for (const [tier, { arn }] of Object.entries(distributions)) {
      const source = new CfnDeliverySource(this, `AccessLogSource-${tier}`, {
        name: `${name}-${tier}`,
        logType: 'ACCESS_LOGS',
        resourceArn: arn,
      });
      const delivery = new CfnDelivery(this, `AccessLogDelivery-${tier}`, {
        deliverySourceName: source.name,
        deliveryDestinationArn: destination.attrArn,
        recordFields: ACCESS_LOG_FIELDS,
        s3SuffixPath: '{DistributionId}/{yyyy}/{MM}/{dd}/{HH}',
        s3EnableHiveCompatiblePath: false,
      });
      delivery.addResourceDependency(source);
    }
  }

  #alarms({ name, alarmMail }: CottageConfig, distributions: readonly TenantDistribution[]): void {
    const alarms = new AlarmTopic(this, 'Alarms', { name: `${name}-edge-alarms`, mail: alarmMail });
    const rates = distributions.map(({ id }, at) => [
      `m${at}`,
      new Metric({
        namespace: 'AWS/CloudFront',
        metricName: '5xxErrorRate',
        dimensionsMap: { DistributionId: id, Region: 'Global' },
        statistic: 'Average',
        period: Duration.minutes(5),
      }),
    ]);
    alarms.tell(
      new Alarm(this, 'CertificateDays', {
        alarmName: `${name}-CertificateDays`,
        alarmDescription: `A certificate has fewer than ${CERTIFICATE_DAYS} days left: ACM could not renew it. Look at its validation records.`,
        // Over all certificates: which there are changes with the teams.
        metric: new MathExpression({
          expression: 'SELECT MIN(DaysToExpiry) FROM SCHEMA("AWS/CertificateManager", CertificateArn)',
          label: 'Days to the first expiry',
          period: Duration.hours(6),
          usingMetrics: {},
        }),
        threshold: CERTIFICATE_DAYS,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
      new Alarm(this, 'EdgeErrors', {
        alarmName: `${name}-EdgeErrors`,
        alarmDescription: 'More than 1 % of what visitors asked of apps ended in an error of ours.',
        metric: new MathExpression({
          expression: `MAX([${rates.map(([key]) => key as string).join(', ')}])`,
          label: '5xx, % of the worse tier',
          usingMetrics: Object.fromEntries(rates) as Record<string, Metric>,
          period: Duration.minutes(5),
        }),
        threshold: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    );
  }
}

/** CloudFront, "Standard logging (v2)": names of fields, and the two that tell the app. */
const ACCESS_LOG_FIELDS = [
  'date',
  'time',
  'distribution-tenant-id',
  'x-host-header',
  'cs-method',
  'cs-uri-stem',
  'sc-status',
  'sc-bytes',
  'time-taken',
  'c-ip',
  'cs(User-Agent)',
  'x-edge-result-type',
  'x-edge-request-id',
];
