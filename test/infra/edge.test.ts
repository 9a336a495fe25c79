import { describe, expect, it } from 'vitest';
import { type Resource, resourcesOf, synthesise } from './synthesised.ts';

const synthesised = synthesise();
const { edge } = synthesised.templates;
const only = (type: string): Resource => {
  const [resource, ...others] = resourcesOf(edge, type);
  expect(others).toEqual([]);
  return resource as Resource;
};
const configs = resourcesOf(edge, 'AWS::CloudFront::Distribution').map(
  ({ Properties }) => Properties['DistributionConfig'] as Record<string, unknown>,
);

interface Behaviour {
  PathPattern?: string;
  TargetOriginId: string;
  ViewerProtocolPolicy: string;
  AllowedMethods: string[];
  ResponseHeadersPolicyId: unknown;
  FunctionAssociations: { EventType: string }[];
}

/** The default one first. */
const behavioursOf = (config: Record<string, unknown>): Behaviour[] =>
  [config['DefaultCacheBehavior'], ...(config['CacheBehaviors'] as unknown[])] as Behaviour[];

describe('the distributions', () => {
  it('are one for each tier, for tenants alone', () => {
    expect(configs.map((config) => config['Comment'])).toEqual([
      'cottage: shared tier',
      'cottage: edge tier',
    ]);
    for (const config of configs)
      expect(config).toMatchObject({ ConnectionMode: 'tenant-only', Enabled: true });
  });

  it('hold nothing that a multi-tenant distribution may not have', () => {
    for (const config of configs) {
      for (const field of [
        'Aliases',
        'PriceClass',
        'IPV6Enabled',
        'Logging',
        'DefaultRootObject',
        'Staging',
        'AnycastIpListId',
        'ContinuousDeploymentPolicyId',
      ]) {
        expect(config).not.toHaveProperty(field);
      }
      for (const field of [
        'MinTTL',
        'MaxTTL',
        'DefaultTTL',
        'ForwardedValues',
        'SmoothStreaming',
        'TrustedSigners',
      ]) {
        expect(config['DefaultCacheBehavior']).not.toHaveProperty(field);
      }
    }
  });

  it('read the releases through access control, over HTTPS', () => {
    for (const config of configs) {
      expect((config['Origins'] as unknown[])[0]).toMatchObject({
        OriginAccessControlId: expect.anything() as unknown,
        S3OriginConfig: { OriginAccessIdentity: '' },
      });
      expect(JSON.stringify(config['Origins'])).toContain('cottage-releases-');
      for (const { ViewerProtocolPolicy } of behavioursOf(config)) {
        expect(ViewerProtocolPolicy).toBe('redirect-to-https');
      }
    }
    expect(only('AWS::CloudFront::OriginAccessControl').Properties).toMatchObject({
      OriginAccessControlConfig: {
        SigningBehavior: 'always',
        SigningProtocol: 'sigv4',
        OriginAccessControlOriginType: 's3',
      },
    });
  });

  it('run both functions in every behaviour, on every method, with the web ACL before them', () => {
    for (const config of configs) {
      expect(config['WebACLId']).toBeDefined();
      const behaviours = behavioursOf(config);
      expect(behaviours.map(({ PathPattern }) => PathPattern)).toEqual([
        undefined,
        '/_cottage/beacon',
        '/_cottage/open',
      ]);
      for (const { FunctionAssociations, AllowedMethods, ResponseHeadersPolicyId } of behaviours) {
        expect(FunctionAssociations.map(({ EventType }) => EventType)).toEqual([
          'viewer-request',
          'viewer-response',
        ]);
        expect(AllowedMethods).toHaveLength(7);
        expect(ResponseHeadersPolicyId).toBeDefined();
      }
    }
    for (const { Properties } of resourcesOf(edge, 'AWS::CloudFront::Function')) {
      expect(Properties).toMatchObject({
        AutoPublish: true,
        FunctionConfig: { Runtime: 'cloudfront-js-2.0' },
      });
      expect(JSON.stringify(Properties)).toContain('KeyValueStoreARN');
    }
  });

  it('ask each tenant for what the functions read: at most five parameters', () => {
    for (const config of configs) {
      const { ParameterDefinitions } = config['TenantConfig'] as {
        ParameterDefinitions: { Name: string; Definition: { StringSchema: { Required: boolean } } }[];
      };
      expect(ParameterDefinitions.map(({ Name }) => Name)).toEqual([
        'app',
        'release',
        'mode',
        'headersA',
        'headersB',
      ]);
      expect(ParameterDefinitions.some(({ Definition }) => Definition.StringSchema.Required)).toBe(false);
    }
  });
});

