import {
  CfnDistribution,
  type ICachePolicy,
  type IFunction,
  type IOriginAccessControl,
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
  cachePolicy: ICachePolicy;
  headersPolicy: IResponseHeadersPolicy;
  viewerRequest: IFunction;
  viewerResponse: IFunction;
  webAclArn: string;
}

const ORIGIN = 'releases';

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
        ],
        defaultCacheBehavior: {
          targetOriginId: ORIGIN,
          viewerProtocolPolicy: 'redirect-to-https',
          allowedMethods: ['GET', 'HEAD'],
          cachedMethods: ['GET', 'HEAD'],
          compress: true,
          cachePolicyId: props.cachePolicy.cachePolicyId,
          responseHeadersPolicyId: props.headersPolicy.responseHeadersPolicyId,
          functionAssociations: [
            { eventType: 'viewer-request', functionArn: props.viewerRequest.functionRef.functionArn },
            { eventType: 'viewer-response', functionArn: props.viewerResponse.functionRef.functionArn },
          ],
        },
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
