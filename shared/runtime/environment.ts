import * as z from 'zod';
import { DEFAULT_LIMITS, LimitsSchema } from '../artifacts/limits.ts';

const list = z
  .string()
  .min(1)
  .transform((text) => text.split(','));

/** As `Role` has it. */
const RoleSchema = z.union([
  z.enum(['admin', 'auditor']),
  z.templateLiteral(['approver:', z.string().min(1)]),
  z.templateLiteral(['lead:', z.string().min(1)]),
]);

/** A variable that holds JSON: read, then checked. */
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, issues): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        issues.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);

/**
 * Every variable of a function on AWS. The stacks type what they set by the input of this schema, and a function reads
 * it once, when it starts: a variable is either right in both places or in neither.
 */
export const AwsEnvironment = z.object({
  COTTAGE_BASE_DOMAIN: z.string().min(1),
  COTTAGE_PUBLIC_URL: z.url({ protocol: /^https$/ }).transform((url) => url.replace(/\/+$/, '')),
  COTTAGE_ADMINS: list.pipe(z.array(z.email().toLowerCase()).min(1)),
  /** The table of the records. */
  COTTAGE_TABLE: z.string().min(3),
  /**
   * What the ARN of every state machine begins with; the name of its workflow follows. No list of ARNs: the state
   * machines name the functions already, and neither could be made before the other.
   */
  COTTAGE_STATE_MACHINES: z.string().regex(/^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[\w-]*$/),
  /** The bucket of what strangers upload, that of releases, and that of the audit trail's heads. */
  COTTAGE_INCOMING_BUCKET: z.string().min(3),
  COTTAGE_RELEASE_BUCKET: z.string().min(3),
  COTTAGE_AUDIT_BUCKET: z.string().min(3),
  COTTAGE_EVENT_BUS: z.string().min(1),
  /** ARNs of KMS keys by their `kid`, as JSON, and the `kid` of the one that signs. */
  COTTAGE_SIGNING_KEYS: json(z.record(z.string(), z.string().min(1))),
  COTTAGE_SIGNING_KID: z.string().min(1),
  COTTAGE_MAIL_FROM: z.email(),
  COTTAGE_MAIL_CONFIGURATION_SET: z.string().min(1),
  /** Ids of the multi-tenant distributions by tier, as JSON. */
  COTTAGE_DISTRIBUTIONS: json(z.object({ shared: z.string().min(1), edge: z.string().min(1) })),
  COTTAGE_CONNECTION_GROUP: z.string().min(1),
  /** The ARN of the KeyValueStore that the edge functions read. */
  COTTAGE_EDGE_KEYS: z.string().min(1),
  COTTAGE_OIDC_ISSUER: z.url({ protocol: /^https$/ }),
  COTTAGE_OIDC_AUDIENCE: z.string().min(1),
  COTTAGE_OIDC_GROUPS_CLAIM: z.string().min(1),
  /** Roles by the group of that claim, as JSON: `{"it": ["admin"]}`. */
  COTTAGE_OIDC_ROLES: json(z.record(z.string(), z.array(RoleSchema))),
  /** The name of the connection group's endpoint, where every app's name points. */
  COTTAGE_EDGE_ENDPOINT: z.hostname(),
  COTTAGE_LOG: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** What differs from the default limits of an artifact, as JSON. */
  COTTAGE_LIMITS: json(LimitsSchema.partial().strict())
    .prefault('{}')
    .transform((limits) => ({ ...DEFAULT_LIMITS, ...limits })),
});
export type AwsEnvironment = z.infer<typeof AwsEnvironment>;
/** What the stacks set: texts, as an environment has them. */
export type AwsVariables = z.input<typeof AwsEnvironment>;

/** A function was given an environment that its stack should never have made. */
export class EnvironmentRefused extends Error {
  override readonly name = 'EnvironmentRefused';
}

/** @throws EnvironmentRefused naming every variable that is wrong. */
export function readAwsEnvironment(variables: Record<string, string | undefined>): AwsEnvironment {
  const parsed = AwsEnvironment.safeParse(variables);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new EnvironmentRefused(wrong.join('\n'));
}