describe('the way to the API', () => {
  it('is by its own name and over TLS, and nothing of it is kept', () => {
    for (const config of configs) {
      const origins = config['Origins'] as { Id: string }[];
      expect(origins).toContainEqual({
        Id: 'api',
        DomainName: 'cottage.example.net',
        CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
      });
      const [files, ...toApi] = behavioursOf(config);
      expect(files?.TargetOriginId).not.toBe('api');
      for (const behaviour of toApi) {
        expect(behaviour).toMatchObject({
          TargetOriginId: 'api',
          CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
          OriginRequestPolicyId: expect.anything(),
        });
      }
    }
  });

  it('tells it the app and the query, and neither a cookie nor a host that is not its own', () => {
    expect(only('AWS::CloudFront::OriginRequestPolicy').Properties).toMatchObject({
      OriginRequestPolicyConfig: {
        CookiesConfig: { CookieBehavior: 'none' },
        HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['x-cottage-app', 'x-cottage-release'] },
        QueryStringsConfig: { QueryStringBehavior: 'all' },
      },
    });
  });
});

describe('what the distributions share', () => {
  it('a cache that keeps nothing a file does not allow, with the path alone as its key', () => {
    expect(only('AWS::CloudFront::CachePolicy').Properties).toMatchObject({
      CachePolicyConfig: {
        MinTTL: 0,
        DefaultTTL: 0,
        ParametersInCacheKeyAndForwardedToOrigin: {
          CookiesConfig: { CookieBehavior: 'none' },
          HeadersConfig: { HeaderBehavior: 'none' },
          QueryStringsConfig: { QueryStringBehavior: 'none' },
        },
      },
    });
  });

  it("headers on every answer, where a file's own content policy takes the place of the strict one", () => {
    const { ResponseHeadersPolicyConfig: policy } = only('AWS::CloudFront::ResponseHeadersPolicy')
      .Properties as {
      ResponseHeadersPolicyConfig: { SecurityHeadersConfig: Record<string, { Override: boolean }> };
    };
    expect(policy.SecurityHeadersConfig).toMatchObject({
      ContentSecurityPolicy: {
        Override: false,
        ContentSecurityPolicy: expect.stringContaining("default-src 'none'") as unknown,
      },
      ContentTypeOptions: { Override: true },
      FrameOptions: { Override: true, FrameOption: 'SAMEORIGIN' },
      ReferrerPolicy: { Override: true },
      StrictTransportSecurity: {
        Override: true,
        AccessControlMaxAgeSec: 15_552_000,
        IncludeSubdomains: false,
      },
    });
  });

  it('a web ACL of CloudFront with a rate for address and app together', () => {
    const { Scope, Rules } = only('AWS::WAFv2::WebACL').Properties as {
      Scope: string;
      Rules: { Name: string; Statement: { RateBasedStatement?: { CustomKeys: unknown } } }[];
    };
    expect(Scope).toBe('CLOUDFRONT');
    const rate = Rules.find(({ Name }) => Name === 'per-address-and-app');
    expect(rate?.Statement.RateBasedStatement?.CustomKeys).toMatchObject([
      { IP: {} },
      { Header: { Name: 'host' } },
    ]);
  });

  it('a connection group, whose address the names of apps point to', () => {
    expect(only('AWS::CloudFront::ConnectionGroup').Properties).toMatchObject({ Enabled: true });
    expect(Object.keys(edge.Outputs ?? {})).toEqual(
      expect.arrayContaining(['HostingEndpoint', 'ConnectionGroupId']),
    );
  });
});

describe('access logs of apps', () => {
  const deliveries = resourcesOf(edge, 'AWS::Logs::Delivery');

  it('come from each tier, with the tenant and the host, and with neither query nor cookie', () => {
    expect(deliveries).toHaveLength(2);
    for (const { Properties } of deliveries) {
      const fields = Properties['RecordFields'] as string[];
      expect(fields).toEqual(
        expect.arrayContaining(['distribution-tenant-id', 'x-host-header', 'sc-status']),
      );
      expect(fields.filter((field) => /query|cookie|referer/i.test(field))).toEqual([]);
    }
  });
});

describe('alarms of the edge', () => {
  it('tell when any certificate has less than two weeks left', () => {
    const alarm = resourcesOf(edge, 'AWS::CloudWatch::Alarm').find(({ Properties }) =>
      JSON.stringify(Properties).includes('DaysToExpiry'),
    );
    expect(alarm?.Properties).toMatchObject({ ComparisonOperator: 'LessThanThreshold', Threshold: 14 });
  });
});
