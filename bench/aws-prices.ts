/**
 * AWS's list prices, without free tiers, discounts and taxes, in US dollars: those of us-east-1, as in `docs/aws.md`. In
 * eu-central-1 requests and storage are up to a fifth dearer, transitions the same.
 *
 * Looked up in November 2026 unless a line says otherwise. AWS's own pages show most of their figures by a script, so that
 * some are from what others wrote down of them; where neither could be found, the line says so, and has the higher of what
 * is known. Prices change: look at the pages before you count on them.
 */
export interface Price {
  service: string;
  /** Of one unit. */
  usd: number;
  /** What a unit is. */
  unit: string;
  source: string;
}

const MILLION = 1_000_000;
const GB = 1_000_000_000;

export const PRICES = {
  writeUnits: {
    service: 'DynamoDB',
    usd: 0.625 / MILLION,
    unit: 'write request unit: 1 kB written; in a transaction, two',
    source: 'aws.amazon.com/dynamodb/pricing/on-demand: 0.625 a million, since November 2024',
  },
  readUnits: {
    service: 'DynamoDB',
    usd: 0.125 / MILLION,
    unit: 'read request unit: 4 kB read consistently; of an index, half',
    source: 'aws.amazon.com/dynamodb/pricing/on-demand: 0.125 a million, since November 2024',
  },
  recordByteMonths: {
    service: 'DynamoDB',
    usd: (0.25 + 0.2) / GB,
    unit: 'byte kept for a month, and kept restorable',
    source: 'aws.amazon.com/dynamodb/pricing/on-demand: 0.25 a GB, and 0.20 for point-in-time recovery',
  },
  s3Writes: {
    service: 'S3',
    usd: 0.005 / 1_000,
    unit: 'PUT, COPY, POST or LIST',
    source: 'aws.amazon.com/s3/pricing: 0.005 a thousand (eu-central-1: 0.0054); not found again in 2026',
  },
  s3Reads: {
    service: 'S3',
    usd: 0.0004 / 1_000,
    unit: 'GET',
    source: 'aws.amazon.com/s3/pricing: 0.0004 a thousand (eu-central-1: 0.00043); not found again in 2026',
  },
  fileByteMonths: {
    service: 'S3',
    usd: 0.023 / GB,
    unit: 'byte kept for a month',
    source: 'aws.amazon.com/s3/pricing, Standard: 0.023 a GB (eu-central-1: 0.0245); not found again in 2026',
  },
  transitions: {
    service: 'Step Functions',
    usd: 0.025 / 1_000,
    unit: 'state transition of a Standard workflow',
    source: 'aws.amazon.com/step-functions/pricing: 0.025 a thousand, in eu-central-1 too',
  },
  invocations: {
    service: 'Lambda',
    usd: 0.2 / MILLION,
    unit: 'request',
    source: 'aws.amazon.com/lambda/pricing: 0.20 a million',
  },
  gbSeconds: {
    service: 'Lambda',
    usd: 0.0000133334,
    unit: 'GB-second on arm64; the start of a function is billed too, since August 2025',
    source: 'aws.amazon.com/lambda/pricing: 0.0000133334',
  },
  apiRequests: {
    service: 'API Gateway',
    usd: 3.5 / MILLION,
    unit: 'request to a REST API',
    source: 'aws.amazon.com/api-gateway/pricing: 3.50 a million (eu-central-1: 3.70)',
  },
  wafRequests: {
    service: 'WAF',
    usd: 0.6 / MILLION,
    unit: 'request looked at by a web ACL',
    source: 'aws.amazon.com/waf/pricing: 0.60 a million; not found again in 2026',
  },
  edgeRequests: {
    service: 'CloudFront',
    usd: 0.012 / 10_000 + 2 * (0.1 / MILLION),
    unit: 'HTTPS request, and the two functions that it runs',
    source:
      'aws.amazon.com/cloudfront/pricing: 0.010 for ten thousand in North America, 0.012 in Europe, taken here; functions 0.10 a million; not found again in 2026',
  },
  tenantMonths: {
    service: 'CloudFront',
    usd: 0.1,
    unit: 'distribution tenant for a month',
    source:
      'no page was found that says what a tenant costs; 0.10 is what the design was made by, and some tenants may be free',
  },
  keyRequests: {
    service: 'KMS',
    usd: 0.03 / 10_000,
    unit: 'request with a key for HMAC',
    source: 'aws.amazon.com/kms/pricing: 0.03 for ten thousand',
  },
  mails: {
    service: 'SES',
    usd: 0.1 / 1_000,
    unit: 'mail to one recipient',
    source: 'aws.amazon.com/ses/pricing: 0.10 a thousand; not found again in 2026',
  },
  mailBytes: {
    service: 'SES',
    usd: 0.12 / GB,
    unit: 'byte of a mail; AWS says of attachments, here of all of it',
    source: 'aws.amazon.com/ses/pricing: 0.12 a GB; not found again in 2026',
  },
  events: {
    service: 'EventBridge',
    usd: 1 / MILLION,
    unit: '64 kB of a custom event',
    source: 'aws.amazon.com/eventbridge/pricing: 1.00 a million',
  },
  archivedBytes: {
    service: 'EventBridge',
    usd: 0.1 / GB,
    unit: 'byte put into the archive of events',
    source: 'aws.amazon.com/eventbridge/pricing: 0.10 a GB',
  },
  logBytes: {
    service: 'CloudWatch',
    usd: 0.5 / GB,
    unit: 'byte taken into a log (eu-central-1: 0.63 a GB)',
    source: 'aws.amazon.com/cloudwatch/pricing: 0.50 a GB',
  },
  traces: {
    service: 'X-Ray',
    usd: 5 / MILLION,
    unit: 'trace recorded',
    source: 'aws.amazon.com/xray/pricing: 5.00 a million; not found again in 2026',
  },
} satisfies Record<string, Price>;

export type Priced = keyof typeof PRICES;

/** How many units of what. */
export type Usage = Partial<Record<Priced, number>>;

export function sum(...usages: readonly Usage[]): Usage {
  const total: Usage = {};
  for (const usage of usages) {
    for (const [name, units] of Object.entries(usage) as [Priced, number][]) {
      total[name] = (total[name] ?? 0) + units;
    }
  }
  return total;
}

/** `usage`, so often. */
export const times = (factor: number, usage: Usage): Usage =>
  Object.fromEntries(Object.entries(usage).map(([name, units]) => [name, factor * units]));

/** US dollars by service, the dearest first. */
export function priced(usage: Usage): [service: string, usd: number][] {
  const byService = new Map<string, number>();
  for (const [name, units] of Object.entries(usage) as [Priced, number][]) {
    const { service, usd } = PRICES[name];
    byService.set(service, (byService.get(service) ?? 0) + units * usd);
  }
  return [...byService].toSorted(([, a], [, b]) => b - a);
}

/** US dollars. */
export const costOf = (usage: Usage): number => priced(usage).reduce((total, [, usd]) => total + usd, 0);
