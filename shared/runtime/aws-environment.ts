import * as z from 'zod';
import { LimitsSchema } from '../artifacts/limits.ts';

/** A variable that holds JSON: parsed, then checked. */
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'no JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

const Text = z.string().min(1);

/**
 * What every Lambda function of the AWS edition is told, and all it is told: names and places, no secrets. The templates
 * write it, held to the input's type; the composition root parses it at cold start. Which of these a function may use is
 * what its role says. The region is AWS's own variable, `AWS_REGION`.
 */
export const AwsEnvironment = z.object({
  /** The base domain of all teams. */
  BASE_DOMAIN: Text,
  /** Where people and machines reach the API, without a final slash. */
  PUBLIC_URL: z.url({ protocol: /^https$/ }),
  RECORDS_TABLE: Text,
  INCOMING_BUCKET: Text,
  RELEASE_BUCKET: Text,
  AUDIT_BUCKET: Text,
  EVENT_BUS: Text,
  EVENT_SOURCE: Text,
  /** ARNs by the workflow's name. */
  STATE_MACHINES: json(z.record(z.string(), Text)),
  /** ARNs of KMS keys by `kid`. */
  SIGNING_KEYS: json(z.record(z.string(), Text)),
  /** The `kid` of the key that signs. */
  SIGNING_KID: Text,
  MAIL_FROM: z.email(),
  MAIL_CONFIGURATION_SET: Text,
  /** Ids of the multi-tenant distributions by tier. */
  DISTRIBUTIONS: json(z.object({ shared: Text, edge: Text })),
  CONNECTION_GROUP_ID: Text,
  /** Where the names of apps point. */
  HOSTING_ENDPOINT: Text,
  /** The ARN of the KeyValueStore the edge functions read. */
  EDGE_KEY_VALUE_STORE: Text,
  OIDC_ISSUER: z.url({ protocol: /^https$/ }),
  OIDC_AUDIENCE: Text,
  OIDC_ROLES_CLAIM: Text,
  OIDC_ROLES: json(z.record(z.string(), z.string())),
  ADMINS: json(z.array(z.email())),
  LIMITS: json(LimitsSchema),
});
export type AwsEnvironment = z.output<typeof AwsEnvironment>;
/** As it stands in a template. */
export type AwsEnvironmentText = z.input<typeof AwsEnvironment>;
