import {
  CfnDistribution,
  type ICachePolicy,
  type IFunction,
  type IOriginAccessControl,
  type IOriginRequestPolicy,
  type IResponseHeadersPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { Aws } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { TENANT_PARAMETERS } from '../../shared/hosting/tenant-parameters.ts';
import { acknowledge } from './acknowledge.ts';

/** What each parameter of a tenant tells the edge, for whoever finds it in the console. */
const COMMENTS: Record<(typeof TENANT_PARAMETERS)[number], string> = {
  app: 'The id of the app: where its releases are',
  release: 'The release that answers',
  mode: 'The page, who may see it, and whether it is a single-page app',
  headersA: "The site's headers as JSON, first part",
  headersB: "The site's headers as JSON, second part",
};

export interface TenantDistributionProps {
  comment: string;
  /** `<bucket>.s3.<region>.amazonaws.com` */
  originDomain: string;
  originAccess: IOriginAccessControl;
  /** The name of the API, where `API_PATHS` lead. */
  apiDomain: string;
  /** What the API is told of a request. */
  apiRequestPolicy: IOriginRequestPolicy;
  cachePolicy: ICachePolicy;
  headersPolicy: IResponseHeadersPolicy;
  viewerRequest: IFunction;
  viewerResponse: IFunction;
  webAclArn: string;
}

const ORIGIN = 'releases';
const API_ORIGIN = 'api';

/** Paths of every app that are answered by the API: telemetry, and the way in for viewers. */
const API_PATHS = ['/_cottage/beacon', '/_cottage/open'];

/** Every method CloudFront knows: of those not allowed the functions, which refuse them in our own words, never hear. */
const ALL_METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];

/** CloudFront's managed policy `CachingDisabled`, the same in every account ("Use managed cache policies"). */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';

/**
 * A multi-tenant distribution: one configuration for every app of a tier; an app is a tenant of it. It has no names of its
 * own, and none of what multi-tenant distributions lack: aliases, price class, IPv6 and logging switches, TTLs in the
 * behaviour (CloudFront Developer Guide, "Unsupported features for SaaS Manager").
 */
export class TenantDistribution extends Construct {
  readonly id: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: TenantDistributionProps) {
    super(scope, id);
    const behavior = {
      viewerProtocolPolicy: 'redirect-to-https',
      allowedMethods: ALL_METHODS,
      cachedMethods: ['GET', 'HEAD'],
      compress: true,
      responseHeadersPolicyId: props.headersPolicy.responseHeadersPolicyId,
      functionAssociations: [
        { eventType: 'viewer-request', functionArn: props.viewerRequest.functionRef.functionArn },
        { eventType: 'viewer-response', functionArn: props.viewerResponse.functionRef.functionArn },
      ],
    };
    const distribution = new CfnDistribution(this, 'Distribution', {
      distributionConfig: {
        comment: props.comment,
        connectionMode: 'tenant-only',
        enabled: true,
        httpVersion: 'http2and3',
        webAclId: props.webAclArn,
        tenantConfig: {
          parameterDefinitions: TENANT_PARAMETERS.map((name) => ({
            name,
            definition: { stringSchema: { required: false, comment: COMMENTS[name] } },
          })),
        },
        origins: [
          {
            id: ORIGIN,
            domainName: props.originDomain,
            originAccessControlId: props.originAccess.originAccessControlId,
            // Empty, and there: that is how CloudFront tells an S3 origin with access control.
            s3OriginConfig: { originAccessIdentity: '' },
          },
          {
            id: API_ORIGIN,
            domainName: props.apiDomain,
            customOriginConfig: { originProtocolPolicy: 'https-only', originSslProtocols: ['TLSv1.2'] },
          },
        ],
        defaultCacheBehavior: {
          ...behavior,
          targetOriginId: ORIGIN,
          cachePolicyId: props.cachePolicy.cachePolicyId,
        },
        cacheBehaviors: API_PATHS.map((pathPattern) => ({
          ...behavior,
          pathPattern,
          targetOriginId: API_ORIGIN,
          cachePolicyId: CACHING_DISABLED,
          originRequestPolicyId: props.apiRequestPolicy.originRequestPolicyId,
        })),
        // Tenants bring their team's certificate; nobody connects to the distribution itself.
        viewerCertificate: { cloudFrontDefaultCertificate: true },
        restrictions: { geoRestriction: { restrictionType: 'none' } },
      },
    });
    this.id = distribution.ref;
    this.arn = `arn:${Aws.PARTITION}:cloudfront::${Aws.ACCOUNT_ID}:distribution/${distribution.ref}`;
    acknowledge(distribution, {
      'AwsSolutions-CFR1': 'Who may see an app is asked of a person, not of a country.',
      'AwsSolutions-CFR3':
        'Access logs are delivered by CloudWatch (v2): a multi-tenant distribution has no other.',
      'AwsSolutions-CFR4':
        "Nobody connects to the distribution's own name; tenants bring their team's certificate.",
    });
  }
}
