/**
 * Actions that AWS knows no resource for, or none that is there beforehand: these alone stand with `Resource: *`, each for
 * its reason. (Service Authorization Reference: an action without a resource type wants all.) A test holds every policy of
 * every template to this list.
 */
export const UNSCOPED_ACTIONS: Readonly<Record<string, string>> = {
  'acm:ListCertificates': 'A list has no resource.',
  'acm:RequestCertificate':
    'A certificate has no ARN before it is there; names, method and region are conditions.',
  'cloudfront:GetDistributionTenantByDomain': 'It asks by domain, which is no resource.',
  'cloudfront:ListDistributionTenants': 'A list has no resource.',
  'route53:CreateHostedZone': 'A zone has no id before it is there.',
  'route53:ListHostedZones': 'A list has no resource.',
  'route53:ListHostedZonesByName': 'A list has no resource.',
  'ses:GetAccount': 'It tells of the account as a whole.',
  'xray:PutTraceSegments': 'X-Ray knows no resource of a segment.',
  'xray:PutTelemetryRecords': 'X-Ray knows no resource of a telemetry record.',
  'xray:GetSamplingRules': 'X-Ray decides by all rules.',
  'xray:GetSamplingTargets': 'X-Ray decides by all rules.',
  // Step Functions, "Logging using CloudWatch Logs": log deliveries are of the account.
  'logs:CreateLogDelivery': 'Deliveries of vended logs are of the account.',
  'logs:GetLogDelivery': 'Deliveries of vended logs are of the account.',
  'logs:UpdateLogDelivery': 'Deliveries of vended logs are of the account.',
  'logs:DeleteLogDelivery': 'Deliveries of vended logs are of the account.',
  'logs:ListLogDeliveries': 'A list has no resource.',
  'logs:PutResourcePolicy': 'Resource policies of logs are of the account.',
  'logs:DescribeResourcePolicies': 'A list has no resource.',
  'logs:DescribeLogGroups': 'A list has no resource.',
};
