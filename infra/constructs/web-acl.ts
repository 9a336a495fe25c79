import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnLoggingConfiguration, CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

type Rule = CfnWebACL.RuleProperty;

export interface WebAclProps {
  /** Its name, and how its metrics begin: letters, digits and hyphens. */
  name: string;
  scope: 'REGIONAL' | 'CLOUDFRONT';
  /** In the order they are asked. */
  rules: readonly NamedRule[];
  logRetention: RetentionDays;
}

export type NamedRule = Omit<Rule, 'priority' | 'visibilityConfig'>;

/**
 * A web ACL that lets through what no rule stops, and logs what it stopped. Paths, queries and tokens are left out of the
 * log: signed links are as good as passwords while they last.
 */
export class WebAcl extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { name, rules, ...props }: WebAclProps) {
    super(scope, id);
    const acl = new CfnWebACL(this, 'Acl', {
      name,
      scope: props.scope,
      defaultAction: { allow: {} },
      visibilityConfig: visibility(name),
      rules: rules.map((rule, priority) => ({
        ...rule,
        priority,
        visibilityConfig: visibility(`${name}-${rule.name}`),
      })),
    });
    this.arn = acl.attrArn;
    const log = new LogGroup(this, 'Log', {
      // WAF writes to groups whose name begins so, and to no other.
      logGroupName: `aws-waf-logs-${name}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logging = new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      // WAF wants the ARN without the `:*` that CloudFormation ends it in.
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: `aws-waf-logs-${name}`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: [
        { uriPath: {} },
        { queryString: {} },
        { singleHeader: { Name: 'authorization' } },
        { singleHeader: { Name: 'cookie' } },
      ],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }, { ActionCondition: { Action: 'COUNT' } }],
          },
        ],
      },
    });
    logging.node.addDependency(log);
  }
}

const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  // A sample shows the whole path, and a path may hold a signed link.
  sampledRequestsEnabled: false,
});

/** A group of rules that AWS keeps. Rules in `counted` only count, and leave their label for a rule after them. */
export const managed = (name: string, counted: readonly string[] = []): NamedRule => ({
  name,
  overrideAction: { none: {} },
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name,
      ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
});

/** At most so many requests in five minutes for each key; more are answered with 403 until it is less. */
export const rateLimit = (
  name: string,
  limit: number,
  by: Pick<CfnWebACL.RateBasedStatementProperty, 'aggregateKeyType' | 'customKeys' | 'scopeDownStatement'>,
): NamedRule => ({
  name,
  action: { block: { customResponse: { responseCode: 429 } } },
  statement: { rateBasedStatement: { limit, evaluationWindowSec: 300, ...by } },
});

/** The path begins so, as it came: nothing is decoded that API Gateway would not decode. */
export const pathBegins = (prefix: string): CfnWebACL.StatementProperty => ({
  byteMatchStatement: {
    fieldToMatch: { uriPath: {} },
    positionalConstraint: 'STARTS_WITH',
    searchString: prefix,
    textTransformations: [{ priority: 0, type: 'NONE' }],
  },
});

const PLAIN = [{ priority: 0, type: 'NONE' }];

/** The API's: bodies are large on the webhook alone, and each platform has a rate of its own. */
export const apiRules: readonly NamedRule[] = [
  managed('AWSManagedRulesAmazonIpReputationList'),
  // Any HTTP client that can sign a body will do: it need not say what it is.
  managed('AWSManagedRulesCommonRuleSet', ['SizeRestrictions_BODY', 'NoUserAgent_HEADER']),
  {
    // The group's own rule stops bodies over 8 KB; it counts above, and stops here what is no webhook.
    name: 'large-bodies',
    action: { block: {} },
    statement: {
      andStatement: {
        statements: [
          {
            labelMatchStatement: {
              scope: 'LABEL',
              key: 'awswaf:managed:aws:core-rule-set:SizeRestrictions_Body',
            },
          },
          { notStatement: { statement: pathBegins('/v1/hooks/') } },
        ],
      },
    },
  },
  managed('AWSManagedRulesKnownBadInputsRuleSet'),
  rateLimit('per-platform', 1500, {
    aggregateKeyType: 'CUSTOM_KEYS',
    customKeys: [{ uriPath: { textTransformations: PLAIN } }],
    scopeDownStatement: pathBegins('/v1/hooks/'),
  }),
  rateLimit('per-address', 3000, {
    aggregateKeyType: 'IP',
    // These come by CloudFront, whose addresses stand for many visitors, and have had their limit there.
    scopeDownStatement: { notStatement: { statement: pathBegins('/_cottage/') } },
  }),
];

/** The apps': an office is one address, so it is address and app together that has a rate. */
export const edgeRules: readonly NamedRule[] = [
  managed('AWSManagedRulesAmazonIpReputationList'),
  managed('AWSManagedRulesKnownBadInputsRuleSet'),
  rateLimit('per-address-and-app', 3000, {
    aggregateKeyType: 'CUSTOM_KEYS',
    customKeys: [{ ip: {} }, { header: { name: 'host', textTransformations: PLAIN } }],
  }),
];
