/**
 * What of each service is not in the SDK's schemas: how its requests are told from others', what its answers are wrapped
 * in, and what it calls the failures that any service has. Sources: the SDK's clients and each service's API reference.
 */
export interface Service {
  /** The client's module: its exports ending in `$` are the service's operations, shapes and errors. */
  load: () => Promise<object>;
  /** The service in the scope of a request's signature. */
  signedAs: string;
  protocol: 'json-1.0' | 'json-1.1' | 'rest-json' | 'rest-xml';
  /** What stands before the operation in `X-Amz-Target` (JSON protocols). */
  target?: string;
  xmlNamespace?: string;
  /** S3 has its errors bare, and its bucket in front of the path. */
  isS3?: true;
  /** A request that does not fit the model; status 400. */
  invalid: string;
  throttled: ServiceError;
  broken: ServiceError;
  /** The failure of a condition: an ETag or a version that has passed, or another change under way. */
  conditional: ServiceError;
}

type ServiceError = [name: string, status: number];

const throttled: ServiceError = ['ThrottlingException', 400];

export const SERVICES = {
  acm: {
    load: () => import('@aws-sdk/client-acm'),
    signedAs: 'acm',
    protocol: 'json-1.1',
    target: 'CertificateManager',
    invalid: 'ValidationException',
    throttled,
    broken: ['InternalFailure', 500],
    conditional: ['ConflictException', 400],
  },
  cloudfront: {
    load: () => import('@aws-sdk/client-cloudfront'),
    signedAs: 'cloudfront',
    protocol: 'rest-xml',
    xmlNamespace: 'http://cloudfront.amazonaws.com/doc/2020-05-31/',
    invalid: 'InvalidArgument',
    throttled: ['Throttling', 400],
    broken: ['InternalError', 500],
    conditional: ['PreconditionFailed', 412],
  },
  dynamodb: {
    load: () => import('@aws-sdk/client-dynamodb'),
    signedAs: 'dynamodb',
    protocol: 'json-1.0',
    target: 'DynamoDB_20120810',
    invalid: 'ValidationException',
    throttled,
    broken: ['InternalServerError', 500],
    conditional: ['ConditionalCheckFailedException', 400],
  },
  eventbridge: {
    load: () => import('@aws-sdk/client-eventbridge'),
    signedAs: 'events',
    protocol: 'json-1.1',
    target: 'AWSEvents',
    invalid: 'ValidationException',
    throttled,
    broken: ['InternalException', 500],
    conditional: ['ConcurrentModificationException', 400],
  },
  kms: {
    load: () => import('@aws-sdk/client-kms'),
    signedAs: 'kms',
    protocol: 'json-1.1',
    target: 'TrentService',
    invalid: 'ValidationException',
    throttled,
    broken: ['KMSInternalException', 500],
    conditional: ['KMSInvalidStateException', 400],
  },
  route53: {
    load: () => import('@aws-sdk/client-route-53'),
    signedAs: 'route53',
    protocol: 'rest-xml',
    xmlNamespace: 'https://route53.amazonaws.com/doc/2013-04-01/',
    invalid: 'InvalidInput',
    throttled: ['Throttling', 400],
    broken: ['ServiceFailure', 500],
    conditional: ['PriorRequestNotComplete', 400],
  },
  s3: {
    load: () => import('@aws-sdk/client-s3'),
    signedAs: 's3',
    protocol: 'rest-xml',
    xmlNamespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
    isS3: true,
    invalid: 'InvalidArgument',
    throttled: ['SlowDown', 503],
    broken: ['InternalError', 500],
    conditional: ['PreconditionFailed', 412],
  },
  sesv2: {
    load: () => import('@aws-sdk/client-sesv2'),
    signedAs: 'ses',
    protocol: 'rest-json',
    invalid: 'BadRequestException',
    throttled: ['TooManyRequestsException', 429],
    broken: ['InternalServiceErrorException', 500],
    conditional: ['ConflictException', 409],
  },
  sfn: {
    load: () => import('@aws-sdk/client-sfn'),
    signedAs: 'states',
    protocol: 'json-1.0',
    target: 'AWSStepFunctions',
    invalid: 'ValidationException',
    throttled,
    broken: ['InternalServerError', 500],
    conditional: ['ConflictException', 400],
  },
} satisfies Record<string, Service>;

export type ServiceName = keyof typeof SERVICES;
